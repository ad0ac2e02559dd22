//! Packages with one fault each, judged here and by the real Tacker: both must come to one verdict.
//!
//! Each starts as a package that the templates build. What differs is written in
//! `tests/fixtures/corpus/` as edits of its files, beside the codes that are expected. Two questions are asked: whether the upload drops
//! the package, and whether the v2 API reads something else out of it than out of the sound one.

pub(super) mod edit;
mod log;
mod mechanical;
mod older;
pub(super) mod samples;
mod user_data;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use edit::Mutant;
use serde_json::Value;
use vnfctl::check::{self, Judged, Operation, Outlook, Policy, Target};
use vnfctl::diagnose::{Code, Sink, Sources, Verdict};

use crate::python;

/// All of them, in the order of their files' names; their own names are unique.
pub(super) fn mutants() -> Vec<Mutant> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/corpus");
    let mut all = Vec::new();
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let some: Vec<Mutant> = serde_yaml::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        all.extend(some);
    }
    let names: BTreeSet<_> = all.iter().map(|mutant| &*mutant.name).collect();
    assert_eq!(names.len(), all.len(), "a name stands twice");
    all
}

/// What the command finds in a package, comments that allow it taken into account.
pub(super) fn judged(zip: &Path) -> (Sink, Sources) {
    let (mut sink, sources) = match check::open(zip).unwrap() {
        Judged::Read(checked) => (checked.sink, checked.sources),
        Judged::Refused(sink) => (sink, Sources::default()),
    };
    Policy::default().apply("demo.zip".into(), &sources, &mut sink);
    (sink, sources)
}

/// The findings of a package.
fn findings(zip: &Path) -> Vec<&'static Code> {
    let (sink, _) = judged(zip);
    for finding in sink.diagnostics() {
        assert!(
            finding.primary.span.is_some() || !finding.code.starts_with("vnfd-"),
            "{finding:?} has no place"
        );
        assert!(
            finding.why.is_some() || !finding.code.starts_with("vnfd-"),
            "{finding:?} has no reason"
        );
    }
    let codes = sink.diagnostics().iter();
    codes
        .map(|finding| check::code(finding.code).unwrap())
        .collect()
}

/// What is predicted of an operation on a package that the upload takes.
fn predicted(zip: &Path, operation: Operation) -> Outlook {
    let Judged::Read(checked) = check::open(zip).unwrap() else {
        panic!("{} cannot be read", zip.display());
    };
    let prediction = Target::default().predict(&checked.sink);
    prediction.of(operation).unwrap().clone()
}

/// What the v2 API is asked when a VNF is scaled; all else it is asked to instantiate it.
const OF_SCALING: [&str; 2] = ["steps", "ends"];

/// The operations that the v2 API ends with an exception, by what it answered of a sound package
/// and of another.
fn failing(sound: &Value, answer: &Value) -> BTreeSet<Operation> {
    let mut failing = BTreeSet::new();
    let mut check = |operation, of: &dyn Fn(&Value) -> usize| {
        if of(answer) > of(sound) {
            failing.insert(operation);
        }
    };
    let parts = |answer: &Value, is_scaling: bool| -> usize {
        let Some(flavours) = answer.as_object() else {
            return if is_scaling { 0 } else { exceptions(answer) };
        };
        let of_flavour = |flavour: &Value| -> usize {
            let Some(parts) = flavour.as_object() else {
                return if is_scaling { 0 } else { exceptions(flavour) };
            };
            let parts = parts.iter();
            let parts = parts.filter(|(name, _)| OF_SCALING.contains(&&***name) == is_scaling);
            parts.map(|(_, part)| exceptions(part)).sum()
        };
        flavours.values().map(of_flavour).sum()
    };
    check(Operation::Instantiate, &|answer| parts(answer, false));
    check(Operation::Scale, &|answer| parts(answer, true));
    failing
}

/// How many questions the v2 API ends with an exception.
fn exceptions(answer: &Value) -> usize {
    match answer {
        Value::String(text) => usize::from(text.starts_with('!')),
        Value::Array(items) => items.iter().map(exceptions).sum(),
        Value::Object(members) => members.values().map(exceptions).sum(),
        _ => 0,
    }
}

/// The operations that the v2 API ends with an exception, and that are not predicted to.
fn unforeseen(zip: &Path, sound: &Value, answer: &Value) -> Vec<Operation> {
    let failing = failing(sound, answer).into_iter();
    failing
        .filter(|operation| {
            let outlook = predicted(zip, *operation);
            !matches!(outlook, Outlook::Fails(_) | Outlook::OutOfReach(_))
        })
        .collect()
}

