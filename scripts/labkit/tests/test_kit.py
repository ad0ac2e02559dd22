"""Tests of the kit's shell functions that keep what is done and what is broken, where they need no lab."""

import subprocess
import tempfile
import unittest
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]


class Kit(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.lab = Path(made.name)
        for directory in ("data", "run", "log", "servers"):
            (self.lab / directory).mkdir()

    def bash(self, script):
        """Returns what a script with the kit's functions says; it must succeed."""
        sourced = "".join(f". {KIT}/{name}.sh\n" for name in ("common", "faults"))
        whole = f"set -euo pipefail\nLAB={self.lab} KIT={KIT}\n{sourced}{script}"
        done = subprocess.run(["bash", "-c", whole], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class OnceFor(Kit):
    def test_it_is_done_once_for_each_state_of_the_files(self):
        program = self.lab / "program"
        step = f"once_for step {program} {KIT}/common.sh -- echo done\n"
        program.write_text("1", encoding="utf-8")
        self.assertEqual(self.bash(step * 2), "done\n")
        self.assertEqual(self.bash(step), "")
        program.write_text("2", encoding="utf-8")
        self.assertEqual(self.bash(step), "done\n")

    def test_a_mark_from_before_it_knew_of_states_does_not_count(self):
        (self.lab / "data/done-step").touch()
        self.assertEqual(self.bash(f"once_for step {KIT}/common.sh -- echo done"), "done\n")

    def test_what_failed_is_done_again(self):
        step = f"once_for step {KIT}/common.sh -- "
        self.assertEqual(self.bash(f"({step}exit 1) || true; {step}echo done"), "done\n")


class Notes(Kit):
    def test_they_are_kept_one_by_one(self):
        said = self.bash(
            "note mirror-lies a/b; note mirror-lies 'x y'; note mirror-lies a/b; note mirror-silent ''\n"
            "noted_faults; echo; forget mirror-lies a/b; noted mirror-lies 'x y'; not noted mirror-lies a/b\n"
            "forget mirror-silent ''; noted_faults; forget mirror-lies 'x y'; echo; noted_faults; ls $LAB/run/faults"
        )
        self.assertEqual(said, "mirror-lies\ta/b\nmirror-lies\tx y\nmirror-silent\t\n\nmirror-lies\tx y\n\n")

    def test_a_fault_of_a_server_goes_with_it(self):
        gone = self.lab / "servers/u-1"
        self.assertEqual(self.bash(f"note server-dead {gone}; show_faults; clear_faults; noted_faults"), "")

    def test_a_name_that_begins_like_another_is_not_it(self):
        self.bash(
            "note mirror-lies kubeadm.sig; not noted mirror-lies kubeadm; forget mirror-lies kubeadm; noted mirror-lies kubeadm.sig"
        )


if __name__ == "__main__":
    unittest.main()
