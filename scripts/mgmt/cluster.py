"""Brings the Kubernetes cluster to what Tacker's instance information says.

One rule serves instantiate, scale, heal and every retry: the servers that exist shall be the
cluster's nodes. A node object carries the Nova id of its server as a label, so that a re-created
server with the same name and address is not taken for the one that it replaced.

Several control planes share a virtual address and one etcd. They join one after the other, since
etcd takes one new member at a time, and none is taken out that the others need for their majority.
"""

import concurrent.futures
import json
import os
import re
import threading

import faults
import remote

# Nodes worked on at once: more would only queue on the mirror and the control plane.
PARALLEL = 16
ANEW = "or heal the whole VNF, which makes the cluster anew"
# A node that was up before either answers soon or is broken.
KNOWN_SSH_SECONDS = 60
# What a node.sh call may take beyond the deadline that it keeps itself.
GRACE_SECONDS = 60
JOIN_FILE = "/run/vnfctl/join.json"


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

    def __init__(self, settings, instance, cloud, shell_factory, known_keys, script_dir, log_in):
        self._settings = settings
        info = instance["instantiatedVnfInfo"]
        self._vnf = instance["id"]
        # Tacker keeps the id alone; Heat wants the name as well, which Tacker gives by rule.
        self._stack_id = f"vnf-{instance['id']}/{info['metadata'].get('stack_id')}"
        # cluster.json serves all flavours; those that differ say so by their id.
        target = settings["controlPlaneEndpoint"]
        own = (target.get("flavours") or {}).get(info.get("flavourId"), {})
        self._target = {**target, **own}
        self._cloud = cloud
        self._shell_factory = shell_factory
        self._keys = known_keys
        self._script_dir = script_dir
        self._log_in = log_in
        self._login = None
        self._nodes = [
            Node(vnfc, settings["vdus"][vnfc["vduId"]])
            for vnfc in info.get("vnfcResourceInfo") or []
            if vnfc["vduId"] in settings["vdus"]
        ]
        self._nodes.sort(key=lambda node: (node.created, node.server_id))
        self._control = [node for node in self._nodes if node.role == "control-plane"]
        self._turn = threading.Lock()
        self._known = set()  # servers that the cluster had as nodes when the hook began

    def host_keys(self):
        """Verified host keys of the present servers, for the hooks of later operations."""
        present = {node.server_id for node in self._nodes}
        return {server: keys for server, keys in self._keys.items() if server in present}

    def secret_id(self):
        """UUID of the secret that the key was read from, or None."""
        return self._login and self._login.secret_id

    def converge(self):
        """Makes every present server a Ready node and drops objects of servers that are gone."""
        if not self._control:
            raise faults.Fault("planning", "the cluster", "the VNF has no control plane", None)
        self._login = self._log_in()
        try:
            self._each(self._connect, self._control)
            joined = self._initialised(self._control)
            members, stale = self._members_and_stale(joined[0]) if joined else ({}, [])
            # One that was taken out while its server lived on still has the files of a member.
            joined = [node for node in joined if node.server_id in members] or joined
            primary = joined[0] if joined else self._control[0]
            self._known = set(members)
            fit = {server for server, member in members.items() if member["ready"]}
            # A Ready node whose control plane is not whole was left half-way.
            halves = {node.server_id for node in self._control if node not in joined}
            missing = [n for n in self._nodes if n.server_id not in fit - halves]
            with concurrent.futures.ThreadPoolExecutor(1) as lead:
                join_data = lead.submit(
                    self._guarded, lambda n: self._lead(n, joined, stale), primary
                )
                # One thread: begun when the join data is there, and beside the joins.
                network = lead.submit(self._guarded, lambda n: self._network(n, join_data), primary)
                self._each(
                    lambda node: self._follow(node, join_data)
                    if node in missing
                    else self._refresh(node),
                    [n for n in self._nodes if n is not primary and (n in missing or n in joined)],
                    also=[join_data, network],
                )
            wait = self._seconds("ready")
            names = [node.name for node in missing] or [primary.name]
            primary.shell.node(["ready", str(wait), *names], wait * (len(names) + 2))
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
        control = [node for node in leaving if node.role == "control-plane"]
        tolerated = (len(self._control) - 1) // 2
        if len(control) > tolerated:
            raise faults.Fault(
                "planning",
                "the control planes",
                f"replacing {len(control)} of {len(self._control)} at once would leave etcd"
                " without a majority",
                f"heal one after the other, {ANEW}",
            )
        self._login = self._log_in()
        try:
            primary = self._reach(stay, control)
            if primary is None:
                if alive:
                    raise faults.Fault(
                        "draining", stay[0].label, "the control plane is not initialised", None
                    )
                return  # an instantiation that failed early is being repaired
            # The newest node script, should the package have changed since.
            self._upload(primary)
            members = self._members(primary)
            for node in control:
                if node.server_id in members:
                    name = members[node.server_id]["name"]
                    primary.shell.node(["spare", name], 2 * GRACE_SECONDS)
            self._each(lambda node: self._retire_one(primary, members, node, alive), leaving)
        finally:
            self._disconnect()

    def _reach(self, stay, leaving):
        """The first staying control plane that is initialised; all must answer if one leaves."""

        def attempt(node):
            try:
                self._guarded(self._connect, node)
            except faults.Fault as fault:
                return fault
            return None

        with concurrent.futures.ThreadPoolExecutor(len(stay)) as pool:
            outcomes = list(pool.map(attempt, stay))
        silent = [fault for fault in outcomes if fault is not None]
        if silent and leaving:
            where = silent[0].where
            raise faults.Fault(
                "planning",
                "the control planes",
                f"{where} does not answer ({silent[0].cause}), and without the one that is to be"
                " replaced etcd would have no majority",
                f"bring {where} back first, {ANEW}",
            )
        if len(silent) == len(stay):
            raise faults.combine(silent)
        found = self._initialised([node for node in stay if node.shell is not None])
        return found[0] if found else None

    def _retire_one(self, primary, members, node, alive):
        member = members.get(node.server_id)
        if member is None:
            return
        drain = self._seconds("drain")
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
        keys = self._keys.get(node.server_id)
        if keys:
            patience = min(patience, KNOWN_SSH_SECONDS)
        else:
            keys = remote.await_condition(
                lambda: self._cloud.host_keys(node.server_id),
                patience,
                "boot",
                node.name,
                "no SSH host keys on the server's console",
                f"look at it: openstack console log show {node.server_id}"
                " (a cloud that is merely slow needs a longer `timeouts.boot` in the spec)",
            )
        node.shell = self._shell_factory(node.name, node.address, self._login, keys, patience)
        self._keys[node.server_id] = keys

    def _upload(self, node):
        """The node scripts and what they read."""
        facts = {
            "name": node.name,
            "address": node.address,
            "serverId": node.server_id,
            "vnf": self._vnf,
            "role": node.role,
            "endpoint": self._endpoint(),
            "endpointMode": self._target["mode"],
            "schedulable": len(self._nodes) == len(self._control),
            "nodeCount": len(self._nodes),
        }
        if node.role == "control-plane" and self._target["mode"] == "vip":
            # The eldest is preferred, and all others are told of every change.
            facts["peers"] = [n.address for n in self._control if n is not node and n.address]
            facts["priority"] = 200 - self._control.index(node)
        files = {
            "cluster.json": (json.dumps(self._settings).encode(), 0o600),
            "node.json": (json.dumps(facts).encode(), 0o600),
        }
        for name in sorted(os.listdir(self._script_dir)):
            with open(os.path.join(self._script_dir, name), "rb") as source:
                files[name] = (source.read(), 0o700)
        node.shell.put_all(files)

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

    def _lead(self, primary, joined, stale):
        """Brings up the first control plane; returns what the others join with.

        A cluster that was there loses what earlier attempts and servers that are gone left in it.
        """
        self._prepare(primary)
        primary.shell.node(["init"], self._seconds("init"))
        for name in stale:
            primary.shell.node(["forget", name], 2 * GRACE_SECONDS)
        if joined and self._target["mode"] == "vip":
            keep = [node.name for node in joined]
            primary.shell.node(["prune", *keep], 2 * GRACE_SECONDS)
        return json.loads(primary.shell.node(["token"], 2 * GRACE_SECONDS))

    def _network(self, primary, join_data):
        """Installs Cilium; joins need not wait for it, only Readiness does."""
        join_data.result()
        primary.shell.node(["network"], self._seconds("init"))

    def _follow(self, node, join_data):
        """Prepares a node while the control plane comes up, then joins it."""
        self._prepare(node)
        data = dict(join_data.result())  # bounded by the deadlines of _lead's own steps
        anew = [] if node.server_id in self._known else ["anew"]
        wait = self._seconds("join")
        if node.role == "control-plane":
            node.shell.put(JOIN_FILE, json.dumps(data).encode())
            node.shell.node(["prejoin", *anew], wait)
            with self._turn:
                node.shell.node(["join", *anew], wait)
        else:
            data.pop("certificateKey", None)
            node.shell.put(JOIN_FILE, json.dumps(data).encode())
            node.shell.node(["join", *anew], wait)

    def _refresh(self, node):
        """Tells a control plane that stays of its peers."""
        if self._target["mode"] == "vip":
            self._upload(node)
            node.shell.node(["announce"], 2 * GRACE_SECONDS)

    # ---- the cluster ---------------------------------------------------------------------------

    def _status(self, node):
        """What the node says of itself; nothing before the node script is there."""
        said = node.shell.node(["status"], GRACE_SECONDS, if_there=True)
        return json.loads(said) if said else {"initialised": False}

    def _initialised(self, candidates):
        """Control planes that belong to a cluster; those whose own API server is ready first."""
        with concurrent.futures.ThreadPoolExecutor(len(candidates) or 1) as pool:
            found = list(pool.map(lambda n: (n, self._guarded(self._status, n)), candidates))
        found = [(node, state) for node, state in found if state["initialised"]]
        found.sort(key=lambda pair: not pair[1].get("serving"))
        return [node for node, _ in found]

    def _members(self, primary):
        """Node objects that carry a server id, by that id."""
        found = json.loads(primary.shell.node(["nodes"], GRACE_SECONDS))
        return {member["serverId"]: member for member in found if member["serverId"]}

    def _members_and_stale(self, primary):
        """Members of present servers by server id, and names of those whose servers are gone."""
        present = {node.server_id for node in self._nodes}
        members = self._members(primary)
        stale = [member["name"] for server, member in members.items() if server not in present]
        return {server: members[server] for server in members.keys() & present}, stale

    # ---- means ---------------------------------------------------------------------------------

    def _seconds(self, phase):
        return self._settings["timeouts"][phase]

    def _each(self, work, nodes, also=()):
        """Works on all nodes at once and lets each come to its end, then reports every fault."""
        with concurrent.futures.ThreadPoolExecutor(min(PARALLEL, len(nodes)) or 1) as pool:
            futures = [pool.submit(self._guarded, work, node) for node in nodes]
        # The leader's own faults first: those who waited for it only repeat them.
        results = [*also, *futures]
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
