//! How packets travel: routes, frame sizes, masquerading, pacing, encryption, flow logs.

use ipnet::{IpNet, Ipv4Net};

use super::say;
use crate::spec::check::Context;
use crate::spec::cilium::addresses::nodes_served;
use crate::spec::cilium::balancing::{Advertised, Dispatch};
use crate::spec::cilium::options::{EncryptionType, Masquerade, RoutingMode};
use crate::spec::network::Backend;
use crate::spec::types::ClusterPackage;

/// Smallest frame that pods are left with: IPv6 needs it, and so do protocols over QUIC.
const SMALLEST: u32 = 1280;

pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    routing(spec, context);
    geneve(spec, context);
    pod_range(spec, context);
    mtu(spec, context);
    masquerade(spec, context);
    bandwidth(spec, context);
    encryption(spec, context);
    hubble(spec, context);
}

fn routing(spec: &ClusterPackage, context: &mut Context<'_>) {
    let routing = &spec.cilium.routing;
    let at = |key: &'static str| ["cilium", "routing", key];
    if routing.mode.is_tunnel() {
        for (key, given) in [
            ("nativeCidr", routing.native_cidr.is_some()),
            (
                "autoDirectNodeRoutes",
                routing.auto_direct_node_routes.is_some(),
            ),
            ("skipUnreachable", routing.skip_unreachable),
        ] {
            if given {
                let message = format!("`{key}` has no meaning in tunnels");
                let finding = context.error("spec-cilium-routing", &at(key), message);
                let why = "Cilium ignores it unless it routes";
                say(
                    finding,
                    why,
                    "leave it out, or write `mode: native`",
                    context,
                );
            }
        }
        return;
    }
    if let Some(text) = &routing.native_cidr {
        let range = text.parse::<IpNet>().ok();
        let pods = spec.kubernetes.pod_cidr.parse::<IpNet>().ok();
        if range.is_none()
            || range
                .zip(pods)
                .is_some_and(|(range, pods)| !range.contains(&pods))
        {
            let message = format!(
                "`{text}` does not contain the pods' range {}",
                spec.kubernetes.pod_cidr
            );
            let finding = context.error("spec-cilium-routing", &at("nativeCidr"), message);
            let why = "traffic between pods outside of it would be masqueraded as their node's";
            say(
                finding,
                why,
                "give a range with all pods, of all clusters of a mesh",
                context,
            );
        }
    }
    if routing.direct() && spec.network.routed && !routing.skip_unreachable {
        let finding = context.error(
            "spec-cilium-direct-routes",
            &["cilium", "routing"],
            "nodes of a routed network cannot install routes to each other's pods",
        );
        let why = "a route needs its next hop on the same segment: the agent fails on nodes of \
                   other subnets";
        let help = "tunnel (`routing: vxlan`), or write `skipUnreachable: true` and tell the \
                    routers of the pods with `cilium.bgp` and `advertise: [podCidr]`";
        say(finding, why, help, context);
    }
    let told = tells_routers_of_pods(spec);
    if !told && (!routing.direct() || (spec.network.routed && routing.skip_unreachable)) {
        let finding = context.error(
            "spec-cilium-no-routes",
            &["cilium", "routing"],
            "nothing tells a node, or the router between them, where another node's pods are",
        );
        let why = "pods would reach only those of their own node";
        let help = "write `autoDirectNodeRoutes: true` on one segment, or `cilium.bgp` with \
                    `advertise: [podCidr]`";
        say(finding, why, help, context);
    }
}

fn tells_routers_of_pods(spec: &ClusterPackage) -> bool {
    let bgp = spec.cilium.bgp.as_ref();
    bgp.is_some_and(|bgp| bgp.advertise.contains(&Advertised::PodCidr))
}

