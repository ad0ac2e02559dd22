//! Packages that a machine spoiled: of each file that Tacker reads, lines are dropped, doubled,
//! renamed, retyped and moved, one in each package.
//!
//! Nobody chose them with a rule in mind, so they tell how often the verdict is right where no rule
//! was written for the case. There is no chance in it: the same packages come about each time.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use vnfctl::diagnose::Verdict;
use vnfctl::package::plan::Plan;
use zip::write::SimpleFileOptions;

use super::edit::{self, Base};
use super::{findings, judge, log, tacker, unforeseen};

/// The least share of packages of which both must say the same, in per mille.
const AGREEMENT: usize = 990;
/// Per cent of the texts of the log.
const LOGGED: usize = 75;

/// What can happen to a line.
const KINDS: [(&str, Kind); 10] = [
    ("dropped", |_, _| Some(String::new())),
    ("doubled", |line, _| Some(format!("{line}\n{line}"))),
    ("renamed", |line, _| renamed(line, |key| format!("{key}x"))),
    ("capital", |line, _| renamed(line, capital)),
    ("word", |line, _| revalued(line, "wrong")),
    ("number", |line, _| revalued(line, "7")),
    ("list", |line, _| revalued(line, "[]")),
    ("nothing", |line, _| revalued(line, "")),
    ("indented", |line, _| Some(format!("  {line}"))),
    ("swapped", |line, next| Some(format!("{next}\n{line}"))),
];

type Kind = fn(&str, &str) -> Option<String>;

fn renamed(line: &str, to: impl Fn(&str) -> String) -> Option<String> {
    let (before, value) = line.split_once(':')?;
    let start = before.len() - before.trim_start_matches([' ', '-']).len();
    let (indent, key) = before.split_at(start);
    (!key.is_empty()).then(|| format!("{indent}{}:{value}", to(key)))
}

fn capital(key: &str) -> String {
    let mut letters = key.chars();
    let first = letters.next().into_iter();
    first.flat_map(char::to_uppercase).chain(letters).collect()
}

fn revalued(line: &str, value: &str) -> Option<String> {
    let (key, old) = line.split_once(": ")?;
    (old.trim() != value).then(|| format!("{key}: {value}"))
}

/// A file's text in which one line is spoiled, or nothing where the kind does not fit the line.
fn spoiled(text: &str, number: usize, kind: Kind) -> Option<String> {
    let lines: Vec<_> = text.lines().collect();
    let line = lines[number];
    if line.trim().is_empty() || line.trim_start().starts_with('#') {
        return None;
    }
    let next = lines.get(number + 1).copied().unwrap_or_default();
    let changed = kind(line, next)?;
    let takes_next = changed.starts_with(next) && changed != line && changed.contains('\n');
    let rest = number + 1 + usize::from(takes_next && !changed.starts_with(line));
    let mut spoiled = lines[..number].to_vec();
    spoiled.push(&changed);
    spoiled.extend(lines.get(rest..).unwrap_or_default());
    let spoiled = spoiled.join("\n") + "\n";
    (spoiled != text).then_some(spoiled)
}

/// How thoroughly a file is spoiled: how many kinds each line meets, and every how manieth line.
fn thoroughness(base: Base, file: &str) -> Option<(usize, usize)> {
    let is_standard = file.contains("etsi_nfv_sol001");
    match (base, file) {
        (_, file) if file.starts_with("BaseHOT") || file.starts_with("Scripts") => None,
        (Base::Plain, _) if is_standard => Some((1, 7)),
        (_, _) if is_standard => None,
        (Base::Plain, _) => Some((3, 1)),
        (_, file) if file.starts_with("Files") && !file.ends_with(".yaml") => None,
        _ => Some((1, 2)),
    }
}

/// The files of a package by path.
type Files = BTreeMap<String, String>;

fn files(package: &Path) -> Files {
    let file = std::fs::File::open(package).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut files = Files::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut text = String::new();
        if entry.read_to_string(&mut text).is_ok() {
            files.insert(name, text);
        }
    }
    files
}

