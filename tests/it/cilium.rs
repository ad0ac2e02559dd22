//! Cilium's options: what follows from them, and what is refused, each where it stands.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

mod commands;
mod examples;
mod refusals;
mod values;

use camino::Utf8Path;
use vnfctl::diagnose::Sink;
use vnfctl::spec::{self, ClusterPackage, Package};

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
