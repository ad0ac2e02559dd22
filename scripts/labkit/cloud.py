"""HTTP sessions with the lab's services; the OpenStack client would cost more than a second a call."""

import os
import sys
import time

import requests
import yaml

COMPUTE = "http://127.0.0.1:8774/v2.1"
KEY_MANAGER = "http://127.0.0.1:9311/v1"
IMAGE = "http://127.0.0.1:9292/v2"
NETWORK = "http://127.0.0.1:9696/v2.0"
ORCHESTRATION = "http://127.0.0.1:8004/v1"
PLACEMENT = "http://127.0.0.1:8778"
TACKER = "http://127.0.0.1:9890"


def wait_for(what, seconds, probe):
    """Returns the first true value of `probe`; raises TimeoutError when there is none within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := probe():
            return result
        time.sleep(0.3)
    raise TimeoutError(f"not within {seconds} s: {what}")


def auth_of(cloud):
    """Returns what the lab's clouds.yaml says of `cloud`."""
    with open(os.environ["OS_CLIENT_CONFIG_FILE"], encoding="utf-8") as file:
        return yaml.safe_load(file)["clouds"][cloud]["auth"]


class Cloud:
    """A session of one cloud of clouds.yaml, with a token of its project."""

    def __init__(self, name):
        auth = auth_of(name)
        self.keystone = auth["auth_url"]
        self.http = requests.Session()
        answer = self.http.post(f"{self.keystone}/auth/tokens", json=password_request(auth), timeout=60)
        self.check(answer)
        self.http.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
        self.project = answer.json()["token"]["project"]["id"]

    @staticmethod
    def check(answer):
        """Ends the program with the server's own words when it refused."""
        if answer.status_code >= 300:
            request = answer.request
            sys.exit(f"error: {request.method} {request.url}: {answer.status_code} {answer.text[:800]}")
        return answer

    def call(self, method, url, **arguments):
        """Returns the answer of a request that must succeed."""
        arguments.setdefault("timeout", 120)
        return self.check(self.http.request(method, url, **arguments))

    def get(self, url, **params):
        return self.call("GET", url, params=params).json()

    def post(self, url, body):
        return self.call("POST", url, json=body).json()

    def put(self, url, body=None):
        return self.call("PUT", url, json=body)

    def named(self, url, collection, **params):
        """Returns {name: id} of a collection."""
        return {item["name"]: item["id"] for item in self.get(url, **params)[collection]}


def password_request(auth):
    domain = {"name": auth["project_domain_name"]}
    user = {"name": auth["username"], "domain": {"name": auth["user_domain_name"]}, "password": auth["password"]}
    return {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": auth["project_name"], "domain": domain}},
        }
    }
