//! A file of findings that are known, so that a pipeline fails for new ones alone.
//!
//! A finding is known again by its code, its file and the text of its line, so that lines may be
//! added above it, and its message may be worded anew. The text is kept as a digest: a line of a
//! package may be nobody's business.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::code;
use super::policy::is_lowerable;
use crate::diagnose::{Diagnostic, Sink, Sources};

/// The form of the file that this program writes, and the only one that it reads.
const VERSION: u32 = 1;

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// It is not written as baselines are.
    #[error("it is no baseline")]
    Form(#[source] serde_yaml::Error),
    /// It is of another version.
    #[error("it has version {0}, and this vnfctl reads {VERSION}")]
    Version(u32),
}

/// Known findings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    file: Utf8PathBuf,
    fingerprint: String,
    /// How many such findings there are, as when a line stands in a file several times.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

fn one() -> usize {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_one(count: &usize) -> bool {
    *count == 1
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Returns what a finding is known again by. `package` is the package's own path, which differs
/// from machine to machine.
#[must_use]
pub fn fingerprint(finding: &Diagnostic, package: &Utf8Path, sources: &Sources) -> String {
    let place = &finding.primary;
    let line = place
        .span
        .and_then(|span| sources.line(&place.file, span.start))
        .unwrap_or_default();
    let words: Vec<_> = line.split_whitespace().collect();
    let mut digest = Sha256::new();
    for part in [
        finding.code,
        within(&place.file, package).as_str(),
        &words.join(" "),
    ] {
        digest.update(part);
        digest.update([0]);
    }
    // Sixteen digits tell the findings of one package apart.
    hex::encode(digest.finalize())[..16].to_owned()
}

/// Names a file of the package, and the package itself by a dot.
fn within<'a>(file: &'a Utf8Path, package: &Utf8Path) -> &'a Utf8Path {
    match file == package {
        true => Utf8Path::new("."),
        false => file,
    }
}

impl Baseline {
    /// Returns a baseline of all findings that may be in one, sorted, so that it changes little
    /// from one version to the next.
    #[must_use]
    pub fn of(sink: &Sink, package: &Utf8Path, sources: &Sources) -> Self {
        let mut counted = BTreeMap::new();
        for finding in sink
            .diagnostics()
            .iter()
            .filter(|one| is_known_able(one.code))
        {
            *counted.entry(key(finding, package, sources)).or_default() += 1;
        }
        let findings = counted.into_iter();
        let findings = findings
            .map(|((file, code, fingerprint), count)| Entry {
                code,
                file,
                fingerprint,
                count,
            })
            .collect();
        Self {
            version: VERSION,
            findings,
        }
    }

    /// Reads a baseline: YAML, or JSON, which is YAML too.
    ///
    /// # Errors
    /// A text that is none, or of another version.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let Versioned { version } = serde_yaml::from_str(text).map_err(BaselineError::Form)?;
        match version {
            VERSION => serde_yaml::from_str(text).map_err(BaselineError::Form),
            other => Err(BaselineError::Version(other)),
        }
    }

    /// Returns the text to be written to a file.
    ///
    /// # Errors
    /// Those of the serializer, which knows no reason for one.
    pub fn text(&self) -> Result<String, serde_yaml::Error> {
        Ok(format!(
            "# Findings that `vnfctl package validate --baseline` does not count.\n\
             # Written by --write-baseline; take out what is mended, or write it anew.\n{}",
            serde_yaml::to_string(self)?
        ))
    }

    /// Returns how many findings it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.iter().map(|entry| entry.count).sum()
    }

    /// Tells whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the known findings out of `sink` and returns them; what is known and not found
    /// becomes a finding about `file`, the baseline.
    pub fn apply(
        &self,
        file: &Utf8Path,
        package: &Utf8Path,
        sources: &Sources,
        sink: &mut Sink,
    ) -> Vec<Diagnostic> {
        let mut open: BTreeMap<_, usize> = BTreeMap::new();
        for entry in self
            .findings
            .iter()
            .filter(|entry| is_known_able(&entry.code))
        {
            let key = (
                entry.file.clone(),
                entry.code.clone(),
                entry.fingerprint.clone(),
            );
            *open.entry(key).or_default() += entry.count;
        }
        let known = sink.take(|finding| {
            let left = open.get_mut(&key(finding, package, sources))?;
            *left = left.checked_sub(1)?;
            Some(())
        });
        for ((of, code, _), left) in open.into_iter().filter(|(_, left)| *left > 0) {
            let times = match left {
                1 => String::new(),
                n => format!(" ({n} times)"),
            };
            let message = format!("`{code}` in {of} is no longer found{times}");
            sink.push(
                Diagnostic::file_note("baseline-stale", file, message)
                    .help("write the baseline anew with --write-baseline"),
            );
        }
        known.into_iter().map(|(finding, ())| finding).collect()
    }
}

