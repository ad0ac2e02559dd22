"""One side of a cluster mesh, from its control plane: what it is, a change of its Helm values, and
whether the other side's ports answer. Runs there as root; JSON on standard input and output.

No key leaves the node: of Cilium's own authority only the certificate is read.
"""

import base64
import concurrent.futures
import gzip
import json
import os
import socket
import subprocess
import sys
import tempfile

CHART = "/var/lib/vnfctl/chart/cilium"
PROBE_SECONDS = 3


def run(*words):
    """What a program prints; its words for the operator are passed on when it fails."""
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(
            f"{' '.join(words[:6])} ended with status {done.returncode}: {done.stderr.strip()}"
        )
    return done.stdout


def get(*words):
    """A list of the cluster, or an object or None."""
    text = run("kubectl", "--namespace", "kube-system", "get", *words, "--output", "json")
    return json.loads(text) if text.strip() else None


def release():
    """Helm's record of Cilium, as it keeps it in a secret: base64 of base64 of gzip of JSON."""
    found = get("secrets", "--selector", "owner=helm,name=cilium,status=deployed")
    kept = [base64.b64decode(base64.b64decode(one["data"]["release"])) for one in found["items"]]
    records = [json.loads(gzip.decompress(one)) for one in kept]
    if not records:
        sys.exit("Helm has no release `cilium` that is deployed")
    return max(records, key=lambda record: record["version"])


def node(item):
    """Name, address and role of a node."""
    addresses = item["status"].get("addresses", [])
    own = [one["address"] for one in addresses if one["type"] == "InternalIP"]
    role = "node-role.kubernetes.io/control-plane"
    return {"name": item["metadata"]["name"], "address": own[0] if own else None,
            "controlPlane": role in item["metadata"].get("labels", {})}  # fmt: skip


def facts(_):
    """Who this cluster is, and how others reach it."""
    record = release()
    service = get("service", "clustermesh-apiserver", "--ignore-not-found")
    kubeadm = get("configmap", "kubeadm-config", "--ignore-not-found") or {"data": {}}
    authority = run("kubectl", "--namespace", "kube-system", "get", "secret", "cilium-ca",
                    "--ignore-not-found", "--output", r"jsonpath={.data.ca\.crt}")  # fmt: skip
    config = get("configmap", "cilium-config", "--ignore-not-found")
    if config is None:
        sys.exit("the cluster has no configuration of Cilium (cilium-config)")
    return {
        "config": config["data"],
        "kubeadm": kubeadm["data"].get("ClusterConfiguration"),
        "nodes": [node(item) for item in get("nodes")["items"]],
        "service": service and {"spec": service["spec"], "status": service.get("status", {})},
        "authority": base64.b64decode(authority).decode() if authority else None,
        "chart": record["chart"]["metadata"]["version"],
        "revision": record["version"],
        "values": record.get("config") or {},
    }


def change(wanted):
    """Gives Cilium other values, if they are others still."""
    record = release()
    if record["version"] != wanted["revision"]:
        sys.exit("somebody else has changed Cilium meanwhile; try again")
    with tempfile.TemporaryDirectory() as folder:  # mode 0700
        file = os.path.join(folder, "values.yaml")
        with open(file, "w", encoding="utf-8") as target:
            json.dump(wanted["values"], target)
        run("cilium", "upgrade", "--version", record["chart"]["metadata"]["version"],
            "--chart-directory", CHART, "--values", file, "--reset-values")  # fmt: skip
    return {}


def answer(host, port):
    """What a TCP port does: open, or why not."""
    try:
        socket.create_connection((host, port), PROBE_SECONDS).close()
    except ConnectionRefusedError:
        return "refused"
    except socket.timeout:
        return "silent"
    except OSError as error:
        return error.strerror or str(error)
    return "open"


def probe(wanted):
    """What ports do, all at once."""
    ports = wanted["ports"]
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda one: answer(*one), ports))


def main():
    """The verb is the argument."""
    verb = {"facts": facts, "change": change, "probe": probe}[sys.argv[1]]
    text = sys.stdin.read()
    print(json.dumps(verb(json.loads(text) if text else None)))


main()