/// Writes the package with another text in one file. Other files of a plan are written with their
/// digests; what is made from the plan, the manifest and `TOSCA.meta`, is put in afterwards.
fn write(plan: &Plan, all: &Files, file: &str, text: String, zip: &Path) {
    let is_planned = plan.entries().iter().any(|entry| entry.path == file);
    if is_planned {
        edit::write(&edit::with(plan.clone(), file, text), zip);
        return;
    }
    let mut archive = zip::ZipWriter::new(std::fs::File::create(zip).unwrap());
    for (path, content) in all {
        archive
            .start_file(path, SimpleFileOptions::default())
            .unwrap();
        let content = if path == file { &text } else { content };
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

/// A package, what was done to it, and the base that it was made of.
struct Spoiled {
    zip: PathBuf,
    what: String,
    base: PathBuf,
}

fn all(home: &Path) -> (Vec<PathBuf>, Vec<Spoiled>) {
    let mut bases = Vec::new();
    let mut made = Vec::new();
    for (base, plan) in &edit::plans(home) {
        let sound = home.join(format!("sound-{base:?}.zip"));
        edit::write(plan, &sound);
        let files = files(&sound);
        for (file, text) in &files {
            let Some((kinds, step)) = thoroughness(*base, file) else {
                continue;
            };
            for number in (0..text.lines().count()).step_by(step) {
                for turn in 0..kinds {
                    let (name, kind) = KINDS[(number + turn * 3) % KINDS.len()];
                    let Some(text) = spoiled(text, number, kind) else {
                        continue;
                    };
                    let zip = home.join(format!("spoiled-{}.zip", made.len()));
                    write(plan, &files, file, text, &zip);
                    made.push(Spoiled {
                        zip,
                        what: format!("{base:?} {file}:{} {name}", number + 1),
                        base: sound.clone(),
                    });
                }
            }
        }
        bases.push(sound);
    }
    (bases, made)
}

/// Needs a Python with Tacker 16 in VNFCTL_TOSCA_PYTHON.
#[test]
fn packages_that_a_machine_spoiled_are_judged_as_the_real_tacker_judges_them() {
    let Some(python) = tacker() else { return };
    let home = tempfile::tempdir().unwrap();
    let (bases, made) = all(home.path());
    let zips: Vec<_> = made.iter().map(|one| one.zip.clone()).collect();
    let (first, second) = zips.split_at(zips.len() / 2);
    let answers = std::thread::scope(|scope| {
        let other = scope.spawn(|| judge(&python, second));
        let mut answers = judge(&python, &[first, &bases].concat());
        answers.extend(other.join().unwrap());
        answers
    });
    let texts = made.iter().map(|one| (&*one.what, &*one.zip));
    log::compare(texts, &answers, LOGGED);
    let mut disagreements = Vec::new();
    for one in &made {
        let found = findings(&one.zip);
        let answer = &answers[&one.zip];
        let has = |verdict| found.iter().any(|code| code.verdict == verdict);
        let names: Vec<_> = found.iter().map(|code| code.name).collect();
        let refused = !answer["refused"].is_null();
        if has(Verdict::Rejected) != refused {
            disagreements.push(format!(
                "{}: on upload: {names:?}, Tacker: {}",
                one.what, answer["refused"]
            ));
            continue;
        }
        let sound = &answers[&one.base]["v2"];
        if refused {
            continue;
        }
        // What reads otherwise may be meant; what ends with an exception is not.
        let unforeseen = unforeseen(&one.zip, sound, &answer["v2"]);
        if !unforeseen.is_empty() {
            disagreements.push(format!(
                "{}: later: {names:?}, Tacker fails to {unforeseen:?}",
                one.what
            ));
        }
        let mut later = found
            .iter()
            .filter(|code| code.verdict == Verdict::FailsLater);
        let is_of_vnfd =
            later.clone().count() > 0 && later.all(|code| code.name.starts_with("vnfd-"));
        if is_of_vnfd && answer["v2"] == *sound {
            disagreements.push(format!(
                "{}: later: {names:?}, Tacker reads the same",
                one.what
            ));
        }
    }
    let agreed = made.len() - disagreements.len();
    eprintln!(
        "{agreed} of {} verdicts agree with Tacker's ({:.1} %); {} do not:\n{}",
        made.len(),
        100.0 * agreed as f64 / made.len() as f64,
        disagreements.len(),
        disagreements.join("\n")
    );
    assert!(made.len() >= 500, "only {} packages", made.len());
    assert!(
        agreed * 1000 >= AGREEMENT * made.len(),
        "{} of {} verdicts differ from Tacker's",
        disagreements.len(),
        made.len()
    );
}
