//! Packages rendered from the templates: golden files, numbers, and the parser that Tacker uses.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's helpers fail by panicking"
)]

use std::path::Path;
use std::process::Command;

use camino::Utf8Path;
use rstest::rstest;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::Plan;
use vnfctl::package::tree::Tree as _;
use vnfctl::package::{self, templates};
use vnfctl::spec::{self, Package};
use vnfctl::tosca::model::Vnfd;

use super::spec::CLUSTER;

const ID: &str = "6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLE person@example.org";

fn load(text: &str) -> Package {
    let mut sink = Sink::default();
    let spec = spec::parse(Utf8Path::new("spec.yaml"), text, &mut sink);
    spec.unwrap_or_else(|| panic!("{:#?}", sink.diagnostics()))
}

fn starter(template: &str) -> String {
    templates::starter(template, "demo", templates::Keys::public(KEY)).unwrap()
}

fn text(plan: &Plan, path: &str) -> String {
    String::from_utf8(plan.read(Utf8Path::new(path), 1 << 20).unwrap()).unwrap()
}

#[test]
fn a_new_spec_names_the_secret_that_has_its_key() {
    let keys = templates::Keys {
        secret: Some("demo-key"),
        ..templates::Keys::public(KEY)
    };
    let text = templates::starter("k8s-cilium", "demo", keys).unwrap();
    let Package::Cluster(spec) = load(&text) else {
        panic!("{text}");
    };
    assert_eq!(spec.access.key_secret.as_deref(), Some("demo-key"));
    assert_eq!(spec.access.key_file, None);
}

#[rstest]
#[case("k8s-cilium", "demo", &[
    "Definitions/df_simple.yaml",
    "BaseHOT/ha/ha.yaml",
    "BaseHOT/ha/nested/control_plane.yaml",
    "BaseHOT/simple/nested/worker.yaml",
    "Scripts/cluster.yaml",
])]
#[case("plain-vm", "demo", &[
    "Definitions/demo_types.yaml",
    "Definitions/demo.vnfd.yaml",
    "Definitions/df_simple.yaml",
    "BaseHOT/simple/simple.yaml",
    "BaseHOT/simple/nested/machine.yaml",
])]
#[case("cnf-sample", "demo", &[
    "Definitions/df_simple.yaml",
    "Files/kubernetes/10-network-policy.yaml",
    "Files/kubernetes/20-service.yaml",
    "Files/kubernetes/30-deployment.yaml",
])]
fn starter_renders_as_approved(#[case] template: &str, #[case] name: &str, #[case] files: &[&str]) {
    let starter = starter(template);
    let line = starter.lines().find(|l| l.contains("vnfdId:")).unwrap();
    let spec = load(&starter.replace(line, &format!("  vnfdId: {ID}")));
    let plan = package::render(&spec).unwrap();
    insta::assert_snapshot!(
        format!("{template}_paths"),
        plan.paths()
            .iter()
            .map(|p| format!("{p}\n"))
            .collect::<String>()
    );
    assert_eq!(spec.metadata().name, name);
    for file in files {
        insta::assert_snapshot!(
            format!("{template}_{}", file.replace('/', "_")),
            text(&plan, file)
        );
    }
}

#[test]
fn counts_agree_at_every_level_of_every_flavour() {
    let plan = package::render(&load(CLUSTER)).unwrap();
    let vnfd = read_model(plan);
    let ids: Vec<_> = vnfd.flavours.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["ha", "simple", "single"]);
    let ha = &vnfd.flavours[0];
    let aspect = &ha.aspects["workers"];
    let step = aspect.step().unwrap()["worker"];
    assert_eq!((step, aspect.max_scale_level), (2, 3));
    for (id, level) in &ha.levels {
        let scaled = level.scale_info["workers"];
        assert_eq!(level.counts["worker"], 2 + scaled * step, "level {id}");
        assert_eq!(level.counts["controlPlane"], 3);
    }
    assert_eq!(ha.levels["default"].counts["worker"], 4);
    assert_eq!(vnfd.flavours[2].vdus.len(), 1);
    assert_eq!(ha.hooks.len(), 5);
}

/// The model reader wants TOSCA.meta, which is made when a package is built.
fn read_model(mut plan: Plan) -> Vnfd {
    use vnfctl::package::plan::{Content, Entry, MODE_FILE};
    plan.insert(Entry {
        path: "TOSCA-Metadata/TOSCA.meta".into(),
        mode: MODE_FILE,
        content: Content::Bytes(format!("Entry-Definitions: {}\n", plan.entry_definitions).into()),
    });
    let mut sink = Sink::default();
    let vnfd = Vnfd::read(&plan, &mut sink);
    assert_eq!(sink.diagnostics(), []);
    vnfd.unwrap()
}

