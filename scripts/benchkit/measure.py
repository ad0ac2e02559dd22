"""Times commands side by side and prints how they compare."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

FAILURES = []


@dataclass
class Timing:
    """What one command took: median wall time in seconds, peak memory in MiB."""

    seconds: float
    memory: float


def once(command, env=None):
    """Runs a command to its end and returns its wall time in s and its peak RSS in MiB.

    The kernel counts this process's own size at the fork in, so a peak below some 25 MiB
    shows as that.
    """
    with open(os.devnull, "wb") as nowhere:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=nowhere, stderr=subprocess.PIPE, env=env)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        text = said.decode(errors="replace").strip()
        sys.exit(f"bench: {command[0]} exited with {process.returncode}: {text}")
    return took, usage.ru_maxrss / 1024


def side_by_side(commands, runs):
    """Times several commands in turns, so that a busy moment hits all of them."""
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, env) in commands.items():
            results[name].append(once(command, env))
    return {
        name: Timing(statistics.median(s for s, _ in seen), max(m for _, m in seen)) for name, seen in results.items()
    }


def heading(text):
    """Opens a group of lines."""
    print(f"\n{text}")


def line(name, timing):
    """Prints one measurement."""
    print(f"  {name:<34} {timing.seconds * 1000:>10.1f} ms  {timing.memory:>7.1f} MiB")


def judge(what, value, limit, unit, at_least=False):
    """Prints a target and whether it is reached."""
    reached = value >= limit if at_least else value <= limit
    bound = "at least" if at_least else "at most"
    verdict = "reached" if reached else "MISSED"
    print(f"  {what}: {value:.2f}{unit} ({bound} {limit:g}{unit}): {verdict}")
    if not reached:
        FAILURES.append(what)


def finish():
    """Exits with 1 when a target was missed."""
    sys.exit(1 if FAILURES else 0)
