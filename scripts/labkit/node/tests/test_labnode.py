"""Tests of the node stage's virt driver where it needs no Nova: `python3 -m unittest discover scripts/labkit/node/tests`."""

import base64
import json
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "virt"))

from labnode import network, seed


def vif(number, cidr, address, gateway=None, **subnet):
    """One entry of Nova's network_info, as Neutron fills it."""
    return {
        "id": f"{number:08d}-0000-4000-8000-000000000000",
        "address": f"fa:16:3e:00:00:{number:02x}",
        "devname": None,
        "network": {
            "id": f"a{number:07d}-0000-4000-8000-000000000000",
            "meta": {"mtu": 1450},
            "subnets": [
                {
                    "cidr": cidr,
                    "version": 6 if ":" in cidr else 4,
                    "ips": [{"address": address}],
                    "gateway": {"address": gateway},
                    "dns": [{"address": "9.9.9.9"}],
                    **subnet,
                }
            ],
        },
    }


MGMT = network.port_of(vif(1, "192.168.120.0/24", "192.168.120.44", "192.168.120.1"), "eth0")
DATA = network.port_of(vif(2, "10.10.0.0/24", "10.10.0.7", "10.10.0.1"), "eth1")
LOCAL = network.port_of(vif(3, "10.10.1.0/24", "10.10.1.5"), "eth2")


class Network(unittest.TestCase):
    def test_names_follow_neutron_when_nova_gives_none(self):
        self.assertEqual(MGMT["tap"], "tap00000001-00")
        self.assertEqual(MGMT["bridge"], "brqa0000001-00")
        self.assertEqual(MGMT["mtu"], 1450)

    def test_names_of_nova_win(self):
        given = vif(1, "10.0.0.0/8", "10.0.0.2")
        given["devname"], given["network"]["bridge"] = "tapx", "brx"
        port = network.port_of(given, "eth0")
        self.assertEqual((port["tap"], port["bridge"]), ("tapx", "brx"))

    def test_the_tap_is_born_with_its_inner_end_in_the_server_and_then_bridged(self):
        self.assertEqual(
            network.host_batch([MGMT], "nd-1"),
            [
                "link add tap00000001-00 mtu 1450 type veth peer name eth0 address fa:16:3e:00:00:01 mtu 1450 netns nd-1",
                "link set tap00000001-00 master brqa0000001-00 up",
                "link set brqa0000001-00 up",
            ],
        )

    def test_each_port_answers_by_its_own_gateway(self):
        lines = network.server_batch([MGMT, DATA])
        self.assertIn("route replace default via 192.168.120.1 dev eth0 metric 100", lines)
        self.assertIn("route replace default via 10.10.0.1 dev eth1 metric 101", lines)
        self.assertIn("route replace default via 10.10.0.1 dev eth1 table 101", lines)
        self.assertIn("rule add from 10.10.0.7 lookup 101 pref 101", lines)

    def test_a_port_without_gateway_gets_no_route(self):
        self.assertEqual(network.server_batch([LOCAL]), ["link set eth2 up", "addr replace 10.10.1.5/24 dev eth2"])

    def test_ipv6(self):
        port = network.port_of(vif(4, "fd00::/64", "fd00::5", "fd00::1"), "eth0")
        lines = network.server_batch([port])
        self.assertIn("addr replace fd00::5/64 dev eth0 nodad", lines)
        self.assertIn("route replace ::/0 via fd00::1 dev eth0 table 100", lines)

    def test_host_routes_of_the_subnet(self):
        routes = [{"cidr": "10.96.0.0/12", "gateway": {"address": "10.10.0.9"}}, {"cidr": "1.0.0.0/8", "gateway": None}]
        port = network.port_of(vif(2, "10.10.0.0/24", "10.10.0.7", routes=routes), "eth0")
        self.assertEqual(port["routes"], [["10.96.0.0/12", "10.10.0.9"]])

    def test_an_attached_port_takes_the_first_free_name(self):
        self.assertEqual(network.free_interface([]), "eth0")
        self.assertEqual(network.free_interface([MGMT, LOCAL]), "eth1")
        self.assertEqual(network.free_interface([MGMT, DATA]), "eth2")

    def test_a_name_server_is_named_once(self):
        self.assertEqual(network.resolv_conf([MGMT, DATA]), "nameserver 9.9.9.9\n")

    def test_cloud_init_config(self):
        config = network.cloud_init_config([MGMT])["ethernets"]["eth0"]
        self.assertEqual(config["match"], {"macaddress": "fa:16:3e:00:00:01"})
        self.assertEqual(config["routes"], [{"to": "default", "via": "192.168.120.1"}])


def instance(**fields):
    made = {"uuid": "u-1", "hostname": "worker-1", "display_name": "Worker 1", "availability_zone": None}
    made |= {"metadata": {}, "key_name": None, "key_data": None, "user_data": None}
    return SimpleNamespace(**(made | fields))


class Seed(unittest.TestCase):
    def meta(self, **fields):
        return json.loads(seed.files(instance(**fields))[f"{seed.SEED}/meta-data"][0])

    def test_meta_data(self):
        meta = self.meta(metadata={"role": "worker"}, key_name="k", key_data="ssh-ed25519 AAAA\n")
        self.assertEqual(meta["instance-id"], "u-1")
        self.assertEqual(meta["meta"], {"role": "worker"})
        self.assertEqual(meta["public-keys"], {"k": "ssh-ed25519 AAAA"})
        self.assertNotIn("public-keys", self.meta())

    def test_user_data_is_what_was_given_and_for_root_only(self):
        script = b"#!/bin/sh\nexit 0\n\xff"
        made = seed.files(instance(user_data=base64.b64encode(script).decode()))
        self.assertEqual(made[f"{seed.SEED}/user-data"], (script, 0o600))

    def test_a_server_without_user_data_gets_an_empty_cloud_config(self):
        self.assertTrue(seed.files(instance())[f"{seed.SEED}/user-data"][0].startswith(b"#cloud-config\n"))

    def test_injected_files_stay_inside(self):
        made = seed.files(instance(), [("/opt/a", "x"), ("../../root/b", b"y")])
        self.assertEqual(made["opt/a"][0], b"x")
        self.assertEqual(made["root/b"][0], b"y")
        self.assertFalse([path for path in made if path.startswith(("/", ".."))])


if __name__ == "__main__":
    unittest.main()
