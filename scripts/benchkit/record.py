"""A VNF's record in a real Tacker, to measure how soon a client knows that its operation has ended."""

import json
import subprocess
import threading
import time
import uuid
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "1d0f7a0e-4d1c-4c53-9d5e-2f1f0b7f6a10"


class Record:
    """A context manager: a record without resources, which takes nothing but modifications."""

    def __init__(self, vnfctl, scratch):
        self.vnfctl = vnfctl
        self.folder = Path(scratch)
        self.name = f"record-{uuid.uuid4().hex[:8]}"
        self.vnf = None
        self.count = 0

    def __enter__(self):
        self.folder.mkdir(parents=True)
        vnfd = str(uuid.uuid4())
        spec = (ROOT / "examples/web.yaml").read_text()
        spec = spec.replace(EXAMPLE, vnfd).replace("name: web\n", f"name: {self.name}\n")
        (self.folder / "web.yaml").write_text(spec)
        self._run("package", "build", "web.yaml")
        self._run("package", "push", "web.zip")
        body = json.dumps({"vnfdId": vnfd, "vnfInstanceName": self.name})
        made = self._run("api", "POST", "/vnflcm/v2/vnf_instances", "--data", body)
        self.vnf = json.loads(made)["id"]
        return self

    def __exit__(self, *_):
        self._run("terminate", self.name, "--delete")
        self._run("package", "delete", self.name)

    def _run(self, *arguments):
        command = [self.vnfctl, *arguments]
        return subprocess.run(command, check=True, cwd=self.folder, capture_output=True, text=True).stdout

    def lag(self, options):
        """Milliseconds from the moment at which an operation is over to the client's exit."""
        self.count += 1
        watch = Watch(self.vnf)
        note = f"count={self.count}"
        watch.start()
        self._run("modify", self.name, "--metadata", note, *options)
        ended = time.perf_counter()
        watch.join()
        return (ended - watch.completed) * 1000


class Watch(threading.Thread):
    """Asks Tacker every few milliseconds for a VNF's operations until one more of them is COMPLETED."""

    def __init__(self, vnf):
        super().__init__()
        tickets = Path.home() / ".cache/vnfctl"
        newest = max(tickets.glob("*.json"), key=lambda file: file.stat().st_mtime)
        kept = json.loads(newest.read_text())
        url = urlsplit(kept["endpoint"])
        connection = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self.connection = connection(url.hostname, url.port)
        self.path = f"{url.path.rstrip('/')}/vnflcm/v2/vnf_lcm_op_occs?filter=(eq,vnfInstanceId,{vnf})"
        self.headers = {"X-Auth-Token": kept["token"], "Version": "2.0.0"}
        self.before = self._ended()
        self.completed = None

    def _ended(self):
        self.connection.request("GET", self.path, headers=self.headers)
        operations = json.loads(self.connection.getresponse().read())
        return sum(one["operationState"] == "COMPLETED" for one in operations)

    def run(self):
        """Notes when it is seen."""
        while self._ended() == self.before:
            time.sleep(0.002)
        self.completed = time.perf_counter()
