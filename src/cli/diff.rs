//! `vnfctl package diff`: how two packages differ, and what that does to a VNF that runs.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::output::{self, Format};
use super::{Exit, Failure, opening};
use crate::compare::{Change, Comparison, Identity, Kind, Move};
use crate::hot::UserData;

/// Compares two packages by what they say: comments, the order of keys and digests do not count.
///
/// Then it tells whether Tacker 16 can move a running VNF from the first to the second
/// (change-vnfpkg), and what would be rolled, replaced or removed by that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vnfctl package diff web-1.zip web-2.zip
  vnfctl package diff web-1.zip web/ --exit-code -o json")]
pub(super) struct Diff {
    /// The package that VNFs run from: a zip file or a folder
    from: PathBuf,
    /// The other one
    to: PathBuf,
    /// End with 1 when they differ in meaning
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    printing: output::Printing,
}

impl Diff {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let (from, _) = opening::open(&self.from, "compare")?;
        let (to, _) = opening::open(&self.to, "compare")?;
        let comparison = Comparison::of(&*from, &*to).map_err(|error| {
            Failure::new(Exit::Failed, "cannot compare the packages").caused_by(error)
        })?;
        match self.printing.output {
            Format::Table | Format::Wide => output::put(&text(&comparison))?,
            format => output::one(format, &comparison)?,
        }
        let differs = self.exit_code && !comparison.is_empty();
        Ok(if differs { Exit::Failed } else { Exit::Done })
    }
}

fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    let title = |one: &Option<Identity>| match one {
        Some(one) => format!("{} {} ({})", one.product, one.version, one.vnfd_id),
        None => "a package whose descriptor cannot be read".to_owned(),
    };
    text += &format!("{} -> {}\n", title(&comparison.from), title(&comparison.to));
    for file in &comparison.files {
        let word = match file.is {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
        };
        text += &format!("\n{}: {word}\n", file.path);
        for change in &file.changes {
            text += &line(change);
        }
    }
    if comparison.is_empty() {
        text += "no difference in meaning\n";
    }
    if !comparison.rewritten.is_empty() {
        let files: Vec<_> = comparison
            .rewritten
            .iter()
            .map(|file| file.as_str())
            .collect();
        text += &format!("\nthe same in other words: {}\n", files.join(", "));
    }
    if let Some(of) = comparison
        .r#move
        .as_ref()
        .filter(|_| !comparison.is_empty())
    {
        text += &moving(of);
    }
    text
}

fn moving(of: &Move) -> String {
    let can = if of.is_possible { "can" } else { "cannot" };
    let by = match of.user_data {
        UserData::Default => "Tacker's default user data",
        UserData::Standard => "the package's user data of StandardUserData",
        UserData::Own => "the package's user data, which may do otherwise",
    };
    let mut text = format!("\nA running VNF {can} be moved (change-vnfpkg, by {by}):\n");
    for fate in &of.fates {
        text += &format!("  {}: {}: {}\n", fate.outcome.word(), fate.part, fate.why);
    }
    if of.fates.is_empty() {
        text += "  nothing of it is touched\n";
    }
    text
}

fn line(change: &Change) -> String {
    let place = change.place.join(".");
    match (&change.was, &change.is) {
        (Some(was), Some(is)) => format!("  ~ {place}: {} -> {}\n", short(was), short(is)),
        (None, Some(is)) => format!("  + {place}: {}\n", short(is)),
        (Some(was), None) => format!("  - {place}: {}\n", short(was)),
        (None, None) => String::new(),
    }
}

/// Letters of a value that are shown.
const SHOWN: usize = 120;

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
