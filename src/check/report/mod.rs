//! A package's findings in the forms that pipelines read.

mod github;
mod junit;
mod sarif;

use std::path::Path;

use camino::Utf8Path;

use super::aside::Aside;
use super::predict::Prediction;
use crate::diagnose::{Diagnostic, Label, Severity, Sink, Sources};

pub use github::github;
pub use junit::junit;
pub use sarif::sarif;

/// All that a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The package's path, as its findings name it.
    pub package: &'a Utf8Path,
    /// The baseline's path, if there is one; stale entries are found in it.
    pub baseline: Option<&'a Utf8Path>,
    /// What counts.
    pub sink: &'a Sink,
    /// What does not.
    pub aside: &'a [Aside],
    /// The texts that findings point into.
    pub sources: &'a Sources,
    /// The least severity that fails the check.
    pub denied: Severity,
    /// What a VNFM will make of it, if it could be read.
    pub prediction: Option<&'a Prediction>,
}

/// Lines and columns from 1; the end is behind the last character.
#[derive(Debug, Clone, Copy)]
struct Region {
    start: (usize, usize),
    end: (usize, usize),
}

impl Report<'_> {
    /// Names a file from where the program was started: one inside of an archive behind `!/`, as
    /// the URLs of Java's archives do.
    fn path(&self, file: &Utf8Path) -> String {
        let package = self.package;
        if file == package || Some(file) == self.baseline {
            return file.to_string();
        }
        match Path::new(package.as_str()).is_dir() {
            true => package.join(file).to_string(),
            false => format!("{package}!/{file}"),
        }
    }

    /// Returns the place's lines and columns, where it has any.
    fn region(&self, label: &Label) -> Option<Region> {
        let span = label.span?;
        Some(Region {
            start: self.sources.position(&label.file, span.start)?,
            end: self.sources.position(&label.file, span.end)?,
        })
    }
}

/// Returns message, reason and cure as lines of text.
fn words(finding: &Diagnostic) -> String {
    let mut text = finding.message.clone();
    if let Some(why) = &finding.why {
        text += &format!("\nnote: {why}");
    }
    if let Some(help) = &finding.help {
        text += &format!("\nhelp: {help}");
    }
    text
}
