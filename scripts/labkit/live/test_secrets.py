"""Barbican as a project's users meet it: what one project stores no other reads."""

import unittest
import uuid

from cloud import KEY_MANAGER, Cloud

TEXT = {"Accept": "text/plain"}


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nfv, cls.other = Cloud("nfv"), Cloud("other")

    def store(self, cloud, payload):
        secret = {"name": "lab-check", "payload": payload, "payload_content_type": "text/plain"}
        reference = cloud.post(f"{KEY_MANAGER}/secrets", secret)["secret_ref"]
        self.addCleanup(cloud.call, "DELETE", reference)
        return reference

    def test_its_project_reads_back_what_it_stored(self):
        for cloud in (self.nfv, self.other):
            payload = uuid.uuid4().hex
            reference = self.store(cloud, payload)
            self.assertTrue(reference.startswith(f"{KEY_MANAGER}/secrets/"))
            self.assertEqual(cloud.call("GET", f"{reference}/payload", headers=TEXT).text, payload)
            self.assertEqual(cloud.get(reference)["name"], "lab-check")

    def test_another_project_neither_reads_nor_deletes_nor_lists_it(self):
        reference = self.store(self.nfv, "s3cret")
        for method, url, headers in (
            ("GET", f"{reference}/payload", TEXT),
            ("GET", reference, {}),
            ("DELETE", reference, {}),
        ):
            with self.subTest(method=method, url=url):
                answer = self.other.http.request(method, url, headers=headers, timeout=60)
                self.assertEqual(answer.status_code, 403)
                self.assertNotIn("s3cret", answer.text)
        listed = self.other.get(f"{KEY_MANAGER}/secrets", name="lab-check")["secrets"]
        self.assertNotIn(reference, [secret["secret_ref"] for secret in listed])

    def test_the_catalog_names_it(self):
        catalog = self.nfv.get(f"{self.nfv.keystone}/auth/catalog")["catalog"]
        urls = {
            endpoint["url"]
            for service in catalog
            if service["type"] == "key-manager"
            for endpoint in service["endpoints"]
        }
        self.assertEqual(urls, {KEY_MANAGER.removesuffix("/v1")})


if __name__ == "__main__":
    unittest.main()
