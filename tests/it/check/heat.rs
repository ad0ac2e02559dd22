//! Heat templates with one fault each, judged here and by Heat.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use vnfctl::check;
use vnfctl::diagnose::{Severity, Sink};

use super::corpus::{edit, samples};
use crate::python;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "newest")]
    version: String,
    body: String,
    /// What stands in `nested.yaml`, which a template may have as a type.
    #[serde(default)]
    nested: Option<String>,
    /// The codes that it is found by.
    codes: BTreeSet<String>,
}

fn newest() -> String {
    "2021-04-16".to_owned()
}

impl Case {
    fn template(&self) -> String {
        format!("heat_template_version: {}\n{}\n", self.version, self.body)
    }

    fn nested(&self) -> Option<String> {
        let nested = self.nested.as_ref()?;
        Some(format!(
            "heat_template_version: {}\n{nested}\n",
            self.version
        ))
    }

    fn found(&self) -> Sink {
        found(&self.template(), self.nested().as_deref())
    }
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/heat");
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    let read = |file| {
        let text = std::fs::read_to_string(file).unwrap();
        serde_yaml::from_str::<Vec<Case>>(&text).unwrap()
    };
    files.iter().flat_map(read).collect()
}

/// The codes for which Heat refuses a template by itself, whatever is around it.
const OF_LANGUAGE: [&str; 6] = [
    "hot-property-",
    "hot-key-",
    "hot-definition-",
    "hot-function-",
    "hot-condition-",
    "hot-parameter-default",
];

/// Needs the same Python; Tacker's sources are fetched.
#[test]
fn heat_judges_the_templates_of_tacker_alike() {
    let Some(python) = python::named("VNFCTL_HEAT_PYTHON", "VNFCTL_REQUIRE_REAL") else {
        return;
    };
    let files = samples::files(&samples::samples());
    let is_template = |file: &&PathBuf| {
        let path = file.to_str().unwrap();
        path.contains("/BaseHOT/") && (path.ends_with(".yaml") || path.ends_with(".yml"))
    };
    let templates: BTreeSet<_> = files.iter().filter(is_template).collect();
    let text = |file: &Path| std::fs::read_to_string(file).unwrap();
    let mut seen = BTreeSet::new();
    let mut asked = Vec::new();
    for file in &templates {
        let folder = file.parent().unwrap();
        let near = |other: &&&PathBuf| {
            let folders = [folder.to_owned(), folder.join("nested")];
            folders.iter().any(|folder| other.parent() == Some(folder))
        };
        let near: BTreeMap<_, _> = templates
            .iter()
            .filter(near)
            .map(|other| (other.file_name().unwrap().to_str().unwrap(), text(other)))
            .collect();
        if seen.insert((text(file), near.clone())) {
            asked.push(json!({"name": file, "template": text(file), "files": near}));
        }
    }
    let answers = judge(&python, &asked);
    let mut wrong = Vec::new();
    for case in &asked {
        let name = case["name"].as_str().unwrap();
        let sink = found(case["template"].as_str().unwrap(), None);
        let errors = sink.diagnostics().iter().filter(|one| {
            let is_of_language = OF_LANGUAGE.iter().any(|code| one.code.starts_with(code));
            is_of_language && one.severity == Severity::Error
        });
        let errors: Vec<_> = errors.map(|one| (one.code, &one.message)).collect();
        if answers[name].is_null() != errors.is_empty() {
            wrong.push(format!("{name}: {errors:?}, Heat says {}", answers[name]));
        }
    }
    assert!(asked.len() > 50, "{}", asked.len());
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        asked.len()
    );
}

/// What is found in a template that nothing else surrounds.
fn found(template: &str, nested: Option<&str>) -> Sink {
    let plan = edit::with(
        edit::folder(),
        "BaseHOT/simple/top.yaml",
        template.to_owned(),
    );
    let plan = match nested {
        Some(nested) => edit::with(plan, "BaseHOT/simple/nested/nested.yaml", nested.to_owned()),
        None => plan,
    };
    let meta = "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: nobody\nEntry-Definitions: Definitions/top.yaml\n";
    let plan = edit::with(plan, "TOSCA-Metadata/TOSCA.meta", meta.to_owned());
    check::check(&plan).sink
}

/// The codes of Heat's language, but for what is no fault.
fn codes(sink: &Sink) -> BTreeSet<String> {
    let findings = sink.diagnostics().iter();
    let codes = findings.map(|finding| finding.code);
    let codes = codes.filter(|code| code.starts_with("hot-") && *code != "hot-parameter-unused");
    codes.map(str::to_owned).collect()
}

fn is_refused(sink: &Sink) -> bool {
    let mut findings = sink.diagnostics().iter();
    findings.any(|one| one.code.starts_with("hot-") && one.severity == Severity::Error)
}

#[test]
fn each_fault_of_a_template_is_found_by_its_codes() {
    let mut wrong = Vec::new();
    for case in cases() {
        let sink = case.found();
        let codes = codes(&sink);
        if codes != case.codes {
            wrong.push(format!(
                "{}: {codes:?} instead of {:?}",
                case.name, case.codes
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Needs a Python that has Heat, named by `VNFCTL_HEAT_PYTHON`.
#[test]
fn heat_comes_to_the_same_verdicts() {
    let Some(python) = python::named("VNFCTL_HEAT_PYTHON", "VNFCTL_REQUIRE_REAL") else {
        return;
    };
    let cases = cases();
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            let files: BTreeMap<_, _> = case
                .nested()
                .map(|text| ("nested.yaml", text))
                .into_iter()
                .collect();
            json!({"name": case.name, "template": case.template(), "files": files})
        })
        .collect();
    let answers = judge(&python, &asked);
    let mut wrong = Vec::new();
    for case in &cases {
        let refused = &answers[&case.name];
        if refused.is_null() == is_refused(&case.found()) {
            wrong.push(format!(
                "{}: {:?}, Heat says {refused}",
                case.name, case.codes
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    eprintln!("{} templates, one verdict each", cases.len());
}

/// Asks Heat about templates, all in one process.
pub(super) fn judge(python: &std::ffi::OsStr, cases: &[Value]) -> BTreeMap<String, Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/dev/heat_judges.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answers = text.lines().map(|line| {
        let answer: Value = serde_json::from_str(line).unwrap();
        (
            answer["name"].as_str().unwrap().to_owned(),
            answer["refused"].clone(),
        )
    });
    let answers: BTreeMap<_, _> = answers.collect();
    assert_eq!(answers.len(), cases.len(), "{:?}", output.status);
    answers
}
