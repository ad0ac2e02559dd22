"""What is done for a pod at each step of its life."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "kubernetes"))

import pods


class Api:
    """Keeps what it is asked for."""

    def __init__(self, status=200):
        self.status = status
        self.calls = []

    def call(self, method, path, body=None, kind="application/json"):
        self.calls.append((method, path, body))
        return self.status, {}


def pod(spec=None, **metadata):
    return {
        "metadata": {"namespace": "web", "name": "web-1", **metadata},
        "spec": {"containers": [{"name": "app", "image": "a@sha256:1"}], **(spec or {})},
        "status": {"phase": "Pending"},
    }


class PodsTest(unittest.TestCase):
    def asked(self, one):
        api = Api()
        pods.Pods(api).handle(one)
        return api.calls

    def test_a_new_pod_gets_a_node(self):
        [(method, path, body)] = self.asked(pod())
        self.assertEqual((method, path), ("POST", "/api/v1/namespaces/web/pods/web-1/binding"))
        self.assertEqual(body["target"]["name"], pods.NODE)

    def test_a_pod_with_a_node_runs_and_is_ready(self):
        [(method, path, body)] = self.asked(pod({"nodeName": pods.NODE}))
        self.assertEqual((method, path), ("PATCH", "/api/v1/namespaces/web/pods/web-1/status"))
        status = body["status"]
        self.assertEqual(status["phase"], "Running")
        self.assertIn(("Ready", "True"), [(one["type"], one["status"]) for one in status["conditions"]])
        self.assertEqual([one["name"] for one in status["containerStatuses"]], ["app"])

    def test_addresses_are_each_pods_own(self):
        api = Api()
        all_pods = pods.Pods(api)
        for _ in range(600):
            all_pods.handle(pod({"nodeName": pods.NODE}))
        addresses = {body["status"]["podIP"] for _, _, body in api.calls}
        self.assertEqual(len(addresses), 600)

    def test_a_deleted_pod_is_taken_away_at_once(self):
        [call] = self.asked(pod({"nodeName": pods.NODE}, deletionTimestamp="2026-01-01T00:00:00Z"))
        self.assertEqual(call, ("DELETE", "/api/v1/namespaces/web/pods/web-1", {"gracePeriodSeconds": 0}))

    def test_a_running_pod_is_let_be(self):
        running = pod({"nodeName": pods.NODE})
        running["status"]["phase"] = "Running"
        self.assertEqual(self.asked(running), [])


if __name__ == "__main__":
    unittest.main()