type Key = (Utf8PathBuf, String, String);

fn key(finding: &Diagnostic, package: &Utf8Path, sources: &Sources) -> Key {
    (
        within(&finding.primary.file, package).to_owned(),
        finding.code.to_owned(),
        fingerprint(finding, package, sources),
    )
}

/// Tells whether findings of the code may be let pass; a code that is gone has none.
fn is_known_able(name: &str) -> bool {
    code(name).is_none_or(is_lowerable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Span;

    fn sink(text: &str, message: &str) -> (Sink, Sources) {
        let file = Utf8Path::new("a.yaml");
        let mut sources = Sources::default();
        sources.insert(file, text);
        let mut sink = Sink::default();
        for (start, found) in text.match_indices("unused") {
            let end = start + found.len();
            let span = Span { start, end };
            sink.push(Diagnostic::warning(
                "hot-parameter-unused",
                file,
                span,
                message,
            ));
        }
        (sink, sources)
    }

    #[test]
    fn a_finding_is_known_though_its_line_moved_and_its_message_changed() {
        let package = Utf8Path::new("p.zip");
        let (before, sources) = sink("unused: 1\n", "one");
        let text = Baseline::of(&before, package, &sources).text().unwrap();
        assert!(!text.contains("unused: 1"), "{text}");
        let baseline = Baseline::read(&text).unwrap();
        let (mut after, sources) = sink("# new\n\n  unused:   1\nunused: 2\n", "two");
        let known = baseline.apply("b".into(), package, &sources, &mut after);
        assert_eq!((known.len(), after.diagnostics().len()), (1, 1));
        assert_eq!(
            sources.position(
                "a.yaml".into(),
                after.diagnostics()[0].primary.span.unwrap().start
            ),
            Some((4, 1))
        );
    }

    #[test]
    fn the_same_line_once_more_is_new_and_once_less_is_stale() {
        let package = Utf8Path::new("p.zip");
        let (two, sources) = sink("unused\nunused\n", "x");
        let baseline = Baseline::of(&two, package, &sources);
        assert_eq!(baseline.len(), 2);
        let (mut three, sources) = sink("unused\nunused\nunused\n", "x");
        assert_eq!(
            baseline
                .apply("b".into(), package, &sources, &mut three)
                .len(),
            2
        );
        assert_eq!(three.diagnostics().len(), 1);
        let (mut one, sources) = sink("unused\n", "x");
        assert_eq!(
            baseline
                .apply("b".into(), package, &sources, &mut one)
                .len(),
            1
        );
        assert_eq!(one.diagnostics()[0].code, "baseline-stale");
    }

    #[test]
    fn other_texts_and_versions_are_refused() {
        assert!(matches!(
            Baseline::read("- a\n"),
            Err(BaselineError::Form(_))
        ));
        let other = Baseline::read("version: 2\nfindings: {}\n");
        assert!(matches!(other, Err(BaselineError::Version(2))));
        let json = Baseline::read(r#"{"version": 1, "findings": []}"#).unwrap();
        assert!(json.is_empty());
    }
}
