"""A large package's making: a spec that embeds an image of random bytes, which no packer makes smaller."""

import os
import subprocess
import sys

SIZE = int(os.environ.get("VNFCTL_BENCH_BYTES") or 1 << 30)


def specification(vnfctl, scratch):
    """Writes an image of random bytes and a spec that embeds it; returns both."""
    folder = scratch / "input"
    folder.mkdir()
    image = folder / "disk.raw"
    with image.open("wb") as file:
        for _ in range(SIZE >> 20):
            file.write(os.urandom(1 << 20))
    # What the disk still has to write of it would be counted against whoever comes first.
    os.sync()
    spec = folder / "bench.yaml"
    subprocess.run([vnfctl, "package", "new", "plain-vm", "bench"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    starter = spec.read_text()
    named = "\nimage:\n"
    if named not in starter:
        sys.exit("bench: the starter spec has no `image:` to embed a file in")
    spec.write_text(starter.replace(named, f"{named}  file: {image.name}\n  diskFormat: raw\n"))
    return image, spec
