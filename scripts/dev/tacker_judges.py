#!/usr/bin/env python3
"""Say of packages what a real Tacker 16 makes of them: on upload, and in its v2 API later.

Usage: tacker_judges.py PACKAGE.zip...   (with a Python that has tacker; paths on stdin are
read too, one a line). Prints one JSON object per package:

    {"package": path, "refused": null or why, "v2": {flavour: what the API reads, ...}}

The upload is tacker.common.csar_utils.load_csar_data, then what the conductor does with its
result, up to the writing to the database. What the v2 API reads is asked of
tacker.sol_refactored.common.vnfd_utils.Vnfd, and of manifests in Files/kubernetes/ of its
Kubernetes driver, which is given no cluster; an exception is part of the answer.
"""

import copy
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import types
import uuid
import zipfile

import tacker.conf
import toscaparser.imports
import toscaparser.tosca_template
import yaml
from tacker import context, objects
from tacker.common import csar_utils
from tacker.conductor import conductor_server
from tacker.sol_refactored.common import vnfd_utils
from tacker.sol_refactored.infra_drivers.kubernetes import kubernetes, kubernetes_utils
from toscaparser.elements.entity_type import EntityType
from toscaparser.utils.yamlparser import load_yaml as yamlparser_load

HOOKS = [
    f"{operation}_{when}"
    for operation in ("instantiate", "scale", "heal", "terminate")
    for when in ("start", "end")
]
# Profiles add their types to this table of the process; each package is to find it untouched.
OWN_TYPES = copy.deepcopy(EntityType.TOSCA_DEF)

PARSED = {}


def load_yaml(path, a_file=True):
    """Parse each text once: the type files of all packages are the same, and are read often."""
    if not a_file:
        return yamlparser_load(path, a_file)
    return once(pathlib.Path(path).read_bytes(), lambda _: yamlparser_load(path, a_file))


def once(text, parse):
    """Return what a text holds; a copy, since readers change what they are given."""
    key = (type(text), text)
    if key not in PARSED:
        PARSED[key] = pickle.dumps(parse(text))
    return pickle.loads(PARSED[key])  # noqa: S301 - written three lines above


def create(self):
    """Stand in for writing to the database: what may not be null is there."""
    if "id" in self.fields and not self.obj_attr_is_set("id"):
        self.id = str(uuid.uuid4())
    for name in (
        "vnfd_id",
        "vnf_provider",
        "vnf_product_name",
        "vnf_software_version",
        "vnfd_version",
    ):
        if name in self.fields and getattr(self, name) is None:
            raise ValueError(f"{name} is null")


def prepare(folder):
    tacker.conf.CONF([], project="tacker", default_config_files=[])
    tacker.conf.CONF.set_override("vnf_package_csar_path", folder, group="vnf_package")
    objects.register_all()
    toscaparser.imports.YAML_LOADER = load_yaml
    toscaparser.tosca_template.YAML_LOADER = load_yaml
    vnfd_utils.yaml = types.SimpleNamespace(safe_load=lambda text: once(text, yaml.safe_load))
    for stored in (
        objects.VnfPackageVnfd,
        objects.VnfDeploymentFlavour,
        objects.VnfSoftwareImage,
        objects.VnfPackageArtifactInfo,
        conductor_server.vnfd_db.Vnfd,
        conductor_server.vnfd_attribute_db.VnfdAttribute,
    ):
        stored.create = create


def upload(path, package):
    """Return why the package falls back to CREATED, or nothing."""
    EntityType.TOSCA_DEF.clear()
    EntityType.TOSCA_DEF.update(copy.deepcopy(OWN_TYPES))
    admin = context.get_admin_context()
    admin.tenant_id = str(uuid.uuid4())
    conductor = object.__new__(conductor_server.Conductor)
    try:
        vnf, flavours, artifacts = csar_utils.load_csar_data(admin, package, path)
        conductor._onboard_vnf_package(
            admin, types.SimpleNamespace(id=package), vnf, flavours, artifacts
        )
    except Exception as error:  # Whatever it is, the package is dropped.
        return f"{type(error).__name__}: {error}"
    return None


def asked(question, *arguments):
    """Return an answer of the v2 API, or the name of its exception."""
    try:
        return question(*arguments)
    except Exception as error:
        return f"!{type(error).__name__}"


def flavour_ids(folder):
    templates = folder / "BaseHOT"
    if templates.is_dir():
        return sorted(child.name for child in templates.iterdir())
    # A package for Kubernetes has none.
    definitions = (folder / "Definitions").glob("df_*.yaml")
    return sorted(path.stem.removeprefix("df_") for path in definitions)


BEGUN = {}
UNFIT = {"SyntaxError", "IndentationError", "TabError", "ModuleNotFoundError", "ImportError"}


def begun(path):
    """Run a script as the conductor does, with nothing to read, and return how it fails to begin.

    What it makes of an empty input is its own matter.
    """
    # It may import what lies beside it.
    beside = tuple((one.name, one.read_bytes()) for one in sorted(path.parent.rglob("*.py")))
    content = (path.name, path.read_bytes(), beside)
    if content not in BEGUN:
        command = [sys.executable, path]
        done = subprocess.run(command, check=False, input=b"", capture_output=True, timeout=30)
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        name = last.partition(":")[0]
        BEGUN[content] = f"!{name}" if name in UNFIT else True
    return BEGUN[content]


def script(vnfd, flavour, hook):
    """Return the hook's script, and whether it is there and begins to run."""
    found = asked(vnfd.get_interface_script, flavour, hook)
    if not isinstance(found, str) or found.startswith("!"):
        return found
    path = pathlib.Path(vnfd.csar_dir, "Definitions", found)
    return [found, path.is_file() and begun(path)]


