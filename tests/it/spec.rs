//! Faults of a spec, each where it stands.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use camino::Utf8Path;
use rstest::rstest;
use vnfctl::diagnose::{self, Sink, Sources};
use vnfctl::package::templates;
use vnfctl::spec;

pub(crate) const CLUSTER: &str = r#"apiVersion: vnfctl/v1
kind: ClusterPackage
metadata:
  name: demo
  vnfdId: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12
  provider: Example
  version: "1.0"
image: {name: debian-12}
network: private
access:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org
  keyFile: /etc/tacker/vnfctl/id_ed25519
kubernetes:
  version: 1.36.5
  podCidr: 10.244.0.0/16
  serviceCidr: 10.96.0.0/12
runtime: {name: crio}
cilium:
  version: 1.20.3
  routing: vxlan
flavours:
  single: {controlPlane: m1.large}
  simple:
    controlPlane: m1.medium
    workers: {flavor: m1.medium, min: 1, initial: 2, max: 10}
  ha:
    controlPlane: m1.medium
    workers: {flavor: m1.medium, min: 2, initial: 4, max: 8, step: 2}
"#;

fn faults(text: &str) -> Vec<(&'static str, String)> {
    let mut sink = Sink::default();
    let read = spec::parse(Utf8Path::new("demo.yaml"), text, &mut sink);
    assert_eq!(read.is_none(), sink.has_errors());
    sink.diagnostics()
        .iter()
        .filter(|d| d.code != "spec-artifacts-unpinned")
        .map(|d| {
            let span = d.primary.span.unwrap();
            (d.code, text[span.start..span.end].to_owned())
        })
        .collect()
}

#[test]
fn a_good_spec_has_no_faults() {
    assert_eq!(faults(CLUSTER), []);
}

#[rstest]
#[case::typo("podCidr:", "podCIDR:", "spec-unknown-key", "podCIDR")]
#[case::kind("kind: ClusterPackage", "kind: Cluster", "spec-value", "Cluster")]
#[case::number_as_text("\"1.0\"", "1.0", "spec-type", "1.0")]
#[case::runtime("name: crio", "name: docker", "spec-value", "docker")]
#[case::routing("routing: vxlan", "routing: gre", "spec-value", "gre")]
#[case::min_above_max("min: 1, initial: 2, max: 10", "min: 5, max: 3", "spec-count", "5")]
#[case::no_worker("min: 1, initial: 2", "min: 0, initial: 2", "spec-count", "0")]
#[case::unreachable_initial("initial: 4", "initial: 3", "spec-count", "3")]
#[case::no_step("step: 2", "step: 0", "spec-count", "0")]
#[case::cidr("10.244.0.0/16", "10.244.0.0/33", "spec-cidr", "10.244.0.0/33")]
#[case::host_bits("10.244.0.0/16", "10.244.1.0/16", "spec-cidr", "10.244.1.0/16")]
#[case::overlap("10.244.0.0/16", "10.100.0.0/16", "spec-cidr-overlap", "10.96.0.0/12")]
#[case::pair("version: 1.20.3", "version: 1.19.7", "spec-version-pair", "1.19.7")]
#[case::dead_kubernetes("version: 1.36.5", "version: 1.26.8", "spec-version", "1.26.8")]
#[case::crio_minor(
    "{name: crio}",
    "{name: crio, version: 1.35.0}",
    "spec-version-pair",
    "1.35.0"
)]
#[case::name("name: demo", "name: ../demo", "spec-name", "../demo")]
#[case::private_key(
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org",
    "-----BEGIN",
    "spec-public-key",
    "-----BEGIN"
)]
#[case::two_keys(
    "/etc/tacker/vnfctl/id_ed25519",
    "/etc/key\n  keySecret: demo-key",
    "spec-access",
    "demo-key"
)]
#[case::relative_key("/etc/tacker/vnfctl/id_ed25519", "id", "spec-value", "id")]
#[case::secret_href(
    "keyFile: /etc/tacker/vnfctl/id_ed25519",
    "keySecret: http://barbican/v1/secrets/1",
    "spec-value",
    "http://barbican/v1/secrets/1"
)]
#[case::authority(
    "/etc/tacker/vnfctl/id_ed25519",
    "/etc/key\n  certificateAuthority: AAAA",
    "spec-public-key",
    "AAAA"
)]
#[case::image("{name: debian-12}", "{}", "spec-image", "{}")]
#[case::image_file(
    "{name: debian-12}",
    "{name: debian-12, file: gone.qcow2}",
    "spec-image",
    "gone.qcow2"
)]
fn each_fault_is_marked_where_it_stands(
    #[case] from: &str,
    #[case] to: &str,
    #[case] code: &'static str,
    #[case] place: &str,
) {
    assert!(CLUSTER.contains(from));
    assert_eq!(
        faults(&CLUSTER.replacen(from, to, 1)),
        [(code, place.to_owned())]
    );
}

