//! Services from outside: direct server return, XDP, and what only Cilium without kube-proxy does.

use super::say;
use crate::spec::check::Context;
use crate::spec::cilium::balancing::{Acceleration, Algorithm, BalancingMode, Dispatch};
use crate::spec::cilium::options::{Masquerade, RoutingMode};
use crate::spec::matrix::{minor, ordered};
use crate::spec::network::VnicType;
use crate::spec::types::ClusterPackage;

/// Largest frame that a driver takes for XDP: a page of 4096 bytes less 256 of headroom, 320 of the
/// buffer's own record and 22 of Ethernet with two VLAN tags.
const LARGEST_FOR_XDP: u32 = 3498;

/// The Cilium minor that deprecated mutual authentication.
const MUTUAL_AUTH_ENDS: (u32, u32) = (1, 20);

const BALANCER: [&str; 2] = ["cilium", "loadBalancer"];

pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    without_replacement(spec, context);
    dispatch(spec, context);
    anti_spoofing(spec, context);
    xdp(spec, context);
    egress_gateway(spec, context);
    mutual_auth(spec, context);
}

fn without_replacement(spec: &ClusterPackage, context: &mut Context<'_>) {
    let cilium = &spec.cilium;
    if cilium.kube_proxy_replacement {
        return;
    }
    let balancer = &cilium.load_balancer;
    let wanted: [(&[&str], bool, &str); 7] = [
        (
            &["loadBalancer", "mode"],
            balancer.uses_dsr(),
            "direct server return",
        ),
        (
            &["loadBalancer", "acceleration"],
            balancer.acceleration != Acceleration::Disabled,
            "XDP acceleration",
        ),
        (
            &["loadBalancer", "algorithm"],
            balancer.algorithm != Algorithm::Random,
            "Maglev",
        ),
        (&["ingress"], cilium.ingress.enabled, "Ingress"),
        (&["gatewayApi"], cilium.gateway_api.enabled, "Gateway API"),
        (
            &["l2Announcements"],
            cilium.l2_announcements.enabled,
            "L2 announcements",
        ),
        (
            &["egressGateway"],
            cilium.egress_gateway,
            "the egress gateway",
        ),
    ];
    for (path, _, name) in wanted.iter().filter(|(_, given, _)| *given) {
        let path: Vec<_> = ["cilium"].iter().chain(*path).copied().collect();
        let message = format!("{name} needs kube-proxy replacement, which is off");
        let finding = context.error("spec-cilium-kube-proxy", &path, message);
        let why = "kube-proxy would serve the services, and Cilium's feature would see none";
        say(finding, why, "write `kubeProxyReplacement: true`", context);
    }
}

fn dispatch(spec: &ClusterPackage, context: &mut Context<'_>) {
    let balancer = &spec.cilium.load_balancer;
    let at = |key: &'static str| [BALANCER[0], BALANCER[1], key];
    let mut refuse = |key, message: &str, why: &str, help: &str| {
        let finding = context.error("spec-cilium-dsr", &at(key), message);
        say(finding, why, help, context);
    };
    let starts = "the agent does not start";
    if !balancer.uses_dsr() {
        if balancer.dsr_dispatch != Dispatch::Opt {
            refuse(
                "dsrDispatch",
                "`dsrDispatch` has no meaning with `mode: snat`",
                "answers go back through the node that the request entered by",
                "leave it out, or write `mode: dsr` or `mode: hybrid`",
            );
        }
        return;
    }
    match (spec.cilium.routing.mode, balancer.dsr_dispatch) {
        (RoutingMode::Vxlan, _) => refuse(
            "mode",
            "direct server return does not go with VXLAN tunnels",
            starts,
            "write `routing: native`, or `routing: geneve` with `dsrDispatch: geneve`",
        ),
        (RoutingMode::Geneve, Dispatch::Opt | Dispatch::Ipip) => refuse(
            "mode",
            "direct server return in Geneve tunnels needs `dsrDispatch: geneve`",
            starts,
            "write `dsrDispatch: geneve`, or `routing: native`",
        ),
        (RoutingMode::Native, Dispatch::Ipip) if balancer.mode == BalancingMode::Hybrid => refuse(
            "dsrDispatch",
            "`mode: hybrid` has no IP-in-IP",
            starts,
            "write `opt` or `geneve`, or `mode: dsr`",
        ),
        (RoutingMode::Native, Dispatch::Ipip)
            if balancer.acceleration == Acceleration::Disabled =>
        {
            refuse(
                "dsrDispatch",
                "IP-in-IP is XDP's alone, and acceleration is off",
                starts,
                "write `acceleration: native`, or `dsrDispatch: opt`",
            );
        }
        _ => {}
    }
}