def counts(vnfd, flavour, vdu, levels):
    found = {}
    for level in levels:
        number = asked(vnfd.get_vdu_num, flavour, vdu, level)
        found[str(level)] = number
    return found


def images(vnfd, flavour):
    found = asked(vnfd.get_sw_image_data, flavour)
    if not isinstance(found, dict):
        return found
    there = {}
    for name, data in found.items():
        file = data.get("file")
        path = file and pathlib.Path(vnfd.csar_dir, file.split("../")[-1])
        there[name] = [data.get("name"), file, bool(path and path.is_file())]
    return there


def one_flavour(vnfd, flavour, levels, aspects):
    vdus = asked(vnfd.get_vdu_nodes, flavour)
    answer = {"vdus": vdus if isinstance(vdus, str) else {}}
    if not isinstance(vdus, str):
        for name, node in vdus.items():
            answer["vdus"][name] = {
                "counts": counts(vnfd, flavour, name, levels),
                "cps": asked(vnfd.get_vdu_cps, flavour, name),
                "storages": asked(vnfd.get_vdu_storages, node),
                "flavor": asked(vnfd.get_compute_flavor, flavour, name),
            }
    cps = asked(vnfd.get_vducp_nodes, flavour)
    if not isinstance(cps, str):
        answer["links"] = {
            name: asked(vnfd.get_vl_name_from_cp, flavour, node) for name, node in cps.items()
        }
    for key, question in (
        ("storages", vnfd.get_storage_nodes),
        ("networks", vnfd.get_virtual_link_nodes),
    ):
        found = asked(question, flavour)
        answer[key] = found if isinstance(found, str) else sorted(found)
    default = asked(vnfd.get_default_instantiation_level, flavour)
    answer["default"] = [default, counts(vnfd, flavour, next(iter(answer["vdus"]), ""), [default])]
    answer["info"] = {
        level: asked(vnfd.get_scale_info_from_inst_level, flavour, level) for level in levels
    }
    answer["steps"] = {
        aspect: asked(vnfd.get_scale_vdu_and_num, flavour, aspect) for aspect in aspects
    }
    answer["ends"] = {
        aspect: asked(vnfd.get_max_scale_level, flavour, aspect) for aspect in aspects
    }
    answer["affinity"] = asked(vnfd.get_affinity_targets, flavour)
    answer["antiAffinity"] = asked(vnfd.get_anti_affinity_targets, flavour)
    answer["hooks"] = {hook: script(vnfd, flavour, hook) for hook in HOOKS}
    answer["images"] = images(vnfd, flavour)
    return answer


def names(vnfd, flavour, kind, key):
    found = asked(vnfd.get_policy_values_by_type, flavour, kind)
    if isinstance(found, str):
        return []
    named = asked(lambda: [name for policy in found for name in policy["properties"][key]])
    return [] if isinstance(named, str) else named


def later(folder):
    """Return what the v2 API reads of a package that was unpacked."""
    vnfd = vnfd_utils.Vnfd("a-vnfd")
    broken = asked(vnfd.init_from_csar_dir, str(folder))
    if broken is not None:
        return broken
    return {flavour: asked(of_flavour, vnfd, flavour) for flavour in flavour_ids(folder)}


def deployed(vnfd, flavour):
    """Return the objects that the Kubernetes driver would make, and the VDUs among them."""
    files = sorted(
        path
        for path in vnfd.get_vnf_artifact_files()
        if pathlib.Path(path).match("Files/kubernetes/*.yaml")
    )
    made, namespace = kubernetes_utils.get_k8s_reses_from_json_files(
        files, vnfd, None, "pods", "an-instance"
    )
    vdus = kubernetes.Kubernetes()._select_vdu_reses(vnfd, flavour, made)
    shown = [(one.body["apiVersion"], one.kind, one.namespace, one.name) for one in made]
    return [namespace, shown, {vdu: one.kind for vdu, one in vdus.items()}]


def of_flavour(vnfd, flavour):
    found = asked(vnfd.get_vnfd_flavour, flavour)
    if not isinstance(found, dict):
        return found
    levels = names(vnfd, flavour, "tosca.policies.nfv.InstantiationLevels", "levels")
    aspects = names(vnfd, flavour, "tosca.policies.nfv.ScalingAspects", "aspects")
    answer = one_flavour(vnfd, flavour, levels, aspects)
    if pathlib.Path(vnfd.csar_dir, "Files/kubernetes").is_dir():
        answer["deployed"] = asked(deployed, vnfd, flavour)
    return answer


# Seconds of computing, however busy the machine is: some packages send the parser round in circles,
# a sound one takes a tenth of that.
PATIENCE = 10


def too_long(_signal, _frame):
    raise TimeoutError(f"no end after {PATIENCE} s of computing")


def within(question, *arguments):
    """Return an answer, or the name of the exception that ended the wait for it."""
    signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        return question(*arguments)
    except TimeoutError as error:
        return f"TimeoutError: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def judge(path, folder):
    package = str(uuid.uuid4())
    refused = within(upload, path, package)
    # A second place, since the loader leaves nothing where it stops early.
    unpacked = pathlib.Path(folder, "v2-" + package)
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(unpacked)
        v2 = within(later, unpacked)
    except zipfile.BadZipFile:
        v2 = None
    return {"package": path, "refused": refused, "v2": v2}


def main():
    paths = sys.argv[1:] or [line.rstrip("\n") for line in sys.stdin]
    # Libraries print to stdout too; it is kept for the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        for path in paths:
            print(
                json.dumps(judge(path, folder), default=str, sort_keys=True),
                file=answers,
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