#[rstest]
#[case::too_short("boot: 9s", &[("spec-timeout", "9s")])]
#[case::negative("boot: -5m", &[("spec-timeout", "-5m")])]
#[case::too_long("drain: 7h", &[("spec-timeout", "7h")])]
#[case::two("init: 1s, ready: 6h1s", &[("spec-timeout", "1s"), ("spec-timeout", "6h1s")])]
#[case::without_unit("join: 300", &[("spec-type", "300")])]
#[case::no_time("ready: soon", &[("spec-value", "soon")])]
#[case::calendar("ready: 1 month", &[("spec-value", "1 month")])]
#[case::fraction("ready: 90.5s", &[("spec-value", "90.5s")])]
#[case::typo("boots: 5m", &[("spec-unknown-key", "boots")])]
#[case::least_and_most("boot: 10s, drain: 6h", &[])]
fn a_time_limit_is_marked_where_it_stands(
    #[case] limits: &str,
    #[case] expected: &[(&'static str, &str)],
) {
    let found = faults(&format!("{CLUSTER}timeouts: {{{limits}}}\n"));
    let found: Vec<_> = found
        .iter()
        .map(|(c, place)| (*c, place.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_spec_that_names_no_private_key_is_marked_at_its_access() {
    let found = faults(&CLUSTER.replace("  keyFile: /etc/tacker/vnfctl/id_ed25519\n", ""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "spec-access");
    assert!(found[0].1.contains("publicKey"), "{found:?}");
}

#[rstest]
#[case("keyFile: /etc/key")]
#[case("keySecret: key")]
#[case("certificateAuthority: ssh-ed25519 AAAA")]
fn a_key_for_a_script_is_refused_where_there_is_no_script(#[case] line: &str) {
    let starter = templates::starter(
        "plain-vm",
        "web",
        templates::Keys::public("ssh-ed25519 AAAA me"),
    )
    .unwrap();
    let text = starter.replace("  user: debian", &format!("  user: debian\n  {line}"));
    let codes: Vec<_> = faults(&text).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["spec-access"]);
}

#[test]
fn a_private_key_is_not_repeated_by_its_finding() {
    let text = CLUSTER.replace("ssh-ed25519 AAAA", "-----BEGIN SECRET");
    let file = Utf8Path::new("demo.yaml");
    let mut sink = Sink::default();
    assert_eq!(spec::parse(file, &text, &mut sink), None);
    let json = diagnose::json(sink.diagnostics(), &Sources::default()).to_string();
    assert!(!json.contains("SECRET"), "{json}");
}

#[test]
fn a_finding_has_line_column_and_cure() {
    let text = CLUSTER.replace("version: 1.20.3", "version: 1.19.7");
    let file = Utf8Path::new("demo.yaml");
    let mut sink = Sink::default();
    let mut sources = Sources::default();
    sources.insert(file, text.as_str());
    spec::parse(file, &text, &mut sink);
    insta::assert_snapshot!(diagnose::human(&sink.diagnostics()[..1], &sources, false));
}

/// A spec and its lock file in a folder of their own, and the faults found in both.
fn lock_faults(artifacts: &str, lock: &str) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(path.join("demo.yaml"), format!("{CLUSTER}{artifacts}")).unwrap();
    std::fs::write(path.join("lock.yaml"), lock).unwrap();
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let read = spec::load(&path.join("demo.yaml"), &mut sources, &mut sink).unwrap();
    assert_eq!(read.is_none(), sink.has_errors());
    sink.diagnostics()
        .iter()
        .map(|finding| {
            let file = finding.primary.file.file_name().unwrap();
            let offset = finding.primary.span.unwrap().start;
            let (line, column) = sources.position(&finding.primary.file, offset).unwrap();
            (finding.code, format!("{file}:{line}:{column}"))
        })
        .collect()
}

fn whole_lock() -> String {
    let names = [
        "kubeadm",
        "kubelet",
        "kubectl",
        "crictl",
        "crio",
        "cilium-cli",
    ];
    let hash = "0".repeat(64);
    let mut text = String::from("artifacts:\n");
    for name in names.iter().chain(&["cilium-chart"]) {
        text += &format!("  {name}:\n    any: {{path: {name}, sha256: \"{hash}\"}}\n");
    }
    text
}

#[rstest]
#[case::whole("", "", &[])]
#[case::no_runtime("  crio:", "  containerd:", &[("spec-lock-incomplete", "lock.yaml:1:1")])]
#[case::short_hash("kubelet, sha256: \"0", "kubelet, sha256: \"", &[("spec-lock-hash", "lock.yaml:5:34")])]
#[case::climbing("path: kubectl", "path: ../kubectl", &[("spec-lock-path", "lock.yaml:7:17")])]
#[case::typo("crictl, sha256", "crictl, sha265", &[("spec-unknown-key", "lock.yaml:9:25")])]
#[case::stale("artifacts:", "versions: {kubernetes: 1.35.8}\nartifacts:", &[("spec-lock-stale", "lock.yaml:1:24")])]
fn a_fault_of_the_lock_file_has_its_place(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &[(&str, &str)],
) {
    let lock = whole_lock();
    assert!(lock.contains(from), "{lock}");
    let found = lock_faults(
        "artifacts: {mirror: https://mirror.example.org/, lockFile: lock.yaml}\n",
        &lock.replacen(from, to, 1),
    );
    let found: Vec<_> = found.iter().map(|(c, at)| (*c, at.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn without_a_mirror_the_lock_names_hosts() {
    let artifacts = "artifacts: {lockFile: lock.yaml}\n";
    let found = lock_faults(artifacts, &whole_lock());
    assert_eq!(found, [("spec-mirror", "lock.yaml:15:17".to_owned())]);
    let hosts = whole_lock().replace("path: ", "path: host.example.org/");
    assert_eq!(lock_faults(artifacts, &hosts), []);
}

#[test]
fn a_lock_file_that_is_not_there_is_named_in_the_spec() {
    let mut sink = Sink::default();
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path())
        .unwrap()
        .join("demo.yaml");
    std::fs::write(
        &path,
        format!("{CLUSTER}artifacts: {{lockFile: gone.yaml}}\n"),
    )
    .unwrap();
    let read = spec::load(&path, &mut Sources::default(), &mut sink).unwrap();
    assert!(read.is_none());
    let codes: Vec<_> = sink.diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(codes, ["spec-lock-unreadable"]);
}

#[rstest]
#[case("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "suite: trixie", &[])]
#[case("-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "suite: trixie", &["spec-apt-key"])]
#[case("binary", "suite: trixie", &["spec-apt-key"])]
#[case("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "suite: \"a b\"", &["spec-value"])]
fn the_package_repository_needs_a_readable_public_key(
    #[case] key: &str,
    #[case] suite: &str,
    #[case] expected: &[&str],
) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    let apt = format!("artifacts:\n  apt: {{uri: http://mirror/debian, {suite}, key: key.asc}}\n");
    std::fs::write(path.join("demo.yaml"), format!("{CLUSTER}{apt}")).unwrap();
    std::fs::write(path.join("key.asc"), key).unwrap();
    let mut sink = Sink::default();
    spec::load(&path.join("demo.yaml"), &mut Sources::default(), &mut sink).unwrap();
    let codes: Vec<_> = sink.diagnostics().iter().map(|d| d.code).collect();
    let codes: Vec<_> = codes
        .into_iter()
        .filter(|code| *code != "spec-artifacts-unpinned")
        .collect();
    assert_eq!(codes, expected);
}
