"""Which time limit of the package's settings holds for which phase."""

import json
import unittest
import unittest.mock

from pretended import HookCase, PretendedShell, faults

LIMITS = {"ssh": 1, "nodePrepare": 1001, "init": 1002, "join": 1003, "ready": 1004, "drain": 1005}


class Limits(HookCase):
    def setUp(self):
        super().setUp()
        path = self.scripts / "cluster.yaml"
        settings = json.loads(path.read_text())
        path.write_text(json.dumps({**settings, "timeouts": LIMITS}))

    def given(self, *hook, **terms):
        """{subcommand: (its arguments, seconds)} of the calls of node.sh in a hook."""
        found, answer = {}, PretendedShell.node

        def node(shell, arguments, seconds, **more):
            found[arguments[0]] = (arguments[1:], seconds)
            return answer(shell, arguments, seconds, **more)

        with unittest.mock.patch.object(PretendedShell, "node", node):
            self.hook(*hook, **terms)
        return found

    def test_each_phase_has_its_own(self):
        found = self.given("instantiate_end", ["c1-a", "w1-a"])
        for verb, phase in (
            ("prepare", "nodePrepare"), ("init", "init"), ("network", "init"), ("join", "join"),
        ):  # fmt: skip
            self.assertEqual(found[verb][1], LIMITS[phase], verb)
        # kubectl keeps the limit itself, one wait after the other; the call lasts a little longer.
        arguments, seconds = found["ready"]
        self.assertEqual(arguments[0], str(LIMITS["ready"]))
        self.assertGreater(seconds, LIMITS["ready"])

    def test_a_drain_has_its_own(self):
        self.hook("instantiate_end", ["c1-a", "w1-a", "w2-a"])
        servers = ["c1-a", "w1-a", "w2-a"]
        found = self.given("scale_start", servers, gone=["w2-a"], scale="SCALE_IN")
        arguments, seconds = found["remove"]
        self.assertEqual(arguments, ["node-w2", str(LIMITS["drain"])])
        self.assertGreater(seconds, LIMITS["drain"])

    def test_a_server_that_does_not_boot_is_given_up_after_its_limit(self):
        self.site.no_console.add("w1-a")
        with self.assertRaisesRegex(faults.Fault, "console within 1 s"):
            self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.assertIn("node-c1", self.site.members)


if __name__ == "__main__":
    unittest.main()
