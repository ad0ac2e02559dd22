//! What is known of the versions of SOL001, against ETSI's own files and the copies that lie about.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vnfctl::tosca::profile;

use super::corpus::edit;
use crate::python;

/// What this project and Tacker's own samples bring.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tosca/profile/table.txt");

/// Needs ETSI's files in `VNFCTL_SOL001_DIR`, a folder for each version: they are ETSI's to give.
/// `VNFCTL_WRITE_DOCS` writes the table anew.
#[test]
fn the_table_is_what_etsi_wrote() {
    let Some(folder) = std::env::var_os("VNFCTL_SOL001_DIR") else {
        eprintln!("skipped: VNFCTL_SOL001_DIR is not set (see CONTRIBUTING.md)");
        return;
    };
    let mut versions: Vec<(String, Vec<String>)> = children(Path::new(&folder))
        .iter()
        .map(|version| {
            let name = version.file_name().unwrap().to_str().unwrap().to_owned();
            let files = children(version);
            (name, files.iter().map(read).collect())
        })
        .collect();
    versions.sort_by_key(|(name, _)| {
        let numbers = name.split('.').map(|part| part.parse::<u32>().unwrap());
        numbers.collect::<Vec<_>>()
    });
    let named: Vec<_> = versions
        .iter()
        .map(|(name, texts)| (name.as_str(), texts.clone()))
        .collect();
    let table = profile::table(&named).unwrap();
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        fs::write(TABLE, table).unwrap();
    } else {
        assert!(
            fs::read_to_string(TABLE).unwrap() == table,
            "{TABLE} is old"
        );
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut children: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    children.sort();
    children
}

fn read(file: &PathBuf) -> String {
    fs::read_to_string(file).unwrap()
}

/// Packages that were made from Tacker's samples bring the types that its tests bring. Needs a
/// Python with Tacker in `VNFCTL_TOSCA_PYTHON`.
#[test]
fn the_copies_that_tacker_brings_can_be_read_and_are_of_the_version_that_they_say() {
    let Some(python) = python::named("VNFCTL_TOSCA_PYTHON", "CI") else {
        return;
    };
    let Some(folder) = folder_of(&python, "tacker") else {
        eprintln!("skipped: {} has no tacker", python.display());
        return;
    };
    let folder = folder.join("tests/unit/vnfm/infra_drivers/openstack/data/etsi_nfv");
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mut plan = plans[0].1.clone();
    for name in [
        "etsi_nfv_sol001_common_types.yaml",
        "etsi_nfv_sol001_vnfd_types.yaml",
    ] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        plan = edit::with(plan, &format!("Definitions/{name}"), text);
    }
    let zip = edit::write(&plan, &home.path().join("theirs.zip"));
    let (sink, _) = super::corpus::judged(&zip);
    let codes: Vec<_> = sink.diagnostics().iter().map(|one| one.code).collect();
    assert_eq!(codes, ["yaml-hanging-line"], "{sink:?}");
}

fn folder_of(python: &std::ffi::OsStr, module: &str) -> Option<PathBuf> {
    let ask = format!("import {module}; print({module}.__path__[0])");
    let said = Command::new(python).args(["-c", &ask]).output().unwrap();
    let path = String::from_utf8(said.stdout).unwrap();
    said.status.success().then(|| path.trim_end().into())
}
