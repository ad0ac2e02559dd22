"""The mirror, the package repository and the image registry, as a server that has nothing else finds them."""

import hashlib
import io
import json
import tarfile
import tempfile
import unittest
from pathlib import Path

import requests
from server import Server, lab

REGISTRY = "http://192.168.120.1:5000"
KEYRING = "/etc/apt/keyrings/lab.asc"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
ONLY_THE_MIRROR = f"""set -e
sudo rm -rf /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /var/lib/apt/lists
sudo mkdir -p /etc/apt/keyrings
sudo curl -fsS -o {KEYRING} $MIRROR/debian/archive-key.asc
echo "deb [signed-by={KEYRING}] $MIRROR/debian trixie main" | sudo tee /etc/apt/sources.list >/dev/null
"""
INSTALL = "sudo apt-get -q update && sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y keepalived"


def push_image(name):
    """Puts an image of one file into the registry; returns the digest of its manifest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as layer:
        layer.addfile(tarfile.TarInfo("made-by-lab-check"))
    layer = push_blob(name, packed.getvalue())
    rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = push_blob(name, json.dumps({"architecture": "amd64", "os": "linux", "rootfs": rootfs}).encode())
    layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar"
    config["mediaType"] = "application/vnd.oci.image.config.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
    answer = requests.put(
        f"{REGISTRY}/v2/{name}/manifests/1", json.dumps(manifest), headers={"Content-Type": MANIFEST}, timeout=30
    )
    answer.raise_for_status()
    return answer.headers["Docker-Content-Digest"]


def push_blob(name, content):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    place = requests.post(f"{REGISTRY}/v2/{name}/blobs/uploads/", timeout=30)
    place.raise_for_status()
    headers = {"Content-Type": "application/octet-stream"}
    requests.put(
        place.headers["Location"], content, params={"digest": digest}, headers=headers, timeout=30
    ).raise_for_status()
    return {"digest": digest, "size": len(content)}


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.delete)
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.addClassCleanup(lab, "mirror")  # no longer of a directory that is gone
        Path(made.name, "kubeadm").write_bytes(b"kubeadm of the site")
        mirror = lab("mirror", made.name)
        cls.mirror = mirror.stdout.strip()
        assert mirror.returncode == 0, mirror.stderr
        cls.server.active().reachable()

    def does(self, command):
        """Returns what the command, which must succeed, says in the server."""
        done = self.server.run(f"MIRROR={self.mirror}; {command}")
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout} {done.stderr}")
        return done.stdout

    def test_the_directory_is_served(self):
        self.assertEqual(self.does("curl -fsS $MIRROR/kubeadm"), "kubeadm of the site")

    def test_a_package_is_installed_from_the_repository_alone(self):
        self.does(ONLY_THE_MIRROR)
        said = self.does(INSTALL)
        self.assertIn(f"{self.mirror}/debian trixie", said)
        self.assertIn("Keepalived v", self.does("sudo keepalived --version 2>&1"))

    def test_without_the_lab_s_key_the_repository_is_refused(self):
        self.does(ONLY_THE_MIRROR)
        another = "/usr/share/keyrings/debian-archive-keyring.gpg"
        self.does(f"sudo sed -i s,{KEYRING},{another}, /etc/apt/sources.list")
        refused = self.server.run("sudo apt-get -q update -o APT::Update::Error-Mode=any")
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, "not signed|NO_PUBKEY|Missing key")

    def test_an_image_that_was_pushed_is_pulled_by_the_server(self):
        digest = push_image("lab/check")
        url = f"{REGISTRY}/v2/lab/check"
        text = self.does(f"curl -fsS -H 'Accept: {MANIFEST}' {url}/manifests/1")
        self.assertEqual("sha256:" + hashlib.sha256(text.encode()).hexdigest(), digest)
        layer = json.loads(text)["layers"][0]["digest"]
        self.assertEqual(self.does(f"curl -fsS {url}/blobs/{layer} | tar -t"), "made-by-lab-check\n")
        requests.delete(f"{url}/manifests/{digest}", timeout=30).raise_for_status()

    def test_there_is_no_other_way_out(self):
        self.assertNotEqual(self.server.run("curl -m 5 -sS -o /dev/null http://deb.debian.org/").returncode, 0)


if __name__ == "__main__":
    unittest.main()
