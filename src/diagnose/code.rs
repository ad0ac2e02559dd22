//! What a rule's code stands for: the table that documents it, and when Tacker minds.

use super::Severity;

/// What Tacker does with a package for which a rule's finding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No package comes about: vnfctl refuses the input itself.
    Unbuildable,
    /// The upload is taken and then dropped: the package falls back to CREATED without a word.
    Rejected,
    /// The upload passes; a query or an operation fails, or does less than it says, later.
    FailsLater,
    /// Nothing fails in Tacker; other readers of the package, or people, may be misled.
    Accepted,
}

impl Verdict {
    /// Says it in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Unbuildable => "never sees it",
            Self::Rejected => "rejects the upload",
            Self::FailsLater => "fails later",
            Self::Accepted => "accepts it",
        }
    }

    /// Says it in a sentence without a full stop.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Unbuildable => "`vnfctl` refuses the input before a package comes about",
            Self::Rejected => "the package falls back to CREATED without a word",
            Self::FailsLater => {
                "the upload passes, then a query or an operation fails, or does less than it says"
            }
            Self::Accepted => {
                "nothing fails in Tacker, but other readers, or people, may be misled"
            }
        }
    }
}

/// One rule's code. Rooms keep theirs in a table beside their rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name, such as `meta-missing`.
    pub name: &'static str,
    /// How bad its findings are.
    pub severity: Severity,
    /// What Tacker does about it.
    pub verdict: Verdict,
    /// What is wrong.
    pub meaning: &'static str,
    /// Why it matters.
    pub why: &'static str,
}

impl Code {
    /// Returns an error's code.
    #[must_use]
    pub const fn error(
        name: &'static str,
        verdict: Verdict,
        meaning: &'static str,
        why: &'static str,
    ) -> Self {
        Self {
            name,
            severity: Severity::Error,
            verdict,
            meaning,
            why,
        }
    }

    /// Returns a warning's code.
    #[must_use]
    pub const fn warning(
        name: &'static str,
        verdict: Verdict,
        meaning: &'static str,
        why: &'static str,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(name, verdict, meaning, why)
        }
    }

    /// Returns the code of something worth knowing.
    #[must_use]
    pub const fn note(
        name: &'static str,
        verdict: Verdict,
        meaning: &'static str,
        why: &'static str,
    ) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::error(name, verdict, meaning, why)
        }
    }
}
