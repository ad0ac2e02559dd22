"""Runs the management driver of a package once, in the Python of Tacker's conductor.

usage: hook.py FOLDER   with a JSON document on stdin:
    instance: the VNF as Tacker gives it to a hook; addresses: {stack id: address of its port};
    hook: its name; a server's stack is called as its id; oneByOne: work on one node after the other
FOLDER is the unpacked package. Prints the VNF as the driver gives it back to Tacker. What is not
the driver's own is only the address of a server's port, since these servers have no Heat stack.
"""

import json
import sys
from pathlib import Path

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder / "Scripts/mgmt"))

import cluster  # noqa: E402 (comes out of the package)
import cluster_mgmt  # noqa: E402
import faults  # noqa: E402
import vim  # noqa: E402

ASKED = json.load(sys.stdin)


class Cloud(vim.Vim):
    """The VIM, but for the addresses that Heat would know."""

    def address(self, stack_id, port_resource):
        return ASKED["addresses"]["vip" if stack_id.startswith("vnf-") else stack_id]


class OneByOne(cluster.Cluster):
    """As a driver works that has a loop where this one has threads."""

    def _each(self, work, nodes, also=()):
        for other in also:
            other.result()
        for node in nodes:
            self._guarded(work, node)


def main():
    """Process entry."""
    if ASKED["oneByOne"]:
        cluster.Cluster = OneByOne
    asked = {
        "operation": ASKED["hook"],
        "vnf_instance": ASKED["instance"],
        "tmp_csar_dir": str(folder),
        "request": {},
    }
    try:
        told = cluster_mgmt.run_hook(asked, connect=Cloud)
    except faults.Fault as fault:
        sys.exit(str(fault))
    print(json.dumps(told["vnf_instance"]))


main()
