"""Tests of how a node presents itself (scripts/node/kubeadm_config.py): what others know it by."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "scripts/node/kubeadm_config.py"
CLUSTER = {"controlPlaneEndpoint": {"port": 6443}}
NODE = {"name": "w1", "address": "10.0.0.5", "serverId": "s-1", "vnf": "v-1", "role": "worker"}
JOIN = {"endpoint": "10.0.0.2:6443", "token": "t", "caCertHashes": ["sha256:0"]}


class Registration(unittest.TestCase):
    def test_labels_tell_the_server_and_the_vnf(self):
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            for name, content in {"cluster": CLUSTER, "node": NODE, "join": JOIN}.items():
                (home / f"{name}.json").write_text(json.dumps(content))
            printed = subprocess.run(
                [sys.executable, PROGRAM, "join", folder, home / "join.json"],
                env={**os.environ, "CRI_SOCKET": "unix:///run/crio/crio.sock"},
                capture_output=True,
                text=True,
                check=True,
            )
        document = json.loads(printed.stdout)
        given = document["nodeRegistration"]["kubeletExtraArgs"]
        labels = next(one["value"] for one in given if one["name"] == "node-labels")
        self.assertEqual(labels, "vnfctl.dev/server=s-1,vnfctl.dev/vnf=v-1")


if __name__ == "__main__":
    unittest.main()
