"""Makes what a first VNF needs: flavors, images, networks with a router, a key pair; with `vim` also a default VIM."""

import io
import os
import sys
from pathlib import Path

from cloud import COMPUTE, IMAGE, NETWORK, TACKER, Cloud, auth_of

# name, MiB, GiB, vCPUs, extra specs; a lab.fake server has nothing inside in either stage
FLAVORS = (
    ("m1.tiny", 256, 2, 1, {}),
    ("m1.small", 512, 3, 1, {}),
    ("lab.node", 1024, 4, 1, {}),
    ("lab.node2", 1536, 4, 1, {}),
    ("lab.fake", 64, 1, 1, {"labnode:fake": "true"}),
)
IMAGES = ("cirros-0.5.2-x86_64-disk", "lab-debian")
NETWORKS = (
    # name, subnet's name and fields, network's fields
    (
        "net_mgmt",
        "subnet_mgmt",
        {
            "cidr": "192.168.120.0/24",
            "gateway_ip": "192.168.120.1",
            "allocation_pools": [{"start": "192.168.120.10", "end": "192.168.120.250"}],
        },
        {"shared": True, "provider:network_type": "flat", "provider:physical_network": "mgmt"},
    ),
    (
        "public",
        "public_subnet",
        {
            "cidr": "172.24.4.0/24",
            "gateway_ip": "172.24.4.1",
            "enable_dhcp": False,
            "allocation_pools": [{"start": "172.24.4.10", "end": "172.24.4.250"}],
        },
        {"router:external": True, "provider:network_type": "flat", "provider:physical_network": "public"},
    ),
    ("net0", "subnet0", {"cidr": "10.10.0.0/24"}, {"shared": True}),
    ("net1", "subnet1", {"cidr": "10.10.1.0/24"}, {"shared": True}),
)


def ensure_flavors(admin):
    have = admin.named(f"{COMPUTE}/flavors", "flavors")
    for name, ram, disk, vcpus, specs in FLAVORS:
        if name not in have:
            flavor = {"name": name, "ram": ram, "disk": disk, "vcpus": vcpus}
            have[name] = admin.post(f"{COMPUTE}/flavors", {"flavor": flavor})["flavor"]["id"]
        if specs:
            admin.post(f"{COMPUTE}/flavors/{have[name]}/os-extra_specs", {"extra_specs": specs})


def ensure_images(admin):
    """No stage of the lab boots from an image, so its bytes do not matter: only that Glance has them active."""
    have = {image["name"]: image for image in admin.get(f"{IMAGE}/images")["images"]}
    for name in IMAGES:
        image = have.get(name) or admin.post(
            f"{IMAGE}/images",
            {"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "public"},
        )
        if image["status"] == "queued":
            admin.call(
                "PUT",
                f"{IMAGE}/images/{image['id']}/file",
                data=io.BytesIO(os.urandom(1 << 20)),
                headers={"Content-Type": "application/octet-stream"},
            )


def ensure_networks(admin, project):
    """Returns {name: id} of the networks."""
    networks = admin.named(f"{NETWORK}/networks", "networks")
    subnets = admin.named(f"{NETWORK}/subnets", "subnets")
    for name, subnet, subnet_fields, network_fields in NETWORKS:
        if name not in networks:
            network = {"name": name, "tenant_id": project, **network_fields}
            networks[name] = admin.post(f"{NETWORK}/networks", {"network": network})["network"]["id"]
        if subnet not in subnets:
            fields = {"name": subnet, "network_id": networks[name], "ip_version": 4, "tenant_id": project}
            admin.post(f"{NETWORK}/subnets", {"subnet": fields | subnet_fields})
    return networks


def ensure_router(nfv, networks):
    """net0 reaches, and by floating IPs is reached from, the public network."""
    router = nfv.named(f"{NETWORK}/routers", "routers").get("router0")
    if router is None:
        fields = {"name": "router0", "external_gateway_info": {"network_id": networks["public"]}}
        router = nfv.post(f"{NETWORK}/routers", {"router": fields})["router"]["id"]
    if not nfv.get(f"{NETWORK}/ports", device_id=router, network_id=networks["net0"])["ports"]:
        subnet = nfv.named(f"{NETWORK}/subnets", "subnets")["subnet0"]
        nfv.put(f"{NETWORK}/routers/{router}/add_router_interface", {"subnet_id": subnet})


def ensure_access(nfv):
    """Lets ping and SSH in, and registers the lab's key as `userKey`."""
    groups = nfv.named(f"{NETWORK}/security-groups", "security_groups", tenant_id=nfv.project)
    have = nfv.get(f"{NETWORK}/security-group-rules", security_group_id=groups["default"])["security_group_rules"]
    ingress = {(rule["protocol"], rule["port_range_min"]) for rule in have if rule["direction"] == "ingress"}
    for protocol, port in (("icmp", None), ("tcp", 22)):
        if (protocol, port) not in ingress:
            rule = {"security_group_id": groups["default"], "direction": "ingress", "protocol": protocol}
            rule |= {"port_range_min": port, "port_range_max": port}
            nfv.post(f"{NETWORK}/security-group-rules", {"security_group_rule": rule})
    pairs = [item["keypair"]["name"] for item in nfv.get(f"{COMPUTE}/os-keypairs")["keypairs"]]
    if "userKey" not in pairs:
        key = Path(os.environ["LAB_SSH_KEY"] + ".pub").read_text(encoding="utf-8").strip()
        nfv.post(f"{COMPUTE}/os-keypairs", {"keypair": {"name": "userKey", "public_key": key}})


def ensure_vim(nfv):
    if nfv.get(f"{TACKER}/v1.0/vims")["vims"]:
        return
    auth = auth_of("nfv")
    vim = {
        "name": "VIM0",
        "description": "",
        "type": "openstack",
        "is_default": True,
        "auth_url": auth["auth_url"],
        "vim_project": {"name": auth["project_name"], "project_domain_name": auth["project_domain_name"]},
        "auth_cred": {
            "username": auth["username"],
            "password": auth["password"],
            "user_domain_name": auth["user_domain_name"],
            "cert_verify": "False",
        },
    }
    nfv.post(f"{TACKER}/v1.0/vims", {"vim": vim})


def main():
    admin, nfv = Cloud("admin"), Cloud("nfv")
    ensure_flavors(admin)
    ensure_images(admin)
    ensure_router(nfv, ensure_networks(admin, nfv.project))
    ensure_access(nfv)
    if sys.argv[1:] == ["vim"]:
        ensure_vim(nfv)


if __name__ == "__main__":
    main()
