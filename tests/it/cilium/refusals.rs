//! Each refusal and doubt, with the text that it marks.

use camino::Utf8Path;
use rstest::rstest;
use vnfctl::diagnose::{self, Sink, Sources};
use vnfctl::spec;

use super::{NET, SUBNET, findings, text};

#[rstest]
#[case::dsr_in_vxlan("loadBalancer: {mode: dsr}", SUBNET, "spec-cilium-dsr", "dsr")]
#[case::dsr_in_geneve_by_option(
    "routing: geneve, loadBalancer: {mode: hybrid}",
    SUBNET,
    "spec-cilium-dsr",
    "hybrid"
)]
#[case::dispatch_without_dsr(
    "loadBalancer: {dsrDispatch: geneve}",
    NET,
    "spec-cilium-dsr",
    "geneve"
)]
#[case::ipip_without_xdp(
    "routing: native, loadBalancer: {mode: dsr, dsrDispatch: ipip}",
    SUBNET,
    "spec-cilium-dsr",
    "ipip"
)]
#[case::ipip_hybrid(
    "routing: native, loadBalancer: {mode: hybrid, dsrDispatch: ipip, acceleration: best-effort}",
    SUBNET,
    "spec-cilium-dsr",
    "ipip"
)]
#[case::dsr_and_spoofing(
    "routing: native, loadBalancer: {mode: dsr}",
    NET,
    "spec-cilium-dsr-anti-spoofing",
    "dsr"
)]
#[case::xdp_queues(
    "loadBalancer: {acceleration: native}",
    NET,
    "spec-cilium-xdp-queues",
    "native"
)]
#[case::xdp_jumbo(
    "loadBalancer: {acceleration: native}",
    "{name: a, mtu: 8950, multiqueue: true}",
    "spec-cilium-xdp-mtu",
    "8950"
)]
#[case::xdp_own_mtu(
    "mtu: 4000, loadBalancer: {acceleration: native}",
    "{name: a, multiqueue: true}",
    "spec-cilium-xdp-mtu",
    "4000"
)]
#[case::xdp_clear(
    "encryption: {type: wireguard, nodeEncryption: true}, loadBalancer: {acceleration: best-effort}",
    NET,
    "spec-cilium-xdp-clear-text",
    "best-effort"
)]
#[case::bbr_alone("bandwidthManager: {bbr: true}", NET, "spec-cilium-bandwidth", "true")]
#[case::bbr_host_routing(
    "bandwidthManager: {enabled: true, bbr: true}",
    NET,
    "spec-cilium-host-routing",
    "true"
)]
#[case::bandwidth_ipsec(
    "bandwidthManager: true, encryption: ipsec",
    NET,
    "spec-cilium-bandwidth",
    "true"
)]
#[case::node_encryption(
    "encryption: {type: ipsec, nodeEncryption: true}",
    NET,
    "spec-cilium-encryption",
    "true"
)]
#[case::ipsec_host_routing(
    "encryption: ipsec, masquerade: bpf",
    NET,
    "spec-cilium-ipsec-host-routing",
    "ipsec"
)]
#[case::native_range_in_tunnel(
    "routing: {mode: vxlan, nativeCidr: 10.0.0.0/8}",
    NET,
    "spec-cilium-routing",
    "10.0.0.0/8"
)]
#[case::native_range_too_small(
    "routing: {mode: native, nativeCidr: 10.244.0.0/24}",
    NET,
    "spec-cilium-routing",
    "10.244.0.0/24"
)]
#[case::routed_network(
    "routing: native",
    "{name: a, routed: true}",
    "spec-cilium-direct-routes",
    "native"
)]
#[case::no_routes(
    "routing: {mode: native, autoDirectNodeRoutes: false}",
    NET,
    "spec-cilium-no-routes",
    "{mode: native, autoDirectNodeRoutes: false}"
)]
#[case::skipped_routes(
    "routing: {mode: native, skipUnreachable: true}",
    "{name: a, routed: true}",
    "spec-cilium-no-routes",
    "{mode: native, skipUnreachable: true}"
)]
#[case::geneve_on_ovn(
    "routing: geneve",
    "{name: a, backend: ovn}",
    "spec-cilium-geneve-ovn",
    "geneve"
)]
#[case::masquerade("masquerade: none", NET, "spec-cilium-masquerade", "none")]
#[case::egress("egressGateway: true", NET, "spec-cilium-egress-gateway", "true")]
#[case::mtu("mtu: 1500", "{name: a, mtu: 1450}", "spec-cilium-mtu", "1500")]
#[case::mtu_left(
    "encryption: wireguard",
    "{name: a, mtu: 1400}",
    "spec-cilium-mtu",
    "1400"
)]
#[case::hubble_relay(
    "hubble: {enabled: false}",
    NET,
    "spec-cilium-hubble",
    "{enabled: false}"
)]
#[case::hubble_ui("hubble: {relay: false, ui: true}", NET, "spec-cilium-hubble", "true")]
#[case::gateway(
    "kubeProxyReplacement: false, gatewayApi: true",
    NET,
    "spec-cilium-kube-proxy",
    "true"
)]
#[case::ingress(
    "kubeProxyReplacement: false, ingress: true",
    NET,
    "spec-cilium-kube-proxy",
    "true"
)]
#[case::maglev(
    "kubeProxyReplacement: false, loadBalancer: {algorithm: maglev}",
    NET,
    "spec-cilium-kube-proxy",
    "maglev"
)]
#[case::xdp_without(
    "kubeProxyReplacement: false, loadBalancer: {acceleration: best-effort}",
    NET,
    "spec-cilium-kube-proxy",
    "best-effort"
)]
#[case::mutual_auth("mutualAuth: true", NET, "spec-cilium-mutual-auth", "true")]
#[case::l2_without_pool("l2Announcements: true", NET, "spec-cilium-l2-idle", "true")]
#[case::l2_routed(
    "l2Announcements: true, lbIpam: {pools: [{name: a, cidrs: [192.0.2.0/28]}]}",
    "{name: a, routed: true}",
    "spec-cilium-l2",
    "true"
)]
#[case::l2_elsewhere(
    "l2Announcements: true, lbIpam: {pools: [{name: a, cidrs: [192.0.2.0/28]}]}",
    SUBNET,
    "spec-cilium-l2",
    "{name: a, cidrs: [192.0.2.0/28]}"
)]
#[case::l2_without(
    "kubeProxyReplacement: false, l2Announcements: true, lbIpam: {pools: [{name: a, cidrs: [192.0.2.0/28]}]}",
    NET,
    "spec-cilium-kube-proxy",
    "true"
)]
#[case::pool_empty("lbIpam: {pools: [{name: a}]}", NET, "spec-cilium-pool", "{name: a}")]
#[case::pool_twice(
    "lbIpam: {pools: [{name: a, cidrs: [192.0.2.0/28]}, {name: a, cidrs: [192.0.2.16/28]}]}",
    NET,
    "spec-cilium-pool",
    "a"
)]
#[case::pool_backwards(
    "lbIpam: {pools: [{name: a, ranges: [{start: 192.0.2.9, stop: 192.0.2.1}]}]}",
    NET,
    "spec-cilium-pool",
    "{start: 192.0.2.9, stop: 192.0.2.1}"
)]
#[case::pool_name(
    "lbIpam: {pools: [{name: A_b, cidrs: [192.0.2.0/28]}]}",
    NET,
    "spec-cilium-name",
    "A_b"
)]
#[case::pool_range(
    "lbIpam: {pools: [{name: a, cidrs: [192.0.2.1/28]}]}",
    NET,
    "spec-cidr",
    "192.0.2.1/28"
)]
#[case::pool_of_pods(
    "lbIpam: {pools: [{name: a, cidrs: [10.244.3.0/28]}]}",
    NET,
    "spec-cidr-overlap",
    "10.244.3.0/28"
)]
#[case::pools_overlap(
    "lbIpam: {pools: [{name: a, cidrs: [192.0.2.0/28]}, {name: b, ranges: [{start: 192.0.2.15, stop: 192.0.2.15}]}]}",
    NET,
    "spec-cidr-overlap",
    "{start: 192.0.2.15, stop: 192.0.2.15}"
)]
#[case::many_pairs(
    "lbIpam: {pools: [{name: a, ranges: [{start: 192.0.2.1, stop: 192.0.2.126}]}]}",
    NET,
    "spec-cilium-address-pairs",
    "[{name: a, ranges: [{start: 192.0.2.1, stop: 192.0.2.126}]}]"
)]
#[case::nodes_of_pods(
    "",
    "{name: a, cidr: 10.244.0.0/24}",
    "spec-cidr-overlap",
    "10.244.0.0/24"
)]
#[case::nodes_of_services(
    "",
    "{name: a, cidr: 10.100.0.0/24}",
    "spec-cidr-overlap",
    "10.100.0.0/24"
)]
#[case::bgp_nobody("bgp: {localAsn: 64512, peers: []}", NET, "spec-cilium-bgp", "[]")]
#[case::bgp_nothing(
    "bgp: {localAsn: 64512, advertise: [], peers: [{name: a, address: 10.0.0.1, asn: 64500}]}",
    NET,
    "spec-cilium-bgp",
    "[]"
)]
#[case::bgp_zero(
    "bgp: {localAsn: 0, peers: [{name: a, address: 10.0.0.1, asn: 64500}]}",
    NET,
    "spec-cilium-bgp",
    "0"
)]
#[case::bgp_peer_zero(
    "bgp: {localAsn: 64512, peers: [{name: a, address: 10.0.0.1, asn: 0}]}",
    NET,
    "spec-cilium-bgp",
    "0"
)]
#[case::bgp_address(
    "bgp: {localAsn: 64512, peers: [{name: a, address: tor, asn: 64500}]}",
    NET,
    "spec-cilium-bgp",
    "tor"
)]
#[case::bgp_hold(
    "bgp: {localAsn: 64512, peers: [{name: a, address: 10.0.0.1, asn: 64500, holdTime: 2, keepAlive: 1}]}",
    NET,
    "spec-cilium-bgp",
    "2"
)]
#[case::bgp_keep_alive(
    "bgp: {localAsn: 64512, peers: [{name: a, address: 10.0.0.1, asn: 64500, holdTime: 9}]}",
    NET,
    "spec-cilium-bgp",
    "{name: a, address: 10.0.0.1, asn: 64500, holdTime: 9}"
)]
#[case::bgp_multihop(
    "bgp: {localAsn: 64512, peers: [{name: a, address: 10.0.0.1, asn: 64500, multihop: 0}]}",
    NET,
    "spec-cilium-bgp",
    "0"
)]
#[case::bgp_inner_multihop(
    "bgp: {localAsn: 64512, peers: [{name: a, address: 10.0.0.1, asn: 64512, multihop: 3}]}",
    NET,
    "spec-cilium-bgp",
    "3"
)]
#[case::mesh_id("clusterMesh: {name: east, id: 0}", NET, "spec-cilium-mesh", "0")]
#[case::mesh_large_id("clusterMesh: {name: east, id: 256}", NET, "spec-cilium-mesh", "256")]
#[case::mesh_size(
    "clusterMesh: {name: east, id: 1, maxClusters: 300}",
    NET,
    "spec-cilium-mesh",
    "300"
)]
#[case::mesh_default(
    "clusterMesh: {name: default, id: 1}",
    NET,
    "spec-cilium-mesh",
    "default"
)]
#[case::mesh_name("clusterMesh: {name: East, id: 1}", NET, "spec-cilium-mesh", "East")]
#[case::mesh_twin(
    "clusterMesh: {name: east, id: 1, peers: [{name: east, id: 2}]}",
    NET,
    "spec-cilium-mesh",
    "east"
)]
#[case::mesh_same_id(
    "clusterMesh: {name: east, id: 1, peers: [{name: west, id: 1}]}",
    NET,
    "spec-cilium-mesh",
    "1"
)]
#[case::mesh_overlap(
    "clusterMesh: {name: east, id: 1, peers: [{name: west, id: 2, podCidr: 10.244.0.0/16}]}",
    NET,
    "spec-cidr-overlap",
    "10.244.0.0/16"
)]
#[case::mesh_ipsec(
    "encryption: ipsec, clusterMesh: {name: east, id: 1, peers: [{name: west, id: 2}]}",
    NET,
    "spec-cilium-mesh-ipsec",
    "ipsec"
)]
#[case::mesh_native(
    "routing: native, clusterMesh: {name: east, id: 1, peers: [{name: west, id: 2, podCidr: 10.1.0.0/16}]}",
    NET,
    "spec-cilium-mesh-native",
    "native"
)]
#[case::removed("values: {tunnel: vxlan}", NET, "spec-cilium-value-removed", "vxlan")]
#[case::removed_inner(
    "values: {nodePort: {enabled: true}}",
    NET,
    "spec-cilium-value-removed",
    "true"
)]
#[case::followed(
    "values: {routingMode: native}",
    NET,
    "spec-cilium-value-followed",
    "native"
)]
#[case::secret(
    "values: {tls: {ca: {key: c2VjcmV0}}}",
    NET,
    "spec-cilium-value-secret",
    "c2VjcmV0"
)]
#[case::proxy(
    "ingress: true, values: {l7Proxy: false}",
    NET,
    "spec-cilium-proxy",
    "false"
)]
#[case::short_form("hubble: maybe", NET, "spec-type", "maybe")]
#[case::short_form_key("hubble: {relays: true}", NET, "spec-unknown-key", "relays")]
#[case::short_form_name("encryption: gre", NET, "spec-value", "gre")]
#[case::network_number("", "5", "spec-type", "5")]
fn each_is_marked_where_it_stands(
    #[case] cilium: &str,
    #[case] network: &str,
    #[case] code: &'static str,
    #[case] place: &str,
) {
    let text = text(cilium, network, "");
    // What is written in brackets is marked up to its last value.
    let place = if place.len() > 2 {
        place.trim_end_matches(['}', ']'])
    } else {
        place
    };
    assert_eq!(findings(&text), [(code, place.to_owned())]);
}

#[test]
fn every_code_has_a_case_here() {
    let cases = concat!(
        include_str!("refusals.rs"),
        include_str!("conditions.rs"),
        include_str!("worker_networks.rs")
    );
    let missing: Vec<_> = spec::CILIUM_CODES
        .iter()
        .map(|code| code.name)
        .filter(|name| !cases.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_refusal_has_line_column_reason_and_cure() {
    let file = Utf8Path::new("demo.yaml");
    let text = text("loadBalancer: {mode: dsr}", SUBNET, "");
    let (mut sink, mut sources) = (Sink::default(), Sources::default());
    sources.insert(file, text.as_str());
    spec::parse(file, &text, &mut sink);
    insta::assert_snapshot!(diagnose::human(sink.diagnostics(), &sources, false));
}
