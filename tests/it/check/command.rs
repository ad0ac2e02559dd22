//! The command on good input and on what is no package at all.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::Value;
use vnfctl::package;
use vnfctl::spec;

fn validate(package: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(["package", "validate"])
        .arg(package)
        .args(options)
        .output()
        .unwrap()
}

/// Runs a Python program with `package` open for writing a zip to the path.
fn zipped(out: &Path, program: &str) {
    let program = format!(
        "import sys, zipfile\npackage = zipfile.ZipFile(sys.argv[1], 'w')\n{program}\npackage.close()\n"
    );
    let done = Command::new("python3")
        .args(["-c", &program])
        .arg(out)
        .status();
    assert!(done.unwrap().success());
}

/// Builds what the README's example says.
fn built(out: &Path) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/web.yaml");
    let text = fs::read_to_string(example).unwrap();
    let mut sink = vnfctl::diagnose::Sink::default();
    let spec = spec::parse("web.yaml".into(), &text, &mut sink).unwrap();
    let plan = package::render(&spec).unwrap();
    package::build(&plan, out, &mut |_, _| {}).unwrap();
}

#[test]
fn built_package_has_no_faults() {
    let directory = tempfile::tempdir().unwrap();
    let zip = directory.path().join("web.zip");
    built(&zip);
    let done = validate(&zip, &["--deny-warnings"]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert_eq!(said, format!("{}: no faults found\n", zip.display()));
    let done = validate(&zip, &["-o", "json"]);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    assert!(done.stderr.is_empty());
}

#[rstest]
#[case::parent("package.writestr('../evil', 'x')", "archive-entry-name")]
#[case::twice(
    "package.writestr('a', 'x'); package.writestr('A', 'x')",
    "archive-case"
)]
#[case::bomb(
    "package.writestr('zeros', bytes(80 << 20), compress_type=zipfile.ZIP_DEFLATED)",
    "archive-too-large"
)]
fn what_is_no_package_is_refused_with_a_finding(#[case] program: &str, #[case] code: &str) {
    let directory = tempfile::tempdir().unwrap();
    let zip = directory.path().join("bad.zip");
    zipped(&zip, program);
    refused(&zip, code);
}

#[test]
fn text_and_a_truncated_package_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let zip = directory.path().join("cut.zip");
    fs::write(&zip, "kind: Cluster\n").unwrap();
    refused(&zip, "archive-not-zip");
    built(&zip);
    let bytes = fs::read(&zip).unwrap();
    fs::write(&zip, "").unwrap();
    refused(&zip, "archive-foreign");
    for length in [1, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&zip, &bytes[..length]).unwrap();
        refused(&zip, "archive-not-zip");
    }
}

fn refused(package: &Path, code: &str) {
    let done = validate(package, &[]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("error[{code}]")), "{said}");
    assert!(said.ends_with(": 1 error\n"), "{said}");
    assert!(done.stdout.is_empty());
    let done = validate(package, &["-o", "json"]);
    assert_eq!(done.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["findings"][0]["code"], code);
    assert_eq!(report["errors"], 1);
}

#[test]
fn missing_file_has_its_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let gone = directory.path().join("gone.zip");
    let done = validate(&gone, &[]);
    assert_eq!(done.status.code(), Some(3));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains(gone.to_str().unwrap()), "{said}");
}

#[test]
fn folder_is_judged_as_the_package_that_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let done = validate(directory.path(), &[]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains("error[archive-foreign]"), "{said}");
    let meta = directory.path().join("TOSCA-Metadata");
    fs::create_dir(&meta).unwrap();
    fs::write(
        meta.join("TOSCA.meta"),
        "Entry-Definitions: Definitions/gone.yaml\n",
    )
    .unwrap();
    let done = validate(directory.path(), &[]);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("TOSCA-Metadata/TOSCA.meta:1:20"), "{said}");
}
