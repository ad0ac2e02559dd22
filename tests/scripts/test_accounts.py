"""The stand-in cluster's accounts, with the very manifest that makes Tacker's."""

import base64
import contextlib
import io
import pathlib
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFEST = (ROOT / "src" / "cluster" / "tacker_account.yaml").read_text()
STANDINS = ROOT / "tests" / "standins"
PARTS = {}
# As the mirror builder puts them together.
exec((STANDINS / "common.py").read_text() + (STANDINS / "account.py").read_text(), PARTS)  # noqa: S102


class Cluster:
    """The part of the API server that keeps accounts."""

    def __init__(self, ca_file):
        self.data, self.ca_file = {}, ca_file

    def request(self, method, path, body=None):
        return PARTS["change_object"](self.data, method, path, body, self.ca_file)

    def asked(self, token, path):
        account = PARTS["account_of"](self.data, token)
        return account and PARTS["as_account"](self.data, account, "GET", path)[0]


class Accounts(unittest.TestCase):
    def setUp(self):
        self.ca = tempfile.NamedTemporaryFile()  # noqa: SIM115 -- closed by the cleanup
        self.addCleanup(self.ca.close)
        self.ca.write(b"a CA")
        self.ca.flush()
        self.cluster = Cluster(self.ca.name)

    def apply(self, text):
        with contextlib.redirect_stdout(io.StringIO()):
            PARTS["apply_objects"](self.cluster, text)

    def token(self):
        secret = PARTS["get_secret"](self.cluster, "vnfctl-tacker", "tacker-token")
        self.assertEqual(base64.b64decode(secret["data"]["ca.crt"]), b"a CA")
        return base64.b64decode(secret["data"]["token"]).decode()

    def refused(self, text):
        with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit):
            self.apply(text)
        return said.getvalue()

    def test_the_account_may_do_what_tacker_asks_when_it_registers(self):
        self.apply(MANIFEST)
        token = self.token()
        self.assertEqual(self.cluster.asked(token, "/api/"), 200)
        self.assertEqual(self.cluster.asked(token, "/api/v1/namespaces"), 200)
        self.assertIsNone(self.cluster.asked("another", "/api/"))

    def test_applying_it_again_keeps_the_token(self):
        self.apply(MANIFEST)
        token = self.token()
        self.apply(MANIFEST)
        self.assertEqual(self.token(), token)

    def test_rights_come_from_the_binding_alone(self):
        documents = list(yaml.safe_load_all(MANIFEST))
        unbound = [one for one in documents if one["kind"] != "ClusterRoleBinding"]
        self.apply(yaml.safe_dump_all(unbound))
        self.assertEqual(self.cluster.asked(self.token(), "/api/"), 403)

    def test_fields_that_no_kind_has_are_refused(self):
        self.assertIn("unknown field", self.refused(MANIFEST.replace("roleRef", "roleref")))

    def test_what_is_not_there_yet_cannot_be_referred_to(self):
        order = "\n---\n".join(reversed(MANIFEST.split("\n---\n")))
        self.assertIn("not found", self.refused(order))


if __name__ == "__main__":
    unittest.main()
