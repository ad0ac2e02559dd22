"""What Nova says of a server's ports, turned into input of `ip -batch` and files of the server.

A port is a veth pair: one end is the tap that Neutron's Linux bridge agent expects in the bridge of the
port's network, the other an interface in the server's network namespace.
"""

import ipaddress

ANYWHERE = {4: "default", 6: "::/0"}


def port_of(vif, interface):
    """Returns the plain data of one entry of Nova's network_info, to be `interface` in the server."""
    network = vif["network"]
    port = {
        "id": vif["id"],
        "if": interface,
        "tap": vif.get("devname") or "tap" + vif["id"][:11],
        "mac": vif["address"],
        "bridge": network.get("bridge") or "brq" + network["id"][:11],
        "mtu": int((network.get("meta") or {}).get("mtu") or 1500),
        "addresses": [],
        "routes": [],
        "dns": [],
    }
    for subnet in network["subnets"]:
        length = subnet["cidr"].split("/")[1]
        port["addresses"] += [f"{ip['address']}/{length}" for ip in subnet["ips"]]
        gateway = (subnet.get("gateway") or {}).get("address")
        if gateway and subnet["ips"]:
            port["routes"].append([ANYWHERE[subnet["version"]], gateway])
        for route in subnet.get("routes") or []:
            if route.get("gateway"):
                port["routes"].append([route["cidr"], route["gateway"]["address"]])
        port["dns"] += [server["address"] for server in subnet.get("dns") or []]
    return port


def free_interface(ports):
    """Returns the first ethN that none of `ports` has."""
    taken = {port["if"] for port in ports}
    return next(name for name in (f"eth{n}" for n in range(len(ports) + 1)) if name not in taken)


def host_batch(ports, namespace):
    """Returns `ip -batch` lines for the host: each tap made, with its other end in `namespace`, and bridged."""
    lines = []
    for port in ports:
        lines += [
            "link add {tap} mtu {mtu} type veth peer name {if} address {mac} mtu {mtu} netns ".format(**port)
            + namespace,
            "link set {tap} master {bridge} up".format(**port),
            "link set {bridge} up".format(**port),
        ]
    return lines


def server_batch(ports):
    """Returns `ip -batch` lines for the server's namespace: addresses and routes."""
    lines = []
    for port in ports:
        interface, table = port["if"], 100 + int(port["if"].removeprefix("eth"))
        lines.append(f"link set {interface} up")
        for address in port["addresses"]:
            lines.append(f"addr replace {address} dev {interface}" + (" nodad" if ":" in address else ""))
        for destination, gateway in port["routes"]:
            lines.append(f"route replace {destination} via {gateway} dev {interface} metric {table}")
        for address in port["addresses"]:
            lines += source_routing(port, ipaddress.ip_interface(address), table)
    return lines


def source_routing(port, address, table):
    """Returns lines that send out by `port` what came in by it.

    Without them a server with two ports that each have a gateway never answers a floating IP of the second.
    """
    anywhere = ANYWHERE[address.version]
    gateway = next((gateway for destination, gateway in port["routes"] if destination == anywhere), None)
    if gateway is None:
        return []
    return [
        f"route replace {address.network} dev {port['if']} table {table}",
        f"route replace {anywhere} via {gateway} dev {port['if']} table {table}",
        f"rule add from {address.ip} lookup {table} pref {table}",
    ]


def cloud_init_config(ports):
    """Returns cloud-init's network configuration, version 2: for the record, the driver applies it itself."""
    ethernets = {}
    for port in ports:
        ethernets[port["if"]] = {
            "match": {"macaddress": port["mac"]},
            "set-name": port["if"],
            "mtu": port["mtu"],
            "addresses": port["addresses"],
            "routes": [{"to": destination, "via": gateway} for destination, gateway in port["routes"]],
            "nameservers": {"addresses": port["dns"]},
        }
    return {"version": 2, "ethernets": ethernets}


def resolv_conf(ports):
    """Returns /etc/resolv.conf: each name server once, in the order of the ports."""
    servers = dict.fromkeys(server for port in ports for server in port["dns"])
    return "".join(f"nameserver {server}\n" for server in servers)
