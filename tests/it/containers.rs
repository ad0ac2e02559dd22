//! Packages of containers without a cluster: what a spec may not say, and where such a VNF cannot go.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail by panicking")]

use camino::Utf8Path;
use rstest::rstest;
use serde_json::{Value, json};
use vnfctl::diagnose::Sink;
use vnfctl::package::templates;
use vnfctl::spec;

use crate::person::Person;

fn starter() -> String {
    templates::starter("cnf-sample", "demo", templates::Keys::default()).unwrap()
}

#[rstest]
#[case::tag(
    "image: registry",
    "image: a:1 # registry",
    "spec-container-image",
    "a:1"
)]
#[case::short_digest(
    "@sha256:99c6b4bb4a1e1df3f0b3752168c89358794d02258ebebc26bf21c29399011a85",
    "@sha256:99c6",
    "spec-container-image",
    "registry.k8s.io/e2e-test-images/agnhost:2.53@sha256:99c6"
)]
#[case::root("user: 65534", "user: 0", "spec-container-user", "0")]
#[case::port("port: 8080 ", "port: 0 ", "spec-value", "0")]
#[case::health("health: /healthz", "health: healthz", "spec-value", "healthz")]
#[case::memory("memory: 64Mi", "memory: 64MB", "spec-value", "64MB")]
#[case::no_cpu("cpu: 100m", "cpu: 0m", "spec-value", "0m")]
#[case::kind_of_service("type: ClusterIP", "type: External", "spec-value", "External")]
#[case::range("# allow:", "allow: {from: [10.1.2.3/8]}", "spec-cidr", "10.1.2.3/8")]
#[case::host("# gateway:", "gateway: {host: A_B} #", "spec-value", "A_B")]
#[case::counts("max: 10", "max: 0", "spec-count", "1")]
#[case::typo("args:", "arguments:", "spec-unknown-key", "arguments")]
fn each_fault_is_marked_where_it_stands(
    #[case] from: &str,
    #[case] to: &str,
    #[case] code: &str,
    #[case] place: &str,
) {
    let text = starter();
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    let mut sink = Sink::default();
    assert_eq!(
        spec::parse(Utf8Path::new("spec.yaml"), &text, &mut sink),
        None
    );
    let found: Vec<_> = sink
        .diagnostics()
        .iter()
        .map(|finding| {
            let span = finding.primary.span.unwrap();
            (finding.code, &text[span.start..span.end])
        })
        .collect();
    assert_eq!(found, [(code, place)]);
}

#[test]
fn an_address_that_the_policy_shuts_is_told() {
    let text = starter().replace("type: ClusterIP", "type: NodePort");
    let found = |text: &str| {
        let mut sink = Sink::default();
        assert!(spec::parse(Utf8Path::new("spec.yaml"), text, &mut sink).is_some());
        sink.diagnostics().iter().map(|one| one.code).collect()
    };
    let shut: Vec<_> = found(&text);
    assert_eq!(shut, ["spec-container-unreachable"]);
    let open: Vec<_> = found(&text.replace("# allow:", "allow: {from: [10.0.0.0/8]}"));
    assert_eq!(open, <[&str; 0]>::default());
}

#[test]
fn the_example_is_a_package_without_faults() {
    let me = Person::with(Vec::new());
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/app.yaml");
    me.does(&["package", "build", spec, "--out", "app.zip"]);
    let judged = me.does(&["package", "validate", "app.zip", "-o", "json"]);
    let judged: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(
        (&judged["errors"], &judged["warnings"]),
        (&json!(0), &json!(0))
    );
}

#[test]
fn pods_are_not_pretended_by_the_sandbox() {
    let me = Person::with(Vec::new());
    let does = |args: &[&str]| me.does(&[&["--sandbox"], args].concat());
    does(&["package", "new", "cnf-sample", "demo"]);
    does(&["package", "build", "demo.yaml"]);
    does(&["package", "push", "demo.zip"]);
    let instantiate = ["--sandbox", "instantiate", "demo", "--name", "d"];
    let words = me.fails(2, &instantiate);
    assert!(
        words.contains("package `demo` is for Kubernetes"),
        "{words}"
    );
    assert!(words.contains("vim add NAME --from-cluster"), "{words}");
    let words = me.fails(3, &[&instantiate[..], &["--vim", "pods"]].concat());
    assert!(words.contains("no VIM `pods`"), "{words}");

    // A request that says all by itself comes to the sandbox, which has no cluster.
    let request = json!({
        "flavourId": "simple",
        "vimConnectionInfo": {"vim": {
            "vimType": "ETSINFV.KUBERNETES.V_1",
            "interfaceInfo": {"endpoint": "https://192.0.2.1:6443"},
            "accessInfo": {"bearer_token": "secret"},
        }},
    });
    std::fs::write(me.home().join("request.json"), request.to_string()).unwrap();
    let words = me.fails(2, &[&instantiate[..], &["-f", "request.json"]].concat());
    assert!(words.contains("sandbox has no Kubernetes"), "{words}");
    assert_eq!(me.json(&["--sandbox", "list"]), json!([]));
}