fn geneve(spec: &ClusterPackage, context: &mut Context<'_>) {
    let balancer = &spec.cilium.load_balancer;
    let dispatch = balancer.uses_dsr() && balancer.dsr_dispatch == Dispatch::Geneve;
    let tunnel = spec.cilium.routing.mode == RoutingMode::Geneve;
    if spec.network.backend == Some(Backend::Ovn) && (tunnel || dispatch) {
        let path: &[&str] = match tunnel {
            true => &["cilium", "routing"],
            false => &["cilium", "loadBalancer", "dsrDispatch"],
        };
        let message = "Geneve's port, UDP 6081, is also that of OVN's own tunnels";
        let finding = context.warning("spec-cilium-geneve-ovn", path, message);
        let why = "a node that shares the network of an OVN host, as an all-in-one or a container \
                   does, cannot open it; virtual machines are not concerned";
        say(
            finding,
            why,
            "take `vxlan`, whose port 8472 nobody else uses",
            context,
        );
    }
}

/// Each node takes a /24 of the pods' range, so the range bounds the number of nodes.
fn pod_range(spec: &ClusterPackage, context: &mut Context<'_>) {
    let Ok(pods) = spec.kubernetes.pod_cidr.parse::<Ipv4Net>() else {
        return;
    };
    let flavours = &spec.flavours;
    let simple = flavours.simple.as_ref().map(|f| f.workers.max + 1);
    let ha = flavours.ha.as_ref().map(|f| f.workers.max + 3);
    let single = flavours.single.as_ref().map(|_| 1);
    let most = single
        .into_iter()
        .chain(simple)
        .chain(ha)
        .max()
        .unwrap_or(0);
    let served = nodes_served(&pods);
    if served < most {
        let message =
            format!("the pods' range {pods} serves {served} nodes, and there may be {most}");
        let finding = context.error("spec-pod-cidr-small", &["kubernetes", "podCidr"], message);
        let why = "Cilium gives every node a /24 of it; nodes without one stay NotReady";
        say(finding, why, "give a larger range, such as a /16", context);
    }
}

/// Bytes that Cilium adds to a pod's packet (Cilium `pkg/mtu`).
fn overhead(spec: &ClusterPackage) -> u32 {
    let (cilium, balancer) = (&spec.cilium, &spec.cilium.load_balancer);
    let tunnel = if cilium.routing.mode.is_tunnel() {
        50
    } else {
        0
    };
    let dispatch = match balancer.dsr_dispatch {
        Dispatch::Geneve if balancer.uses_dsr() => 12,
        _ => 0,
    };
    let encryption = match cilium.encryption.r#type {
        EncryptionType::None => 0,
        EncryptionType::Wireguard => 80,
        EncryptionType::Ipsec => 77,
    };
    tunnel + dispatch + encryption
}

fn mtu(spec: &ClusterPackage, context: &mut Context<'_>) {
    if let (Some(own), Some(network)) = (spec.cilium.mtu, spec.network.mtu)
        && own > network
    {
        let message =
            format!("frames of {own} bytes do not fit the network, which takes {network}");
        let finding = context.error("spec-cilium-mtu", &["cilium", "mtu"], message);
        let why = "Cilium subtracts its own headers from this number; the network drops what is \
                   larger, without a word";
        let pods = network.saturating_sub(overhead(spec));
        let help = format!("leave it out, or write at most {network}; pods then get {pods}");
        say(finding, why, &help, context);
        return;
    }
    let (path, base): (&[&str], _) = match (spec.cilium.mtu, spec.network.mtu) {
        (Some(own), _) => (&["cilium", "mtu"], own),
        (None, Some(network)) => (&["network", "mtu"], network),
        (None, None) => return,
    };
    let headers = overhead(spec);
    let pods = base.saturating_sub(headers);
    if pods < SMALLEST {
        let message = format!("{base} bytes less {headers} of Cilium's headers leave pods {pods}");
        let finding = context.error("spec-cilium-mtu", path, message);
        let why = "IPv6 and QUIC need packets of 1280 bytes";
        let help = "route instead of tunnelling, encrypt less, or take a network of larger frames";
        say(finding, why, help, context);
    }
}

