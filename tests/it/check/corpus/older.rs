//! Verdicts for older releases of Tacker, held to those releases themselves.

use std::path::{Path, PathBuf};
use std::process::Command;

use vnfctl::check::{self, Judged, Operation, Outlook, Target};

use super::{edit, judge_with, log, mutants, tacker};

/// One release of each kind, by its version; those between differ in nothing that is judged here.
const RELEASES: [(u8, &str); 3] = [(8, "8.0.0"), (11, "11.0.0"), (13, "13.0.0")];

/// Per cent of the texts of the log.
const LOGGED: usize = 85;

/// The folder with a release, fetched when it is not there.
fn fetched(python: &std::ffi::OsStr, version: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut fetch = Command::new(root.join("scripts/dev/older-tacker"));
    let output = fetch.arg(python).arg(version).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{version}: {errors}");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// Tells whether a release is predicted to take a package.
fn is_taken(zip: &Path, target: Target) -> bool {
    let Judged::Read(mut checked) = check::open(zip).unwrap() else {
        panic!("{} cannot be read", zip.display());
    };
    target.apply(&checked.sources, &mut checked.sink);
    let prediction = target.predict(&checked.sink);
    matches!(
        prediction.of(Operation::Onboard).unwrap(),
        Outlook::Works | Outlook::Differs(_)
    )
}

/// Needs a Python with Tacker 16 in VNFCTL_TOSCA_PYTHON; the releases are fetched.
#[test]
fn older_releases_come_to_the_verdicts_that_are_predicted_for_them() {
    let Some(python) = tacker() else { return };
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mutants = mutants();
    let mut zips = Vec::new();
    for mutant in mutants.iter().filter(|mutant| !mutant.is_of_the_network()) {
        zips.push(mutant.build(home.path(), &plans));
    }
    std::thread::scope(|scope| {
        for (release, version) in RELEASES {
            let (zips, python) = (&zips, &python);
            scope.spawn(move || held(release, version, zips, python));
        }
    });
}

fn held(release: u8, version: &str, zips: &[PathBuf], python: &std::ffi::OsStr) {
    let folder = fetched(python, version);
    let answers = judge_with(python, Some(&folder), zips);
    let target = Target::Tacker(release);
    let differs = |zip: &&PathBuf| answers[*zip]["refused"].is_null() != is_taken(zip, target);
    let wrong: Vec<_> = zips
        .iter()
        .filter(differs)
        .map(|zip| format!("{}: {}", zip.display(), answers[zip]["refused"]))
        .collect();
    let agreed = zips.len() - wrong.len();
    eprintln!("Tacker {version}: {agreed} of {} verdicts", zips.len());
    assert!(
        wrong.is_empty(),
        "Tacker {version} says otherwise: {wrong:#?}"
    );
    let texts = zips.iter().map(|zip| ("", &**zip));
    log::compare(texts, &answers, LOGGED);
}
