"""Brings the Kubernetes cluster to what Tacker's instance information says.

One rule serves instantiate, scale, heal and every retry: the servers that exist shall be the
cluster's nodes. A node object carries the Nova id of its server as a label, so that a re-created
server with the same name and address is not taken for the one that it replaced.
"""

import concurrent.futures
import json
import os
import re

import faults
import remote

# Nodes worked on at once: more would only queue on the mirror and the control plane.
PARALLEL = 16
DEFAULT_SECONDS = {"ssh": 300, "nodePrepare": 900, "init": 900, "join": 600, "ready": 600}
DEFAULT_DRAIN_SECONDS = 300
# What a node.sh call may take beyond the deadline that it keeps itself.
GRACE_SECONDS = 60


def node_name(server_name):
    """A Kubernetes node name (RFC 1123 label) from a server's name."""
    name = re.sub(r"[^a-z0-9-]+", "-", server_name.lower()).strip("-")[:63].rstrip("-")
    if not name:
        raise faults.Fault("naming", server_name, "no node name can be made of it", None)
    return name


class Node:
    """One VNFC as far as this driver cares."""

    def __init__(self, vnfc, vdu):
        self.server_id = vnfc["computeResource"]["resourceId"]
        self.vdu_id = vnfc["vduId"]
        self.role = vdu["role"]
        self.port = vdu["cp"]
        self.stack_id = vnfc["metadata"]["stack_id"]
        self.created = vnfc["metadata"].get("creation_time", "")
        self.label = f"{self.vdu_id} {self.server_id}"
        self.name = None
        self.address = None
        self.shell = None


