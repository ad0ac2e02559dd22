"""The client: start, listing VNFs against a real Tacker, pushing a large package, many VNFs at once.

OS_CLIENT_CONFIG_FILE and OS_CLOUD name the cloud; without OS_CLOUD the listing is left out,
loudly. OPENSTACK names python-openstackclient's program (default: `openstack`), which needs
python-tackerclient beside it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
import sink
from crowd import Crowd
from large import SIZE, specification
from record import Record

VNFCTL = os.environ["VNFCTL"]


def start():
    """How long the program itself takes."""
    measure.heading("vnfctl --version")
    found = measure.side_by_side({"vnfctl": ([VNFCTL, "--version"], None)}, 30)
    measure.line("vnfctl", found["vnfctl"])
    measure.judge("start", found["vnfctl"].seconds * 1000, 10, " ms")


def listing(scratch):
    """`vnfctl list` against curl of the same URL and against python-tackerclient."""
    measure.heading("vnfctl list, cached token")
    if "OS_CLOUD" not in os.environ:
        print("  LEFT OUT: OS_CLOUD names no cloud")
        return
    env = os.environ | {"XDG_CACHE_HOME": str(scratch)}
    measure.once([VNFCTL, "list"], env)
    (ticket,) = (scratch / "vnfctl").glob("*.json")
    kept = json.loads(ticket.read_text())
    # In a file, so that the token is in no process list.
    headers = scratch / "headers"
    headers.touch(0o600)
    headers.write_text(f"X-Auth-Token: {kept['token']}\nVersion: 2.0.0\n")
    url = kept["endpoint"].rstrip("/") + "/vnflcm/v2/vnf_instances"
    commands = {
        "vnfctl": ([VNFCTL, "list"], env),
        "curl": (["curl", "-sSf", "-H", f"@{headers}", url], None),
    }
    found = measure.side_by_side(commands, 30)
    for name, timing in found.items():
        measure.line(name, timing)
    ours = found["vnfctl"].seconds
    measure.judge("vnfctl / curl", ours / found["curl"].seconds, 1.3, "x")
    openstack = shutil.which(os.environ.get("OPENSTACK", "openstack"))
    if openstack is None:
        print("  LEFT OUT: there is no openstack program to compare to (see OPENSTACK)")
        return
    command = [openstack, "vnflcm", "list", "--os-tacker-api-version", "2"]
    theirs = measure.side_by_side({"openstack": (command, None)}, 3)["openstack"]
    measure.line("openstack vnflcm list", theirs)
    measure.judge("openstack / vnfctl", theirs.seconds / ours, 60, "x", at_least=True)


def ending(scratch):
    """From COMPLETED in a real Tacker, as one sees it who asks it all the time, to the client's exit."""
    measure.heading("vnfctl modify, from COMPLETED to exit")
    if "OS_CLOUD" not in os.environ:
        print("  LEFT OUT: OS_CLOUD names no cloud")
        return
    with Record(VNFCTL, scratch / "record") as record:
        for name, options, most in (
            ("with --notify", ["--notify", "127.0.0.1"], 50),
            # Half of the shortest pause between two looks.
            ("looking", [], 100),
        ):
            lags = sorted(record.lag(options) for _ in range(9))
            print(f"  {name:36}{lags[0]:8.1f} to {lags[-1]:.1f} ms")
            measure.judge(f"median {name}", lags[len(lags) // 2], most, " ms")


def pushing(scratch):
    """`vnfctl package push` against `curl -T`, both into a sink that only reads."""
    measure.heading(f"package push, {SIZE / (1 << 20):.0f} MiB")
    image, spec = specification(VNFCTL, scratch)
    package = scratch / "package.zip"
    build = [VNFCTL, "package", "build", str(spec), "--out", str(package)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    image.unlink()
    with sink.Running() as address:
        env = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
        env |= {
            "XDG_CACHE_HOME": str(scratch / "push"),
            "OS_AUTH_URL": f"{address}/v3",
            "OS_USERNAME": "u",
            "OS_PASSWORD": "p",
            "OS_PROJECT_NAME": "p",
        }
        url = f"{address}/vnfpkgm/v1/vnf_packages/x/package_content"
        zipped = "Content-Type: application/zip"
        commands = {
            "vnfctl package push": ([VNFCTL, "package", "push", str(package)], env),
            "curl -T": (["curl", "-sSf", "-T", str(package), "-H", zipped, url], None),
        }
        found = measure.side_by_side(commands, 5)
    for name, timing in found.items():
        measure.line(name, timing)
    ours = found["vnfctl package push"]
    measure.judge("vnfctl / curl", ours.seconds / found["curl -T"].seconds, 1.1, "x")
    measure.judge("peak memory", ours.memory, 64, " MiB")


def many(scratch):
    """`vnfctl list` of 10 000 VNFs in the sandbox, which answers page by page."""
    measure.heading("vnfctl list, 10 000 VNFs")
    with Crowd(VNFCTL, scratch / "many", 10_000) as crowd:
        commands = {
            "all": ([VNFCTL, "list"], crowd.env),
            "one, by --where": ([VNFCTL, "list", "--where", "vnfInstanceName=web77"], crowd.env),
        }
        found = measure.side_by_side(commands, 5)
        for name, timing in found.items():
            measure.line(name, timing)
        measure.judge("all", found["all"].seconds, 1, " s")
        measure.judge("peak memory", found["all"].memory, 64, " MiB")
        command = [VNFCTL, "list"]
        with subprocess.Popen(command, env=crowd.env, stdout=subprocess.PIPE) as listing_all:
            started = time.perf_counter()
            listing_all.stdout.readline()
            first = time.perf_counter() - started
            listing_all.stdout.read()
        measure.judge("first row", first * 1000, 100, " ms")


def at_once(scratch):
    """200 VNFs scaled at once: what the client itself takes while it waits."""
    measure.heading("vnfctl scale, 200 VNFs at once, operations of 10 s")
    with Crowd(VNFCTL, scratch / "fleet", 200) as crowd:
        command = [VNFCTL, "scale", "--where", "vnfProductName=web", "--out", "--parallel", "200"]
        started = time.perf_counter()
        process = subprocess.Popen(command, env=crowd.env, stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench: {said}")
    measure.line("vnfctl", measure.Timing(took, usage.ru_maxrss / 1024))
    share = (usage.ru_utime + usage.ru_stime) / took
    measure.judge("of one core", share * 100, 10, " %")
    measure.judge("peak memory", usage.ru_maxrss / 1024, 100, " MiB")


def main():
    """Runs all of them; 1 when a target is missed."""
    if not Path(VNFCTL).is_file():
        sys.exit(f"bench: there is no {VNFCTL}")
    # Not /tmp, which may be memory.
    with tempfile.TemporaryDirectory(prefix="vnfctl-bench-", dir="/var/tmp") as scratch:
        start()
        listing(Path(scratch))
        ending(Path(scratch))
        pushing(Path(scratch))
        many(Path(scratch))
        at_once(Path(scratch))
    measure.finish()


main()
