//! Addresses of services and who tells the network of them: pools, ARP, BGP, and how many ranges
//! Neutron takes for a port.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{label, say};
use crate::spec::check::Context;
use crate::spec::cilium::balancing::{Bgp, BgpPeer};
use crate::spec::types::ClusterPackage;

/// Neutron's default for `max_allowed_address_pair`.
const MOST_PAIRS: usize = 10;
const POOLS: [&str; 3] = ["cilium", "lbIpam", "pools"];

pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    pools(spec, context);
    l2(spec, context);
    if let Some(own) = &spec.cilium.bgp {
        bgp(own, context);
    }
    pairs(spec, context);
}

fn pools(spec: &ClusterPackage, context: &mut Context<'_>) {
    let mut names = BTreeSet::new();
    for (number, pool) in spec.cilium.lb_ipam.pools.iter().enumerate() {
        let number = number.to_string();
        let own = [&POOLS[..], &[number.as_str()]].concat();
        let name = [&own[..], &["name"]].concat();
        label(&name, &pool.name, context);
        if !names.insert(&pool.name) {
            let message = format!("there are two pools `{}`", pool.name);
            let finding = context.error("spec-cilium-pool", &name, message);
            say(
                finding,
                "the second would overwrite the first",
                "rename one",
                context,
            );
        }
        if pool.cidrs.is_empty() && pool.ranges.is_empty() {
            let message = format!("pool `{}` has no addresses", pool.name);
            let finding = context.error("spec-cilium-pool", &own, message);
            say(
                finding,
                "the API server refuses it",
                "write `cidrs:` or `ranges:`",
                context,
            );
        }
        for (item, range) in pool.ranges.iter().enumerate() {
            if range.blocks().is_none() {
                let item = item.to_string();
                let path = [&own[..], &["ranges", &item]].concat();
                let message = format!("{} to {} is no range of addresses", range.start, range.stop);
                let finding = context.error("spec-cilium-pool", &path, message);
                let help = "`start` and `stop` are addresses of one family, the lower one first";
                say(finding, "Cilium gives no address from it", help, context);
            }
        }
    }
}

fn l2(spec: &ClusterPackage, context: &mut Context<'_>) {
    if !spec.cilium.l2_announcements.enabled {
        return;
    }
    let path = ["cilium", "l2Announcements"];
    if spec.cilium.lb_ipam.pools.is_empty() {
        let message = "no service gets an address that could be announced";
        let finding = context.warning("spec-cilium-l2-idle", &path, message);
        let why = "without a pool, only services with `externalIPs` have one, and Neutron must be \
                   told of those";
        say(finding, why, "give a pool in `cilium.lbIpam`", context);
    }
    if spec.network.routed {
        let message = "ARP does not cross the routers of this network";
        let finding = context.error("spec-cilium-l2", &path, message);
        let why = "one node answers for a service, and only its own subnet hears it";
        say(finding, why, "announce with `cilium.bgp` instead", context);
    }
    let Some(nodes) = spec
        .network
        .cidr
        .as_ref()
        .and_then(|text| text.parse::<IpNet>().ok())
    else {
        return;
    };
    for (number, pool) in spec.cilium.lb_ipam.pools.iter().enumerate() {
        let outside = pool.blocks().into_iter().flatten();
        let outside = outside.filter(|block| !nodes.contains(block)).min();
        if let Some(block) = outside {
            let number = number.to_string();
            let path = [&POOLS[..], &[number.as_str()]].concat();
            let message = format!("{block} is not on the nodes' network {nodes}");
            let finding = context.error("spec-cilium-l2", &path, message);
            let why = "nobody there asks for it by ARP: it is sent to the router";
            let help = "take addresses of that network, outside of Neutron's allocation pools, or \
                        announce these with `cilium.bgp`";
            say(finding, why, help, context);
        }
    }
}

