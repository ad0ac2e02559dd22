//! Findings about a person's input, each with its place, reason and cure.
//!
//! A rule pushes [`Diagnostic`]s into a [`Sink`] and never formats, prints or stops early.
//! Renderers (human, JSON) turn the sink's content into output.

mod code;
mod near;
mod render;
mod text;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

pub use code::{Code, Verdict};
pub(crate) use near::be_patient;
pub use near::{instead_of, nearest, only_near, suggestion};
pub use render::{human, json};

use text::Text;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing fails because of it.
    Note,
    /// Works, but will surprise somebody.
    Warning,
    /// Will be rejected, or accepted and fail later.
    Error,
}

impl Severity {
    /// Returns its name, which SARIF shares.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// A place that belongs to a finding, with what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file, as the person knows it: on disk, or inside the package.
    pub file: Utf8PathBuf,
    /// The range, or nothing when the whole file is meant.
    pub span: Option<Span>,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's stable code, such as `vnfd-flavour-missing`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The place that is wrong.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Why it matters: what Tacker, Heat or the parser does with it.
    pub why: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// What belongs at the primary place instead, where that is certain.
    pub instead: Option<String>,
    /// What else mends it for certain; all of it together, and with `instead`.
    pub edits: Vec<Edit>,
}

/// A change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: Utf8PathBuf,
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What is to stand there.
    pub text: String,
}

impl Diagnostic {
    /// Returns an error at `span` of `file`.
    pub fn error(
        code: &'static str,
        file: &Utf8Path,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Error, file, Some(span), message)
    }

    /// Returns a warning at `span` of `file`.
    pub fn warning(
        code: &'static str,
        file: &Utf8Path,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Warning, file, Some(span), message)
    }

    /// Returns something worth knowing at `span` of `file`.
    pub fn note(
        code: &'static str,
        file: &Utf8Path,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self::new(code, Severity::Note, file, Some(span), message)
    }

    /// Returns an error about `file` as a whole, or about its absence.
    pub fn file_error(code: &'static str, file: &Utf8Path, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, file, None, message)
    }

    /// Returns a warning about `file` as a whole.
    pub fn file_warning(code: &'static str, file: &Utf8Path, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, file, None, message)
    }

    /// Returns something worth knowing about `file` as a whole.
    pub fn file_note(code: &'static str, file: &Utf8Path, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, file, None, message)
    }

    fn new(
        code: &'static str,
        severity: Severity,
        file: &Utf8Path,
        span: Option<Span>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            primary: Label {
                file: file.to_owned(),
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            why: None,
            help: None,
            instead: None,
            edits: Vec::new(),
        }
    }

    /// Adds another place that explains the finding.
    #[must_use]
    pub fn label(mut self, file: &Utf8Path, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            file: file.to_owned(),
            span: Some(span),
            text: text.into(),
        });
        self
    }

    /// Says why it matters.
    #[must_use]
    pub fn why(mut self, text: impl Into<String>) -> Self {
        self.why = Some(text.into());
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what belongs at the primary place instead.
    #[must_use]
    pub fn instead(mut self, text: impl Into<String>) -> Self {
        self.instead = Some(text.into());
        self
    }

    /// Says what else mends it.
    #[must_use]
    pub fn edit(mut self, file: &Utf8Path, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit {
            file: file.to_owned(),
            span,
            text: text.into(),
        });
        self
    }

    /// Says which of the `known` names may be meant by the one at the primary place, or which there
    /// are. Where one alone can be meant, it belongs there instead.
    #[must_use]
    pub fn meant<'n>(self, given: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        let known: Vec<_> = known.into_iter().collect();
        let help = suggestion(given, known.iter().copied());
        self.perhaps(given, known).help(help)
    }

    /// Says which of the `known` names may be meant, if any, as [`Self::meant`] does.
    #[must_use]
    pub fn perhaps<'n>(mut self, given: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        let known: Vec<_> = known.into_iter().collect();
        self.instead = only_near(given, known.iter().copied()).map(str::to_owned);
        if let Some(near) = nearest(given, known) {
            self.help = Some(format!("did you mean `{near}`?"));
        }
        self
    }

    /// Says what belongs at the primary place instead, where that is known.
    #[must_use]
    pub fn perhaps_instead(mut self, text: Option<String>) -> Self {
        self.instead = text;
        self
    }
}

