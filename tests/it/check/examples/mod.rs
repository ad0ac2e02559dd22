//! An example of every code, made and judged each time: something sound, a small change of it, and
//! what the program says then.
//!
//! Codes of packages have theirs out of the corpus (`tests/fixtures/corpus/`): the mutant marked
//! `example: true`, or else the first with the fewest codes beside. All others are files and commands
//! in `tests/fixtures/examples/`. Both become pages of the documentation and `src/check/examples.json`,
//! from which `vnfctl explain` takes them.

mod change;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rstest::rstest;
use serde::Serialize;
use vnfctl::check::{self, CATALOGUE, Policy};
use vnfctl::{diagnose, package};

use super::corpus::{self, edit};
pub(super) use change::Change;

/// Codes that nothing a person writes can bring about, and why not.
pub(super) const WITHOUT: &[(&str, &str)] = &[
    (
        "devstack-ports",
        "the table of ports is part of the program",
    ),
    (
        "spec-matrix",
        "the table of tested versions is part of the program",
    ),
];

/// What is shown of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Example {
    /// What is changed in something sound, as a diff.
    pub(super) change: String,
    /// The commands that find it, unless it is `vnfctl package validate`.
    pub(super) run: Vec<String>,
    /// The finding as a person sees it.
    pub(super) said: String,
    /// What the same change is found by, too.
    pub(super) also: Vec<String>,
    /// Whether `package validate --fix` takes the finding away.
    pub(super) mended: bool,
}

/// The examples of all codes that have one.
pub(super) fn all() -> BTreeMap<String, Example> {
    let mut all = of_packages();
    for (code, example) in run::all() {
        all.entry(code).or_insert(example);
    }
    all
}

/// The examples out of the corpus.
fn of_packages() -> BTreeMap<String, Example> {
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mutants = corpus::mutants();
    let mut chosen: BTreeMap<&str, (usize, &edit::Mutant)> = BTreeMap::new();
    for mutant in &mutants {
        for (at, code) in mutant.codes.iter().enumerate() {
            let rank = match (mutant.is_example, at) {
                (true, 0) => 0,
                _ => mutant.codes.len(),
            };
            let best = chosen.entry(code).or_insert((rank, mutant));
            if rank < best.0 {
                *best = (rank, mutant);
            }
        }
    }
    let made = chosen.into_iter().map(|(code, (_, mutant))| {
        let (zip, changes) = mutant.built(home.path(), &plans);
        let (sink, sources) = corpus::judged(&zip);
        let mut findings = sink.diagnostics().iter();
        let finding = findings.find(|finding| finding.code == code);
        let finding = finding.unwrap_or_else(|| panic!("{}: no {code}", mutant.name));
        let said = diagnose::human(std::slice::from_ref(finding), &sources, false);
        // An archive that cannot be read is named by its own path.
        let said = said.replace(&home.path().display().to_string(), "");
        let others = mutant.codes.iter().filter(|other| *other != code);
        let mut example = change::shown(&changes, vec![], &said, others.cloned().collect());
        example.mended = is_mended(code, &zip);
        (code.to_owned(), example)
    });
    made.collect()
}

/// Tells whether mending a package takes all findings of a code away.
fn is_mended(code: &str, zip: &Path) -> bool {
    let tree = package::open(zip).unwrap();
    let fixes = check::fixes(&*tree, "demo.zip".into(), &Policy::default());
    if fixes.is_empty() {
        return false;
    }
    let out = zip.with_extension("mended.zip");
    check::write_fixes_to(&fixes, zip, &out).unwrap();
    let (sink, _) = corpus::judged(&out);
    sink.diagnostics().iter().all(|one| one.code != code)
}

/// What an example starts from has none of the faults; the corpus and the runs hold the others.
#[test]
fn what_packages_start_from_is_sound() {
    let home = tempfile::tempdir().unwrap();
    for (base, plan) in edit::plans(home.path()) {
        let zip = edit::write(&plan, &home.path().join(format!("{base:?}.zip")));
        let (sink, _) = corpus::judged(&zip);
        assert!(sink.diagnostics().is_empty(), "{base:?}: {sink:?}");
    }
}

#[test]
fn every_code_has_an_example() {
    // Whether they are true is asked where the documentation is held to them.
    let mutants = corpus::mutants();
    let of_packages = mutants.iter().flat_map(|mutant| mutant.codes.clone());
    let examples: BTreeSet<_> = of_packages.chain(run::codes()).collect();
    let codes = CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    let without: Vec<_> = codes
        .map(|code| code.name)
        .filter(|name| !examples.contains(*name))
        .filter(|name| WITHOUT.iter().all(|(code, _)| code != name))
        .collect();
    assert!(
        without.is_empty(),
        "no mutant in tests/fixtures/corpus/ and no example in tests/fixtures/examples/ has {without:#?}"
    );
    for (code, _) in WITHOUT {
        assert!(!examples.contains(*code), "{code} has an example");
    }
}

#[rstest]
#[case::line("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n")]
#[case::unseen("a\n", "a\r\n", "@@ -1 +1 @@\n-a\n+a␍\n")]
fn a_change_is_a_diff(#[case] before: &str, #[case] after: &str, #[case] hunk: &str) {
    let change = Change {
        file: "x".into(),
        before: Some(before.into()),
        after: Some(after.into()),
        modes: None,
    };
    assert_eq!(change::diff(&[change]), format!("--- x\n+++ x\n{hunk}"));
}
