"""Leads a one-server VNF through its life by Tacker's API: package, instantiate, reach it, terminate, delete.

In the stage `node` the server must also answer on its SSH port, from the machine that Tacker runs on.
"""

import os
import socket
import sys
import time
import uuid
from pathlib import Path

import smoke_package
from cloud import NETWORK, TACKER, Cloud, auth_of, wait_for

PACKAGES = f"{TACKER}/vnfpkgm/v1/vnf_packages"
VNFS = f"{TACKER}/vnflcm/v2/vnf_instances"
V2 = {"Version": "2.0.0"}
SECONDS_AN_OPERATION = 300
SECONDS_TO_SSH = 90
ENDED = ("COMPLETED", "FAILED", "FAILED_TEMP", "ROLLED_BACK")

STARTED = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - STARTED:5.1f}s] {text}", file=sys.stderr, flush=True)


def onboard(nfv):
    package = nfv.post(PACKAGES, {})["id"]
    vnfd_id = str(uuid.uuid4())
    content = smoke_package.build(vnfd_id, Path(__file__).parents[2] / "tosca")
    headers = {"Content-Type": "application/zip"}
    nfv.call("PUT", f"{PACKAGES}/{package}/package_content", data=content, headers=headers)

    begun = False

    def onboarded():
        nonlocal begun
        state = nfv.get(f"{PACKAGES}/{package}")["onboardingState"]
        # Tacker tells a refused package by letting it fall back to CREATED.
        if begun and state == "CREATED":
            sys.exit(f"error: Tacker refused the package {package}; the reason is in log/tacker-conductor.log only")
        begun = state != "CREATED"
        return state == "ONBOARDED"

    wait_for("package ONBOARDED (if refused: log/tacker-conductor.log says why)", 60, onboarded)
    say(f"package {package} is onboarded")
    return package, vnfd_id


def instantiate_request(network):
    auth = auth_of("nfv")
    ip = {"type": "IPV4", "numDynamicAddresses": 1}
    protocol = {"layerProtocol": "IP_OVER_ETHERNET", "ipOverEthernet": {"ipAddresses": [ip]}}
    cp = {"cpdId": smoke_package.CP, "cpConfig": {"cp": {"cpProtocolData": [protocol]}}}
    vim = {
        "vimType": "ETSINFV.OPENSTACK_KEYSTONE.V_3",
        "vimId": str(uuid.uuid4()),
        "interfaceInfo": {"endpoint": auth["auth_url"]},
        "accessInfo": {
            "username": auth["username"],
            "password": auth["password"],
            "region": "RegionOne",
            "project": auth["project_name"],
            "projectDomain": auth["project_domain_name"],
            "userDomain": auth["user_domain_name"],
        },
    }
    return {
        "flavourId": smoke_package.FLAVOUR,
        "extVirtualLinks": [{"id": "mgmt", "resourceId": network, "extCps": [cp]}],
        "vimConnectionInfo": {"vim": vim},
    }


def operate(nfv, vnf, name, request):
    """Starts an operation and returns when it has COMPLETED; ends the program with its error otherwise."""
    answer = nfv.call("POST", f"{VNFS}/{vnf}/{name}", json=request, headers=V2)

    def ended():
        occurrence = nfv.call("GET", answer.headers["Location"], headers=V2).json()
        return occurrence if occurrence["operationState"] in ENDED else None

    occurrence = wait_for(f"{name} ended", SECONDS_AN_OPERATION, ended)
    state = occurrence["operationState"]
    if state != "COMPLETED":
        sys.exit(f"error: {name} of VNF {vnf} ended {state}: {occurrence.get('error')}")
    say(f"{name} COMPLETED")


def reach(nfv, instance):
    """Returns when the SSH port of the VNF's server answers with SSH's own greeting."""
    server = instance["instantiatedVnfInfo"]["vnfcResourceInfo"][0]["computeResource"]["resourceId"]
    port = nfv.get(f"{NETWORK}/ports", device_id=server)["ports"][0]
    address = port["fixed_ips"][0]["ip_address"]

    def greeted():
        try:
            with socket.create_connection((address, 22), timeout=2) as connection:
                return connection.recv(64).startswith(b"SSH-")
        except OSError:
            return False

    wait_for(f"SSH at {address}", SECONDS_TO_SSH, greeted)
    say(f"SSH answers at {address}")


def delete_vnf(nfv, vnf):
    """Tacker holds the instance's lock a moment longer than the operation shows PROCESSING: 409 until then."""

    def deleted():
        answer = nfv.http.delete(f"{VNFS}/{vnf}", headers=V2, timeout=60)
        return answer.status_code != 409 and nfv.check(answer) is not None

    wait_for("VNF deleted", 30, deleted)


def lead_through_life(nfv, left):
    """Notes in `left` what exists and would stay behind if a step failed."""
    network = nfv.named(f"{NETWORK}/networks", "networks")["net_mgmt"]
    package, vnfd_id = onboard(nfv)
    left.append(f"package {package}")
    vnf = nfv.call("POST", VNFS, json={"vnfdId": vnfd_id, "vnfInstanceName": "smoke"}, headers=V2).json()["id"]
    left.append(f"VNF {vnf}")
    operate(nfv, vnf, "instantiate", instantiate_request(network))
    if os.environ["LAB_STAGE"] == "node":
        reach(nfv, nfv.call("GET", f"{VNFS}/{vnf}", headers=V2).json())
    operate(nfv, vnf, "terminate", {"terminationType": "FORCEFUL"})
    delete_vnf(nfv, vnf)
    left.pop()
    nfv.call("PATCH", f"{PACKAGES}/{package}", json={"operationalState": "DISABLED"})
    nfv.call("DELETE", f"{PACKAGES}/{package}")
    left.pop()


def main():
    left = []
    try:
        lead_through_life(Cloud("nfv"), left)
    except TimeoutError as late:
        sys.exit(f"error: {late}")
    finally:
        if left:
            say(f"left for a look at it: {', '.join(left)}")
    say("smoke passed")


if __name__ == "__main__":
    main()
