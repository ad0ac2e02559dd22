"""The key that the driver logs in with, from a file, Barbican or with a certificate."""

import json
import pathlib
import subprocess
import traceback
import unittest
import unittest.mock

from keystoneauth1 import exceptions
from pretended import HookCase, faults, make_key, vim


class Keys(HookCase):
    def test_the_secret_of_the_package_is_read_and_remembered_by_its_uuid(self):
        self.settings(keySecret="demo")
        text = pathlib.Path(self.key).read_text()
        self.site.secrets = {"demo": text, "uuid-of-demo": text}
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        self.assertEqual(self.metadata["vnfctlSshKeySecret"], "uuid-of-demo")
        self.assertNotIn("PRIVATE KEY", json.dumps(self.metadata))
        self.hook("scale_end", ["c1-a", "w1-a"])
        self.assertEqual(self.site.asked, ["demo", "uuid-of-demo"])
        self.assertEqual(self.site.logins[0].key.get_base64(), self.public_key.split()[1])

    def test_a_request_may_name_another_secret(self):
        self.settings(keySecret="demo")
        self.site.secrets = {"mine": pathlib.Path(self.key).read_text()}
        self.parameters = {"sshKeySecret": "mine"}
        self.hook("instantiate_end", ["c1-a"])
        self.assertEqual(self.metadata["vnfctlSshKeySecret"], "uuid-of-mine")

    def test_what_is_no_key_is_not_repeated(self):
        self.settings(keySecret="demo")
        self.site.secrets = {"demo": "-----BEGIN OPENSSH PRIVATE KEY-----\nVERYSECRET\n"}
        with self.assertRaises(faults.Fault) as caught:
            self.hook("instantiate_end", ["c1-a"])
        self.assertIn("secret demo in Barbican holds no private key", str(caught.exception))
        chain = "".join(traceback.format_exception(caught.exception))
        self.assertNotIn("VERYSECRET", chain)

    def test_a_key_file_that_is_not_there_is_named(self):
        self.settings(keyFile="/nowhere/key")
        with self.assertRaisesRegex(faults.Fault, "/nowhere/key .* cannot be read: No such file"):
            self.hook("instantiate_end", ["c1-a"])


class Certificates(HookCase):
    def setUp(self):
        super().setUp()
        self.authority, self.authority_key = make_key(self.folder, "ca")
        self.settings(keyFile=self.key, certificateAuthority=self.authority_key)

    def sign(self, *options, authority=None, key=None, principal="vnf-vnf", valid="-1m:+5m"):
        key = key or self.key
        command = ["ssh-keygen", "-q", "-s", authority or self.authority, "-I", "test"]
        command += ["-n", principal, "-V", valid, *options, f"{key}.pub"]
        subprocess.run(command, check=True, capture_output=True)
        self.parameters = {"sshCertificate": pathlib.Path(f"{key}-cert.pub").read_text()}

    def refusal(self):
        with self.assertRaises(faults.Fault) as caught:
            self.hook("instantiate_end", ["c1-a"])
        sentence = str(caught.exception)
        self.assertNotIn("\n", sentence)
        self.assertEqual(self.site.calls, [])
        return sentence

    def test_a_certificate_of_the_authority_opens_the_nodes_and_is_not_kept(self):
        self.sign()
        self.hook("instantiate_end", ["c1-a", "w1-a"])
        login = self.site.logins[0]
        self.assertEqual(login.key.public_blob.key_type, "ssh-ed25519-cert-v01@openssh.com")
        self.assertNotIn("cert", json.dumps(self.metadata))

    def test_without_one_the_sentence_says_what_is_missing(self):
        self.assertIn("has no additionalParams.sshCertificate", self.refusal())

    def test_an_expired_one_ends_in_one_sentence(self):
        self.sign(valid="-10m:-1m")
        self.assertRegex(self.refusal(), r"certificate ended at \d{4}-.* UTC; a retry repeats")

    def test_others_are_refused_each_with_its_reason(self):
        other, _ = make_key(self.folder, "other")
        for options, reason in [
            ({"authority": other}, "not of the authority"),
            ({"key": other}, "for another key than key file"),
            ({"principal": "vnf-another"}, "does not name the principal vnf-vnf"),
            ({"valid": "+5m:+10m"}, "begins only at"),
            ({"valid": "always:forever"}, "longer than a day"),
        ]:
            with self.subTest(reason):
                self.sign(**options)
                self.assertIn(reason, self.refusal())
        self.sign("-h")
        self.assertIn("a host's", self.refusal())
        self.parameters = {"sshCertificate": self.public_key}
        self.assertIn("none of OpenSSH's", self.refusal())


class Barbican(unittest.TestCase):
    """The questions that are asked of a key manager, and what becomes of its answers."""

    UUID = "6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12"

    def vim(self, answers, endpoint="http://barbican:9311"):
        self.asked = []

        def get(url, headers, timeout):
            self.asked.append((url, headers["Accept"]))
            answer = answers[len(self.asked) - 1]
            if isinstance(answer, Exception):
                raise answer
            return unittest.mock.Mock(text=answer, json=lambda: answer)

        session = unittest.mock.Mock(get=get, get_endpoint=lambda **_: endpoint)
        connection = {
            "vimType": "ETSINFV.OPENSTACK_KEYSTONE.V_3",
            "accessInfo": {
                "username": "u", "project": "p", "userDomain": "d", "projectDomain": "d",
            },
            "interfaceInfo": {"endpoint": "http://keystone/v3"},
        }  # fmt: skip
        return vim.Vim({"vim": connection}, make_session=lambda **_: session)

    def test_a_name_is_looked_up_and_the_payload_read_as_text(self):
        listed = {"secrets": [{"secret_ref": f"http://x/v1/secrets/{self.UUID}"}]}
        found = self.vim([listed, "the key"]).secret("my key")
        self.assertEqual(found, (self.UUID, "the key"))
        base = "http://barbican:9311/v1/secrets"
        self.assertEqual(
            self.asked,
            [
                (f"{base}?name=my+key&limit=2", "application/json"),
                (f"{base}/{self.UUID}/payload", "text/plain"),
            ],
        )

    def test_a_uuid_is_not_looked_up(self):
        self.vim(["the key"], "http://barbican:9311/v1/").secret(self.UUID)
        self.assertEqual(
            self.asked, [(f"http://barbican:9311/v1/secrets/{self.UUID}/payload", "text/plain")]
        )

    def test_each_trouble_is_said_with_what_to_do(self):
        twice = {"secrets": [{"secret_ref": "a"}, {"secret_ref": "b"}]}
        for answers, endpoint, reason in [
            ([], None, "catalog has no key manager; ask for Barbican"),
            ([{"secrets": []}], "http://b", "there is none"),
            ([twice], "http://b", "several secrets have this name; name it by its UUID"),
            ([exceptions.Forbidden()], "http://b", "may not read it; give it"),
            ([exceptions.NotAcceptable()], "http://b", "--payload-content-type text/plain"),
            ([exceptions.InternalServerError()], "http://b", "Barbican answers 500"),
            ([exceptions.ConnectFailure()], "http://b", "does not answer .*; see that it runs"),
        ]:
            with self.subTest(reason), self.assertRaisesRegex(faults.Fault, reason):
                self.vim(answers, endpoint).secret("demo")


if __name__ == "__main__":
    unittest.main()