fn masquerade(spec: &ClusterPackage, context: &mut Context<'_>) {
    if spec.cilium.masquerade != Masquerade::None || tells_routers_of_pods(spec) {
        return;
    }
    let message = "nothing outside knows the way back to pods that are not masqueraded";
    let finding = context.error("spec-cilium-masquerade", &["cilium", "masquerade"], message);
    let why = "Neutron's routers have no route to the pods' range, so pods reach nothing outside \
               of the cluster";
    let help = "write `iptables` or `bpf`, or `cilium.bgp` with `advertise: [podCidr]`";
    say(finding, why, help, context);
}

fn bandwidth(spec: &ClusterPackage, context: &mut Context<'_>) {
    let cilium = &spec.cilium;
    let at = |key: &'static str| ["cilium", "bandwidthManager", key];
    let (manager, ipsec) = (
        &cilium.bandwidth_manager,
        cilium.encryption.r#type == EncryptionType::Ipsec,
    );
    if manager.bbr && !manager.enabled {
        let message = "BBR is part of the bandwidth manager, which is off";
        let finding = context.error("spec-cilium-bandwidth", &at("bbr"), message);
        say(
            finding,
            "it would have no effect",
            "write `enabled: true` beside it",
            context,
        );
    }
    if manager.enabled && ipsec {
        let message = "the bandwidth manager does not go with IPsec";
        let finding = context.error(
            "spec-cilium-bandwidth",
            &["cilium", "bandwidthManager"],
            message,
        );
        let why = "the agent turns it off and only writes so in its log";
        say(
            finding,
            why,
            "encrypt with `wireguard`, or leave one of the two out",
            context,
        );
    }
    if manager.enabled && manager.bbr {
        let host_routing = cilium.masquerade == Masquerade::Bpf && cilium.kube_proxy_replacement;
        if !host_routing {
            let message = "BBR needs host routing in eBPF, which is off";
            let finding = context.error("spec-cilium-host-routing", &at("bbr"), message);
            let why = "the agent does not start: packets that go through the host's own stack \
                       lose the socket that BBR paces";
            let help = "write `masquerade: bpf`, with `kubeProxyReplacement: true`";
            say(finding, why, help, context);
        }
    }
}

fn encryption(spec: &ClusterPackage, context: &mut Context<'_>) {
    let cilium = &spec.cilium;
    let encryption = &cilium.encryption;
    if encryption.node_encryption && encryption.r#type != EncryptionType::Wireguard {
        let path = ["cilium", "encryption", "nodeEncryption"];
        let message = "only WireGuard encrypts what nodes themselves say";
        let finding = context.error("spec-cilium-encryption", &path, message);
        say(
            finding,
            "it would have no effect",
            "write `type: wireguard` beside it",
            context,
        );
    }
    let ipsec = encryption.r#type == EncryptionType::Ipsec;
    if ipsec && cilium.masquerade == Masquerade::Bpf && cilium.kube_proxy_replacement {
        let path = ["cilium", "encryption"];
        let message = "IPsec with masquerading in eBPF also turns on host routing in eBPF";
        let finding = context.warning("spec-cilium-ipsec-host-routing", &path, message);
        let why = "from Cilium 1.19 on; it needs a kernel with a correction that not every \
                   distribution has taken over";
        say(
            finding,
            why,
            "write `masquerade: iptables`, or try it on the image",
            context,
        );
    }
}

fn hubble(spec: &ClusterPackage, context: &mut Context<'_>) {
    let hubble = &spec.cilium.hubble;
    for (key, given, needs, there) in [
        ("relay", hubble.relay, "enabled", hubble.enabled),
        ("ui", hubble.ui, "relay", hubble.relay),
    ] {
        if given && !there {
            let message = format!("Hubble's `{key}` needs `{needs}`");
            let finding = context.error("spec-cilium-hubble", &["cilium", "hubble", key], message);
            let why = "the chart refuses to be installed";
            say(
                finding,
                why,
                &format!("write `{needs}: true` beside it"),
                context,
            );
        }
    }
}
