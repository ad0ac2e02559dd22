//! What follows from each option: Helm values, security group rules, allowed addresses, resources.

use rstest::rstest;
use serde_json::{Value, json};
use vnfctl::spec::Remote;

use super::{cluster, text};

const SUBNET: &str = "{name: private, cidr: 10.0.0.0/24, multiqueue: true}";
const BGP: &str = "bgp: {localAsn: 64512, advertise: [podCidr, loadBalancerIps], peers: [{name: left, address: 10.0.0.2, asn: 64500, multihop: 2, gracefulRestart: true, passwordSecret: bgp-left}]}";
const POOLS: &str = "lbIpam: {pools: [{name: a, cidrs: [10.0.0.224/27], services: {reach: all}}, {name: b, ranges: [{start: 10.0.0.64, stop: 10.0.0.71}]}]}";

/// Helm values that differ from those of a spec that says nothing.
fn difference(base: &Value, own: &Value) -> Value {
    match (base, own) {
        (Value::Object(base), Value::Object(own)) => own
            .iter()
            .filter(|(key, value)| base.get(*key) != Some(*value))
            .map(|(key, value)| {
                let base = base.get(key).unwrap_or(&Value::Null);
                (key.clone(), difference(base, value))
            })
            .collect(),
        (_, own) => own.clone(),
    }
}

#[rstest]
#[case("nothing", "")]
#[case("geneve", "routing: geneve, mtu: 1450, devices: [ens3]")]
#[case("native", "routing: {mode: native, nativeCidr: 10.0.0.0/8}")]
#[case("without_kube_proxy_replacement", "kubeProxyReplacement: false")]
#[case(
    "dsr",
    "routing: native, loadBalancer: {mode: dsr, acceleration: native, algorithm: maglev}"
)]
#[case(
    "dsr_by_geneve",
    "routing: native, loadBalancer: {mode: hybrid, dsrDispatch: geneve}"
)]
#[case(
    "bandwidth",
    "masquerade: bpf, bandwidthManager: {enabled: true, bbr: true}, egressGateway: true"
)]
#[case("wireguard", "encryption: {type: wireguard, nodeEncryption: true}")]
#[case("ipsec", "encryption: ipsec")]
#[case("hubble", "hubble: {ui: true}")]
#[case("hubble_off", "hubble: false")]
#[case(
    "service_mesh",
    "ingress: {enabled: true, loadBalancerMode: shared}, gatewayApi: {enabled: true, hostNetwork: true}, mutualAuth: true"
)]
#[case("announcements", &format!("l2Announcements: true, {POOLS}, {BGP}"))]
#[case("cluster_mesh", "clusterMesh: {name: east, id: 7}")]
#[case(
    "values_win",
    "values: {operator: {replicas: 2}, sctp: {enabled: true}}"
)]
fn helm_values_follow_from_options(#[case] name: &str, #[case] cilium: &str) {
    let own = cluster(&text(cilium, SUBNET, "")).helm_values();
    let shown = match name {
        "nothing" => own,
        _ => difference(&cluster(&text("", SUBNET, "")).helm_values(), &own),
    };
    insta::assert_json_snapshot!(format!("values_{name}"), shown);
}

#[rstest]
#[case("bgp", BGP)]
#[case("pools", &format!("l2Announcements: {{enabled: true, interfaces: [ens3]}}, {POOLS}"))]
fn resources_follow_from_options(#[case] name: &str, #[case] cilium: &str) {
    let manifests = cluster(&text(cilium, SUBNET, "")).manifests();
    insta::assert_json_snapshot!(format!("manifests_{name}"), manifests);
}

/// Rules besides those that every cluster has, as `PROTOCOL PORT from REMOTE`.
fn further_rules(cilium: &str) -> Vec<String> {
    let usual = cluster(&text("hubble: false, routing: native", SUBNET, "")).node_rules();
    let rules = cluster(&text(cilium, SUBNET, "")).node_rules();
    let further = rules.into_iter().filter(|rule| !usual.contains(rule));
    let shown = further.map(|rule| {
        let remote = match rule.remote {
            Remote::Anybody => "anybody".to_owned(),
            Remote::Nodes => "nodes".to_owned(),
            Remote::Range(range) => range,
        };
        let ports = rule.ports.map(|(first, _)| format!(" {first}"));
        let protocol = rule.protocol.unwrap_or("all");
        format!("{protocol}{} from {remote}", ports.unwrap_or_default())
    });
    shown.collect()
}

