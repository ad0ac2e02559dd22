"""Prints kubeadm's v1beta4 documents (JSON is YAML) for this node.

usage: kubeadm_config.py init|join|certs FOLDER FILE
FOLDER holds cluster.json and node.json; FILE is the join data, or for `certs` the file with the key
that encrypts the uploaded certificates. Keys go by files since arguments stand in the process list.
"""

import json
import os
import sys

API = "kubeadm.k8s.io/v1beta4"


def read(path):
    """What a JSON file says."""
    with open(path, encoding="utf-8") as source:
        return json.load(source)


def registration(node):
    """How kubelet presents the node; labels tell its server from a later one of the same name, and
    whose it is to who sees several clusters' metrics."""
    labels = {"vnfctl.dev/server": node["serverId"], "vnfctl.dev/vnf": node["vnf"]}
    found = {
        "name": node["name"],
        "criSocket": os.environ["CRI_SOCKET"],
        "kubeletExtraArgs": [
            {"name": "node-ip", "value": node["address"]},
            {"name": "node-labels", "value": ",".join("=".join(pair) for pair in labels.items())},
        ],
    }
    if node["role"] == "control-plane" and node["schedulable"]:
        found["taints"] = []
    return found


def of_cluster(cluster, node):
    """The part that all of a cluster's control planes share."""
    return {
        "apiVersion": API,
        "kind": "ClusterConfiguration",
        "clusterName": cluster["cluster"],
        "kubernetesVersion": "v" + cluster["kubernetes"]["version"].lstrip("v"),
        "controlPlaneEndpoint": node["endpoint"],
        "proxy": {"disabled": not cluster["kubeProxy"]},
        "networking": {"podSubnet": cluster["podCidr"], "serviceSubnet": cluster["serviceCidr"]},
    }


def documents(mode, cluster, node, file):
    """The documents that the mode needs."""
    local = {
        "advertiseAddress": node["address"],
        "bindPort": cluster["controlPlaneEndpoint"]["port"],
    }
    if mode == "init":
        init = {
            "apiVersion": API,
            "kind": "InitConfiguration",
            "nodeRegistration": registration(node),
            "localAPIEndpoint": local,
        }
        if not cluster["kubeProxy"]:
            init["skipPhases"] = ["addon/kube-proxy"]
        kubelet = {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "cgroupDriver": "systemd",
        }
        return [init, of_cluster(cluster, node), kubelet]
    if mode == "certs":
        with open(file, encoding="utf-8") as source:
            key = source.read().strip()
        init = {
            "apiVersion": API,
            "kind": "InitConfiguration",
            "localAPIEndpoint": local,
            "nodeRegistration": registration(node),
            "certificateKey": key,
        }
        return [init, of_cluster(cluster, node)]
    join = read(file)
    document = {
        "apiVersion": API,
        "kind": "JoinConfiguration",
        "nodeRegistration": registration(node),
        "discovery": {
            "bootstrapToken": {
                "apiServerEndpoint": join["endpoint"],
                "token": join["token"],
                "caCertHashes": join["caCertHashes"],
            }
        },
    }
    if node["role"] == "control-plane":
        document["controlPlane"] = {
            "localAPIEndpoint": local,
            "certificateKey": join["certificateKey"],
        }
    return [document]


def main():
    """Process entry."""
    mode, folder, file = sys.argv[1:4]
    cluster, node = read(f"{folder}/cluster.json"), read(f"{folder}/node.json")
    found = documents(mode, cluster, node, file)
    print("\n---\n".join(json.dumps(document, indent=1) for document in found))


if __name__ == "__main__":
    main()
