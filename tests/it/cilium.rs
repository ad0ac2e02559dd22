//! Cilium's options: what follows from them, and what is refused, each where it stands.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod commands;
mod conditions;
mod examples;
mod refusals;
mod values;
mod worker_networks;

use camino::Utf8Path;
use vnfctl::check;
use vnfctl::diagnose::Sink;
use vnfctl::spec::{self, ClusterPackage, Package};

const NET: &str = "private";
const SUBNET: &str = "{name: private, cidr: 10.0.0.0/24}";

/// A spec with these sections: `image`, `network`, `kubernetes` and `cilium`, then all flavours.
const SPEC: &str = r#"apiVersion: vnfctl/v1
kind: ClusterPackage
metadata: {name: demo, vnfdId: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12, provider: Example, version: "1.0"}
image: {name: debian-12@OS}
network: @NETWORK
access: {publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org, keyFile: /etc/key}
kubernetes: {version: 1.36.5, podCidr: 10.244.0.0/16, serviceCidr: 10.96.0.0/12}
cilium: {version: 1.20.3@CILIUM}
flavours:
  simple: {controlPlane: m1.medium, workers: {flavor: m1.medium, max: 10}}
"#;

/// The spec's text with `cilium`'s further keys and the network.
fn text(cilium: &str, network: &str, os: &str) -> String {
    let and = |text: &str| match text {
        "" => String::new(),
        text => format!(", {text}"),
    };
    SPEC.replace("@CILIUM", &and(cilium))
        .replace("@NETWORK", network)
        .replace("@OS", &and(os))
}

fn cluster(text: &str) -> ClusterPackage {
    let mut sink = Sink::default();
    match spec::parse(Utf8Path::new("demo.yaml"), text, &mut sink) {
        Some(Package::Cluster(cluster)) => *cluster,
        _ => panic!("{text}\n{:#?}", sink.diagnostics()),
    }
}

/// Code and marked text of each finding.
fn findings(text: &str) -> Vec<(&'static str, String)> {
    let mut sink = Sink::default();
    let read = spec::parse(Utf8Path::new("demo.yaml"), text, &mut sink);
    assert_eq!(read.is_none(), sink.has_errors());
    let found = sink.diagnostics().iter().map(|finding| {
        let code = check::code(finding.code).unwrap();
        assert_eq!(finding.severity, code.severity, "{}", finding.code);
        let of_type = finding.code == "spec-type";
        assert!(
            finding.help.is_some() || of_type,
            "{} has no cure",
            finding.code
        );
        let span = finding.primary.span.unwrap();
        (finding.code, text[span.start..span.end].to_owned())
    });
    found.collect()
}