#[rstest]
#[case::vxlan("hubble: false, routing: vxlan", &["udp 8472 from nodes"])]
#[case::geneve("hubble: false, routing: geneve", &["udp 6081 from nodes"])]
#[case::native("hubble: false, routing: native", &[])]
#[case::relay("hubble: true, routing: native", &["tcp 4244 from nodes"])]
#[case::no_relay("hubble: {relay: false}, routing: native", &[])]
#[case::wireguard("hubble: false, routing: native, encryption: wireguard", &["udp 51871 from nodes"])]
#[case::ipsec("hubble: false, routing: native, encryption: ipsec", &["esp from nodes"])]
#[case::mutual_auth("hubble: false, routing: native, mutualAuth: true", &["tcp 4250 from nodes"])]
#[case::bgp_is_begun_by_nodes(&format!("hubble: false, routing: native, {BGP}"), &[])]
#[case::dsr_by_geneve("hubble: false, routing: native, loadBalancer: {mode: dsr, dsrDispatch: geneve}", &["udp 6081 from nodes"])]
#[case::dsr_by_ipip("hubble: false, routing: native, loadBalancer: {mode: dsr, dsrDispatch: ipip, acceleration: native}", &["ipip from nodes"])]
#[case::gateway_on_nodes("hubble: false, routing: native, gatewayApi: {enabled: true, hostNetwork: true}", &["tcp 80 from anybody", "tcp 443 from anybody"])]
#[case::mesh(
    "hubble: false, clusterMesh: {name: east, id: 1, peers: [{name: west, id: 2, podCidr: 10.1.0.0/16, nodeCidr: 10.0.2.0/24}]}",
    &["udp 8472 from nodes", "tcp 4240 from 10.0.2.0/24", "icmp from 10.0.2.0/24", "udp 8472 from 10.0.2.0/24"]
)]
#[case::routed_mesh(
    "hubble: false, routing: {mode: native, nativeCidr: 10.0.0.0/8}, clusterMesh: {name: east, id: 1, peers: [{name: west, id: 2, podCidr: 10.1.0.0/16}]}",
    &["all from 10.1.0.0/16"]
)]
fn nodes_let_in_exactly_what_the_mode_needs(#[case] cilium: &str, #[case] expected: &[&str]) {
    assert_eq!(further_rules(cilium), expected);
}

#[rstest]
#[case::tunnel("", SUBNET, &[])]
#[case::native("routing: native", SUBNET, &["10.244.0.0/16"])]
#[case::dsr("routing: native, loadBalancer: {mode: dsr}", SUBNET, &["10.244.0.0/16", "10.0.0.0/24"])]
#[case::pools(POOLS, SUBNET, &["10.0.0.224/27", "10.0.0.64/29"])]
#[case::unsecured("routing: native", "{name: a, portSecurity: false}", &[])]
fn ports_are_allowed_what_nodes_send_with(
    #[case] cilium: &str,
    #[case] network: &str,
    #[case] expected: &[&str],
) {
    let allowed = cluster(&text(cilium, network, "")).allowed_addresses();
    let ranges: Vec<_> = allowed.iter().map(|one| one.cidr.as_str()).collect();
    assert_eq!(ranges, expected);
}

#[test]
fn short_forms_mean_what_the_long_ones_say() {
    let short = "routing: native, encryption: wireguard, hubble: false, ingress: true, gatewayApi: true, bandwidthManager: true, l2Announcements: false";
    let long = "routing: {mode: native}, encryption: {type: wireguard}, hubble: {enabled: false, relay: false}, ingress: {enabled: true}, gatewayApi: {enabled: true}, bandwidthManager: {enabled: true}, l2Announcements: {enabled: false}";
    let network = "{name: private}";
    assert_eq!(
        cluster(&text(short, "private", "")),
        cluster(&text(long, network, ""))
    );
}

#[test]
fn no_key_is_in_the_values_of_an_encrypted_cluster() {
    let values = cluster(&text("encryption: ipsec", SUBNET, "")).helm_values();
    assert_eq!(
        values["encryption"],
        json!({"enabled": true, "type": "ipsec"})
    );
}
