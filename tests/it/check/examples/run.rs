//! Examples that are files and commands: specs, scenarios, archives, signatures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_yaml::Mapping;
use vnfctl::package::plan::{Content, Plan};

use super::super::corpus::edit::{self, Edit};
use super::{Example, change};

/// Something sound, and how it is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    /// The files; the first is what examples edit.
    files: Mapping,
    /// What is run first, as long as nothing fails.
    #[serde(default)]
    before: Vec<String>,
    /// What finds the faults.
    run: String,
}

/// A change of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    code: String,
    base: String,
    /// What the sound one has already.
    #[serde(default)]
    with: Vec<Mapping>,
    edits: Vec<Mapping>,
    /// What it is found by, too.
    #[serde(default)]
    also: Vec<String>,
    /// What finds it, if not what the base says.
    run: Option<String>,
}

/// Reads edits, of the base's first file where none is named.
fn edits(of: &[Mapping], first: &str) -> Vec<Edit> {
    let edits = of.iter().map(|edit| {
        let mut edit = edit.clone();
        edit.entry("file".into()).or_insert_with(|| first.into());
        serde_yaml::from_value(edit.into()).unwrap()
    });
    edits.collect()
}

impl Base {
    fn plan(&self) -> (String, Plan) {
        let files = self.files.iter().map(|(path, text)| {
            let text = text.as_str().unwrap().to_owned();
            (path.as_str().unwrap().to_owned(), text)
        });
        let files: Vec<_> = files.collect();
        let plan = files.iter().fold(edit::folder(), |plan, (path, text)| {
            edit::with(plan, path, text.clone())
        });
        (files[0].0.clone(), plan)
    }
}

/// Bases by name, and the faults in the order of their files' names.
fn read() -> (BTreeMap<String, Base>, Vec<Fault>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/examples");
    let text = |file: &Path| std::fs::read_to_string(file).unwrap();
    let bases = serde_yaml::from_str(&text(&folder.join("bases.yaml"))).unwrap();
    let files = std::fs::read_dir(&folder).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    let others = files.iter().filter(|file| !file.ends_with("bases.yaml"));
    let faults = others.flat_map(|file| -> Vec<Fault> {
        serde_yaml::from_str(&text(file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    });
    (bases, faults.collect())
}

/// The codes that there are examples of.
pub(super) fn codes() -> Vec<String> {
    read().1.into_iter().map(|fault| fault.code).collect()
}

/// All of them, each run and held to its codes.
pub(super) fn all() -> BTreeMap<String, Example> {
    let (bases, faults) = read();
    let mut all = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut sound = BTreeSet::new();
    for fault in faults {
        let base = bases.get(&fault.base);
        let base = base.unwrap_or_else(|| panic!("{} has no base", fault.code));
        match fault.example(base, &mut sound) {
            Ok(example) => {
                let twice = all.insert(fault.code.clone(), example);
                assert!(twice.is_none(), "{} has two examples", fault.code);
            }
            Err(why) => wrong.push(why),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    all
}

impl Fault {
    /// Makes the example. What it starts from is run as well, unless it is among the `known`.
    fn example(&self, base: &Base, known: &mut BTreeSet<String>) -> Result<Example, String> {
        let (first, plan) = base.plan();
        let sound = edit::edited(&plan, &edits(&self.with, &first), &self.code);
        let faulty = edit::edited(&sound, &edits(&self.edits, &first), &self.code);
        let run = self.run.as_ref().unwrap_or(&base.run);
        if known.insert(format!("{} {:?}", self.base, self.with)) {
            let (has_passed, good) = said(&sound, &base.before, &base.run);
            if !has_passed || !findings(&good).is_empty() {
                return Err(format!("{}: the sound one: {good}", self.code));
            }
        }
        let (_, bad) = said(&faulty, &base.before, run);
        let found = findings(&bad);
        let codes: BTreeSet<_> = found.iter().map(|(code, _)| code.as_str()).collect();
        let expected = self.also.iter().map(String::as_str);
        let expected: BTreeSet<_> = expected.chain([self.code.as_str()]).collect();
        if codes != expected {
            return Err(format!(
                "{}: expected {expected:?}, found {codes:?}: {bad}",
                self.code
            ));
        }
        let (_, text) = found.iter().find(|(code, _)| *code == self.code).unwrap();
        let changes = edit::changes(&sound, &faulty);
        let shown = vec![run.clone()];
        Ok(change::shown(&changes, shown, text, self.also.clone()))
    }
}

/// Writes files into a folder of their own, runs the commands there, and returns whether all passed,
/// and what they said.
fn said(plan: &Plan, before: &[String], run: &str) -> (bool, String) {
    let home = tempfile::tempdir().unwrap();
    for entry in plan.entries() {
        let Content::Bytes(bytes) = &entry.content else {
            panic!("{} is no text", entry.path);
        };
        let path = home.path().join(&entry.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let mut said = String::new();
    for line in before.iter().map(String::as_str).chain([run]) {
        let (has_passed, words) = shell(home.path(), line);
        said += &words;
        if !has_passed {
            return (false, format!("{said}`{line}` failed\n"));
        }
    }
    (true, said)
}

/// Runs a line of shell as somebody who has the program and no account.
fn shell(home: &Path, line: &str) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_vnfctl")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let done = Command::new("bash")
        .args(["-euc", line])
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", home)
        .env("TMPDIR", home)
        // What is maintained depends on the day; here it is the matrix' own.
        .env("SOURCE_DATE_EPOCH", "1795392000")
        .output()
        .unwrap();
    let words = [done.stdout, done.stderr].map(|words| String::from_utf8(words).unwrap());
    (done.status.success(), words.concat())
}

/// Findings in what was said: code and text of each.
fn findings(said: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_inside = false;
    for line in said.lines() {
        if let Some(code) = code(line) {
            found.push((code.to_owned(), String::new()));
            is_inside = true;
        }
        is_inside &= !line.is_empty();
        if let Some((_, text)) = found.last_mut().filter(|_| is_inside) {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

/// The code with which a finding begins.
fn code(line: &str) -> Option<&str> {
    let (severity, rest) = line.split_once('[')?;
    let (code, _) = rest.split_once("]: ")?;
    ["error", "warning", "note"]
        .contains(&severity)
        .then_some(code)
}
