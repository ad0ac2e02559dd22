//! Findings as an editor shows them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range,
};

use super::place::{Encoding, Lines, uri};
use super::workspace::State;
use crate::diagnose::{self, Label, Severity};
use crate::package::meta::META;

/// Who found it.
pub(super) const SOURCE: &str = "vnfctl";

/// Places in the texts of one package.
pub(super) struct Places<'s> {
    root: &'s Utf8Path,
    state: &'s State,
    lines: BTreeMap<Utf8PathBuf, Lines<'s>>,
}

impl<'s> Places<'s> {
    pub(super) fn new(root: &'s Utf8Path, state: &'s State, encoding: Encoding) -> Self {
        let lines = state.sources.iter();
        let lines = lines.map(|(file, text)| (file.to_owned(), Lines::new(text, encoding)));
        Self {
            root,
            state,
            lines: lines.collect(),
        }
    }

    /// Returns the place of a label; of one that is about a whole file, that file's beginning.
    pub(super) fn range(&self, label: &Label) -> Range {
        let lines = self.lines.get(&label.file);
        let place = lines.zip(label.span).map(|(lines, span)| lines.range(span));
        place.unwrap_or_default()
    }

    fn location(&self, label: &Label) -> Option<Location> {
        Some(Location {
            uri: uri(&self.root.join(&label.file))?,
            range: self.range(label),
        })
    }

    /// Returns what an editor shows of each file of which there is something to tell.
    pub(super) fn all(&self) -> BTreeMap<Utf8PathBuf, Vec<Diagnostic>> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for finding in self.state.sink.diagnostics() {
            let (file, shown) = self.shown(finding);
            all.entry(file).or_default().push(shown);
        }
        all
    }

    /// Returns the file, as absolute path, under which a finding is shown, and how.
    pub(super) fn shown(&self, finding: &diagnose::Diagnostic) -> (Utf8PathBuf, Diagnostic) {
        let file = self.root.join(&finding.primary.file);
        let mut message = finding.message.clone();
        // What is not there cannot be opened, so that it is told where the package begins.
        let file = match file.is_file() || self.lines.contains_key(&finding.primary.file) {
            true => file,
            false => {
                message = format!("{}: {message}", finding.primary.file);
                self.root.join(META)
            }
        };
        if let Some(why) = &finding.why {
            message += &format!("\n{why}");
        }
        if let Some(help) = &finding.help {
            message += &format!("\nhelp: {help}");
        }
        let related = finding.secondary.iter().filter_map(|label| {
            Some(DiagnosticRelatedInformation {
                location: self.location(label)?,
                message: label.text.clone(),
            })
        });
        let shown = Diagnostic {
            range: self.range(&finding.primary),
            severity: Some(severity(finding.severity)),
            code: Some(NumberOrString::String(finding.code.to_owned())),
            source: Some(SOURCE.to_owned()),
            message,
            related_information: Some(related.collect()),
            ..Diagnostic::default()
        };
        (file, shown)
    }

    /// Returns the lines of a file's text.
    pub(super) fn lines(&self, file: &Utf8Path) -> Option<&Lines<'s>> {
        self.lines.get(file)
    }
}

fn severity(of: Severity) -> DiagnosticSeverity {
    match of {
        Severity::Note => DiagnosticSeverity::INFORMATION,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Error => DiagnosticSeverity::ERROR,
    }
}
