//! What is not counted of a package's findings, and by whose word.

use camino::Utf8PathBuf;

use super::baseline::Baseline;
use super::policy::{Level, Levels};
use super::suppression;
use crate::diagnose::{Diagnostic, Severity, Sink, Sources};

/// A finding that is not counted.
#[derive(Debug)]
pub struct Aside {
    /// The finding.
    pub finding: Diagnostic,
    /// By whose word.
    pub by: By,
}

/// By whose word a finding is not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A comment beside the place, with its reason.
    Comment(String),
    /// The level of its code.
    Level,
    /// The baseline.
    Baseline,
    /// It does not concern whom the package is for.
    Target,
}

impl By {
    /// Says it in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Comment(reason) => reason.clone(),
            Self::Level => "its code is allowed".to_owned(),
            Self::Baseline => "known by the baseline".to_owned(),
            Self::Target => "the target does not mind".to_owned(),
        }
    }
}

/// What somebody wants of the findings of one package.
#[derive(Debug, Default)]
pub struct Policy {
    /// What becomes of which code.
    pub levels: Levels,
    /// What is known, and the file that says so.
    pub baseline: Option<(Utf8PathBuf, Baseline)>,
}

impl Policy {
    /// Takes what is not to be counted out of `sink` and returns it; gives the rest the severities
    /// that are asked for. `package` is the package's path as its findings name it.
    ///
    /// Comments come first, so that one which is needed is not called unused; then the levels, the
    /// baseline last, so that it need not know what is allowed anyway.
    pub fn apply(
        &self,
        package: &camino::Utf8Path,
        sources: &Sources,
        sink: &mut Sink,
    ) -> Vec<Aside> {
        let mut aside: Vec<_> = suppression::apply(sources, sink)
            .into_iter()
            .map(|(finding, reason)| Aside {
                finding,
                by: By::Comment(reason),
            })
            .collect();
        self.level(sink, &mut aside);
        if let Some((file, baseline)) = &self.baseline {
            let known = baseline.apply(file, package, sources, sink);
            aside.extend(known.into_iter().map(|finding| Aside {
                finding,
                by: By::Baseline,
            }));
            // What is stale is a finding too.
            self.level(sink, &mut aside);
        }
        sink.sort();
        aside
    }

    fn level(&self, sink: &mut Sink, aside: &mut Vec<Aside>) {
        let allowed =
            sink.take(|one| (self.levels.of(one.code) == Some(Level::Allow)).then_some(()));
        aside.extend(allowed.into_iter().map(|(finding, ())| Aside {
            finding,
            by: By::Level,
        }));
        sink.regrade(|one| match self.levels.of(one.code)? {
            Level::Deny => Some(Severity::Error),
            Level::Warn => Some(Severity::Warning),
            Level::Allow => None,
        });
    }
}
