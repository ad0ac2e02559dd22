"""Tests of how node.sh speaks and reads its settings (scripts/node/talk.sh), without a node."""

import json
import pathlib
import subprocess
import tempfile
import unittest

TALK = pathlib.Path(__file__).resolve().parents[2] / "scripts/node/talk.sh"
CLUSTER = {
    "mirror": {"base": "http://m/", "caFile": None},
    "artifacts": {"crio": {"amd64": {"path": "a b/c.tgz", "sha256": "00"}}},
    "cilium": {"values": {"text": 'line\n"quoted" \\ $(id) `id` é'}},
}
NODE = {"name": "n-1", "schedulable": False, "nodeCount": 3, "peers": ["10.0.0.2"]}


class Talk(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.home = pathlib.Path(made.name)
        (self.home / "cluster.json").write_text(json.dumps(CLUSTER))
        (self.home / "node.json").write_text(json.dumps(NODE))

    def bash(self, script, *arguments, status=0):
        """(stdout, stderr) of a script with the room's functions."""
        head = f"set -euo pipefail\nHOME_DIR={self.home} STEP_DIR={self.home} LOG={self.home}/log\n"
        head += f"SUBCOMMAND=try\n. {TALK}\nexec 3>&1 4>&2\nload_settings\n"
        done = subprocess.run(
            ["bash", "-c", head + script, "bash", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr

    def asked(self, words):
        return self.bash(f"{words}\n")[0].removesuffix("\n")

    def test_a_setting_is_its_text_and_a_map_list_or_number_its_json(self):
        self.assertEqual(self.asked("cluster artifacts crio amd64 path"), "a b/c.tgz")
        self.assertEqual(json.loads(self.asked("cluster artifacts")), CLUSTER["artifacts"])
        self.assertEqual(json.loads(self.asked("cluster mirror")), CLUSTER["mirror"])
        self.assertEqual(json.loads(self.asked("node peers")), NODE["peers"])
        self.assertEqual(self.asked("node schedulable"), "false")
        self.assertEqual(self.asked("node nodeCount"), "3")

    def test_no_text_of_a_setting_is_run_or_changed(self):
        self.assertEqual(
            self.asked("cluster cilium values text"), CLUSTER["cilium"]["values"]["text"]
        )

    def test_what_is_null_or_missing_is_empty(self):
        for words in ("cluster mirror caFile", "cluster apt", "cluster apt uri", "node endpoint x"):
            self.assertEqual(self.asked(words), "")

    def test_a_file_that_is_missing_or_broken_is_told_once_it_is_needed(self):
        (self.home / "node.json").write_text("{")
        out, err = self.bash("cluster mirror base; node name", status=1)
        self.assertIn("http://m/", out)
        self.assertIn("node.json is missing or is no JSON", err)

    def test_what_is_begun_beside_is_waited_for(self):
        out, _ = self.bash(
            "one() { read -r -t 0.2 <> <(:) || :; echo one >&3; }\nbeside one\ntogether\necho two"
        )
        self.assertEqual(out, "one\ntwo\n")

    def test_a_failure_beside_ends_all_once_the_rest_is_done(self):
        out, err = self.bash(
            "other() { :; }\nbeside die 'no disk'\nbeside step other 1 other\n"
            "together\necho not here",
            status=1,
        )
        self.assertIn('"other", "state": "done"', out)
        self.assertIn('"failed", "message": "no disk"', out)
        self.assertNotIn("not here", out)
        self.assertEqual(err, "node.sh: try: no disk\n")

    def test_a_failure_in_front_waits_for_what_runs_beside(self):
        script = "trap 'note_end $?' EXIT\nslow() { read -r -t 0.3 <> <(:) || :; echo slow >&3; }\n"
        out, _ = self.bash(script + "beside slow\ndie 'no runtime'", status=1)
        self.assertEqual(out.splitlines()[-1], "slow")

    def test_progress_is_a_line_of_json_whatever_the_message(self):
        message = 'a "quote", a \\ and\na tab\t, \x1b[31m and an é'
        out, _ = self.bash('progress step "done" "$1"', message)
        (line,) = out.splitlines()
        told = json.loads(line)
        self.assertEqual((told["step"], told["state"]), ("step", "done"))
        self.assertEqual(told["message"], message.replace("\x1b", " "))
        self.assertGreater(told["time"], 1e9)
        self.assertEqual((self.home / "log").read_text(), out)


if __name__ == "__main__":
    unittest.main()
