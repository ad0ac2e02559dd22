"""An embedded VNFM with many VNFs, for measurements of what a client does with them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Crowd:
    """A context manager: a sandbox that has `count` VNFs, all copies of one that was instantiated."""

    def __init__(self, vnfctl, scratch, count):
        self.vnfctl = vnfctl
        self.folder = Path(scratch)
        self.count = count
        self.server = None
        self.env = {}

    def __enter__(self):
        self.folder.mkdir(parents=True)
        self._serve(50)
        self._run("package", "build", str(ROOT / "examples/web.yaml"), "--out", "web.zip")
        self._run("package", "push", "web.zip")
        self._run("instantiate", "web", "--name", "web1")
        self._end()
        self._copy()
        self._serve(10_000)
        return self

    def __exit__(self, *_):
        self._end()

    def _serve(self, milliseconds):
        """Starts the sandbox, whose operations take so long, and notes the account that it prints."""
        own = {"XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_STATE_HOME": str(self.folder / "home")}
        foreign = ("OS_", "VNFCTL_", "XDG_")
        base = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        command = [self.vnfctl, "sandbox", "--data", str(self.folder / "state"), "--speed", str(milliseconds)]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=base | own)
        self.env = base | own
        for line in self.server.stdout:
            found = re.match(r"export (\w+)=(.*)", line.strip())
            if found:
                self.env[found[1]] = found[2].strip("'\"")
            if found and found[1] == "OS_PROJECT_NAME":
                return
        sys.exit("bench: the sandbox did not say its account")

    def _end(self):
        self.server.terminate()
        self.server.wait()

    def _run(self, *arguments):
        command = [self.vnfctl, *arguments]
        subprocess.run(command, check=True, env=self.env, cwd=self.folder, capture_output=True)

    def _copy(self):
        """Puts the other VNFs into the sandbox's file, which nobody has open."""
        file = sqlite3.connect(self.folder / "state/sandbox.db")
        (body,) = file.execute("SELECT body FROM document WHERE kind = 'instance'").fetchone()
        rows = []
        for number in range(2, self.count + 1):
            copy = json.loads(body) | {"id": str(uuid.uuid4()), "vnfInstanceName": f"web{number}"}
            rows.append(("instance", copy["id"], json.dumps(copy)))
        with file:
            file.executemany("INSERT INTO document VALUES (?, ?, ?)", rows)
        file.close()
