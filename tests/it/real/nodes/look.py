"""Prints as JSON what a node is made of; the argument says in JSON what to look at.

{"files": [path], "toml": [path], "programs": [path], "units": [name], "commands": [[word]]} is
answered with each path's text, parsed content or SHA-256, each unit's "active enabled" and each
command's output; null where there is none.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

import tomllib


def read(path):
    file = pathlib.Path(path)
    return file.read_bytes() if file.is_file() else None


def text(path):
    found = read(path)
    return None if found is None else found.decode()


def digest(path):
    found = read(path)
    return None if found is None else hashlib.sha256(found).hexdigest()


def parsed(path):
    found = text(path)
    return None if found is None else tomllib.loads(found)


def printed(words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def state(unit):
    shown = printed(
        ["systemctl", "show", "--value", "-p", "ActiveState", "-p", "UnitFileState", unit]
    )
    return " ".join(shown.split()) if shown else None


def main():
    asked = json.loads(sys.argv[1])
    answer = {
        "files": {path: text(path) for path in asked["files"]},
        "toml": {path: parsed(path) for path in asked["toml"]},
        "programs": {path: digest(path) for path in asked["programs"]},
        "units": {unit: state(unit) for unit in asked["units"]},
        "commands": {" ".join(words): printed(words) for words in asked["commands"]},
    }
    print(json.dumps(answer))


main()