fn bgp(bgp: &Bgp, context: &mut Context<'_>) {
    let mut refuse = |path: &[&str], message: &str, why: &str, help: &str| {
        let finding = context.error("spec-cilium-bgp", path, message);
        say(finding, why, help, context);
    };
    let at = |key: &'static str| ["cilium", "bgp", key];
    if bgp.local_asn == 0 {
        let why = "RFC 7607 keeps it from being used";
        refuse(&at("localAsn"), "0 is no autonomous system", why, PRIVATE);
    }
    if bgp.peers.is_empty() {
        let why = "nodes would talk to nobody";
        refuse(&at("peers"), "there is no router", why, "name at least one");
    }
    if bgp.advertise.is_empty() {
        let why = "the sessions would carry nothing";
        let help = "write `[loadBalancerIps]`, `[podCidr]` or both";
        refuse(&at("advertise"), "routers are told of nothing", why, help);
    }
    let mut names = BTreeSet::new();
    for (number, peer) in bgp.peers.iter().enumerate() {
        let own = ["cilium", "bgp", "peers", &number.to_string()];
        label(&[&own[..], &["name"]].concat(), &peer.name, context);
        for (key, message, why, help) in faults(peer, bgp, names.insert(&peer.name)) {
            let path = [&own[..], &[key]].concat();
            let finding = context.error("spec-cilium-bgp", &path, message);
            say(finding, why, help, context);
        }
    }
}

const PRIVATE: &str = "private ones are 64512 to 65534 and 4200000000 to 4294967294";

type Fault = (&'static str, String, &'static str, &'static str);

fn faults(peer: &BgpPeer, bgp: &Bgp, first: bool) -> Vec<Fault> {
    let api = "the API server refuses it when the node script applies it";
    let mut found: Vec<Fault> = Vec::new();
    if !first {
        let message = format!("there are two routers `{}`", peer.name);
        found.push((
            "name",
            message,
            "the second would overwrite the first",
            "rename one",
        ));
    }
    if peer.address.parse::<IpAddr>().is_err() {
        let message = format!("`{}` is not an address", peer.address);
        found.push((
            "address",
            message,
            api,
            "an address, without prefix or port",
        ));
    }
    if peer.asn == 0 {
        found.push(("asn", "0 is no autonomous system".into(), api, PRIVATE));
    }
    if peer.multihop == 0 {
        found.push((
            "multihop",
            "`multihop` begins at 1".into(),
            api,
            "leave it out",
        ));
    }
    if peer.multihop > 1 && peer.asn == bgp.local_asn {
        let message = "`multihop` is for routers of another autonomous system".into();
        let why = "sessions inside one may cross any number of hops already";
        found.push(("multihop", message, why, "leave it out"));
    }
    if peer.hold_time < 3 {
        let message = format!("a hold time of {} s is too short", peer.hold_time);
        found.push(("holdTime", message, api, "3 seconds at least (RFC 4271)"));
    }
    if peer.keep_alive == 0 || peer.keep_alive > peer.hold_time {
        let message = format!(
            "signs of life every {} s do not keep a session of {} s",
            peer.keep_alive, peer.hold_time
        );
        let help = "a third of `holdTime` is usual";
        found.push((
            "keepAlive",
            message,
            "the router gives the session up",
            help,
        ));
    }
    found
}

fn pairs(spec: &ClusterPackage, context: &mut Context<'_>) {
    // The virtual address of the flavour `ha` is one more.
    let most = MOST_PAIRS - usize::from(spec.flavours.ha.is_some());
    let count = spec.allowed_addresses().len();
    if spec.network.port_security && count > most {
        let message = format!("every port would have {count} further ranges allowed");
        let finding = context.warning("spec-cilium-address-pairs", &POOLS, message);
        let why = "Neutron takes 10 for a port unless its `max_allowed_address_pair` says more; \
                   a part of a range may need several";
        say(
            finding,
            why,
            "give pools as whole ranges (`cidrs`), or ask the cloud",
            context,
        );
    }
}
