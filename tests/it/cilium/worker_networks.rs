//! Workers with interfaces beside Cilium's, and what such interfaces cannot do.

use rstest::rstest;

use super::{NET, findings, text};

/// Further networks stand at the top of a spec, so they are put in there.
fn with_networks(networks: &str, cilium: &str, network: &str) -> String {
    let spec = text(cilium, network, "");
    spec.replace(
        "kubernetes:",
        &format!("workerNetworks: {networks}\nkubernetes:"),
    )
}

#[rstest]
#[case::no_word(
    "[{name: Front-haul, network: x}]",
    "spec-worker-network",
    "Front-haul"
)]
#[case::twice(
    "[{name: a, network: x}, {name: a, network: y}]",
    "spec-worker-network",
    "a"
)]
#[case::filtered_function(
    "[{name: a, network: x, vnicType: direct, portSecurity: true}]",
    "spec-sriov-port-security",
    "true"
)]
fn a_network_of_workers_that_cannot_be_is_refused(
    #[case] networks: &str,
    #[case] code: &str,
    #[case] marked: &str,
) {
    let found = findings(&with_networks(networks, "devices: [ens3]", NET));
    assert_eq!(found, [(code, marked.to_owned())]);
}

#[test]
fn further_interfaces_are_not_to_be_ciliums() {
    let networks = "[{name: a, network: x, vnicType: macvtap}]";
    let found = findings(&with_networks(networks, "", NET));
    let codes: Vec<_> = found.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["spec-worker-network-devices"]);
    assert!(networks.starts_with(&found[0].1), "{found:?}");
    assert_eq!(
        findings(&with_networks(networks, "devices: [ens3]", NET)),
        []
    );
}

#[test]
fn functions_of_the_clusters_own_network_are_not_filtered() {
    let xdp = "loadBalancer: {acceleration: native}";
    let filtered = "{name: private, vnicType: direct}";
    let found = findings(&text("", filtered, ""));
    assert_eq!(found, [("spec-sriov-port-security", "direct".to_owned())]);
    let open = "{name: private, vnicType: direct, portSecurity: false}";
    assert_eq!(findings(&text("", open, "")), []);
    assert_eq!(
        findings(&text(xdp, open, "")),
        [("spec-sriov-xdp", "native".to_owned())]
    );
}
