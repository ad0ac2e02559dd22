//! The texts that Tacker logs of packages that it drops, held to what the real one says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use vnfctl::check::{self, Logged, OPEN};
use vnfctl::diagnose::Verdict;

use super::edit::Mutant;
use super::judged;

/// Names of the templates' packages, which other packages do not have.
const UNKNOWN: &[&str] = &[
    "vnfctl.demo.VNF",
    "acme.VNF",
    "demo_types.yaml",
    "df_simple.yaml",
    "VNF",
    "machine",
    "Files/note.txt",
    "demo.txt",
    "default,maximum,minimum",
];

/// Digests, and folders of their own.
static ACCIDENTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-fA-F]{40,128}|/tmp/[^\\s\"']*").unwrap());

/// The text of Tacker's exception without what tosca-parser puts around it: the path of the upload,
/// and the lines of its own code.
fn plain(refused: &str) -> String {
    let mut lines = Vec::new();
    for line in refused.lines() {
        let is_of_code = line.starts_with("\t\t");
        let is_head = line.starts_with("The input \"");
        let line = line.trim().trim_start_matches("InvalidCSAR:").trim();
        if !is_of_code && !is_head && !line.is_empty() {
            lines.push(line);
        }
    }
    // Of several faults that the parser collects, each is found on its own as well.
    let is_collected = lines.len() > 1 && lines.iter().all(|line| line.contains("Error: "));
    if is_collected {
        lines.truncate(1);
    }
    lines.join("\n")
}

/// The messages for which the upload drops a package, with their codes.
fn rejected(zip: &Path) -> Vec<vnfctl::diagnose::Diagnostic> {
    let (sink, _) = judged(zip);
    let findings = sink.diagnostics().iter();
    let is_rejected = |name| check::code(name).unwrap().verdict == Verdict::Rejected;
    findings
        .filter(|finding| is_rejected(finding.code))
        .cloned()
        .collect()
}

/// Learns the texts from packages with one fault each, and holds the file of the source to them; or
/// writes it, when told to.
pub(super) fn hold(mutants: &[Mutant], zips: &[PathBuf], answers: &BTreeMap<PathBuf, Value>) {
    let mut all: BTreeMap<&str, Vec<Logged>> = BTreeMap::new();
    for (mutant, zip) in mutants.iter().zip(zips) {
        let Some(refused) = answers[zip]["refused"].as_str() else {
            continue;
        };
        let findings = rejected(zip);
        let Some(first) = findings.first() else {
            continue;
        };
        let is_single = findings.iter().all(|finding| finding.code == first.code);
        if !is_single || mutant.is_of_the_network() {
            continue;
        }
        let text = plain(refused);
        let text = ACCIDENTS.replace_all(&text, OPEN);
        let one = Logged::learn(&first.message, &text, UNKNOWN);
        let known = all.entry(first.code).or_default();
        if known.iter().all(|other| other.said != one.said) {
            known.push(one);
        }
    }
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check/logged.json");
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::write(file, text).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == text,
        "{} is not what Tacker logs: run this test with VNFCTL_WRITE_DOCS=1",
        file.display()
    );
}

/// Compares what is predicted with what was logged; at least `least` per cent of the predictions
/// must hold.
pub(super) fn compare<'a>(
    packages: impl Iterator<Item = (&'a str, &'a Path)>,
    answers: &BTreeMap<PathBuf, Value>,
    least: usize,
) {
    let (mut refused, mut predicted, mut right) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (what, zip) in packages {
        let Some(text) = answers[zip]["refused"].as_str() else {
            continue;
        };
        refused += 1;
        let texts: Vec<_> = rejected(zip).iter().filter_map(check::logged).collect();
        if texts.is_empty() {
            continue;
        }
        predicted += 1;
        if texts.iter().any(|one| fits(one, text)) {
            right += 1;
        } else {
            wrong.push(format!("{what}: {texts:?}, Tacker logs {:?}", plain(text)));
        }
    }
    eprintln!(
        "{right} of {predicted} texts are what Tacker logs, of {refused} packages that it drops; not: \n{}",
        wrong.join("\n")
    );
    assert!(
        right * 100 >= least * predicted,
        "{right} of {predicted} texts"
    );
}

/// Tells whether a text of the log is the one predicted, or has it among others.
fn fits(predicted: &str, logged: &str) -> bool {
    let predicted: Vec<_> = predicted.split_whitespace().collect();
    let logged: Vec<_> = logged.split_whitespace().collect();
    let (predicted, logged) = (predicted.join(" "), logged.join(" "));
    let parts: Vec<_> = predicted.split(OPEN).map(regex::escape).collect();
    Regex::new(&parts.join(".*?")).unwrap().is_match(&logged)
}
