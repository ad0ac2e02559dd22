"""The management driver's hooks against a pretended cloud and pretended nodes."""

import json
import threading
import unittest
import unittest.mock

from pretended import HookCase, PretendedShell, cluster, faults, remote, vim


class Hooks(HookCase):
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

    def test_the_new_node_is_prepared_while_the_stale_object_goes(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        both = threading.Barrier(2, timeout=5)
        node = PretendedShell.node

        def watched(shell, arguments, seconds, **rest):
            if (shell.name, arguments[0]) in (("node-c1", "forget"), ("node-w1", "prepare")):
                both.wait()  # only passes when both are here at the same time
            return node(shell, arguments, seconds, **rest)

        with unittest.mock.patch.object(PretendedShell, "node", watched):
            self.hook("heal_end", ["c1-a", "w1-b"])
        self.assertEqual(self.site.members["node-w1"], "w1-b")

    def test_whole_heal_builds_the_cluster_anew(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.hook("heal_start", ["c1-a", "w1-a"], gone=["c1-a", "w1-a"])
        self.site.members.clear()
        self.site.initialised.clear()
        self.hook("heal_end", ["c1-b", "w1-b"])
        self.assertEqual(self.site.members, {"node-c1": "c1-b", "node-w1": "w1-b"})

    def test_a_heal_of_the_only_control_plane_makes_the_cluster_anew(self):
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.hook("heal_start", ["c1-a", "w1-a"], gone=["c1-a"])
        self.site.members.clear()  # they went with the server
        self.site.initialised.clear()
        self.site.calls.clear()
        self.hook("heal_end", ["c1-b", "w1-a"])
        self.assertEqual(self.site.members, {"node-c1": "c1-b", "node-w1": "w1-a"})
        self.assertEqual(self.site.did("join"), ["node-w1"])

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

    def test_nodes_join_while_the_network_is_installed(self):
        both = threading.Barrier(2, timeout=5)
        node = PretendedShell.node

        def watched(shell, arguments, seconds, **rest):
            if arguments[0] in ("join", "network"):
                both.wait()  # only passes when both are here at the same time
            return node(shell, arguments, seconds, **rest)

        with unittest.mock.patch.object(PretendedShell, "node", watched):
            self.hook("instantiate_end", ["c1-a", "w1-a"])

    def test_a_network_that_fails_leaves_the_others_joined_and_a_retry_installs_it(self):
        self.site.broken["node-c1", "network"] = "cilium install failed"
        servers = ["c1-a", "w1-a"]
        with self.assertRaises(faults.Fault) as caught:
            self.hook("instantiate_end", servers)
        self.assertEqual(
            str(caught.exception), "'network' of node-c1 failed: cilium install failed"
        )
        self.assertEqual(sorted(self.site.members), ["node-c1", "node-w1"])
        self.site.broken.clear()
        self.site.calls.clear()
        self.hook("instantiate_end", servers)
        self.assertEqual(self.site.did("network"), ["node-c1"])
        self.assertEqual(self.site.did("join"), [])

    def test_a_server_that_never_boots_is_named(self):
        self.site.no_console.add("w1-a")
        with self.assertRaisesRegex(faults.Fault, "boot of node-w1 failed: no SSH host keys"):
            self.hook("instantiate_end", ["c1-a", "w1-a"])


HA = ["c1-a", "c2-a", "c3-a", "w1-a", "w2-a"]


class SeveralControlPlanes(HookCase):
    def setUp(self):
        super().setUp()
        self.flavour = "ha"

    def facts(self, shells, name):
        return json.loads(shells[name].files[f"{remote.HOME}/node.json"])

    def test_they_share_an_address_and_know_each_other(self):
        shells = {}
        make = self.site.shell

        def keep(name, *rest):
            shells[name] = make(name, *rest)
            return shells[name]

        self.site.shell = keep
        self.hook("instantiate_end", HA)
        self.assertEqual(len(self.site.members), 5)
        first = self.facts(shells, "node-c1")
        self.assertEqual(first["endpoint"], "10.0.0.0:6443")
        self.assertEqual(first["peers"], ["10.0.0.992", "10.0.0.993"])
        priorities = [self.facts(shells, f"node-c{n}")["priority"] for n in (1, 2, 3)]
        self.assertEqual(priorities, sorted(set(priorities), reverse=True))
        self.assertNotIn("peers", self.facts(shells, "node-w1"))

    def test_control_planes_join_one_after_the_other_and_workers_side_by_side(self):
        at_once, most = {"c": 0, "w": 0}, {"c": 0, "w": 0}
        workers = threading.Barrier(2, timeout=5)
        node = PretendedShell.node

        def watched(shell, arguments, seconds, **rest):
            if arguments[0] != "join":
                return node(shell, arguments, seconds, **rest)
            kind = shell.name[5]
            at_once[kind] += 1
            most[kind] = max(most[kind], at_once[kind])
            if kind == "w":
                workers.wait()  # only passes when both are here at the same time
            try:
                return node(shell, arguments, seconds, **rest)
            finally:
                at_once[kind] -= 1

        with unittest.mock.patch.object(PretendedShell, "node", watched):
            self.hook("instantiate_end", HA)
        self.assertEqual(most["c"], 1)

    def test_control_planes_prepare_their_joins_side_by_side(self):
        both = threading.Barrier(2, timeout=5)
        node = PretendedShell.node

        def watched(shell, arguments, seconds, **rest):
            if arguments[0] == "prejoin":
                both.wait()  # only passes when both are here at the same time
            return node(shell, arguments, seconds, **rest)

        with unittest.mock.patch.object(PretendedShell, "node", watched):
            self.hook("instantiate_end", HA)
        self.assertEqual(self.site.did("prejoin"), ["node-c2", "node-c3"])

    def test_a_fresh_cluster_is_not_searched_for_what_attempts_left(self):
        self.hook("instantiate_end", HA)
        self.assertEqual(self.site.did("prune") + self.site.did("nodes"), [])

    def test_a_replaced_control_plane_joins_and_the_others_learn_of_it(self):
        self.hook("instantiate_end", HA)
        self.site.calls.clear()
        self.site.dead.add("node-c1")
        self.hook("heal_start", HA, gone=["c1-a"])
        self.assertEqual(self.site.did("spare"), ["node-c1"])
        self.assertEqual(self.site.did("forget"), ["node-c1"])
        self.site.calls.clear()
        self.site.dead.clear()
        self.hook("heal_end", ["c2-a", "c3-a", "c1-b", "w1-a", "w2-a"])
        self.assertEqual(self.site.did("join"), ["node-c1"])
        self.assertEqual(self.site.did("init"), ["node-c2"], "an old one leads")
        self.assertEqual(self.site.did("prune"), ["node-c2"])
        self.assertEqual(self.site.did("announce"), ["node-c3"])
        self.assertEqual(self.site.members["node-c1"], "c1-b")

    def test_one_whose_own_api_server_is_ready_is_asked_about_the_others(self):
        self.hook("instantiate_end", HA)
        self.site.calls.clear()
        self.site.dead.add("node-c1")
        self.site.broken["node-c1", "spare"] = "no etcd container runs on this control plane"
        self.hook("heal_start", HA, gone=["c2-a"])
        self.assertEqual(self.site.did("spare"), ["node-c2"])

    def test_a_retry_after_a_failed_join_repairs_it(self):
        self.hook("instantiate_end", HA)
        self.hook("heal_start", HA, gone=["c1-a"])
        healed = ["c2-a", "c3-a", "c1-b", "w1-a", "w2-a"]
        self.site.broken["node-c1", "join"] = "kubeadm join failed"
        with self.assertRaisesRegex(faults.Fault, "kubeadm join failed"):
            self.hook("heal_end", healed)
        self.site.broken.clear()
        self.site.calls.clear()
        # Tacker repeats both hooks with what it knew before, and makes another server.
        self.hook("heal_start", HA, gone=["c1-a"])
        self.hook("heal_end", [name.replace("c1-b", "c1-c") for name in healed])
        self.assertEqual(self.site.did("join"), ["node-c1"])
        self.assertEqual(self.site.members["node-c1"], "c1-c")

    def test_two_of_three_at_once_are_refused(self):
        self.hook("instantiate_end", HA)
        self.site.calls.clear()
        with self.assertRaisesRegex(faults.Fault, "2 of 3 at once.*heal one after the other"):
            self.hook("heal_start", HA, gone=["c1-a", "c2-a"])
        self.assertEqual(self.site.calls, [])

    def test_one_is_not_replaced_while_another_is_silent(self):
        self.hook("instantiate_end", HA)
        self.site.calls.clear()
        self.site.silent.add("node-c3")
        with self.assertRaisesRegex(faults.Fault, "node-c3 does not answer.*no majority"):
            self.hook("heal_start", HA, gone=["c1-a"])
        self.assertEqual(self.site.did("forget") + self.site.did("remove"), [])

    def test_a_worker_is_replaced_while_a_control_plane_is_silent(self):
        self.hook("instantiate_end", HA)
        self.site.silent.add("node-c1")
        self.hook("heal_start", HA, gone=["w1-a"])
        self.assertNotIn("node-w1", self.site.members)

    def test_one_is_not_replaced_when_etcd_cannot_spare_it(self):
        self.hook("instantiate_end", HA)
        self.site.calls.clear()
        self.site.broken["node-c2", "spare"] = "etcd cannot spare node-c1"
        with self.assertRaisesRegex(faults.Fault, "cannot spare"):
            self.hook("heal_start", HA, gone=["c1-a"])
        self.assertEqual(self.site.did("forget") + self.site.did("remove"), [])

    def test_one_that_was_taken_out_and_lives_joins_again(self):
        self.hook("instantiate_end", HA)
        self.hook("heal_start", HA, gone=["c1-a"])
        self.site.initialised.add("node-c1")  # its files are still there
        self.site.calls.clear()
        self.hook("scale_end", HA)
        self.assertEqual(self.site.did("join"), ["node-c1"])
        self.assertEqual(self.site.did("init"), ["node-c2"])


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
