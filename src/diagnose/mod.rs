//! Findings about a person's input, each with its place, reason and cure.
//!
//! A rule pushes [`Diagnostic`]s into a [`Sink`] and never formats, prints or stops early.
//! Renderers (human, JSON) turn the sink's content into output.

use camino::Utf8PathBuf;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing fails because of it.
    Note,
    /// Works, but will surprise somebody.
    Warning,
    /// Will be rejected, or accepted and fail later.
    Error,
}

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Tells whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error)
    }
}
