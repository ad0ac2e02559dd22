"""Stands in for scheduler and kubelet: each pod gets a node and is said to run; one that is deleted is gone.

No container is ever started. What the API server and its controllers do, they do themselves.

usage: pods.py URL CA TOKENS
"""

import http.client
import itertools
import json
import ssl
import sys
import time
import urllib.parse

NODE = "lab-node"
MERGE = "application/strategic-merge-patch+json"
WATCH_SECONDS = 300
TRY_AGAIN = 1  # seconds


class Api:
    def __init__(self, url, ca_file, token):
        self.address = urllib.parse.urlsplit(url).netloc
        self.context = ssl.create_default_context(cafile=ca_file)
        self.headers = {"Authorization": f"Bearer {token}"}

    def open(self, method, path, body=None, kind="application/json", timeout=30):
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=timeout)
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {**self.headers, "Content-Type": kind})
        return connection.getresponse()

    def call(self, method, path, body=None, kind="application/json"):
        """Returns status and answer."""
        with self.open(method, path, body, kind) as answer:
            return answer.status, json.loads(answer.read())


def path_of(pod):
    metadata = pod["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"


def running(pod, address):
    """The status that a kubelet reports of a pod whose probes succeed."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
    return {
        "phase": "Running",
        "hostIP": "192.0.2.1",
        "podIP": address,
        "startTime": now,
        "conditions": [{"type": one, "status": "True", "lastTransitionTime": now} for one in conditions],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": now}},
            }
            for container in pod["spec"]["containers"]
        ],
    }


class Pods:
    def __init__(self, api):
        self.api = api
        self.numbers = itertools.count(1)

    def handle(self, pod):
        """Takes the next step for a pod; conflicts come back as another event."""
        path = path_of(pod)
        if pod["metadata"].get("deletionTimestamp"):
            self.report("DELETE", path, {"gracePeriodSeconds": 0})
        elif not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod["metadata"]["name"]}}
            self.report("POST", f"{path}/binding", {**binding, "target": target})
        elif pod.get("status", {}).get("phase") == "Pending":
            high, low = divmod(next(self.numbers) % 65000 + 1, 254)
            status = running(pod, f"10.244.{high}.{low + 1}")
            self.report("PATCH", f"{path}/status", {"status": status}, MERGE)

    def report(self, method, path, body, kind="application/json"):
        status, answer = self.api.call(method, path, body, kind)
        # A pod on its way out is told of more than once.
        if status >= 300 and (method, status) != ("DELETE", 404):
            print(f"{method} {path}: {status} {answer.get('message')}", flush=True)

    def follow(self):
        """Handles all pods, then what becomes of them, until the API server ends the watch."""
        status, all_pods = self.api.call("GET", "/api/v1/pods")
        if status != 200:
            raise OSError(f"listing pods: {status}")
        for pod in all_pods["items"]:
            self.handle(pod)
        query = {
            "watch": "true",
            "timeoutSeconds": WATCH_SECONDS,
            "resourceVersion": all_pods["metadata"]["resourceVersion"],
        }
        path = f"/api/v1/pods?{urllib.parse.urlencode(query)}"
        with self.api.open("GET", path, timeout=WATCH_SECONDS + 30) as events:
            for line in events:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                if event["type"] != "DELETED":
                    self.handle(event["object"])


def main():
    url, ca_file, tokens = sys.argv[1:]
    with open(tokens, encoding="utf-8") as source:
        token = source.readline().partition(",")[0]
    pods = Pods(Api(url, ca_file, token))
    while True:
        try:
            pods.follow()
        except (OSError, http.client.HTTPException) as error:
            print(f"starting anew: {error}", flush=True)
            time.sleep(TRY_AGAIN)


if __name__ == "__main__":
    main()
