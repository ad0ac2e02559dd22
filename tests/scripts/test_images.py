"""Which container images of Cilium's chart are told from a package's values."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from test_standins import builder

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "node" / "cilium_images.py"


class Images(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.chart = json.loads(builder().chart_values("1.20.3"))

    def told(self, own):
        (self.home / "values.yaml").write_text(json.dumps(self.chart))
        (self.home / "cluster.json").write_text(json.dumps({"cilium": {"values": own}}))
        return subprocess.run(
            [sys.executable, PROGRAM, self.home / "values.yaml", self.home / "cluster.json"],
            check=False,
            capture_output=True,
            text=True,
        )

    def parts(self, own):
        """Last parts of the repositories that are told of."""
        ended = self.told(own)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return {line.split(":")[0].split("/")[-1] for line in ended.stdout.split()}

    def test_a_plain_cluster_runs_agent_operator_and_proxy(self):
        self.assertEqual(self.parts({}), {"cilium", "operator-generic", "cilium-envoy"})

    def test_each_value_brings_its_images(self):
        cron = {"auto": {"method": "cronJob"}}
        spire = {"enabled": True, "mutual": {"spire": {"enabled": True}}}
        for own, brought in [
            ({"hubble": {"relay": {"enabled": True}}}, {"hubble-relay"}),
            ({"hubble": {"ui": {"enabled": True}}}, {"hubble-ui", "hubble-ui-backend"}),
            ({"hubble": {"enabled": False, "relay": {"enabled": True}, "tls": cron}}, set()),
            ({"hubble": {"tls": cron}}, {"certgen"}),
            ({"clustermesh": {"useAPIServer": True}}, {"clustermesh-apiserver"}),
            ({"clustermesh": {"apiserver": {"tls": cron}}}, set()),
            ({"authentication": spire}, {"busybox", "spire-agent", "spire-server"}),
            ({"nodeinit": {"enabled": True}}, {"startup-script"}),
        ]:
            plain = {"cilium", "operator-generic", "cilium-envoy"}
            self.assertEqual(self.parts(own), plain | brought, own)
        for own in ({"envoy": {"enabled": False}}, {"l7Proxy": False}):
            self.assertEqual(self.parts(own), {"cilium", "operator-generic"}, own)

    def test_names_are_those_of_the_pods(self):
        lines = self.told({}).stdout.split()
        for line in lines:
            self.assertRegex(line, r"^quay\.io/cilium/[a-z-]+:v[0-9a-z.-]+@sha256:[0-9a-f]{64}$")
        own = {"useDigest": False, "tag": "own"}
        own = {"image": own, "operator": {"image": {"suffix": "-ci"}}}
        lines = self.told(own).stdout.split()
        self.assertIn("quay.io/cilium/cilium:own", lines)
        self.assertTrue(any("operator-generic-ci:v1.20.3@" in line for line in lines), lines)
        lines = self.told({"image": {"override": "example.org/agent:1"}}).stdout.split()
        self.assertIn("example.org/agent:1", lines)

    def test_what_would_be_pulled_at_boot_is_refused(self):
        for own, said in [
            ({"envoy": {"image": {"pullPolicy": "Always"}}}, "envoy.image.pullPolicy is Always"),
            ({"standaloneDnsProxy": {"enabled": True}}, "no standaloneDnsProxy.image"),
        ]:
            ended = self.told(own)
            self.assertEqual((ended.returncode, ended.stdout), (1, ""))
            self.assertIn(said, ended.stderr)


if __name__ == "__main__":
    unittest.main()
