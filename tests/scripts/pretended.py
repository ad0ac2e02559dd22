"""What the driver's tests share: a pretended cloud and pretended nodes (the boundary only)."""

import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "mgmt"))

import cluster  # noqa: E402, F401 -- for the tests
import cluster_mgmt  # noqa: E402
import faults  # noqa: E402
import remote  # noqa: E402
import vim  # noqa: E402, F401 -- for the tests


def make_key(folder, name):
    """(path of the private half, line of the public half) of a new key."""
    path = pathlib.Path(folder) / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return str(path), path.with_suffix(".pub").read_text().strip()


class Site:
    """Servers and Kubernetes as far as the driver can see them, shared by cloud and shells."""

    def __init__(self):
        self.lock = threading.Lock()
        self.members = {}  # node name -> server id
        self.dead = set()  # names of nodes that are not Ready
        self.initialised = set()  # server ids
        self.prepared = set()  # ids of servers that have only their turn to wait for
        self.calls = []
        self.broken = {}  # (server id, node.sh subcommand) -> cause
        self.no_console = set()
        self.silent = set()  # names of nodes that do not answer over SSH
        self.logins = []
        self.secrets = {}
        self.asked = []  # references of secrets that were read

    def connect(self, _connections):
        return Cloud(self)

    def shell(self, name, address, login, host_keys, patience):
        assert host_keys, "a login without known host keys"
        if name in self.silent:
            raise faults.Fault("SSH", name, "no login", None)
        self.logins.append(login)
        return PretendedShell(self, name, address)

    def did(self, verb):
        return sorted(call[1] for call in self.calls if call[0] == verb)


class Cloud:
    def __init__(self, site):
        self.site = site

    def address(self, stack_id, port):
        return f"10.0.0.{stack_id.split('/')[1]}"

    def server_name(self, server_id):
        return f"Node_{server_id.split('-')[0]}"

    def secret(self, reference):
        self.site.asked.append(reference)
        return f"uuid-of-{reference.removeprefix('uuid-of-')}", self.site.secrets[reference]

    def host_keys(self, server_id):
        return [] if server_id in self.site.no_console else [f"ssh-ed25519 {server_id}"]


class PretendedShell:
    def __init__(self, site, name, address):
        self.site, self.name, self.address, self.files = site, name, address, {}

    def put(self, path, content, mode="0600"):
        self.files[path] = content

    def put_all(self, files):
        for name, (content, _) in files.items():
            self.files[f"{remote.HOME}/{name}"] = content

    def run(self, command, seconds, stdin=b""):
        return 0, "", ""

    def node(self, arguments, seconds, if_there=False):
        verb, site = arguments[0], self.site
        with site.lock:
            return self._node(verb, arguments[1:], site)

    def _node(self, verb, rest, site):
        own = json.loads(self.files.get(f"{remote.HOME}/node.json", b"{}"))
        server = own.get("serverId")
        site.calls.append((verb, rest[0] if verb in ("remove", "forget", "spare") else self.name))
        if (self.name, verb) in site.broken:
            raise faults.Fault(f"'{verb}'", self.name, site.broken[self.name, verb], None)
        if verb == "status":
            there = self.name in site.initialised
            return json.dumps({"initialised": there, "serving": self.name not in site.dead})
        if verb == "init":
            assert not site.initialised or self.name in site.initialised, "a second cluster"
            site.initialised.add(self.name)
            site.members[self.name] = server
        if verb == "token":
            return json.dumps({"endpoint": own["endpoint"], "token": "t", "certificateKey": "c"})
        if verb == "prejoin":
            assert own["role"] == "control-plane"
            assert json.loads(self.files["/run/vnfctl/join.json"])["certificateKey"] == "c"
            site.prepared.add(server)
        if verb == "join":
            assert (own["role"] == "control-plane") == (server in site.prepared)
            site.prepared.discard(server)
            assert json.loads(self.files["/run/vnfctl/join.json"])["token"] == "t"
            data = json.loads(self.files["/run/vnfctl/join.json"])
            assert ("certificateKey" in data) == (own["role"] == "control-plane")
            known = site.members.get(self.name)
            assert known in (None, server), "joined beside a stale object"
            assert (rest == ["anew"]) == (known is None)
            site.members[self.name] = server
            if own["role"] == "control-plane":
                site.initialised.add(self.name)
        if verb in ("remove", "forget"):
            site.members.pop(rest[0], None)
            site.initialised.discard(rest[0])
        if verb == "nodes":
            return json.dumps(
                [
                    {"name": name, "serverId": server_id, "ready": name not in site.dead}
                    for name, server_id in site.members.items()
                ]
            )
        return ""

    def log_tail(self, lines=20):
        return ""

    def close(self):
        pass


SETTINGS = {
    "controlPlaneEndpoint": {
        "mode": "node",
        "vipPort": "vip",
        "port": 6443,
        "flavours": {"ha": {"mode": "vip"}},
    },
    "vdus": {
        "controlPlane": {"role": "control-plane", "cp": "controlPlaneCp"},
        "worker": {"role": "worker", "cp": "workerCp"},
    },
    "timeouts": {
        "ssh": 0,
        "nodePrepare": 900,
        "init": 900,
        "join": 600,
        "ready": 600,
        "drain": 300,
    },  # fmt: skip
}


class HookCase(unittest.TestCase):
    """One hook after the other on the same pretended site."""

    def setUp(self):
        self.site = Site()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        scripts = pathlib.Path(folder.name) / "Scripts"
        (scripts / "node").mkdir(parents=True)
        (scripts / "node" / "node.sh").write_text("#!/bin/bash\n")
        self.key, self.public_key = make_key(folder.name, "key")
        self.scripts = scripts
        self.settings(keyFile=self.key)
        self.folder = folder.name
        self.metadata = {"stack_id": "0"}
        self.parameters = {}
        self.flavour = "simple"

    def settings(self, **access):
        settings = {**SETTINGS, "access": {"user": "debian", **access}}
        (self.scripts / "cluster.yaml").write_text(json.dumps(settings))

    def hook(self, name, servers, gone=(), scale=None):
        """Runs one hook for servers such as "c1-a" (control plane) and "w1-a" (worker)."""
        vnfcs = [
            {
                "vduId": "controlPlane" if server[0] == "c" else "worker",
                "computeResource": {"resourceId": server},
                "metadata": {"stack_id": f"s/{ord(server[0])}{server[1]}", "creation_time": server},
            }
            for server in servers
        ]
        return cluster_mgmt.run_hook(
            {
                "operation": name,
                "request": {"type": scale, "additionalParams": self.parameters},
                "tmp_csar_dir": self.folder,
                "grant_request": {
                    "removeResources": [
                        {"type": "COMPUTE", "resource": {"resourceId": server}} for server in gone
                    ]
                },
                "vnf_instance": {
                    "id": "vnf",
                    "vimConnectionInfo": {},
                    "instantiatedVnfInfo": {
                        "flavourId": self.flavour,
                        "metadata": self.metadata,
                        "vnfcResourceInfo": vnfcs,
                    },
                },
            },
            connect=self.site.connect,
            shell=self.site.shell,
        )
