"""The scripts wait for conditions with a deadline and never just for time to pass."""

import ast
import pathlib
import re
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
# The loops that pause between two looks at a condition: (file, function).
POLLS = {("remote.py", "await_condition"), ("talk.sh", "await")}


def python_sleeps(path):
    """(function, line) of each call of something named sleep."""

    def visit(node, function):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node.name
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name == "sleep":
                yield function, node.lineno
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    return list(visit(ast.parse(path.read_text()), None))


def shell_sleeps(path):
    """(function, line) of each command sleep, also by another path or inside quotes."""
    found, function = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        start = re.match(r"([a-z_]+)\(\) \{", line)
        if start:
            function = start[1]
        elif line == "}":
            function = None
        if re.search(r"\bu?sleep\b", line.split(" #")[0]) and not line.lstrip().startswith("#"):
            found.append((function, number))
    return found


class Waits(unittest.TestCase):
    def test_every_sleep_is_the_pause_of_a_poll_with_a_deadline(self):
        seen = set()
        for folder in ("mgmt", "node"):
            for path in sorted((SCRIPTS / folder).iterdir()):
                if path.suffix not in (".py", ".sh"):
                    continue
                sleeps = python_sleeps(path) if path.suffix == ".py" else shell_sleeps(path)
                for function, line in sleeps:
                    seen.add((path.name, function))
                    self.assertIn((path.name, function), POLLS, f"{path}:{line}")
        self.assertEqual(seen, POLLS)


if __name__ == "__main__":
    unittest.main()
