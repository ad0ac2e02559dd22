"""What the node script does around Cilium's chart, against a kubectl that notes its calls."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

NODE = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "node"
# kubectl: notes arguments and standard input; knows a secret once it is created, and a definition
# after it was asked for it twice in vain.
KUBECTL = """#!/usr/bin/env python3
import json, os, pathlib, sys
home = pathlib.Path(os.environ["PRETENDED"])
words = sys.argv[1:]
text = sys.stdin.read() if words[-1] == "-" else None
with (home / "calls").open("a") as calls:
    calls.write(json.dumps({"words": words, "input": text}) + "\\n")
asked = (home / "calls").read_text().count('"wait"')
if words[0] == "wait" and asked < 3:
    sys.exit(1)
if "get" in words and (home / "secret").exists():
    print("secret/cilium-ipsec-keys")
if words[0] == "create":
    (home / "secret").write_text(text)
"""
RUN = """
set -euo pipefail
STEP_DIR=$PRETENDED/steps STATE_DIR=$PRETENDED HOME_DIR=$PRETENDED LOG=$PRETENDED/log
SUBCOMMAND=init
mkdir -p "$STEP_DIR"
for part in talk cilium; do . "$NODE/$part.sh"; done
fetch() { printf '%s/%s.yaml\\n' "$PRETENDED" "$1"; }
exec 3>&1 4>&2 >>"$LOG" 2>&1
load_settings
prepare_cilium
tell_cilium
"""
POOL = {"apiVersion": "cilium.io/v2", "kind": "CiliumLoadBalancerIPPool"}


class Cilium(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        kubectl = self.home / "kubectl"
        kubectl.write_text(KUBECTL)
        kubectl.chmod(0o755)
        self.settings = {
            "gatewayApi": None,
            "ipsecKey": False,
            "manifests": {"crds": [], "items": []},
            "artifacts": {"gateway-api": {"any": {"path": "p", "sha256": "0"}}},
        }

    def run_part(self):
        (self.home / "cluster.json").write_text(json.dumps(self.settings))
        environment = {
            **os.environ,
            "PATH": f"{self.home}:{os.environ['PATH']}",
            "PRETENDED": str(self.home),
            "NODE": str(NODE),
        }
        ended = subprocess.run(
            ["bash", "-c", RUN], env=environment, capture_output=True, text=True, check=False
        )
        self.assertEqual(ended.returncode, 0, ended.stderr + (self.home / "log").read_text())
        return ended.stdout

    def calls(self):
        found = self.home / "calls"
        if not found.exists():
            return []
        return [json.loads(line) for line in found.read_text().splitlines()]

    def test_nothing_is_asked_of_a_cluster_without_these_features(self):
        self.run_part()
        self.assertEqual(self.calls(), [])

    def test_key_is_made_once_and_seen_by_the_api_alone(self):
        self.settings["ipsecKey"] = True
        said = self.run_part()
        secret = json.loads((self.home / "secret").read_text())
        keys = secret["stringData"]["keys"]
        found = re.fullmatch(r"3\+ rfc4106\(gcm\(aes\)\) ([0-9a-f]{40}) 128", keys)
        self.assertTrue(found, keys)
        self.assertEqual(secret["metadata"]["namespace"], "kube-system")
        for call in self.calls():
            self.assertNotIn(found[1], " ".join(call["words"]))
        self.assertNotIn(found[1], said + (self.home / "log").read_text())

    def test_key_that_is_there_stays(self):
        self.settings["ipsecKey"] = True
        (self.home / "secret").write_text("theirs")
        self.run_part()
        self.assertEqual((self.home / "secret").read_text(), "theirs")
        self.assertNotIn("create", [call["words"][0] for call in self.calls()])

    def test_definitions_of_gateway_api_come_from_the_pinned_file(self):
        self.settings["gatewayApi"] = "1.6.1"
        self.run_part()
        file = f"{self.home}/gateway-api.yaml"
        self.assertEqual(
            [call["words"] for call in self.calls()],
            [["apply", "--server-side", "--filename", file]],
        )

    def test_resources_wait_for_their_definition_and_are_applied_again_when_changed(self):
        self.settings["manifests"] = {"crds": ["pools.cilium.io"], "items": [POOL]}
        self.run_part()
        verbs = [call["words"][0] for call in self.calls()]
        self.assertEqual(verbs, ["wait", "wait", "wait", "apply"])
        applied = json.loads((self.home / "manifests.json").read_text())
        self.assertEqual(applied, {"apiVersion": "v1", "kind": "List", "items": [POOL]})
        self.run_part()
        self.assertEqual(len(self.calls()), 4, "the same again changes nothing")
        self.settings["manifests"]["items"].append({**POOL, "metadata": {"name": "b"}})
        self.run_part()
        self.assertEqual([call["words"][0] for call in self.calls()[4:]], ["wait", "apply"])


if __name__ == "__main__":
    unittest.main()
