//! The examples are checked, built, and judged as any package.

use std::path::{Path, PathBuf};

use camino::Utf8Path;
use vnfctl::diagnose::{Sink, Sources};
use vnfctl::package::plan::Plan;
use vnfctl::package::tree::Tree as _;
use vnfctl::spec;
use vnfctl::{check, package};

fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cilium");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// A spec's plan; nothing but the missing lock may be found in it.
fn plan(path: &Path) -> Plan {
    let path = Utf8Path::from_path(path).unwrap();
    let mut sink = Sink::default();
    let read = spec::load(path, &mut Sources::default(), &mut sink).unwrap();
    let codes: Vec<_> = sink.diagnostics().iter().map(|d| d.code).collect();
    assert_eq!(codes, ["spec-artifacts-unpinned"], "{path}");
    package::render(&read.unwrap()).unwrap()
}

fn file(plan: &Plan, path: &str) -> String {
    String::from_utf8(plan.read(Utf8Path::new(path), 1 << 20).unwrap()).unwrap()
}

#[test]
fn every_example_builds_a_package_in_which_nothing_is_found() {
    let home = tempfile::tempdir().unwrap();
    let examples = examples();
    assert_eq!(examples.len(), 11);
    for example in examples {
        let out = home.path().join("built.zip");
        package::build(&plan(&example), &out, &mut |_, _| {}).unwrap();
        let check::Judged::Read(checked) = check::open(&out).unwrap() else {
            panic!("{} is no package", example.display());
        };
        let found = checked.sink.diagnostics();
        assert_eq!(found, [], "{}", example.display());
    }
}

#[test]
fn clusters_of_the_mesh_agree_about_each_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cilium");
    let settings = ["east", "west"].map(|name| {
        let plan = plan(&folder.join(format!("cluster-mesh-{name}.yaml")));
        let text = file(&plan, "Scripts/cluster.yaml");
        let hot = file(&plan, "BaseHOT/simple/simple.yaml");
        (
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            hot,
        )
    });
    let [(east, east_hot), (west, west_hot)] = settings;
    assert_ne!(
        east["cilium"]["values"]["cluster"]["id"],
        west["cilium"]["values"]["cluster"]["id"]
    );
    assert!(east_hot.contains("remote_ip_prefix: \"10.0.2.0/24\""));
    assert!(west_hot.contains("remote_ip_prefix: \"10.0.1.0/24\""));
}

/// What Neutron is told for two examples: rules of the nodes' group, and a port.
#[test]
fn templates_of_heat_carry_rules_and_addresses() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cilium");
    let ipsec = plan(&folder.join("encryption-ipsec.yaml"));
    let hot = file(&ipsec, "BaseHOT/simple/simple.yaml");
    let rules = hot.split("nodeSecurityGroup:\n").last().unwrap();
    insta::assert_snapshot!("rules_of_ipsec", rules);
    let dsr = plan(&folder.join("kpr-xdp-dsr.yaml"));
    let nested = file(&dsr, "BaseHOT/ha/nested/control_plane.yaml");
    let port = nested.split("  controlPlaneCp:\n").last().unwrap();
    insta::assert_snapshot!("port_of_dsr", port);
}

/// Functions of SR-IOV are ports of workers alone, with connection points of their own.
#[test]
fn workers_get_further_ports_of_their_own_kind() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cilium");
    let plan = plan(&folder.join("sriov-multiqueue.yaml"));
    let hot = file(&plan, "BaseHOT/ha/ha.yaml");
    assert!(
        hot.contains("network-fronthaul: {if: [workerFronthaulCpNetworkGiven"),
        "{hot}"
    );
    let worker = file(&plan, "BaseHOT/ha/nested/worker.yaml");
    let ports = worker.split("  workerFronthaulCp:\n").last().unwrap();
    insta::assert_snapshot!("ports_of_sriov", ports);
    assert!(worker.contains("- port: {get_resource: workerFronthaulCp}"));
    let plane = file(&plan, "BaseHOT/ha/nested/control_plane.yaml");
    assert!(!plane.contains("Fronthaul"), "{plane}");
    let vnfd = file(&plan, "Definitions/df_ha.yaml");
    assert!(
        vnfd.contains("virtual_link_workerFronthaulCp: [workerFronthaulCp, virtual_link]"),
        "{vnfd}"
    );
    assert_eq!(vnfd.matches("order: 2").count(), 1, "{vnfd}");
}

#[test]
fn ports_without_port_security_have_no_groups() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/cluster.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace(
        "network: private",
        "network: {name: private, portSecurity: false}",
    );
    let package = spec::Package::Cluster(Box::new(super::cluster(&text)));
    let plan = package::render(&package).unwrap();
    let checked = check::plan(&plan);
    assert_eq!(checked.sink.diagnostics(), []);
    for flavour in ["single", "simple", "ha"] {
        let hot = file(&plan, &format!("BaseHOT/{flavour}/{flavour}.yaml"));
        assert!(!hot.contains("security_groups"), "{hot}");
        assert!(!hot.contains("SecurityGroup"), "{hot}");
        let nested = format!("BaseHOT/{flavour}/nested/control_plane.yaml");
        let nested = file(&plan, &nested);
        assert!(nested.contains("port_security_enabled: false"), "{nested}");
        assert!(!nested.contains("allowed_address_pairs"), "{nested}");
    }
}
