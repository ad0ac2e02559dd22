"""The management driver: how long it takes to make a cluster of servers that run.

The lab's containers stand for the servers and stand-ins for Kubernetes' programs, each told how long
to take. What is timed is the driver's own process, as Tacker's conductor runs it; Tacker, Nova and
the servers' boot are left out.

VNFCTL_BENCH_SECONDS scales all durations: 6 (the default) is real ones, with which targets are
judged; 1 is a sixth of them, to watch what the driver adds in a quarter of the time.
VNFCTL_BENCH_ONE_BY_ONE names the shapes that are made one node after the other as well, such as
`1+2,1+10`, or `all` or `none`: by default 1+2, for the others take 20 minutes and more at scale 6.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

import fleet
import measure
from cloud import auth_of

VNFCTL = os.environ["VNFCTL"]
LAB = Path(os.environ.get("VNFCTL_LAB_DIR", "/var/tmp/vnfctl-lab"))
PYTHON = LAB / "venv-tacker/bin/python"
REAL = 6
SCALE = float(os.environ.get("VNFCTL_BENCH_SECONDS") or REAL)
# A sixth of a real worker's: by the node ages in the documentation of Tacker's sample
# (doc/source/user/v2/mgmt_driver_deploy_k8s_with_cilium_cni.rst) a worker costs it 2 min 20 s, of
# which 60 s are fixed sleeps. The rest is in proportion. What the driver adds does not shrink with
# the steps, so with short ones it looks larger than it is.
DELAYS = {
    "crio": 8,
    "kubeadm init": 12,
    "kubeadm join": 6,
    "kubeadm join control-plane": 2,
    "cilium install": 5,
}
SHAPES = ((1, 2), (1, 10), (3, 10))


def one_by_one():
    """The shapes to make one node after the other as well; a wrong name ends the program."""
    asked = os.environ.get("VNFCTL_BENCH_ONE_BY_ONE") or "1+2"
    known = {f"{control_planes}+{workers}": (control_planes, workers) for control_planes, workers in SHAPES}
    names = {"all": list(known), "none": []}.get(asked, asked.split(","))
    if unknown := set(names) - set(known):
        sys.exit(f"bench: VNFCTL_BENCH_ONE_BY_ONE knows {', '.join(known)}, all and none, not {', '.join(unknown)}")
    return [known[name] for name in names]


def fixed_sleeps(control_planes, workers):
    """Seconds that upstream's sample sleeps beside its steps; in no figure of a measurement here.

    By the `sleep` calls of its install_k8s_cluster.sh and kubernetes_mgmt_v2.py: 113 for the first
    control plane with its token (118 when there are several), 75 for each further one, 60 for each
    worker.
    """
    first = 118 if control_planes > 1 else 113
    return first + 75 * (control_planes - 1) + 60 * workers


def seconds(*calls):
    """What these steps take together by what they were told."""
    return SCALE * sum(DELAYS[call] for call in calls)


def critical_path(control_planes):
    """The longest chain of steps that wait for each other: the first control plane's own, or the others' joins.

    Nobody can join before the control plane is there. Further control planes do what `kubeadm join`
    stands for (kubeadm's preflight with its images, the certificates) side by side; then they change
    etcd one after the other, for it takes one new member at a time.
    """
    there = seconds("crio", "kubeadm init")
    joins = seconds("kubeadm join") + (control_planes - 1) * seconds("kubeadm join control-plane")
    return there + max(joins, seconds("cilium install"))


class Site:
    """The package of the lab's cluster, unpacked, and the fleet its driver works on."""

    def __init__(self, folder, servers):
        self.fleet = servers
        self.folder = folder / "package"
        spec = fleet.lab("cluster", str(folder / "cluster"))
        archive = folder / "cluster.zip"
        subprocess.run([VNFCTL, "package", "build", spec, "--out", archive], check=True, stdout=subprocess.DEVNULL)
        zipfile.ZipFile(archive).extractall(self.folder)
        self.auth = auth_of(os.environ["OS_CLOUD"])

    def instance(self, flavour, servers):
        """The VNF as Tacker would know it."""
        access = {
            "username": self.auth["username"],
            "password": self.auth["password"],
            "project": self.auth["project_name"],
            "userDomain": self.auth["user_domain_name"],
            "projectDomain": self.auth["project_domain_name"],
        }
        connection = {
            "vimType": "ETSINFV.OPENSTACK_KEYSTONE.V_3",
            "accessInfo": access,
            "interfaceInfo": {"endpoint": self.auth["auth_url"]},
        }
        order = {server: f"{number:04}" for number, server in enumerate(servers)}
        resources = [
            {
                "vduId": kind,
                "computeResource": {"resourceId": server},
                "metadata": {"stack_id": server, "creation_time": order[server]},
            }
            for server, kind in servers.items()
        ]
        info = {"flavourId": flavour, "metadata": {"stack_id": "none"}, "vnfcResourceInfo": resources}
        return {
            "id": str(uuid.uuid4()),
            "vimConnectionInfo": {"vim": connection},
            "instantiatedVnfInfo": info,
        }

    def drive(self, hook, instance, addresses, one_by_one=False):
        """Runs the driver; returns the seconds of its process and the VNF as it leaves it."""
        asked = {"hook": hook, "instance": instance, "addresses": addresses, "oneByOne": one_by_one}
        program = Path(__file__).with_name("hook.py")
        begun = time.perf_counter()
        done = subprocess.run(
            [PYTHON, program, self.folder], input=json.dumps(asked), capture_output=True, text=True, check=False
        )
        took = time.perf_counter() - begun
        if done.returncode:
            sys.exit(f"bench: the driver ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return took, json.loads(done.stdout)

    def addresses(self, servers, flavour):
        found = {server: self.fleet.address(server) for server in servers}
        if flavour == "ha":
            found["vip"] = self.fleet.virtual_address()
        return found

    def cluster(self, control_planes, workers, one_by_one=False):
        """Makes servers and a cluster of them; returns what the driver took, servers, VNF and addresses."""
        flavour = "ha" if control_planes > 1 else "simple"
        servers = self.fleet.make(["controlPlane"] * control_planes + ["worker"] * workers)
        addresses = self.addresses(servers, flavour)
        took, instance = self.drive("instantiate_end", self.instance(flavour, servers), addresses, one_by_one)
        self.holds(servers)
        return took, servers, instance, addresses

    def holds(self, servers):
        """A quick driver that leaves half a cluster is worth nothing."""
        first = next(iter(servers))
        command = "sudo env KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes -o json"
        nodes = json.loads(self.fleet.run(first, command))["items"]
        ready = {
            node["metadata"]["labels"]["vnfctl.dev/server"]
            for node in nodes
            if any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])
        }
        if ready != set(servers):
            sys.exit(f"bench: {len(ready)} nodes are Ready, not the {len(servers)} servers")

    def heal(self, servers, instance, addresses):
        """Replaces the last worker; returns what the driver took after the new server was there."""
        gone = list(servers)[-1]
        self.fleet.delete([gone])
        new = self.fleet.make(["worker"])
        servers = {server: kind for server, kind in servers.items() if server != gone} | new
        again = self.instance("simple", servers)
        again["id"] = instance["id"]
        again["instantiatedVnfInfo"]["metadata"] = instance["instantiatedVnfInfo"]["metadata"]
        took, _ = self.drive("heal_end", again, addresses | {one: self.fleet.address(one) for one in new})
        self.holds(servers)
        return took


