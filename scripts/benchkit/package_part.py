"""Packages: validating them against tosca-parser loading them, and building them against copying.

TACKER_PYTHON names a Python that has tosca-parser, as the lab's does.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measure
from large import specification, starter, vnfd

VNFCTL = os.environ["VNFCTL"]
RUNS = 3
LARGE = int(os.environ.get("VNFCTL_BENCH_BYTES") or 4 << 30)
SMALL = LARGE >> 4
LINES = 50_000
PACKAGES = 100
ZIPPER = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"
LOADER = "import sys; from toscaparser.tosca_template import ToscaTemplate; ToscaTemplate(sys.argv[1])"
# What a start takes is no part of reading a package: of Python with its imports, as of vnfctl.
IMPORTER = "from toscaparser.tosca_template import ToscaTemplate"


def validate(*what):
    """The command that validates, and fails on any finding."""
    return [VNFCTL, "package", "validate", "--deny-warnings", *map(str, what)]


def flagship(scratch):
    """Builds the package of the template `k8s-cilium`."""
    spec = starter(VNFCTL, "k8s-cilium", "edge", scratch)
    package = scratch / "edge.zip"
    build = [VNFCTL, "package", "build", str(spec), "--out", str(package)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return package


def validating(scratch):
    """`package validate` of the flagship, against tosca-parser."""
    measure.heading("package validate, template k8s-cilium")
    package = flagship(scratch)
    start = [VNFCTL, "--version"]
    ours = measure.side_by_side({"whole": (validate(package), None), "start": (start, None)}, 21)
    measure.line("vnfctl package validate", ours["whole"])
    measure.line("its start alone", ours["start"])
    measure.judge("whole process", ours["whole"].seconds * 1000, 30, " ms")
    python = os.environ.get("TACKER_PYTHON")
    if not python:
        sys.exit("bench: TACKER_PYTHON names no Python with tosca-parser to compare to")
    commands = {
        "whole": ([python, "-c", LOADER, str(package)], None),
        "start": ([python, "-c", IMPORTER], None),
    }
    theirs = measure.side_by_side(commands, 5)
    measure.line("tosca-parser, process", theirs["whole"])
    measure.line("its imports alone", theirs["start"])
    alone = [timings["whole"].seconds - timings["start"].seconds for timings in (theirs, ours)]
    measure.judge("both without their starts, tosca-parser / vnfctl", alone[0] / alone[1], 50, "x", at_least=True)
    return package


def many(scratch, package):
    """A tree of packages by one command."""
    measure.heading(f"package validate, a tree of {PACKAGES} packages of k8s-cilium")
    tree = scratch / "tree"
    for number in range(PACKAGES):
        folder = tree / str(number % 10)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, folder / f"edge-{number}.zip")
    ours = measure.side_by_side({"ours": (validate(tree), None)}, 5)["ours"]
    measure.line("vnfctl package validate", ours)
    measure.judge("whole process", ours.seconds, 1, " s")


def long(scratch):
    """A VNFD that nobody reads any more."""
    package, lines = vnfd(VNFCTL, scratch, LINES)
    measure.heading(f"package validate, a VNFD of {lines} lines and a Heat template for it")
    if lines < LINES:
        sys.exit("bench: the VNFD is shorter than was meant")
    ours = measure.side_by_side({"ours": (validate(package), None)}, 5)["ours"]
    measure.line("vnfctl package validate", ours)
    measure.judge("whole process", ours.seconds, 1, " s")
    measure.judge("peak memory", ours.memory, 300, " MiB")


def building(scratch):
    """`package build` against cp, sha256sum and Python's make_archive."""
    measure.heading(f"package build, image of {LARGE >> 20} MiB embedded")
    image, spec = specification(VNFCTL, scratch, LARGE)
    package = scratch / "bench.zip"
    copy = scratch / "copy"
    archive = scratch / "archive"
    again = [VNFCTL, "package", "build", str(spec), "--out", str(package)]
    commands = {
        "vnfctl package build": ([*again, "--rebuild"], None),
        "cp": (["cp", str(image), str(copy)], None),
        "sha256sum": (["sha256sum", str(image)], None),
    }
    found = measure.side_by_side(commands, RUNS)
    if package.stat().st_size < LARGE:
        sys.exit("bench: the package does not hold the image")
    found |= measure.side_by_side({"vnfctl, nothing changed": (again, None)}, RUNS)
    for path in (package, copy):
        path.unlink()
    zipper = [sys.executable, "-c", ZIPPER, str(archive), str(image.parent)]
    found |= measure.side_by_side({"shutil.make_archive": (zipper, None)}, 1)
    archive.with_suffix(".zip").unlink()
    for name, timing in found.items():
        measure.line(name, timing)
    ours = found["vnfctl package build"]
    slower = max(found["cp"].seconds, found["sha256sum"].seconds)
    measure.judge("vnfctl / slower of cp and sha256sum", ours.seconds / slower, 1.2, "x")
    unchanged = found["vnfctl, nothing changed"].seconds
    measure.judge("nothing changed / cp", unchanged / found["cp"].seconds, 1.1, "x")
    ratio = found["shutil.make_archive"].seconds / ours.seconds
    measure.judge("make_archive / vnfctl", ratio, 10, "x", at_least=True)
    measure.judge("peak memory", ours.memory, 64, " MiB")
    with image.open("r+b") as file:
        file.truncate(SMALL)
    small = measure.side_by_side({"small": (commands["vnfctl package build"][0], None)}, RUNS)["small"]
    measure.line(f"vnfctl, image of {SMALL >> 20} MiB", small)
    measure.judge("peak memory, large image / small", ours.memory / small.memory, 1.1, "x")


def main():
    """Runs all of it; 1 when a target is missed."""
    if not Path(VNFCTL).is_file():
        sys.exit(f"bench: there is no {VNFCTL}")
    # Not /tmp, which may be memory: disks are what is compared.
    with tempfile.TemporaryDirectory(prefix="vnfctl-bench-", dir="/var/tmp") as home:
        scratch = Path(home)
        # The nodes' key is in the package; any will do.
        key = scratch / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        os.environ["VNFCTL_BENCH_KEY"] = f"{key}.pub"
        # Stamps of builds are not to be found by anybody later.
        os.environ["XDG_CACHE_HOME"] = str(scratch / "cache")
        package = validating(scratch)
        many(scratch, package)
        long(scratch)
        building(scratch)
    measure.finish()


main()
