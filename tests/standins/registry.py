"""How the runtime pulls an image, and what it keeps of it; beside the runtime's own part.

As the real ones do: a mirror of the registry is where the runtime's configuration says, the answer
must have the digest that was asked for, and a layer is mounted over another while it is unpacked.
"""

import glob
import tempfile
import tomllib

MANIFESTS = "application/vnd.oci.image.manifest.v1+json"


class NotPulled(Exception):
    """Why an image is not there."""


def split_reference(image):
    """(host, repository, tag, digest) of an image's whole name."""
    rest, _, digest = image.partition("@")
    host, slash, path = rest.partition("/")
    repository, colon, tag = path.partition(":")
    if not (slash and "." in host and (colon or digest)):
        raise NotPulled(f"{image}: a whole name with a registry's host is expected")
    return host, repository, tag or None, digest or None


def mirror_of_crio(host, repository):
    """Base of the mirror and the repository there, by /etc/containers/registries.conf.d."""
    for file in sorted(glob.glob("/etc/containers/registries.conf.d/*.conf")):
        with open(file, "rb") as source:
            for registry in tomllib.load(source).get("registry", []):
                if registry.get("prefix", registry["location"]) == host:
                    mirror = (registry.get("mirror") or [registry])[0]
                    there, _, folder = mirror["location"].partition("/")
                    scheme = "http" if mirror.get("insecure") else "https"
                    return f"{scheme}://{there}", "/".join(filter(None, (folder, repository)))
    return f"https://{host}", repository


def mirror_of_containerd(host, repository):
    """The same by the folders that containerd's own configuration names, if it names any."""
    with open("/etc/containerd/config.toml", "rb") as source:
        plugins = tomllib.load(source)["plugins"]
    registry = plugins.get("io.containerd.cri.v1.images", {}).get("registry", {})
    for folder in filter(None, registry.get("config_path", "").split(":")):
        file = f"{folder}/{host}/hosts.toml"
        if not os.path.exists(file):
            continue
        with open(file, "rb") as source:
            for base, found in tomllib.load(source)["host"].items():
                if set(found.get("capabilities", [])) < {"pull", "resolve"}:
                    continue
                root, marker, path = base.partition("/v2/")
                if marker and not found.get("override_path"):
                    fail(f"{file}: a path in {base} needs override_path")
                return root, "/".join(filter(None, (path, repository)))
    return f"https://{host}", repository


def fetch_blob(url, digest):
    """What lies there, with its digest checked."""
    request = urllib.request.Request(url, headers={"Accept": MANIFESTS})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            content = answer.read()
    except OSError as error:
        raise NotPulled(f"{url}: {error}") from error
    if digest and f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
        raise NotPulled(f"{url}: failed commit: unexpected digest")
    return content


def unpack_layer(store):
    """Mounts a layer over another, which is all that unpacking needs of the machine."""
    with tempfile.TemporaryDirectory(dir=store) as folder:
        for name in ("lower", "upper", "work", "merged"):
            os.mkdir(f"{folder}/{name}")
        options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work"
        mount = ["mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/merged"]
        ended = subprocess.run(mount, check=False, capture_output=True, text=True)
        if ended.returncode:
            raise NotPulled(f"failed to mount overlay: {ended.stderr.strip()}")
        subprocess.run(["umount", f"{folder}/merged"], check=True)


class Images:
    """The store: a folder with what each image's name leads to."""

    def __init__(self, store, mirror):
        self.store, self.mirror = store, mirror
        self.index = f"{store}/images.json"
        os.makedirs(store, mode=0o700, exist_ok=True)

    def names(self):
        """{whole name: digest of the manifest}."""
        if not os.path.exists(self.index):
            return {}
        with open(self.index, encoding="utf-8") as source:
            return json.load(source)

    def has(self, image):
        """By the whole name, or by a digest of the same repository."""
        host, repository, _, digest = split_reference(image)
        return any(
            image == name or (digest == found and split_reference(name)[:2] == (host, repository))
            for name, found in self.names().items()
        )

    def pull(self, image):
        host, repository, tag, digest = split_reference(image)
        base, there = self.mirror(host, repository)
        manifest = fetch_blob(f"{base}/v2/{there}/manifests/{digest or tag}", digest)
        described = json.loads(manifest)
        for blob in (described["config"], *described["layers"]):
            fetch_blob(f"{base}/v2/{there}/blobs/{blob['digest']}", blob["digest"])
        unpack_layer(self.store)
        kept = {**self.names(), image: f"sha256:{hashlib.sha256(manifest).hexdigest()}"}
        with open(f"{self.index}.new", "w", encoding="utf-8") as target:
            json.dump(kept, target)
        os.replace(f"{self.index}.new", self.index)
