//! What cannot be a devstack, each fault where it stands.

use camino::Utf8Path;
use rstest::rstest;
use vnfctl::devstack::{self, Layout};
use vnfctl::diagnose::Sink;

use super::{ALL_IN_ONE, MULTI_NODE, person};

fn faults(text: &str, layout: Layout) -> Vec<(&'static str, String)> {
    let mut sink = Sink::default();
    let read = devstack::parse(Utf8Path::new("devstack.yaml"), text, layout, &mut sink);
    assert_eq!(read.is_none(), sink.has_errors());
    let findings = sink.diagnostics().iter();
    findings
        .map(|finding| {
            let span = finding.primary.span.unwrap();
            (finding.code, text[span.start..span.end].to_owned())
        })
        .collect()
}

#[test]
fn the_examples_have_no_faults() {
    assert_eq!(faults(ALL_IN_ONE, Layout::AllInOne), []);
    assert_eq!(faults(MULTI_NODE, Layout::Hosts), []);
    assert_eq!(faults(ALL_IN_ONE, Layout::Either), []);
}

#[rstest]
#[case::typo("podCidr", "podCIDR", "spec-unknown-key", "podCIDR")]
#[case::kind("kind: Devstack", "kind: DevStack", "spec-value", "DevStack")]
#[case::branch("branch: master", "branch: \"$(id)\"", "devstack-branch", "\"$(id)\"")]
#[case::loopback("192.0.2.10", "127.0.0.1", "devstack-address", "127.0.0.1")]
#[case::ipv6("192.0.2.10", "\"2001:db8::1\"", "devstack-address", "\"2001:db8::1\"")]
#[case::name("name: devstack", "name: dev_stack", "devstack-host-name", "dev_stack")]
#[case::in_pods("192.0.2.10", "10.244.3.1", "devstack-range", "10.244.3.1")]
#[case::net0(
    "podCidr: 10.244.0.0/16",
    "podCidr: 10.10.0.0/16",
    "devstack-range",
    "10.10.0.0/16"
)]
#[case::services("10.96.0.0/12", "10.240.0.0/12", "spec-cidr-overlap", "10.240.0.0/12")]
#[case::pair("version: 1.20.3", "version: 1.19.7", "spec-version-pair", "1.19.7")]
#[case::containerd(
    "branch: master",
    "runtime: {name: containerd}",
    "devstack-runtime",
    "containerd"
)]
#[case::crio(
    "branch: master",
    "runtime: {version: 1.35.0}",
    "spec-version-pair",
    "1.35.0"
)]
#[case::ipsec("hubble: true", "encryption: ipsec", "spec-value", "ipsec")]
#[case::geneve(
    "routing: vxlan",
    "routing: geneve",
    "devstack-port-conflict",
    "geneve"
)]
fn a_fault_of_an_all_in_one_is_marked_where_it_stands(
    #[case] from: &str,
    #[case] to: &str,
    #[case] code: &'static str,
    #[case] place: &str,
) {
    assert!(ALL_IN_ONE.contains(from));
    let text = ALL_IN_ONE.replacen(from, to, 1);
    assert_eq!(faults(&text, Layout::AllInOne), [(code, place.to_owned())]);
}

#[rstest]
#[case::same_address("192.0.2.12", "192.0.2.11", "devstack-address", "192.0.2.11")]
#[case::same_name("compute2", "compute1", "devstack-host-name", "compute1")]
#[case::two_controllers("[compute]", "[controller]", "devstack-hosts", "controller")]
#[case::joins_itself(
    "[kubernetes-control-plane]",
    "[kubernetes-control-plane, kubernetes-worker]",
    "devstack-hosts",
    "kubernetes-worker"
)]
#[case::unknown_role("[controller]", "[controler]", "spec-value", "controler")]
#[case::foreign_gateway(
    "floatingGateway: 203.0.113.1",
    "floatingGateway: 192.0.2.1",
    "devstack-range",
    "192.0.2.1"
)]
#[case::fixed("10.4.0.0/20", "10.244.0.0/20", "devstack-range", "10.244.0.0/20")]
fn a_fault_of_several_hosts_is_marked_where_it_stands(
    #[case] from: &str,
    #[case] to: &str,
    #[case] code: &'static str,
    #[case] place: &str,
) {
    let text = MULTI_NODE.replacen(from, to, 1);
    assert_ne!(text, MULTI_NODE);
    assert_eq!(faults(&text, Layout::Hosts), [(code, place.to_owned())]);
}

#[test]
fn one_host_for_all_is_asked_for_and_several_hosts_are_no_such_thing() {
    for (text, layout) in [(ALL_IN_ONE, Layout::Hosts), (MULTI_NODE, Layout::AllInOne)] {
        let codes: Vec<_> = faults(text, layout)
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(codes, ["devstack-hosts"]);
    }
}

#[test]
fn roles_that_clash_on_a_host_are_refused_before_anything_is_written() {
    let me = person();
    let text = MULTI_NODE
        .replace(
            "roles: [controller]",
            "roles: [controller, kubernetes-control-plane]",
        )
        .replace(
            "  - {name: cluster, address: 192.0.2.21, roles: [kubernetes-control-plane]}\n",
            "",
        );
    std::fs::write(me.home().join("hosts.yaml"), text).unwrap();
    let said = me.fails(2, &["devstack", "generate", "hosts.yaml"]);
    for port in ["2379/tcp", "2380/tcp", "9890/tcp"] {
        assert!(
            said.contains(&format!("listen on {port}")),
            "{port}: {said}"
        );
    }
    assert!(!me.home().join("hosts").exists());
    insta::assert_snapshot!(said);
}