class Cluster:
    """The nodes of one VNF and what is done with them in one hook."""

    def __init__(self, settings, info, cloud, shell_factory, known_keys, script_dir):
        self._settings = settings
        self._stack_id = info["metadata"].get("stack_id")
        # cluster.json serves all flavours; those that differ say so by their id.
        target = settings["controlPlaneEndpoint"]
        own = (target.get("flavours") or {}).get(info.get("flavourId"), {})
        self._target = {**target, **own}
        self._cloud = cloud
        self._shell_factory = shell_factory
        self._keys = known_keys
        self._script_dir = script_dir
        self._nodes = [
            Node(vnfc, settings["vdus"][vnfc["vduId"]])
            for vnfc in info.get("vnfcResourceInfo") or []
            if vnfc["vduId"] in settings["vdus"]
        ]
        self._nodes.sort(key=lambda node: (node.created, node.server_id))
        self._control = [node for node in self._nodes if node.role == "control-plane"]

    def host_keys(self):
        """Verified host keys of the present servers, for the hooks of later operations."""
        present = {node.server_id for node in self._nodes}
        return {server: keys for server, keys in self._keys.items() if server in present}

    def converge(self):
        """Makes every present server a Ready node and drops objects of servers that are gone."""
        if not self._control:
            raise faults.Fault("planning", "the cluster", "the VNF has no control plane", None)
        try:
            self._each(self._connect, self._control)
            primary = self._initialised(self._control) or self._control[0]
            ready_before = self._drop_stale(primary) if self._is_initialised(primary) else set()
            missing = [n for n in self._nodes if n.server_id not in ready_before]
            with concurrent.futures.ThreadPoolExecutor(1) as lead:
                join_data = lead.submit(self._guarded, self._lead, primary)
                self._each(
                    lambda node: self._follow(node, join_data),
                    [node for node in missing if node is not primary],
                    also=join_data,
                )
            wait = self._seconds("ready")
            names = [node.name for node in missing] or [primary.name]
            primary.shell.node(["ready", str(wait), *names], wait * (len(names) + 1))
        finally:
            self._disconnect()

    def retire(self, server_ids, alive):
        """Takes nodes out of the cluster before their servers go.

        A node that still answers is drained; one that does not is only deleted. When it is alive
        and leaves for good (scale in), a drain that fails stops the operation.
        """
        stay = [node for node in self._control if node.server_id not in server_ids]
        leaving = [node for node in self._nodes if node.server_id in server_ids]
        if not leaving or not stay:
            return  # nothing leaves, or the cluster is built anew afterwards
        if any(node.role == "control-plane" for node in leaving):
            raise faults.Fault(
                "planning",
                "the control plane",
                "replacing one member of several is not supported by this package",
                "heal the whole VNF instead",
            )
        try:
            self._each(self._connect, stay)
            primary = self._initialised(stay)
            if primary is None:
                if alive:
                    raise faults.Fault(
                        "draining", stay[0].label, "the control plane is not initialised", None
                    )
                return  # an instantiation that failed early is being repaired
            # The newest node script, should the package have changed since.
            self._upload(primary)
            members = self._members(primary)
            self._each(lambda node: self._retire_one(primary, members, node, alive), leaving)
        finally:
            self._disconnect()

    def _retire_one(self, primary, members, node, alive):
        member = members.get(node.server_id)
        if member is None:
            return
        drain = self._settings["timeouts"].get("drain", DEFAULT_DRAIN_SECONDS)
        if member["ready"]:
            try:
                primary.shell.node(
                    ["remove", member["name"], str(drain)], 2 * drain + GRACE_SECONDS
                )
                return
            except faults.Fault:
                if alive:
                    raise
        primary.shell.node(["forget", member["name"]], 2 * GRACE_SECONDS)

    # ---- one node ------------------------------------------------------------------------------

    def _connect(self, node):
        """Finds and logs into a node; its host keys come from the console, once."""
        if node.shell is not None:
            return
        patience = self._seconds("ssh")
        node.name = node_name(self._cloud.server_name(node.server_id))
        node.address = self._cloud.address(node.stack_id, node.port)
        keys = self._keys.get(node.server_id) or remote.await_condition(
            lambda: self._cloud.host_keys(node.server_id),
            patience,
            "boot",
            node.name,
            "no SSH host keys on the server's console",
            "look at it: openstack console log show " + node.server_id,
        )
        access = self._settings["access"]
        if not os.access(access["keyFile"], os.R_OK):
            raise faults.Fault(
                "SSH",
                node.name,
                f"key file {access['keyFile']} cannot be read on Tacker's conductor",
                "put the private key of the spec's access.publicKey there, readable by Tacker",
            )
        node.shell = self._shell_factory(
            node.name, node.address, access["user"], access["keyFile"], keys, patience
        )
        self._keys[node.server_id] = keys

    def _upload(self, node):
        """The node script and what it reads."""
        with open(os.path.join(self._script_dir, "node", "node.sh"), "rb") as source:
            node.shell.put(f"{remote.HOME}/node.sh", source.read(), "0700")
        facts = {
            "name": node.name,
            "address": node.address,
            "serverId": node.server_id,
            "role": node.role,
            "endpoint": self._endpoint(),
            "endpointMode": self._target["mode"],
            "schedulable": len(self._nodes) == len(self._control),
            "nodeCount": len(self._nodes),
        }
        node.shell.put(f"{remote.HOME}/cluster.json", json.dumps(self._settings).encode())
        node.shell.put(f"{remote.HOME}/node.json", json.dumps(facts).encode())

    def _endpoint(self):
        target = self._target
        if target["mode"] == "vip":
            address = self._cloud.address(self._stack_id, target["vipPort"])
        else:
            address = self._control[0].address
        return f"[{address}]:{target['port']}" if ":" in address else f"{address}:{target['port']}"

    def _prepare(self, node):
        self._connect(node)
        self._upload(node)
        node.shell.node(["prepare"], self._seconds("nodePrepare"))

    def _lead(self, primary):
        """Brings up the first control plane; returns what the others join with."""
        self._prepare(primary)
        primary.shell.node(["init"], self._seconds("init"))
        self._drop_stale(primary)
        return json.loads(primary.shell.node(["token"], 2 * GRACE_SECONDS))

    def _follow(self, node, join_data):
        """Prepares a node while the control plane comes up, then joins it."""
        self._prepare(node)
        data = join_data.result()  # bounded by the deadlines of _lead's own steps
        node.shell.put("/run/vnfctl/join.json", json.dumps(data).encode())
        node.shell.node(["join"], self._seconds("join"))

    # ---- the cluster ---------------------------------------------------------------------------

    def _is_initialised(self, node):
        """False as well before the node script is there: then nothing can have been done."""
        status, _, _ = node.shell.run(f"sudo -n test -x {remote.HOME}/node.sh", GRACE_SECONDS)
        if status != 0:
            return False
        return json.loads(node.shell.node(["status"], GRACE_SECONDS))["initialised"]

    def _initialised(self, candidates):
        return next((node for node in candidates if self._is_initialised(node)), None)

    def _members(self, primary):
        """Node objects that carry a server id, by that id."""
        found = json.loads(primary.shell.node(["nodes"], GRACE_SECONDS))
        return {member["serverId"]: member for member in found if member["serverId"]}

    def _drop_stale(self, primary):
        """Deletes objects of servers that are gone; returns the server ids that are Ready."""
        present = {node.server_id for node in self._nodes}
        members = self._members(primary)
        for server_id, member in members.items():
            if server_id not in present:
                primary.shell.node(["forget", member["name"]], 2 * GRACE_SECONDS)
        return {server for server, member in members.items() if member["ready"]} & present

    # ---- means ---------------------------------------------------------------------------------

    def _seconds(self, phase):
        return self._settings["timeouts"].get(phase, DEFAULT_SECONDS[phase])

    def _each(self, work, nodes, also=None):
        """Works on all nodes at once and lets each come to its end, then reports every fault."""
        if not nodes:
            if also is not None:
                also.result()
            return
        with concurrent.futures.ThreadPoolExecutor(min(PARALLEL, len(nodes))) as pool:
            futures = [pool.submit(self._guarded, work, node) for node in nodes]
        # The leader's own fault first: those who waited for it only repeat it.
        results = ([also] if also is not None else []) + futures
        errors = []
        for future in results:
            error = future.exception()
            if error is None:
                continue
            if not isinstance(error, faults.Fault):
                raise error
            if error not in errors:
                errors.append(error)
        if errors:
            raise faults.combine(errors)

    @staticmethod
    def _guarded(work, node):
        """A broken connection is a fault of the node, not a traceback."""
        try:
            return work(node)
        except (OSError, EOFError, remote.paramiko.SSHException) as error:
            raise faults.Fault(
                "SSH",
                node.name or node.label,
                f"connection lost: {type(error).__name__}: {error}",
                "run the operation's retry",
            ) from error

    def _disconnect(self):
        for node in self._nodes:
            if node.shell is not None:
                node.shell.close()
                node.shell = None
