"""Each fault is met from outside as the real one would be, and is gone when it is cleared."""

import socket
import tempfile
import time
import unittest
from pathlib import Path

import requests
from cloud import KEY_MANAGER, TACKER, Cloud, wait_for
from server import LAB, Server, lab

KUBELET = """[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sleep infinity
Restart=always
RestartSec=1
"""
MAKE_KUBELET = """set -e
sudo tee /etc/systemd/system/kubelet.service >/dev/null
sudo systemctl daemon-reload
sudo systemctl start kubelet
"""


class Faults(unittest.TestCase):
    def does(self, *arguments):
        done = lab(*arguments)
        self.assertEqual(done.returncode, 0, f"lab {arguments}: {done.stderr}")
        return done.stdout

    def fault(self, *words):
        """Makes a fault that is listed from then on, and cleared at the end of the test at the latest."""
        self.addCleanup(self.does, "fault", "clear", *words)
        self.does("fault", *words)
        self.assertIn(" ".join(words), self.does("faults").splitlines())

    def clear(self, *words):
        self.does("fault", "clear", *words)
        self.assertNotIn(" ".join(words), self.does("faults").splitlines())


class OfAServer(Faults):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.delete)
        cls.server.active().reachable()

    def test_ssh_refused(self):
        self.fault("ssh-refused", self.server.name)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((self.server.address(), 22), timeout=5)
        self.clear("ssh-refused", self.server.name)
        self.assertTrue(self.server.answers())

    def test_kubelet_dead(self):
        self.assertEqual(self.server.run(MAKE_KUBELET, stdin=KUBELET).returncode, 0)
        self.fault("kubelet-dead", self.server.name)
        self.assertNotEqual(self.server.run("systemctl is-active kubelet").stdout.strip(), "active")
        self.assertNotEqual(self.server.run("sudo systemctl start kubelet").returncode, 0)
        self.clear("kubelet-dead", self.server.name)
        wait_for("kubelet again", 10, lambda: self.server.run("systemctl is-active -q kubelet").returncode == 0)

    def test_kubelet_dead_where_there_is_none(self):
        self.server.run("sudo systemctl stop kubelet")
        refused = lab("fault", "kubelet-dead", self.server.name)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no kubelet runs", refused.stderr)
        self.assertNotIn("kubelet-dead", self.does("faults"))

    def test_server_dead(self):
        self.fault("server-dead", self.server.name)
        with self.assertRaises(OSError):
            socket.create_connection((self.server.address(), 22), timeout=2)
        self.assertEqual(self.server.status(), "ACTIVE")
        self.clear("server-dead", self.server.name)
        self.server.reachable()

    def test_node_never_boots(self):
        self.fault("node-never-boots")
        born_under_it = Server()
        self.addCleanup(born_under_it.delete)
        born_under_it.active()
        booted = time.monotonic() + 8  # a server of this size answers after 3 s
        while time.monotonic() < booted:
            with self.assertRaises(OSError):
                socket.create_connection((born_under_it.address(), 22), timeout=2)
        self.assertEqual((LAB / "servers" / born_under_it.id / "console.log").read_bytes().count(b"systemd"), 0)
        self.assertTrue(self.server.answers(), "one that was there before is as it was")
        self.clear("node-never-boots")
        born_under_it.cloud.call("POST", f"{born_under_it.url}/action", json={"reboot": {"type": "HARD"}})
        born_under_it.reachable()

    def test_no_such_server(self):
        refused = lab("fault", "server-dead", "nobody")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("no server of the node stage is called nobody", refused.stderr)


class OfTheMirror(Faults):
    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.addClassCleanup(lab, "mirror")  # no longer of a directory that is gone
        Path(made.name, "kubeadm").write_bytes(b"kubeadm")
        cls.url = lab("mirror", made.name).stdout.strip()

    def get(self, path):
        return requests.get(f"{self.url}/{path}", timeout=2).content

    def test_mirror_lies(self):
        for path in ("kubeadm", "debian/dists/trixie/InRelease"):
            truth = self.get(path)
            self.fault("mirror-lies", path)
            self.assertNotEqual(self.get(path), truth)
            self.assertEqual(len(self.get(path)), len(truth))
            self.clear("mirror-lies", path)
            self.assertEqual(self.get(path), truth)

    def test_mirror_lies_about_nothing(self):
        refused = lab("fault", "mirror-lies", "not-there")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the mirror has no not-there", refused.stderr)
        self.assertEqual(self.does("faults"), "")

    def test_mirror_silent(self):
        self.fault("mirror-silent")
        with self.assertRaises(requests.exceptions.ReadTimeout):
            self.get("kubeadm")
        self.clear("mirror-silent")
        self.assertEqual(self.get("kubeadm"), b"kubeadm")

    def test_up_clears_all(self):
        self.fault("mirror-silent")
        self.does("up")
        self.assertEqual(self.does("faults"), "")


class OfServices(Faults):
    def test_barbican_away(self):
        nfv = Cloud("nfv")
        self.fault("barbican-away")
        with self.assertRaises(requests.exceptions.ConnectionError):
            nfv.http.get(f"{KEY_MANAGER}/secrets", timeout=5)
        self.clear("barbican-away")
        self.assertIn("secrets", nfv.get(f"{KEY_MANAGER}/secrets"))

    def test_conductor_killed(self):
        pid_file = LAB / "run/tacker-conductor.pid"
        before = pid_file.read_text()
        self.does("fault", "conductor-killed")
        self.assertNotEqual(pid_file.read_text(), before)
        self.assertFalse(Path("/proc", before.split()[0]).exists())
        self.assertEqual(self.does("faults"), "")
        self.assertEqual(Cloud("nfv").http.get(f"{TACKER}/vnfpkgm/v1/vnf_packages", timeout=60).status_code, 200)

    def test_names_and_arguments_are_looked_at(self):
        for words in (("nothing",), (), ("ssh-refused",), ("mirror-silent", "x")):
            self.assertEqual(lab("fault", *words).returncode, 2, words)


if __name__ == "__main__":
    unittest.main()
