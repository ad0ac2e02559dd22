"""What all stand-ins share; the mirror builder puts this file in front of each of them.

The stand-ins talk to each other as the real programs do: over TLS, to the API server on the
control plane, with credentials from the files that kubeadm writes.
"""

import base64
import hashlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

KUBE = "/etc/kubernetes"
# {"kubeadm join": {"delay": 3, "fail": 1}}: seconds to wait first, and how many calls shall fail.
FAULTS = "/etc/vnfctl-standins.json"


def fail(message):
    """Ends as the real tools do: a line on stderr, status 1."""
    sys.stderr.write(f"{os.path.basename(sys.argv[0])}: {message}\n")
    sys.exit(1)


def told_to_fail(call):
    """Is slow, and tells whether to fail, when a test asked for it."""
    if not os.path.exists(FAULTS):
        return False
    with open(FAULTS, encoding="utf-8") as source:
        faults = json.load(source)
    fault = faults.get(call, {})
    time.sleep(fault.get("delay", 0))
    if fault.get("fail", 0) <= 0:
        return False
    fault["fail"] -= 1
    with open(FAULTS, "w", encoding="utf-8") as target:
        json.dump(faults, target)
    return True


def misbehave(call):
    """Is slow, or fails, when a test asked for it."""
    if told_to_fail(call):
        fail(f"{call}: told to fail")


def spki_hash(ca_file):
    """Hex SHA-256 of the DER public key, as kubeadm's caCertHashes want it."""
    pem = subprocess.run(
        ["openssl", "x509", "-in", ca_file, "-pubkey", "-noout"], check=True, capture_output=True
    ).stdout
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=pem,
        check=True,
        capture_output=True,
    ).stdout
    return hashlib.sha256(der).hexdigest()


def call(server, context, method, path, body=None, token=None):
    """One request to the API; (status, decoded body)."""
    request = urllib.request.Request(  # noqa: S310 -- always https
        server + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    try:
        with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


class Kubeconfig:
    """A kubeconfig that kubeadm wrote, and requests with it."""

    def __init__(self, path):
        if not os.path.exists(path):
            fail(f"stat {path}: no such file or directory")
        with open(path, encoding="utf-8") as source:
            config = json.load(source)
        cluster = config["clusters"][0]["cluster"]
        self.server = cluster["server"]
        self.token = config["users"][0]["user"]["token"]
        ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.context = ssl.create_default_context(cadata=ca)

    def request(self, method, path, body=None):
        """(status, body); a server that does not answer ends the program."""
        try:
            return call(self.server, self.context, method, path, body, self.token)
        except OSError as error:
            fail(f"The connection to the server {self.server} was refused or failed: {error}")


def write_kubeconfig(path, server, ca_file, token):
    """Mode 0600, as kubeadm does."""
    with open(ca_file, "rb") as source:
        ca = base64.b64encode(source.read()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "k", "cluster": {"server": server, "certificate-authority-data": ca}}
        ],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "current-context": "c",
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(config, target)


def flags(arguments, allowed):
    """({flag: value}, positional); a flag that the real program lacks is an error."""
    found, rest, index = {}, [], 0
    while index < len(arguments):
        word = arguments[index]
        index += 1
        if not word.startswith("-"):
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in allowed:
            fail(f"unknown flag: {name}")
        if allowed[name] == "bool":
            found[name] = True
        elif equals:
            found[name] = value
        else:
            if index == len(arguments):
                fail(f"flag needs an argument: {name}")
            found[name] = arguments[index]
            index += 1
    return found, rest
