"""The files a new server finds in its root filesystem: cloud-init's NoCloud seed, its name, injected files."""

import base64
import json
import posixpath

SEED = "var/lib/cloud/seed/nocloud"


def files(instance, injected=()):
    """Returns {path below the root: (bytes, mode)} for a Nova instance.

    `injected` are Nova's (path, content) pairs; `..` in a path does not lead out of the root.
    """
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {instance.hostname}\n::1 localhost ip6-localhost\n"
    made = {
        f"{SEED}/meta-data": (json.dumps(meta_data(instance), indent=1).encode(), 0o644),
        f"{SEED}/user-data": (user_data(instance), 0o600),
        "etc/hostname": (f"{instance.hostname}\n".encode(), 0o644),
        "etc/hosts": (hosts.encode(), 0o644),
    }
    for path, content in injected:
        inside = posixpath.normpath("/" + path).lstrip("/")
        made[inside] = (content if isinstance(content, bytes) else content.encode(), 0o644)
    return made


def meta_data(instance):
    made = {
        "instance-id": instance.uuid,
        "local-hostname": instance.hostname,
        "instance-name": instance.display_name,
        "availability-zone": instance.availability_zone or "nova",
        "meta": dict(instance.metadata or {}),
    }
    if instance.key_data:
        made["public-keys"] = {instance.key_name or "key": instance.key_data.strip()}
    return made


def user_data(instance):
    if instance.user_data:
        return base64.b64decode(instance.user_data)
    return b"#cloud-config\n{}\n"