/// The texts that findings point into, by the file names that the findings use.
#[derive(Debug, Default, Clone)]
pub struct Sources(BTreeMap<Utf8PathBuf, Text>);

impl Sources {
    /// Adds a file's text.
    pub fn insert(&mut self, file: impl Into<Utf8PathBuf>, text: impl Into<String>) {
        self.0.insert(file.into(), text.into().into());
    }

    /// Adds another's texts, but of files whose texts are known.
    pub fn extend(&mut self, other: Self) {
        for (file, text) in other.0 {
            self.0.entry(file).or_insert(text);
        }
    }

    /// Hides secrets from all that is shown of a file. The text itself stays as it is.
    pub fn conceal(&mut self, file: &Utf8Path, secrets: &[Span]) {
        if let Some(text) = self.0.get_mut(file) {
            text.conceal(secrets);
        }
    }

    /// Returns a file's text, with its secrets.
    #[must_use]
    pub fn get(&self, file: &Utf8Path) -> Option<&str> {
        self.0.get(file).map(Text::as_str)
    }

    /// Returns the text from the line in which `first` lies to the end of that of `last`, line feed
    /// included, with the number of its first line (from 1) and the offset where it begins. The end
    /// of a file belongs to its last line that has text.
    fn window(&self, file: &Utf8Path, first: usize, last: usize) -> Option<(&str, usize, usize)> {
        let text = self.0.get(file)?;
        let whole = text.as_str();
        let is_behind = first >= whole.len() && whole.ends_with('\n');
        let first = first.min(whole.len()) - usize::from(is_behind);
        let (number, start) = text.line_at(first);
        let end = text.line_end(last.min(whole.len()));
        let part = text.shown().get(start..whole.len().min(end + 1))?;
        Some((part, number, start))
    }

    /// Returns all files with their texts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &str)> {
        let files = self.0.iter();
        files.map(|(file, text)| (file.as_path(), text.as_str()))
    }

    /// Returns the line that a byte offset lies in, without its end.
    #[must_use]
    pub fn line(&self, file: &Utf8Path, offset: usize) -> Option<&str> {
        let text = self.0.get(file)?;
        let offset = offset.min(text.as_str().len());
        let (_, start) = text.line_at(offset);
        text.shown().get(start..text.line_end(offset))
    }

    /// Returns line and column (both from 1, in characters) of a byte offset.
    #[must_use]
    pub fn position(&self, file: &Utf8Path, offset: usize) -> Option<(usize, usize)> {
        let text = self.0.get(file)?;
        let offset = offset.min(text.as_str().len());
        let (line, start) = text.line_at(offset);
        let column = text.as_str().get(start..offset)?.chars().count() + 1;
        Some((line, column))
    }
}

/// Collects findings.
#[derive(Debug, Default, Clone)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Returns the findings in the order in which they were pushed.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns the findings, for somebody to change them.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Tells whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// Returns how many findings are that bad.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |d: &&Diagnostic| d.severity == severity;
        self.diagnostics.iter().filter(same).count()
    }

    /// Adds another's findings, each under the code that `code` makes of its own: a rule of one
    /// room may mean something else in a file that only another room knows.
    pub fn adopt(&mut self, other: Self, code: impl Fn(&'static str) -> &'static str) {
        let adopted = other.diagnostics.into_iter().map(|mut finding| {
            finding.code = code(finding.code);
            finding
        });
        self.diagnostics.extend(adopted);
    }

    /// Takes the findings out for which `of` returns something, and returns both.
    pub fn take<T>(
        &mut self,
        mut of: impl FnMut(&Diagnostic) -> Option<T>,
    ) -> Vec<(Diagnostic, T)> {
        let mut taken = Vec::new();
        for finding in std::mem::take(&mut self.diagnostics) {
            match of(&finding) {
                Some(why) => taken.push((finding, why)),
                None => self.diagnostics.push(finding),
            }
        }
        taken
    }

    /// Gives findings another severity, those for which `of` returns one.
    pub fn regrade(&mut self, of: impl Fn(&Diagnostic) -> Option<Severity>) {
        for finding in &mut self.diagnostics {
            finding.severity = of(finding).unwrap_or(finding.severity);
        }
    }

    /// Sorts by file and place, so that a person walks through each file once.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.primary.file.clone(), d.primary.span.map(|s| s.start));
            key(a).cmp(&key(b))
        });
    }
}
