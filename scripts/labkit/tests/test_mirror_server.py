"""Tests of the mirror's web server, on the loopback address: `python3 -m unittest discover scripts/labkit/tests`."""

import http.client
import socket
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mirror_server


class Mirror(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        root = Path(made.name)
        self.faults = root / "faults"
        self.faults.mkdir()
        for path, content in {
            "site/kubeadm": b"kubeadm 1",
            "site/x y/z": b"in it",
            "packages/pool/a.deb": b"deb",
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        server = mirror_server.serve("127.0.0.1", 0, root / "site", root / "packages", self.faults)
        server.RequestHandlerClass.func.log_message = lambda *_: None
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.port = server.server_address[1]

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers["Content-Length"]

    def test_the_directory_and_below_it_the_packages(self):
        self.assertEqual(self.ask("/kubeadm"), (200, b"kubeadm 1", "9"))
        self.assertEqual(self.ask("/debian/pool/a.deb"), (200, b"deb", "3"))
        self.assertEqual(self.ask("/x%20y/z")[1], b"in it")

    def test_neither_leads_out_of_itself(self):
        for path in (
            "/../packages/pool/a.deb",
            "/debian/../../site/kubeadm",
            "/debian/..%2f..%2fsite/kubeadm",
            "/debianx",
        ):
            self.assertEqual(self.ask(path)[0], 404, path)

    def test_it_lies_about_the_named_file_alone_and_until_told_otherwise(self):
        lies = self.faults / "mirror-lies"
        lies.write_text("kubeadm\ndebian/pool/a.deb\nx y/z\n", encoding="utf-8")
        for path, truth in {"/kubeadm": b"kubeadm 1", "/debian/pool/a.deb": b"deb", "/x%20y/z?q": b"in it"}.items():
            status, content, length = self.ask(path)
            self.assertEqual((status, length), (200, str(len(truth))))
            self.assertNotEqual(content, truth)
            self.assertEqual(len(content), len(truth))
        lies.write_text("other\n", encoding="utf-8")
        self.assertEqual(self.ask("/kubeadm")[1], b"kubeadm 1")

    def test_it_is_silent_and_the_connection_ends_without_an_answer(self):
        silent = self.faults / "mirror-silent"
        silent.touch()
        with socket.create_connection(("127.0.0.1", self.port), timeout=0.5) as held:
            held.sendall(b"GET /kubeadm HTTP/1.0\r\n\r\n")
            with self.assertRaises(TimeoutError):
                held.recv(1)
            silent.unlink()
            held.settimeout(10)
            self.assertEqual(held.recv(1), b"")
        self.assertEqual(self.ask("/kubeadm")[1], b"kubeadm 1")


if __name__ == "__main__":
    unittest.main()
