//! `vnfctl package inspect`, as a person and as a program read it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use vnfctl::package::build;
use vnfctl::package::plan::MODE_FILE;

use super::{insert, plan, python};

const TOP: &str = r#"
tosca_definitions_version: tosca_simple_yaml_1_2
node_types:
  acme.VNF: {derived_from: tosca.nodes.nfv.VNF}
topology_template:
  node_templates:
    VNF:
      type: acme.VNF
      properties:
        descriptor_id: 3f1c0e4c-0f5b-4d0e-9d44-6a8f6a8a0001
        provider: Acme
        product_name: Sample
        software_version: "1.0"
        descriptor_version: "1.1"
"#;
const FLAVOUR: &str = r"
topology_template:
  substitution_mappings:
    node_type: acme.VNF
    properties: {flavour_id: simple}
  node_templates:
    VNF:
      type: acme.VNF
      properties: {flavour_description: One VDU}
      interfaces: {Vnflcm: {instantiate_end: {implementation: script}}}
      artifacts: {script: {type: tosca.artifacts.Implementation.Python, file: ../Scripts/m.py}}
    worker:
      type: tosca.nodes.nfv.Vdu.Compute
      properties: {vdu_profile: {min_number_of_instances: 1, max_number_of_instances: 5}}
  policies:
    - levels:
        type: tosca.policies.nfv.InstantiationLevels
        properties:
          default_level: small
          levels: {small: {scale_info: {workers: {scale_level: 0}}}}
    - counts:
        type: tosca.policies.nfv.VduInstantiationLevels
        targets: [worker]
        properties: {levels: {small: {number_of_instances: 1}}}
    - aspects:
        type: tosca.policies.nfv.ScalingAspects
        properties: {aspects: {workers: {max_scale_level: 2, step_deltas: [d]}}}
    - deltas:
        type: tosca.policies.nfv.VduScalingAspectDeltas
        targets: [worker]
        properties: {aspect: workers, deltas: {d: {number_of_instances: 2}}}
";

fn write_package(out: &Path, top: &str) {
    let mut plan = plan(None);
    insert(&mut plan, "Definitions/sample.vnfd.yaml", MODE_FILE, top);
    insert(&mut plan, "Definitions/simple.yaml", MODE_FILE, FLAVOUR);
    build(&plan, out, &mut |_, _| {}).unwrap();
}

fn inspect(package: &Path, format: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(["package", "inspect", "-o", format])
        .arg(package)
        .output()
        .unwrap()
}

#[test]
fn package_is_shown_from_zip_and_folder_alike() {
    let directory = tempfile::tempdir().unwrap();
    let [zip, folder] = ["sample.zip", "folder"].map(|n| directory.path().join(n));
    write_package(&zip, TOP);
    let judged = python(
        "import hashlib,json,sys,zipfile
package=zipfile.ZipFile(sys.argv[1]); package.extractall(sys.argv[2])
print(json.dumps([{'path':n,'size':len(package.read(n)),'sha256':hashlib.sha256(package.read(n)).hexdigest()}
                  for n in sorted(package.namelist())]))",
        &[&zip, &folder],
    );
    let judged: Value = serde_json::from_str(&judged).unwrap();
    let [from_zip, from_folder] = [&zip, &folder].map(|package| inspect(package, "json"));
    assert!(from_zip.status.success(), "{from_zip:?}");
    assert_eq!(from_zip.stdout, from_folder.stdout);
    let seen: Value = serde_json::from_slice(&from_zip.stdout).unwrap();
    assert_eq!(seen["files"], judged);
    assert_eq!(seen["vnfd"]["productName"], "Sample");
    let flavour = &seen["vnfd"]["flavours"][0];
    assert_eq!(flavour["vdus"][0]["max"], 5);
    assert_eq!(flavour["levels"]["small"]["counts"]["worker"], 1);
    assert_eq!(flavour["aspects"]["workers"]["deltas"]["d"]["worker"], 2);
    assert_eq!(flavour["hooks"]["instantiate_end"], "../Scripts/m.py");
}

#[test]
fn tables_tell_a_person_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let zip = directory.path().join("sample.zip");
    write_package(&zip, TOP);
    let shown = inspect(&zip, "table");
    assert!(shown.status.success(), "{shown:?}");
    let shown = String::from_utf8(shown.stdout).unwrap();
    let rows: Vec<String> = shown
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for row in [
        "Sample 1.1 by Acme, software 1.0, VNFD 3f1c0e4c-0f5b-4d0e-9d44-6a8f6a8a0001",
        "Flavour simple: One VDU",
        "worker 1 5 - -",
        "small yes worker=1 workers=0",
        "workers 2 worker=2",
        "instantiate_end ../Scripts/m.py",
    ] {
        assert!(rows.iter().any(|r| r == row), "{row}:\n{shown}");
    }
}

#[test]
fn package_without_identity_is_shown_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let zip = directory.path().join("sample.zip");
    write_package(&zip, &TOP.replace("\"1.1\"", "1.1"));
    let shown = inspect(&zip, "json");
    assert_eq!(shown.status.code(), Some(1), "{shown:?}");
    let seen: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(seen["vnfd"], Value::Null);
    assert_eq!(seen["files"].as_array().unwrap().len(), 6);
    let said = String::from_utf8(shown.stderr).unwrap();
    assert!(
        said.contains("`descriptor_version` must be a string")
            && said.contains("Definitions/sample.vnfd.yaml:14:29"),
        "{said}"
    );
}

#[test]
fn what_is_no_package_has_its_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text.zip");
    fs::write(&text, "kind: Cluster\n").unwrap();
    for (package, code) in [(&text, 2), (&directory.path().join("gone.zip"), 3)] {
        let shown = inspect(package, "table");
        assert_eq!(shown.status.code(), Some(code), "{shown:?}");
        let said = String::from_utf8_lossy(&shown.stderr);
        assert!(said.contains(package.to_str().unwrap()), "{said}");
        assert!(shown.stdout.is_empty());
    }
}
