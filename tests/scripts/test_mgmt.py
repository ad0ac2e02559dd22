"""The management driver against a pretended cloud and pretended nodes (the boundary only)."""

import json
import pathlib
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "mgmt"))

import cluster  # noqa: E402
import cluster_mgmt  # noqa: E402
import faults  # noqa: E402
import remote  # noqa: E402
import vim  # noqa: E402


class Site:
    """Servers and Kubernetes as far as the driver can see them, shared by cloud and shells."""

    def __init__(self):
        self.lock = threading.Lock()
        self.members = {}  # node name -> server id
        self.dead = set()  # names of nodes that are not Ready
        self.initialised = set()  # server ids
        self.calls = []
        self.broken = {}  # (server id, node.sh subcommand) -> cause
        self.no_console = set()

    def connect(self, _connections):
        return Cloud(self)

    def shell(self, name, address, user, key_file, host_keys, patience):
        assert host_keys, "a login without known host keys"
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

    def host_keys(self, server_id):
        return [] if server_id in self.site.no_console else [f"ssh-ed25519 {server_id}"]


class PretendedShell:
    def __init__(self, site, name, address):
        self.site, self.name, self.address, self.files = site, name, address, {}

    def put(self, path, content, mode="0600"):
        self.files[path] = content

    def run(self, command, seconds, stdin=b""):
        return 0, "", ""

    def node(self, arguments, seconds):
        verb, site = arguments[0], self.site
        with site.lock:
            return self._node(verb, arguments[1:], site)

    def _node(self, verb, rest, site):
        own = json.loads(self.files.get(f"{remote.HOME}/node.json", b"{}"))
        server = own.get("serverId")
        site.calls.append((verb, rest[0] if verb in ("remove", "forget") else self.name))
        if (self.name, verb) in site.broken:
            raise faults.Fault(f"'{verb}'", self.name, site.broken[self.name, verb], None)
        if verb == "status":
            return json.dumps({"initialised": self.name in site.initialised})
        if verb == "init":
            site.initialised.add(self.name)
            site.members[self.name] = server
        if verb == "token":
            return json.dumps({"endpoint": own["endpoint"], "token": "t"})
        if verb == "join":
            assert json.loads(self.files["/run/vnfctl/join.json"])["token"] == "t"
            assert self.name not in site.members, "joined beside a stale object"
            site.members[self.name] = server
        if verb in ("remove", "forget"):
            site.members.pop(rest[0], None)
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
    "controlPlaneEndpoint": {"mode": "node", "vipPort": "vip", "port": 6443},
    "vdus": {
        "controlPlane": {"role": "control-plane", "cp": "controlPlaneCp"},
        "worker": {"role": "worker", "cp": "workerCp"},
    },
    "timeouts": {"ssh": 0},
}


