//! `vnfctl explain`: what a code in brackets means, without the documentation at hand.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::output::{self, Format, Printing};
use super::{Exit, Failure};
use crate::check::{self, CATALOGUE, Example};
use crate::diagnose::{Code, Severity, nearest};

/// Says what a finding's code means and why it matters; without a code, lists them all.
///
/// Exit code 2: there is no such code.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as it stands in brackets after `error`, `warning` or `note`
    code: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

/// One code as data.
#[derive(Debug, Serialize)]
struct Explained {
    code: &'static str,
    room: &'static str,
    severity: Severity,
    tacker: &'static str,
    meaning: &'static str,
    why: &'static str,
    source: Option<&'static str>,
    /// Whether `package validate` takes it for less, or for nothing, when asked to.
    lowerable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<&'static Example>,
}

const COLUMNS: [(&str, &str); 4] = [
    ("CODE", "/code"),
    ("SEVERITY", "/severity"),
    ("TACKER", "/tacker"),
    ("MEANING", "/meaning"),
];

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let all = all();
        let Some(asked) = &self.code else {
            let rows = all.map(|(room, code)| Explained {
                example: None,
                ..explained(room, code)
            });
            let rows: Vec<_> = rows.collect();
            output::list(self.printing.output, &COLUMNS, &rows)?;
            return Ok(Exit::Done);
        };
        let (room, code) = named(asked)?;
        match self.printing.output {
            Format::Table => output::put(&text(room, code))?,
            format => output::one(format, &explained(room, code))?,
        }
        Ok(Exit::Done)
    }
}

/// All codes, each with its room.
fn all() -> impl Iterator<Item = (&'static str, &'static Code)> {
    let rooms = CATALOGUE.iter();
    rooms.flat_map(|(room, codes)| codes.iter().map(|code| (*room, code)))
}

/// Finds a code by its name.
fn named(asked: &str) -> Result<(&'static str, &'static Code), Failure> {
    // Also as it is copied out of a message, brackets and all.
    let asked = asked.trim_matches(['[', ']', '`']).to_lowercase();
    let found = all().find(|(_, code)| code.name == asked);
    found.ok_or_else(|| unknown(&asked))
}

/// Says what a code means, for a person.
pub(super) fn explanation(asked: &str) -> Result<String, Failure> {
    let (room, code) = named(asked)?;
    Ok(text(room, code))
}

fn explained(room: &'static str, code: &Code) -> Explained {
    Explained {
        code: code.name,
        room,
        severity: code.severity,
        tacker: code.verdict.words(),
        meaning: code.meaning,
        why: code.why,
        source: check::origin(code),
        lowerable: check::is_of_packages(code) && check::is_lowerable(code),
        example: check::example(code.name),
    }
}

/// Returns the failure that names the codes which may have been meant.
fn unknown(asked: &str) -> Failure {
    let names = || CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    let failure = Failure::new(Exit::Usage, format!("there is no code `{asked}`"));
    let near = nearest(asked, names().map(|code| code.name));
    let within: Vec<_> = names()
        .map(|code| code.name)
        .filter(|name| name.contains(asked.trim_end_matches('*')))
        .collect();
    let failure = match (near, within.as_slice()) {
        (Some(name), _) => failure.hint(format!("did you mean `{name}`?")),
        (None, [_, ..]) if within.len() <= SHOWN => {
            failure.hint(format!("there are: {}", within.join(", ")))
        }
        _ => failure,
    };
    failure.hint("`vnfctl explain` lists all codes")
}

/// How many names a person reads.
const SHOWN: usize = 20;

fn text(room: &str, code: &Code) -> String {
    let mut text = format!("{}[{}] ({room})\n\n", code.severity.word(), code.name);
    let mut part = |title: &str, words: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{title:<9} {words}");
    };
    part("What:", code.meaning);
    part("Why:", code.why);
    part(
        "Tacker:",
        &format!("{}: {}", code.verdict.words(), code.verdict.explanation()),
    );
    if let Some(origin) = check::origin(code) {
        part("Source:", origin);
    }
    part("Validate:", &standing(code));
    if check::example(code.name).is_some_and(|example| example.mended) {
        part(
            "Fix:",
            "`package validate --fix` mends what is like the example",
        );
    }
    if let Some(example) = check::example(code.name) {
        text += &shown(example);
    }
    text
}

/// Shows a change that brings the finding about, and the finding.
fn shown(example: &Example) -> String {
    let mut text = match example.change.is_empty() {
        true => "\nFor example:\n\n".to_owned(),
        false => "\nFor example, after this change:\n\n".to_owned(),
    };
    let mut indented = |lines: &str| {
        for line in lines.lines() {
            text.push_str("  ");
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
    };
    if !example.change.is_empty() {
        indented(&example.change);
    }
    for run in &example.run {
        indented(&format!("$ {run}"));
    }
    indented(&example.said);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Says what `package validate` can be told about the code.
fn standing(code: &Code) -> String {
    if !check::is_of_packages(code) {
        return "never finds it: it is about the input of other commands".to_owned();
    }
    match check::is_lowerable(code) {
        true => {
            let name = code.name;
            format!("--deny {name}, --warn {name}, --allow {name}, a baseline, or a comment")
        }
        false => "always an error: nothing would come of the package".to_owned(),
    }
}
