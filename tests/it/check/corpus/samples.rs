//! The packages that Tacker's own sources bring, which people start from, against Tacker itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vnfctl::check::{self, Judged};
use vnfctl::diagnose::Verdict;

use super::{edit, judge, tacker, unforeseen};

/// What Tacker's tests put into each package before they pack it.
const COMMON: &str = "tests/functional/sol_v2_common/common";

pub(in crate::check) fn samples() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(root.join("scripts/dev/tacker-samples")).output();
    let output = output.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// All files below a folder.
pub(in crate::check) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The folders that are packed.
fn packages(samples: &Path) -> BTreeSet<PathBuf> {
    let is_part = |folder: &Path| {
        ["TOSCA-Metadata", "Definitions"].map(|name| folder.ends_with(name)) != [false, false]
    };
    let files = files(samples);
    let folders = files.iter().filter_map(|file| file.parent());
    let parts = folders.filter(|folder| is_part(folder));
    parts
        .map(|part| part.parent().unwrap().to_owned())
        .collect()
}

/// Packs a folder as Tacker's tests and guides do: with ETSI's types, and with the files that
/// artifacts name, images and scripts, which lie elsewhere.
fn pack(folder: &Path, samples: &Path, zip: &Path) {
    let mut plan = edit::folder();
    for file in files(&samples.join(COMMON).join("Definitions")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        plan = edit::with(
            plan,
            &format!("Definitions/{name}"),
            fs::read(&file).unwrap(),
        );
    }
    let mut named = BTreeSet::new();
    for file in files(folder) {
        let path = file.strip_prefix(folder).unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        if path.starts_with("Definitions/") {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let values = text.lines().filter_map(|line| line.split_once("file:"));
            named
                .extend(values.map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned()));
        }
        plan = edit::with(plan, path, bytes);
    }
    for name in named {
        let name = name.trim_start_matches("../");
        let is_path = !name.is_empty() && !name.starts_with('/') && !name.contains(':');
        if is_path && plan.get(name.into()).is_none() {
            plan = edit::with(plan, name, b"x".to_vec());
        }
    }
    edit::pack(&plan, zip);
}

/// The codes for which the upload is said to drop a package; nothing when it depends on a server.
fn refused(zip: &Path) -> Option<BTreeSet<&'static str>> {
    let sink = match check::open(zip).unwrap() {
        Judged::Read(checked) => checked.sink,
        Judged::Refused(sink) => sink,
    };
    let codes = || sink.diagnostics().iter().map(|finding| finding.code);
    let is_rejected = |code: &&str| check::code(code).unwrap().verdict == Verdict::Rejected;
    let is_known = codes().all(|code| !code.ends_with("-url"));
    is_known.then(|| codes().filter(is_rejected).collect())
}

/// Needs a Python with Tacker 16 in `VNFCTL_TOSCA_PYTHON`; its sources are fetched.
#[test]
fn the_samples_of_tacker_are_judged_as_tacker_judges_them() {
    let Some(python) = tacker() else { return };
    let home = tempfile::tempdir().unwrap();
    let samples = samples();
    let mut zips = Vec::new();
    for folder in packages(&samples) {
        let name = folder.strip_prefix(&samples).unwrap().to_str().unwrap();
        let zip = home.path().join(name.replace('/', "_") + ".zip");
        pack(&folder, &samples, &zip);
        zips.push(zip);
    }
    let answers = judge(&python, &zips);
    let mut wrong = Vec::new();
    for zip in &zips {
        let answer = &answers[zip];
        let Some(codes) = refused(zip) else { continue };
        let name = zip.file_name().unwrap();
        if codes.is_empty() != answer["refused"].is_null() {
            wrong.push(format!(
                "{name:?}: {codes:?}, Tacker says {}",
                answer["refused"]
            ));
        } else if codes.is_empty() {
            let nothing = serde_json::Value::Null;
            let fails = unforeseen(zip, &nothing, &answer["v2"]);
            if !fails.is_empty() {
                wrong.push(format!("{name:?}: {fails:?} fails: {}", answer["v2"]));
            }
        }
    }
    assert!(zips.len() > 100, "{}", zips.len());
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        zips.len()
    );
}
