"""Management driver of a Kubernetes-with-Cilium VNF: Tacker runs it at the hooks of each operation.

Tacker pipes a pickled dict in and shows the caller nothing but what a failed run wrote to stderr;
so one clear sentence comes first there, and stdout carries the pickled result and nothing else.
Tacker sets no time limit and repeats hooks after failures: all work is bounded and idempotent.
"""

import json
import os
import pickle
import sys
import traceback

import access
import cluster
import faults
import remote
import vim

# Tacker keeps keys that scripts add to instantiatedVnfInfo.metadata. Ours hold no secret: the
# servers' public keys, and under which UUID Barbican has the private key, for operations that
# come without parameters.
HOST_KEYS = "vnfctlHostKeys"
KEY_REFERENCE = "vnfctlSshKeySecret"


def load_cluster_file(script_dict):
    """Reads Scripts/cluster.yaml of the package copy that Tacker made for this hook."""
    path = os.path.join(script_dict["tmp_csar_dir"], "Scripts", "cluster.yaml")
    try:
        with open(path, encoding="utf-8") as source:
            return json.load(source)
    except (OSError, ValueError) as error:
        raise faults.Fault(
            "reading the package", "Scripts/cluster.yaml", str(error), "rebuild the package"
        ) from error


def removed_servers(script_dict):
    """Ids of the servers that the operation takes away, as the grant request names them."""
    grant = script_dict.get("grant_request") or {}
    return {
        definition["resource"]["resourceId"]
        for definition in grant.get("removeResources") or []
        if definition.get("type") == "COMPUTE" and definition.get("resource")
    }


def run_hook(script_dict, connect=vim.Vim, shell=remote.Shell):
    """Runs the hook and returns what Tacker shall be told (a dict, or None)."""
    hook = script_dict["operation"]
    settings = load_cluster_file(script_dict)
    instance = script_dict["vnf_instance"]
    info = instance.get("instantiatedVnfInfo")
    if info is None:
        raise faults.Fault(hook, instance["id"], "the VNF is not instantiated", None)
    cloud = connect(instance["vimConnectionInfo"])
    metadata = info.setdefault("metadata", {})
    parameters = script_dict["request"].get("additionalParams") or {}
    work = cluster.Cluster(
        settings,
        instance,
        cloud,
        shell,
        dict(metadata.get(HOST_KEYS) or {}),
        os.path.join(script_dict["tmp_csar_dir"], "Scripts", "node"),
        lambda: access.find(
            settings["access"], parameters, metadata.get(KEY_REFERENCE), cloud, instance["id"]
        ),
    )

    if hook in ("instantiate_end", "scale_end", "heal_end"):
        work.converge()
        metadata[HOST_KEYS] = work.host_keys()
        if work.secret_id():
            metadata[KEY_REFERENCE] = work.secret_id()
        return {"vnf_instance": instance}
    if hook == "scale_start":
        if script_dict["request"].get("type") == "SCALE_IN":
            work.retire(removed_servers(script_dict), alive=True)
        return None
    if hook == "heal_start":
        work.retire(removed_servers(script_dict), alive=False)
        return None
    raise faults.Fault(hook, instance["id"], "the package has no work for this hook", None)


def main():
    """Process entry: exit status 0, or 1 with the reason on stderr."""
    # Libraries that print would spoil the pickle: they get stderr, the result gets the real stdout.
    result_stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    script_dict = pickle.load(sys.stdin.buffer)  # noqa: S301 -- written by Tacker itself
    try:
        result = run_hook(script_dict)
    except faults.Fault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except Exception as error:  # the operator gets a sentence whatever happens
        sys.stderr.write(
            f"{script_dict.get('operation')}: unexpected {type(error).__name__}: {error}\n"
        )
        traceback.print_exc()
        return 1
    if result is not None:
        pickle.dump(result, result_stream)
    result_stream.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