class Hooks(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        scripts = pathlib.Path(folder.name) / "Scripts"
        (scripts / "node").mkdir(parents=True)
        (scripts / "node" / "node.sh").write_text("#!/bin/bash\n")
        key = scripts / "key"
        key.write_text("private")
        settings = {**SETTINGS, "access": {"user": "debian", "keyFile": str(key)}}
        (scripts / "cluster.json").write_text(json.dumps(settings))
        self.folder = folder.name

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
                "request": {"type": scale},
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
                        "flavourId": "simple",
                        "metadata": {"stack_id": "s/0"},
                        "vnfcResourceInfo": vnfcs,
                    },
                },
            },
            connect=self.site.connect,
            shell=self.site.shell,
        )

    def test_instantiate_makes_every_server_a_node(self):
        result = self.hook("instantiate_end", ["c1-a", "w1-a", "w2-a"])
        self.assertEqual(
            self.site.members, {"node-c1": "c1-a", "node-w1": "w1-a", "node-w2": "w2-a"}
        )
        keys = result["vnf_instance"]["instantiatedVnfInfo"]["metadata"]["vnfctlHostKeys"]
        self.assertEqual(sorted(keys), ["c1-a", "w1-a", "w2-a"])

    def test_scale_out_touches_only_what_is_new(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.site.calls.clear()
        self.hook("scale_end", ["c1-a", "w1-a", "w2-a"])
        self.assertEqual(self.site.did("join"), ["node-w2"])
        self.assertNotIn("node-w1", self.site.did("prepare"))

    def test_scale_in_drains_exactly_what_the_grant_names(self):
        self.hook("instantiate_end", ["c1-a", "w1-a", "w2-a"])
        self.hook("scale_start", ["c1-a", "w1-a", "w2-a"], gone=["w2-a"], scale="SCALE_IN")
        self.assertEqual(self.site.did("remove"), ["node-w2"])
        self.assertEqual(sorted(self.site.members), ["node-c1", "node-w1"])

    def test_scale_in_stops_when_the_drain_fails(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.site.broken["node-c1", "remove"] = "a disruption budget forbids it"
        with self.assertRaisesRegex(faults.Fault, "disruption budget"):
            self.hook("scale_start", ["c1-a", "w1-a"], gone=["w1-a"], scale="SCALE_IN")
        self.assertIn("node-w1", self.site.members)

    def test_scale_out_start_needs_nothing(self):
        self.hook("scale_start", ["c1-a"], scale="SCALE_OUT")
        self.assertEqual(self.site.calls, [])

    def test_heal_replaces_a_dead_worker_of_the_same_name(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.site.dead.add("node-w1")
        self.hook("heal_start", ["c1-a", "w1-a"], gone=["w1-a"])
        self.assertEqual(self.site.did("forget"), ["node-w1"])
        self.site.dead.clear()
        self.hook("heal_end", ["c1-a", "w1-b"])
        self.assertEqual(self.site.members["node-w1"], "w1-b")

    def test_stale_object_of_a_replaced_server_goes_before_the_join(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        # heal_start never ran: the old object is still there, under the same name.
        self.hook("heal_end", ["c1-a", "w1-b"])
        self.assertEqual(self.site.members["node-w1"], "w1-b")

    def test_whole_heal_builds_the_cluster_anew(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.hook("heal_start", ["c1-a", "w1-a"], gone=["c1-a", "w1-a"])
        self.site.members.clear()
        self.site.initialised.clear()
        self.hook("heal_end", ["c1-b", "w1-b"])
        self.assertEqual(self.site.members, {"node-c1": "c1-b", "node-w1": "w1-b"})

    def test_one_member_of_several_control_planes_is_refused(self):
        with self.assertRaisesRegex(faults.Fault, "heal the whole VNF"):
            self.hook("heal_start", ["c1-a", "c2-a", "c3-a"], gone=["c2-a"])

    def test_one_failing_worker_leaves_the_others_joined_and_a_retry_repairs_it(self):
        self.site.broken["node-w2", "join"] = "kubeadm join failed"
        servers = ["c1-a", "w1-a", "w2-a", "w3-a"]
        with self.assertRaises(faults.Fault) as caught:
            self.hook("instantiate_end", servers)
        self.assertEqual(
            str(caught.exception).splitlines()[0],
            "'join' of node-w2 failed: kubeadm join failed",
        )
        self.assertEqual(sorted(self.site.members), ["node-c1", "node-w1", "node-w3"])
        self.site.broken.clear()
        self.site.calls.clear()
        self.hook("instantiate_end", servers)
        self.assertEqual(self.site.did("join"), ["node-w2"])

    def test_the_leaders_fault_is_told_once(self):
        self.site.broken["node-c1", "init"] = "kubeadm init failed"
        with self.assertRaises(faults.Fault) as caught:
            self.hook("instantiate_end", ["c1-a", "w1-a", "w2-a"])
        self.assertEqual(str(caught.exception), "'init' of node-c1 failed: kubeadm init failed")

    def test_a_server_that_never_boots_is_named(self):
        self.site.no_console.add("w1-a")
        with self.assertRaisesRegex(faults.Fault, "boot of node-w1 failed: no SSH host keys"):
            self.hook("instantiate_end", ["c1-a", "w1-a"])


class Parsing(unittest.TestCase):
    def test_host_keys_of_the_last_boot(self):
        block = f"{vim.KEYS_BEGIN}\r\nssh-ed25519 %s root@n\r\n{vim.KEYS_END}\r\n"
        console = "noise\n" + block % "AAAAold" + "[ 1.0] more\n" + block % "AAAAnew="
        self.assertEqual(vim.parse_host_keys(console), ["ssh-ed25519 AAAAnew="])
        self.assertEqual(vim.parse_host_keys(console[:20]), [])

    def test_node_names_are_labels(self):
        self.assertEqual(cluster.node_name("My_VNF.worker"), "my-vnf-worker")
        self.assertEqual(len(cluster.node_name("a" * 80)), 63)
        with self.assertRaises(faults.Fault):
            cluster.node_name("...")


if __name__ == "__main__":
    unittest.main()
