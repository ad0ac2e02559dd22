"""How a node joins, with a kubeadm that notes its calls; and who may have the virtual address."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

NODE = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "node"
# kubeadm: notes its arguments, and fails at the call that the file `fails` holds.
KUBEADM = """#!/bin/bash
printf '%s\\n' "$*" >>"$PRETENDED/calls"
if [[ -f $PRETENDED/fails && $* == $(<"$PRETENDED/fails") ]]; then exit 1; fi
"""
RUN = """
set -euo pipefail
STEP_DIR=$PRETENDED/steps STATE_DIR=$PRETENDED HOME_DIR=$PRETENDED LOG=$PRETENDED/log
JOIN_FILE=$PRETENDED/join.json SUBCOMMAND=try
mkdir -p "$STEP_DIR"
for part in talk membership vip; do . "$NODE/$part.sh"; done
JOIN_CONFIG=$PRETENDED/config PREPARED=$PRETENDED/prepared FOUNDER=$PRETENDED/founder
kubeadm_config() { printf 'the configuration\n'; }
reset_membership() { printf 'reset\n' >>"$PRETENDED/calls"; }
exec 3>&1 4>&2 >>"$LOG" 2>&1
load_settings
"""
DATA = {"endpoint": "10.0.0.9:6443", "caCertHashes": ["sha256:aa"], "token": "t"}
PHASES = [
    "join phase preflight --config CONFIG",
    "join phase control-plane-prepare all --config CONFIG",
]
REST = "join --skip-phases preflight,control-plane-prepare --config CONFIG"
WHOLE = "join --config CONFIG"


class Pretended(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        kubeadm = self.home / "kubeadm"
        kubeadm.write_text(KUBEADM)
        kubeadm.chmod(0o755)
        node = {"name": "n-1", "serverId": "s-1", "address": "::1", "endpoint": "10.0.0.9:6443"}
        (self.home / "node.json").write_text(json.dumps(node))
        (self.home / "cluster.json").write_text(json.dumps({"controlPlaneEndpoint": {"port": 1}}))

    def run_part(self, words, status=0):
        environment = {
            **os.environ,
            "PATH": f"{self.home}:{os.environ['PATH']}",
            "PRETENDED": str(self.home),
            "NODE": str(NODE),
        }
        ended = subprocess.run(
            ["bash", "-c", RUN + words],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ended.returncode, status, ended.stderr + (self.home / "log").read_text())
        return ended.stdout


class Joins(Pretended):
    def does(self, words, data=DATA, status=0):
        """What kubeadm was called with, and `reset` where what was there is undone."""
        (self.home / "join.json").write_text(json.dumps(data))
        (self.home / "calls").write_text("")
        self.run_part(words, status)
        calls = (self.home / "calls").read_text().replace(str(self.home / "config"), "CONFIG")
        self.assertFalse((self.home / "config").exists(), "it holds a token")
        return calls.splitlines()

    def test_a_worker_joins_as_a_whole_and_once(self):
        self.assertEqual(self.does("join anew"), ["reset", WHOLE])
        self.assertFalse((self.home / "join.json").exists(), "it holds a token")
        self.assertEqual(self.does("join"), [])

    def test_what_a_control_plane_prepared_is_left_out_in_its_turn(self):
        self.assertEqual(self.does("prejoin anew"), ["reset", *PHASES])
        self.assertEqual(self.does("join anew"), [REST])
        self.assertEqual(self.does("prejoin"), [], "a member is not prepared again")
        self.assertEqual(self.does("join"), [])

    def test_after_a_join_that_failed_all_is_done_anew(self):
        self.does("prejoin anew")
        (self.home / "fails").write_text(REST.replace("CONFIG", str(self.home / "config")))
        self.assertEqual(self.does("join anew", status=1), [REST])
        (self.home / "fails").unlink()
        self.assertEqual(self.does("join anew"), ["reset", WHOLE])

    def test_a_preparation_that_failed_counts_for_nothing(self):
        (self.home / "fails").write_text(PHASES[1].replace("CONFIG", str(self.home / "config")))
        self.assertEqual(self.does("prejoin anew", status=1), ["reset", *PHASES])
        self.assertEqual(self.does("join anew"), ["reset", WHOLE])

    def test_a_preparation_for_another_cluster_counts_for_nothing(self):
        self.does("prejoin anew")
        other = {**DATA, "caCertHashes": ["sha256:bb"]}
        self.assertEqual(self.does("join anew", other), ["reset", WHOLE])


class VirtualAddress(Pretended):
    """No API server listens at port 1, so only a founder may have the address."""

    def may_have_it(self):
        script = "address_check >&3"
        return subprocess.run(["sh", "-c", self.run_part(script)], check=False).returncode == 0

    def test_a_node_whose_api_server_is_silent_may_not_have_it(self):
        self.assertFalse(self.may_have_it())

    def test_a_founder_may_have_it_as_long_as_it_works(self):
        founder = self.home / "founder"
        founder.write_text(f"{os.getpid()}\n")
        self.assertTrue(self.may_have_it())
        with subprocess.Popen(["true"]) as gone:
            pass
        founder.write_text(f"{gone.pid}\n")
        self.assertFalse(self.may_have_it())
        founder.write_text("")
        self.assertFalse(self.may_have_it())

    def test_its_own_api_server_is_asked_by_its_own_address(self):
        self.assertEqual(self.run_part("readyz_url >&3"), "https://[::1]:1/readyz\n")


if __name__ == "__main__":
    unittest.main()
