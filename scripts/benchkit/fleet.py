"""Servers of the lab's node stage for a measurement: made by Nova, booted, told how long their installers take."""

import json
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/labkit"))

from cloud import COMPUTE, IMAGE, NETWORK, Cloud, wait_for  # noqa: E402 (the kit is no package)

SECONDS_TO_BOOT = 240
SSH_AT_ONCE = 4


def lab(*arguments, stdin=None):
    """Returns what `scripts/lab` printed; ends the program with its words when it failed."""
    done = subprocess.run([ROOT / "scripts/lab", *arguments], input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: scripts/lab {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


class Fleet:
    """A context manager: whatever it made is gone at its end."""

    def __init__(self, delays):
        self.cloud = Cloud(os.environ["OS_CLOUD"])
        self.delays = json.dumps({call: {"delay": seconds} for call, seconds in delays.items()})
        self.prefix = f"bench-{uuid.uuid4().hex[:6]}"
        self.servers = {}
        self.ports = []
        of = self.cloud.named
        self.network = of(f"{NETWORK}/networks", "networks")["net_mgmt"]
        self.wanted = {
            "flavorRef": of(f"{COMPUTE}/flavors", "flavors")["lab.node"],
            "imageRef": of(f"{IMAGE}/images", "images")["lab-debian"],
            "networks": [{"uuid": self.network}],
            "key_name": "userKey",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.delete(list(self.servers))
        for port in self.ports:
            self.cloud.call("DELETE", f"{NETWORK}/ports/{port}")

    def make(self, kinds):
        """Makes a server for each name of a VDU, and returns {id: VDU} once all have booted."""
        made = {}
        for kind in kinds:
            name = f"{self.prefix}-{len(self.servers):02}"
            asked = {"server": self.wanted | {"name": name}}
            server = self.cloud.post(f"{COMPUTE}/servers", asked)["server"]["id"]
            self.servers[server] = name
            made[server] = kind
        for server in made:
            wait_for(f"{self.servers[server]} ACTIVE", SECONDS_TO_BOOT, lambda server=server: self._active(server))
        with ThreadPoolExecutor(SSH_AT_ONCE) as pool:
            list(pool.map(self._boot, made))
        return made

    def delete(self, servers):
        """Deletes servers and waits until they are gone."""
        urls = [f"{COMPUTE}/servers/{server}" for server in servers]
        for url in urls:
            self.cloud.call("DELETE", url)
        for url in urls:
            wait_for(
                f"{url} gone", SECONDS_TO_BOOT, lambda url=url: self.cloud.http.get(url, timeout=60).status_code == 404
            )
        for server in servers:
            del self.servers[server]

    def address(self, server):
        """Returns the server's address."""
        return self.cloud.get(f"{COMPUTE}/servers/{server}")["server"]["addresses"]["net_mgmt"][0]["addr"]

    def virtual_address(self):
        """Returns an address that no server has."""
        port = self.cloud.post(f"{NETWORK}/ports", {"port": {"network_id": self.network, "name": self.prefix}})["port"]
        self.ports.append(port["id"])
        return port["fixed_ips"][0]["ip_address"]

    def run(self, server, command, stdin=None):
        """Returns what a command printed on the server."""
        return lab("ssh", self.servers[server], command, stdin=stdin)

    def _active(self, server):
        found = self.cloud.get(f"{COMPUTE}/servers/{server}")["server"]
        if found["status"] == "ERROR":
            sys.exit(f"bench: {found['name']}: {found.get('fault', {}).get('message', 'ERROR')}")
        return found["status"] == "ACTIVE"

    def _boot(self, server):
        probe = [ROOT / "scripts/lab", "ssh", self.servers[server], "cloud-init status --wait"]
        booted = lambda: subprocess.run(probe, capture_output=True, check=False).returncode in (0, 2)  # noqa: E731
        wait_for(f"{self.servers[server]} to boot", SECONDS_TO_BOOT, booted)
        self.run(server, "sudo tee /etc/vnfctl-standins.json >/dev/null", stdin=self.delays)
