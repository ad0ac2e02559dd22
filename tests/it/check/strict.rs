//! Packages of the templates at the strictest setting: neither an error, nor a warning, nor a note.

use rstest::rstest;

use crate::person::Person;

/// What the hosts of the programs would have given, had they been within reach.
const ARTIFACTS: [&str; 11] = [
    "kubeadm",
    "kubelet",
    "kubectl",
    "crictl",
    "crio",
    "containerd",
    "runc",
    "cni-plugins",
    "cilium-cli",
    "cilium-chart",
    "etcd",
];

fn lock() -> String {
    let hash = "0123456789abcdef".repeat(4);
    let entries = ARTIFACTS.map(|name| {
        format!("  {name}:\n    any: {{path: example.org/{name}, sha256: \"{hash}\"}}\n")
    });
    format!("artifacts:\n{}", entries.concat())
}

const SINGLE: &str = "  single: {controlPlane: m1.large}\n";
const MULTI: &str = "  simple: {controlPlane: m1.medium, workers: {flavor: m1.medium, min: 1, initial: 2, max: 5}}\n";
const HA: &str = "  ha: {controlPlane: m1.medium, workers: {flavor: m1.medium, min: 2, initial: 4, max: 8, step: 2}}\n";

/// A cluster's spec with these flavours.
fn cluster(runtime: &str, flavours: &[&str]) -> String {
    let text = include_str!("../../../examples/cluster.yaml");
    let (head, _) = text.split_once("\nflavours:\n").unwrap();
    let text = head.replacen("name: crio", &format!("name: {runtime}"), 1);
    assert!(text.contains(&format!("name: {runtime}")));
    format!("{text}\nflavours:\n{}", flavours.concat())
}

#[track_caller]
fn is_without_findings(spec: &str) {
    let me = Person::with(vec![]);
    std::fs::write(me.home().join("one.yaml"), spec).unwrap();
    std::fs::write(me.home().join("one.lock.yaml"), lock()).unwrap();
    me.does(&["package", "build", "one.yaml"]);
    let said = me.run(&["package", "validate", "one.zip", "--strict"]);
    let words = String::from_utf8(said.stderr).unwrap();
    assert_eq!(
        (said.status.code(), words.as_str()),
        (Some(0), "one.zip: no faults found\n")
    );
}

#[rstest]
fn clusters_have_nothing_to_be_told_of(
    #[values("crio", "containerd")] runtime: &str,
    #[values(&[SINGLE], &[MULTI], &[HA], &[SINGLE, MULTI, HA])] flavours: &[&str],
) {
    is_without_findings(&cluster(runtime, flavours));
}

#[rstest]
#[case::machines(include_str!("../../../examples/web.yaml"))]
#[case::containers(include_str!("../../../examples/app.yaml"))]
fn other_templates_have_nothing_to_be_told_of(#[case] spec: &str) {
    is_without_findings(spec);
}

/// A starter is what a newcomer builds first.
#[rstest]
fn starters_have_nothing_to_be_told_of(#[values("plain-vm", "cnf-sample")] template: &str) {
    let me = Person::with(vec![]);
    me.does(&["package", "new", template, "one"]);
    let spec = std::fs::read_to_string(me.home().join("one.yaml")).unwrap();
    is_without_findings(&spec);
}

/// Notes fail the check at this setting alone.
#[test]
fn a_note_fails_the_strictest_check_alone() {
    let bench = super::bench::Bench::new();
    bench.build("");
    bench.unpack();
    let meta = "web/TOSCA-Metadata/TOSCA.meta";
    let text = bench.read(meta).replace("CSAR-Version: 1.1\n", "");
    bench.write(meta, &text);
    assert_eq!(
        bench.validate(&["web", "--fix", "--deny-warnings"]).code,
        Some(0)
    );
    let said = bench.validate(&["web", "--strict", "-o", "junit"]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains(r#"failures="1""#), "{}", said.out);
}