def line(name, took, path, beside=""):
    """Prints one measurement beside its critical path."""
    print(
        f"  {name:<28} {took:>7.1f} s   {path:>6.1f} s   {took - path:>+6.1f} s   {took / path:>5.2f}x{beside}",
        flush=True,
    )


def making(site, sequential):
    """The three shapes, some side by side with one node after the other; and a worker healed."""
    figures = {}
    print(f"  {'nodes':<28} {'driver':>9}   {'path':>8}   {'overhead':>8}   {'':>6}   one by one")
    for shape in SHAPES:
        control_planes, workers = shape
        took, servers, instance, addresses = site.cluster(control_planes, workers)
        figures[shape] = took
        if shape == (1, 10):
            healed = site.heal(servers, instance, addresses)
        site.fleet.delete(list(site.fleet.servers))
        beside = "   not run"
        if shape in sequential:
            slow = site.cluster(control_planes, workers, one_by_one=True)[0]
            site.fleet.delete(list(site.fleet.servers))
            beside = f"   {slow:>6.1f} s ({slow / took:.1f} times as long)"
        line(f"{control_planes} + {workers}", took, critical_path(control_planes), beside)
    own = seconds("crio", "kubeadm join")
    line("1 worker of 10 healed", healed, own)
    sleeps = "; ".join(f"{c} + {w}: {fixed_sleeps(c, w)} s" for c, w in SHAPES)
    print(f"  in no figure: what upstream's sample sleeps beside its steps ({sleeps})")
    judge = measure.judge if SCALE >= REAL else not_judged
    for shape, took in figures.items():
        judge(f"{shape[0]} + {shape[1]} / critical path", took / critical_path(shape[0]), 1.15, "x")
    judge("1 + 10 / 1 + 2", figures[1, 10] / figures[1, 2], 1.1, "x")
    judge("worker healed / its own steps", healed / own, 1.2, "x")


def not_judged(name, value, limit, unit):
    """Targets are for steps as long as real ones."""
    print(f"  {name}: {value:.2f}{unit} (at most {limit}{unit} at scale {REAL}): NOT JUDGED at scale {SCALE:g}")


def main():
    """Runs it; 1 when a target is missed."""
    if not Path(VNFCTL).is_file():
        sys.exit(f"bench: there is no {VNFCTL}")
    sequential = one_by_one()
    told = ", ".join(f"{call} {seconds(call):g} s" for call in DELAYS)
    real = "as real ones" if SCALE == REAL else f"{SCALE / REAL:.2g} of real ones"
    measure.heading(f"management driver; stand-ins take ({real}): {told}")
    stage = LAB / "data/stage"
    if not stage.is_file() or stage.read_text().strip() != "node":
        print("  LEFT OUT: no lab of stage node (scripts/lab up --stage node)")
        return
    with tempfile.TemporaryDirectory(prefix="vnfctl-bench-") as folder:
        delays = {call: seconds(call) for call in DELAYS}
        with fleet.Fleet(delays) as servers:
            making(Site(Path(folder), servers), sequential)
    measure.finish()


main()