fn anti_spoofing(spec: &ClusterPackage, context: &mut Context<'_>) {
    let network = &spec.network;
    if spec.cilium.load_balancer.uses_dsr() && network.port_security && network.cidr.is_none() {
        let message = "Neutron would drop what direct server return answers";
        let path = [BALANCER[0], BALANCER[1], "mode"];
        let finding = context.error("spec-cilium-dsr-anti-spoofing", &path, message);
        let why = "an answer carries the address of the node that the request entered by, and port \
                   security lets a port send with its own addresses only";
        let help = "write the nodes' subnet as `network: {name: …, cidr: …}`, so that its addresses \
                    are allowed on every port, or `portSecurity: false` there";
        say(finding, why, help, context);
    }
}

fn xdp(spec: &ClusterPackage, context: &mut Context<'_>) {
    let path = [BALANCER[0], BALANCER[1], "acceleration"];
    let acceleration = spec.cilium.load_balancer.acceleration;
    if acceleration != Acceleration::Disabled && spec.cilium.encryption.node_encryption {
        let message = "with XDP, requests that a node passes on to another are not encrypted";
        let finding = context.warning("spec-cilium-xdp-clear-text", &path, message);
        let why = "they leave before WireGuard sees them, node encryption or not";
        say(
            finding,
            why,
            "write `acceleration: disabled` to encrypt them",
            context,
        );
    }
    if acceleration != Acceleration::Native {
        return;
    }
    let (key, frame): (&[&str], _) = match (spec.cilium.mtu, spec.network.mtu) {
        (Some(own), _) => (&["cilium", "mtu"], own),
        (None, Some(network)) => (&["network", "mtu"], network),
        (None, None) => (&[], 0),
    };
    if frame > LARGEST_FOR_XDP {
        let message =
            format!("XDP in the driver takes frames up to {LARGEST_FOR_XDP}, not {frame}");
        let finding = context.error("spec-cilium-xdp-mtu", key, message);
        let why = "a frame and its headroom must fit one page; the driver refuses the program, and \
                   the agent does not start";
        say(
            finding,
            why,
            "write `acceleration: best-effort`, or take smaller frames",
            context,
        );
    }
    // A virtual function is no virtio-net: its own driver shares queues out.
    if !spec.network.multiqueue && spec.network.vnic_type != VnicType::Direct {
        let message = "XDP in the driver needs ports with several queues";
        let finding = context.error("spec-cilium-xdp-queues", &path, message);
        let why = "virtio-net gives XDP a send queue of its own for each virtual CPU, and refuses \
                   the program where there is none left; the agent does not start";
        let help = "set `hw_vif_multiqueue_enabled=true` on the image, take flavors of more than \
                    one virtual CPU, and write `network: {multiqueue: true}`; or write \
                    `acceleration: best-effort`";
        say(finding, why, help, context);
    }
}

fn egress_gateway(spec: &ClusterPackage, context: &mut Context<'_>) {
    if spec.cilium.egress_gateway && spec.cilium.masquerade != Masquerade::Bpf {
        let path = ["cilium", "egressGateway"];
        let message = "the egress gateway needs masquerading in eBPF";
        let finding = context.error("spec-cilium-egress-gateway", &path, message);
        say(
            finding,
            "the agent does not start",
            "write `masquerade: bpf`",
            context,
        );
    }
}

fn mutual_auth(spec: &ClusterPackage, context: &mut Context<'_>) {
    let line = minor(&spec.cilium.version).and_then(|minor| ordered(&minor));
    if spec.cilium.mutual_auth && line.is_some_and(|line| line >= MUTUAL_AUTH_ENDS) {
        let path = ["cilium", "mutualAuth"];
        let message = "mutual authentication is deprecated since Cilium 1.20";
        let finding = context.warning("spec-cilium-mutual-auth", &path, message);
        let why = "upstream removes it, SPIRE's chart included, in the release after";
        say(
            finding,
            why,
            "encrypt with `encryption: wireguard` where that is enough",
            context,
        );
    }
}