#[test]
fn each_fault_is_found_by_its_code_and_each_code_has_its_fault() {
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mut missed = Vec::new();
    let mut seen = BTreeSet::new();
    for mutant in mutants() {
        let zip = mutant.build(home.path(), &plans);
        let found: BTreeSet<_> = findings(&zip).iter().map(|code| code.name).collect();
        let expected: BTreeSet<_> = mutant.codes.iter().map(String::as_str).collect();
        if found != expected {
            missed.push(format!(
                "{}: expected {expected:?}, found {found:?}",
                mutant.name
            ));
        }
        seen.extend(found);
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let rooms = check::CATALOGUE.iter();
    let unseen: Vec<_> = rooms
        .filter(|(room, _)| ["VNFD", "Kubernetes", "Python"].contains(room))
        .flat_map(|(_, codes)| *codes)
        .filter(|code| !seen.contains(code.name))
        .collect();
    assert!(unseen.is_empty(), "no package has {unseen:#?}");
}

/// Needs a Python with Tacker 16 in VNFCTL_TOSCA_PYTHON.
#[test]
fn real_tacker_comes_to_the_same_verdicts() {
    let Some(python) = tacker() else { return };
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mutants = mutants();
    let zips: Vec<_> = mutants
        .iter()
        .map(|mutant| mutant.build(home.path(), &plans))
        .collect();
    let bases: Vec<_> = plans
        .iter()
        .map(|(base, plan)| {
            let zip = home.path().join(format!("base-{base:?}.zip"));
            (base, edit::write(plan, &zip))
        })
        .collect();
    let all = zips.iter().chain(bases.iter().map(|(_, zip)| zip));
    let answers = judge(&python, &all.cloned().collect::<Vec<_>>());
    let of = |zip: &PathBuf| &answers[zip];
    let mut wrong = Vec::new();
    for (base, zip) in &bases {
        assert_eq!(of(zip)["refused"], Value::Null, "{base:?}");
    }
    for (mutant, zip) in mutants.iter().zip(&zips) {
        let sound = &bases
            .iter()
            .find(|(base, _)| **base == mutant.base)
            .unwrap()
            .1;
        let found = findings(zip);
        let answer = of(zip);
        let refused = &answer["refused"];
        let is_rejected = found.iter().any(|code| code.verdict == Verdict::Rejected);
        if is_rejected == refused.is_null() && !mutant.is_of_the_network() {
            wrong.push(format!(
                "{}: found {found:?}, Tacker says {refused}",
                mutant.name
            ));
        }
        let fails_later = found.iter().any(|code| code.verdict == Verdict::FailsLater);
        let differs = answer["v2"] != of(sound)["v2"];
        let unforeseen = match is_rejected || mutant.is_of_the_network() {
            true => Vec::new(),
            false => unforeseen(zip, &of(sound)["v2"], &answer["v2"]),
        };
        if !unforeseen.is_empty() {
            wrong.push(format!(
                "{}: found {found:?}, {unforeseen:?} fails",
                mutant.name
            ));
        }
        if !is_rejected && fails_later != differs && !mutant.is_beyond_reading {
            wrong.push(format!(
                "{}: found {found:?}, the v2 API reads {} instead of {}",
                mutant.name,
                answer["v2"],
                of(sound)["v2"]
            ));
        }
    }
    log::hold(&mutants, &zips, &answers);
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        mutants.len()
    );
    eprintln!("{} packages, one verdict each", mutants.len());
}

/// Needs the same Python.
#[test]
fn the_conductor_has_the_modules_that_scripts_may_import() {
    let Some(python) = tacker() else { return };
    printed_by(&python, "conductor_modules.py", "src/python/modules.txt");
}

/// Holds a file to what a script of `scripts/dev` prints, or writes it anew where that is asked.
fn printed_by(python: &std::ffi::OsStr, script: &str, file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("scripts/dev").join(script);
    let printed = Command::new(python).arg(script).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let real = String::from_utf8(printed.stdout).unwrap();
    let file = root.join(file);
    let ours = std::fs::read_to_string(&file).unwrap();
    if std::env::var_os("VNFCTL_WRITE_DOCS").is_some() {
        std::fs::write(file, real).unwrap();
        return;
    }
    let real: BTreeSet<_> = real.lines().collect();
    let ours: BTreeSet<_> = ours.lines().collect();
    let differing: Vec<_> = real.symmetric_difference(&ours).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

/// Needs a Python that has Heat, named by `VNFCTL_HEAT_PYTHON`.
#[test]
fn heat_has_the_types_that_templates_are_held_to() {
    let Some(python) = python::named("VNFCTL_HEAT_PYTHON", "VNFCTL_REQUIRE_REAL") else {
        return;
    };
    printed_by(&python, "heat_types.py", "src/hot/types.txt");
}

/// The Python that has Tacker, or nothing where none is named; CI must name one.
fn tacker() -> Option<std::ffi::OsString> {
    let python = python::named("VNFCTL_TOSCA_PYTHON", "CI")?;
    let mut has = Command::new(&python);
    has.args(["-c", "import tacker"]).stderr(Stdio::null());
    if !has.status().unwrap().success() {
        eprintln!(
            "skipped: {} has no tacker, only tosca-parser",
            python.display()
        );
        return None;
    }
    Some(python)
}

/// Asks the real Tacker about packages, all in one process.
fn judge(python: &std::ffi::OsStr, zips: &[PathBuf]) -> BTreeMap<PathBuf, Value> {
    judge_with(python, None, zips)
}

/// Asks a release of Tacker that lies in a folder of its own, or the one that Python has.
fn judge_with(
    python: &std::ffi::OsStr,
    release: Option<&Path>,
    zips: &[PathBuf],
) -> BTreeMap<PathBuf, Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/dev/tacker_judges.py");
    let mut command = Command::new(python);
    if let Some(release) = release {
        command.env("PYTHONPATH", release);
    }
    let mut child = command
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for zip in zips {
        writeln!(stdin, "{}", zip.display()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let answers: BTreeMap<_, _> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|answer| (PathBuf::from(answer["package"].as_str().unwrap()), answer))
        .collect();
    assert_eq!(
        answers.len(),
        zips.len(),
        "the judge stopped early: {:?}",
        output.status
    );
    answers
}
