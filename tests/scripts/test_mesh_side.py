"""One side of a mesh: what it reads of Helm's record, what it changes, what a port answers."""

import base64
import gzip
import importlib.util
import io
import json
import pathlib
import socket
import unittest
from unittest import mock

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "src/cluster/mesh/side.py"


def side():
    """The script without its last line, which runs it."""
    spec = importlib.util.spec_from_loader("side", loader=None)
    module = importlib.util.module_from_spec(spec)
    source = SCRIPT.read_text().removesuffix("main()\n")
    exec(compile(source, "side", "exec"), module.__dict__)  # noqa: S102 -- ours
    return module


def kept(version, **config):
    """A release as Helm keeps it in a secret."""
    chart = {"metadata": {"version": "1.20.3"}}
    record = json.dumps({"version": version, "chart": chart, "config": config}).encode()
    packed = base64.b64encode(gzip.compress(record))
    return {"data": {"release": base64.b64encode(packed).decode()}}


class Side(unittest.TestCase):
    def setUp(self):
        self.side = side()
        self.ran = []

    def pretend(self, releases):
        """Answers of kubectl; what else is run is noted, with the values that it is given."""

        def run(*words):
            if words[0] == "kubectl":
                return json.dumps({"items": releases})
            with open(words[words.index("--values") + 1], encoding="utf-8") as source:
                self.ran.append((words, json.load(source)))
            return ""

        self.side.run = run

    def test_the_latest_release_counts(self):
        self.pretend([kept(9, a=9), kept(10, a=10)])
        self.assertEqual(self.side.release()["config"], {"a": 10})
        self.pretend([])
        with self.assertRaises(SystemExit) as ended:
            self.side.release()
        self.assertIn("no release `cilium`", str(ended.exception))

    def test_values_replace_the_former_ones(self):
        self.pretend([kept(3, a=1)])
        self.side.change({"revision": 3, "values": {"b": 2}})
        words, values = self.ran[0]
        self.assertEqual(values, {"b": 2})
        self.assertEqual(words[:4], ("cilium", "upgrade", "--version", "1.20.3"))
        self.assertIn("--reset-values", words)
        with self.assertRaises(SystemExit) as ended:
            self.side.change({"revision": 2, "values": {}})
        self.assertIn("somebody else has changed Cilium", str(ended.exception))
        self.assertEqual(len(self.ran), 1)

    def test_ports_are_open_or_say_why_not(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.assertEqual(self.side.answer("127.0.0.1", port), "open")
        self.assertEqual(self.side.answer("127.0.0.1", port), "refused")
        with mock.patch("socket.create_connection", side_effect=socket.timeout()):
            self.assertEqual(self.side.answer("192.0.2.1", 1), "silent")

    def test_a_verb_reads_and_prints_json(self):
        self.side.answer = lambda host, port: f"{host} {port}"
        out = io.StringIO()
        with (
            mock.patch("sys.argv", ["side", "probe"]),
            mock.patch("sys.stdin", io.StringIO('{"ports": [["a", 1], ["b", 2]]}')),
            mock.patch("sys.stdout", out),
        ):
            self.side.main()
        self.assertEqual(json.loads(out.getvalue()), ["a 1", "b 2"])


if __name__ == "__main__":
    unittest.main()
