//! What depends on the image's kernel, the number of nodes, the minor or the day; and what works.

use camino::Utf8Path;
use rstest::rstest;
use vnfctl::diagnose::{Severity, Sink, Sources};
use vnfctl::spec;

use super::{NET, SUBNET, findings, text};

#[rstest]
#[case::bbr(
    "bandwidthManager: {enabled: true, bbr: true}, masquerade: bpf",
    "ubuntu-22.04",
    true
)]
#[case::bbr_on_newer(
    "bandwidthManager: {enabled: true, bbr: true}, masquerade: bpf",
    "debian-12",
    false
)]
#[case::wireguard("encryption: wireguard", "ubuntu-22.04", false)]
#[case::netkit("values: {bpf: {datapathMode: netkit}}", "debian-12", true)]
#[case::netkit_on_newer("values: {bpf: {datapathMode: netkit}}", "debian-13", false)]
#[case::big_tcp("values: {enableIPv4BIGTCP: true}", "debian-12", true)]
fn kernel_of_the_image_must_have_what_features_need(
    #[case] cilium: &str,
    #[case] os: &str,
    #[case] refused: bool,
) {
    let found = findings(&text(cilium, NET, &format!("os: {os}")));
    let expected = match refused {
        true => vec![("spec-cilium-kernel", os.to_owned())],
        false => vec![],
    };
    assert_eq!(found, expected);
}

#[test]
fn an_unknown_distribution_is_said() {
    let found = findings(&text("", NET, "os: plan9"));
    assert_eq!(found, [("spec-image-os", "plan9".to_owned())]);
}

#[test]
fn range_of_pods_must_serve_the_most_nodes() {
    // Eight times a /24, for a control plane and ten workers.
    let small = text("", NET, "").replace("10.244.0.0/16", "10.244.0.0/21");
    let expected = ("spec-pod-cidr-small", "10.244.0.0/21".to_owned());
    assert_eq!(findings(&small), [expected]);
    let enough = small.replace("max: 10", "max: 7");
    assert_eq!(findings(&enough), []);
}

#[test]
fn removed_values_are_those_of_the_chosen_minor() {
    let value = "values: {encryption: {ipsec: {encryptedOverlay: true}}}";
    let text = text(value, NET, "");
    assert_eq!(findings(&text)[0].0, "spec-cilium-value-removed");
    let older = text.replace("1.20.3", "1.19.7").replace("1.36.5", "1.35.8");
    assert_eq!(findings(&older), []);
}

#[rstest]
#[case::dsr_by_option("routing: native, loadBalancer: {mode: dsr}", SUBNET)]
#[case::dsr_without_port_security(
    "routing: native, loadBalancer: {mode: dsr}",
    "{name: a, portSecurity: false}"
)]
#[case::dsr_in_geneve(
    "routing: geneve, loadBalancer: {mode: dsr, dsrDispatch: geneve}",
    SUBNET
)]
#[case::dsr_by_geneve(
    "routing: native, loadBalancer: {mode: hybrid, dsrDispatch: geneve}",
    SUBNET
)]
#[case::xdp_in_vxlan(
    "loadBalancer: {acceleration: native}",
    "{name: a, multiqueue: true, mtu: 1450}"
)]
#[case::large_id("clusterMesh: {name: east, id: 256, maxClusters: 511}", NET)]
#[case::routed_by_routers(
    "routing: {mode: native, skipUnreachable: true}, bgp: {localAsn: 1, advertise: [podCidr], peers: [{name: a, address: 10.0.0.1, asn: 2}]}",
    "{name: a, routed: true}"
)]
#[case::value_as_the_option("values: {routingMode: tunnel}", NET)]
#[case::without_kube_proxy_replacement("kubeProxyReplacement: false", NET)]
#[case::off("hubble: false, gatewayApi: false, encryption: none", NET)]
fn what_works_is_not_refused(#[case] cilium: &str, #[case] network: &str) {
    assert_eq!(findings(&text(cilium, network, "")), []);
}

#[rstest]
#[case::alive("2026-10-27", 0)]
#[case::over("2026-10-28", 1)]
fn a_minor_past_its_end_is_a_doubt_that_depends_on_the_day(
    #[case] day: &str,
    #[case] count: usize,
) {
    let file = Utf8Path::new("demo.yaml");
    let text = text("", NET, "").replace("1.36.5", "1.34.11");
    let (mut sink, mut sources) = (Sink::default(), Sources::default());
    sources.insert(file, text.as_str());
    let package = spec::parse(file, &text, &mut sink).unwrap();
    spec::support_ended(&package, day.parse().unwrap(), file, &sources, &mut sink);
    let found = sink.diagnostics();
    assert_eq!(found.len(), count);
    for finding in found {
        assert_eq!(
            (finding.code, finding.severity),
            ("spec-kubernetes-ended", Severity::Warning)
        );
        let span = finding.primary.span.unwrap();
        assert_eq!(&text[span.start..span.end], "1.34.11");
    }
}