#[rstest]
#[case("vxlan", "none", &["8472"], &["6081", "51871", "remote_ip_prefix"])]
#[case("geneve", "none", &["6081"], &["8472", "51871", "remote_ip_prefix"])]
#[case("native", "none", &["remote_ip_prefix: \"10.244.0.0/16\""], &["8472", "6081", "51871"])]
#[case("vxlan", "wireguard", &["8472", "51871"], &["6081", "remote_ip_prefix"])]
fn security_groups_open_exactly_what_the_mode_needs(
    #[case] routing: &str,
    #[case] encryption: &str,
    #[case] open: &[&str],
    #[case] shut: &[&str],
) {
    let spec = CLUSTER.replace(
        "routing: vxlan",
        &format!("routing: {routing}\n  encryption: {encryption}"),
    );
    let plan = package::render(&load(&spec)).unwrap();
    let hot = text(&plan, "BaseHOT/simple/simple.yaml");
    for port in open {
        assert!(hot.contains(port), "{port} is shut:\n{hot}");
    }
    for port in shut {
        assert!(!hot.contains(port), "{port} is open:\n{hot}");
    }
    let worker = text(&plan, "BaseHOT/simple/nested/worker.yaml");
    assert_eq!(
        worker.contains("allowed_address_pairs"),
        routing == "native"
    );
}

#[test]
fn cluster_file_is_json_with_what_the_scripts_read() {
    let spec = CLUSTER.replace(
        "  routing: vxlan",
        "  values: {operator: {replicas: 2}, sctp: {enabled: true}}",
    );
    let plan = package::render(&load(&spec)).unwrap();
    let cluster: serde_json::Value =
        serde_json::from_str(&text(&plan, "Scripts/cluster.yaml")).unwrap();
    assert_eq!(cluster["kubernetes"]["version"], "1.36.5");
    assert_eq!(cluster["runtime"]["version"], "1.36.3");
    assert_eq!(cluster["cilium"]["values"]["operator"]["replicas"], 2);
    assert_eq!(cluster["cilium"]["values"]["sctp"]["enabled"], true);
    assert_eq!(
        cluster["cilium"]["values"]["ipam"]["operator"]["clusterPoolIPv4PodCIDRList"][0],
        "10.244.0.0/16"
    );
    assert_eq!(
        cluster["controlPlaneEndpoint"]["flavours"],
        serde_json::json!({"ha": {"mode": "vip"}})
    );
}

#[test]
fn time_limits_of_a_spec_are_those_of_the_scripts() {
    let written = "timeouts: {boot: 90s, prepare: 1h30m, join: 2m}\n";
    let plan = package::render(&load(&format!("{CLUSTER}{written}"))).unwrap();
    let cluster: serde_json::Value =
        serde_json::from_str(&text(&plan, "Scripts/cluster.yaml")).unwrap();
    assert_eq!(
        cluster["timeouts"],
        serde_json::json!({"ssh": 90, "nodePrepare": 5400, "init": 900, "join": 120,
            "ready": 600, "drain": 300})
    );
}

/// Needs a Python with tosca-parser 2.15.0, and runs Tacker's own loader where it has tacker.
/// `scripts/dev/tosca-python` makes one and prints its path for VNFCTL_TOSCA_PYTHON, which
/// is required where CI is set.
#[test]
fn parser_of_tacker_accepts_every_package_that_we_build() {
    let Some(python) = crate::python::named("VNFCTL_TOSCA_PYTHON", "CI") else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let image = home.path().join("disk.qcow2");
    std::fs::write(&image, "abc").unwrap();
    let embedded = |text: &str| {
        text.replace(
            "name: debian-12",
            &format!("name: debian-12, file: {}", image.display()),
        )
    };
    let specs = [
        ("plain", starter("plain-vm")),
        ("pods", starter("cnf-sample")),
        ("cluster", starter("k8s-cilium")),
        ("all", CLUSTER.to_owned()),
        ("image", embedded(CLUSTER)),
        (
            "native",
            CLUSTER.replace("routing: vxlan", "routing: native"),
        ),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/dev/tosca_accepts.py");
    let mut command = Command::new(python);
    command.arg(script);
    for (name, text) in &specs {
        let zip = home.path().join(format!("{name}.zip"));
        let plan = package::render(&load(text)).unwrap();
        package::build(&plan, &zip, &mut |_, _| {}).unwrap();
        command.arg(zip);
    }
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert_eq!(stdout.matches("accepted by").count(), specs.len());
}

#[test]
fn example_of_the_readme_renders() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/web.yaml");
    let plan = package::render(&load(&std::fs::read_to_string(example).unwrap())).unwrap();
    assert_eq!(plan.identity.product_name, "web");
}
