"""Lists what a test left behind in the cloud and on the host, one a line on stdout; exits 1 when there is anything."""

import os
import sys
from pathlib import Path

from cloud import COMPUTE, NETWORK, ORCHESTRATION, Cloud


def leftovers(admin):
    # Heat's policy lets nobody of a project list the stacks of all: each project is asked. An admin may see others'.
    stacks = {}
    for cloud in (admin, Cloud("nfv"), Cloud("other")):
        stacks |= {stack["id"]: stack for stack in cloud.get(f"{ORCHESTRATION}/{cloud.project}/stacks")["stacks"]}
    for stack in stacks.values():
        yield f"stack {stack['id']} {stack['stack_name']} {stack['stack_status']}"
    for server in admin.get(f"{COMPUTE}/servers/detail", all_tenants="1")["servers"]:
        yield f"server {server['id']} {server['name']} {server['status']}"
    for port in admin.get(f"{NETWORK}/ports")["ports"]:
        if port["device_owner"].startswith("compute:"):
            yield f"port {port['id']} {port['name'] or '-'} of {port['device_id'] or '-'}"


def on_host():
    """Servers of the node stage that outlived Nova's: containers and their namespaces."""
    lab = Path(os.environ["OS_CLIENT_CONFIG_FILE"]).parent
    for server in sorted(lab.glob("servers/*/env")):
        yield f"container {server.parent}"
    for namespace in sorted(Path("/run/netns").glob("nd-*")):
        yield f"netns {namespace.name}"


def main():
    found = [*leftovers(Cloud("admin")), *on_host()]
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
