"""Building: a package with an embedded image against copying, hashing and zipping that image."""

import os
import sys
import tempfile
from pathlib import Path

import measure
from large import SIZE, specification

VNFCTL = os.environ["VNFCTL"]
RUNS = 3
ZIPPER = "import shutil, sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])"


def building(scratch):
    """`package build` against cp, sha256sum and Python's make_archive."""
    measure.heading(f"package build, image of {SIZE >> 20} MiB embedded")
    image, spec = specification(VNFCTL, scratch)
    package = scratch / "bench.zip"
    copy = scratch / "copy"
    archive = scratch / "archive"
    build = [VNFCTL, "package", "build", str(spec), "--out", str(package)]
    commands = {
        "vnfctl package build": (build, None),
        "cp": (["cp", str(image), str(copy)], None),
        "sha256sum": (["sha256sum", str(image)], None),
    }
    found = measure.side_by_side(commands, RUNS)
    if package.stat().st_size < SIZE:
        sys.exit("bench: the package does not hold the image")
    for path in (package, copy):
        path.unlink()
    zipper = [sys.executable, "-c", ZIPPER, str(archive), str(image.parent)]
    found |= measure.side_by_side({"shutil.make_archive": (zipper, None)}, 1)
    for name, timing in found.items():
        measure.line(name, timing)
    ours = found["vnfctl package build"]
    slower = max(found["cp"].seconds, found["sha256sum"].seconds)
    measure.judge("vnfctl / slower of cp and sha256sum", ours.seconds / slower, 1.3, "x")
    ratio = found["shutil.make_archive"].seconds / ours.seconds
    measure.judge("make_archive / vnfctl", ratio, 10, "x", at_least=True)
    measure.judge("peak memory", ours.memory, 64, " MiB")


def main():
    """Runs it; 1 when a target is missed."""
    if not Path(VNFCTL).is_file():
        sys.exit(f"bench: there is no {VNFCTL}")
    # Not /tmp, which may be memory: disks are what is compared.
    with tempfile.TemporaryDirectory(prefix="vnfctl-bench-", dir="/var/tmp") as scratch:
        building(Path(scratch))
    measure.finish()


main()
