"""A server of the node stage for one class of tests: made by Nova, entered by SSH, gone afterwards."""

import os
import subprocess
import uuid
from pathlib import Path

from cloud import COMPUTE, IMAGE, NETWORK, Cloud, wait_for

LAB = Path(os.environ["OS_CLIENT_CONFIG_FILE"]).parent
PROGRAM = Path(__file__).resolve().parents[2] / "lab"
SECONDS_TO_ACTIVE = 60
SECONDS_TO_SSH = 90


def lab(*arguments, stdin=None):
    """Runs scripts/lab; returns the completed process, whatever it said."""
    environment = os.environ | {"VNFCTL_LAB_DIR": str(LAB)}
    command = [str(PROGRAM), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, input=stdin, check=False)


class Server:
    def __init__(self):
        self.cloud = Cloud("nfv")
        self.name = f"lab-check-{uuid.uuid4().hex[:8]}"
        cloud = self.cloud
        wanted = {
            "name": self.name,
            "flavorRef": cloud.named(f"{COMPUTE}/flavors", "flavors")["m1.tiny"],
            "imageRef": cloud.named(f"{IMAGE}/images", "images")["lab-debian"],
            "networks": [{"uuid": cloud.named(f"{NETWORK}/networks", "networks")["net_mgmt"]}],
            "key_name": "userKey",
        }
        self.id = cloud.post(f"{COMPUTE}/servers", {"server": wanted})["server"]["id"]
        self.url = f"{COMPUTE}/servers/{self.id}"

    def status(self):
        return self.cloud.get(self.url)["server"]["status"]

    def active(self):
        """Waits until Nova says so; returns the server."""
        wait_for(f"{self.name} ACTIVE", SECONDS_TO_ACTIVE, lambda: self.status() == "ACTIVE")
        return self

    def address(self):
        return self.cloud.get(self.url)["server"]["addresses"]["net_mgmt"][0]["addr"]

    def run(self, command, stdin=None):
        """Returns the completed process of a shell command, run by the server's user."""
        return lab("ssh", self.name, command, stdin=stdin)

    def answers(self):
        return self.run("true").returncode == 0

    def reachable(self):
        wait_for(f"SSH of {self.name}", SECONDS_TO_SSH, self.answers)
        return self

    def delete(self):
        self.cloud.call("DELETE", self.url)
        gone = lambda: self.cloud.http.get(self.url, timeout=60).status_code == 404  # noqa: E731 (a word for what is awaited)
        wait_for(f"{self.name} deleted", SECONDS_TO_ACTIVE, gone)
