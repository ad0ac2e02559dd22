"""The way of an alert: Prometheus' rule, Alertmanager's route, Tacker's webhook. What a VNF then does is not looked at."""

import json
import os
import unittest
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
from cloud import TACKER, wait_for

PROMETHEUS = "http://127.0.0.1:9090"
ALERTMANAGER = "http://127.0.0.1:9093"
LAB = Path(os.environ["OS_CLIENT_CONFIG_FILE"]).parent
WEBHOOKS = {"auto_heal": f"{TACKER}/alert/auto_healing", "auto_scale": f"{TACKER}/alert/auto_scaling"}


def labels(function, vnf=None):
    """Returns the labels Tacker 16 wants of an alert, of a VNF that it does not know."""
    own = {
        "auto_heal": {"vnfc_info_id": "VDU-1"},
        "auto_scale": {"aspect_id": "worker", "auto_scale_type": "SCALE_OUT"},
    }
    common = {"receiver_type": "tacker", "function_type": function, "vnf_instance_id": vnf or str(uuid.uuid4())}
    return common | own[function]


def tacker_said(position):
    """Returns what Tacker's server has written since `position` of its log."""
    with open(LAB / "log/tacker-server.log", encoding="utf-8", errors="replace") as file:
        file.seek(position)
        return file.read()


def end_of_log():
    return (LAB / "log/tacker-server.log").stat().st_size


class Webhook(unittest.TestCase):
    def post(self, function, *alerts):
        begun = end_of_log()
        answer = requests.post(WEBHOOKS[function], json={"alerts": alerts}, timeout=30)
        return answer, tacker_said(begun)

    @staticmethod
    def alert(function, **changed):
        made = {"status": "firing", "labels": labels(function), "annotations": {}, "fingerprint": "f"}
        return made | {"startsAt": "2026-01-01T00:00:00Z"} | changed

    def test_an_alert_of_an_unknown_vnf_is_taken_and_passed_over(self):
        for function in WEBHOOKS:
            answer, log = self.post(function, self.alert(function))
            self.assertEqual((answer.status_code, answer.text), (204, ""))
            self.assertNotIn("prometheus_plugin [", log)

    def test_a_message_not_to_the_schema_is_dropped_with_204_and_a_line_in_the_log(self):
        for function in WEBHOOKS:
            bad = self.alert(function, labels={"alertname": "Down"})
            answer, log = self.post(function, self.alert(function), bad)
            self.assertEqual(answer.status_code, 204)
            self.assertIn("SolValidationError", log)

    def test_only_posts_are_taken(self):
        self.assertEqual(requests.get(WEBHOOKS["auto_heal"], timeout=30).status_code, 405)


class Alertmanager(unittest.TestCase):
    def reaches_tacker(self, function, fire):
        """Fires an alert by `fire`, waits for Tacker's 204, and looks that it had nothing to complain of."""
        begun = end_of_log()
        fire(str(uuid.uuid4()))
        path = WEBHOOKS[function].removeprefix(TACKER)
        line = f'"POST {path} HTTP/1.1" 204'
        wait_for(f"{line} in Tacker's log", 30, lambda: line in tacker_said(begun))
        self.assertNotIn("prometheus_plugin [", tacker_said(begun))

    @staticmethod
    def tell_alertmanager(function, vnf):
        now = datetime.now(timezone.utc)
        alert = {"labels": labels(function, vnf) | {"alertname": "LabCheck"}, "annotations": {"value": "1"}}
        alert |= {"startsAt": now.isoformat(), "endsAt": (now + timedelta(seconds=5)).isoformat()}
        requests.post(f"{ALERTMANAGER}/api/v2/alerts", json=[alert], timeout=30).raise_for_status()

    def test_it_posts_to_the_webhook_of_the_function(self):
        for function in WEBHOOKS:
            with self.subTest(function=function):
                self.reaches_tacker(function, lambda vnf, function=function: self.tell_alertmanager(function, vnf))

    def test_a_rule_put_beside_fires_and_reaches_tacker(self):
        rules = LAB / "monitoring/rules/lab-check.yml"
        self.addCleanup(self.reload)
        self.addCleanup(rules.unlink)

        def fire(vnf):
            rule = {"alert": "LabCheck", "expr": "vector(1)", "labels": labels("auto_heal", vnf)}
            rules.write_text(json.dumps({"groups": [{"name": "lab-check", "rules": [rule]}]}), encoding="utf-8")
            self.reload()

        self.reaches_tacker("auto_heal", fire)

    @staticmethod
    def reload():
        requests.post(f"{PROMETHEUS}/-/reload", timeout=30).raise_for_status()

    def test_nothing_is_watched_by_itself(self):
        targets = requests.get(f"{PROMETHEUS}/api/v1/targets", timeout=30).json()["data"]["activeTargets"]
        self.assertEqual(targets, [])


if __name__ == "__main__":
    unittest.main()
