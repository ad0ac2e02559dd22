//! What can be mended for certain, mended: spellings with one possible meaning, values that YAML
//! misreads, the form of the manifest, and digests.
//!
//! Rules say what mends a finding (`Diagnostic::instead`, `Diagnostic::edits`). Nothing is written before the package was
//! judged with it: what does not take its finding away, or brings another to its line, is left to
//! the person. Whoever asks for all this says that the files are as they should be, so their
//! digests are written anew. What is allowed by a comment or a level is meant, and stays.

mod edited;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use similar::TextDiff;
use thiserror::Error;

use super::{Checked, Policy, check};
use crate::diagnose::{Diagnostic, Edit, Sink, Sources, Span};
use crate::package;
use crate::package::check::entries_of_unlisted;
use crate::package::meta::META;
use crate::package::overlay::Overlay;
use crate::package::tree::Tree;
use edited::edited;

/// Rounds after which whatever is left is left: one fault mended may bring up the next.
const ROUNDS: usize = 32;

/// Why a file is left as it is.
#[derive(Debug, Error)]
pub enum FixError {
    /// It would no longer be what was signed.
    #[error("{0} is signed, and would not be what was signed: write and sign it anew")]
    Signed(Utf8PathBuf),
    /// It is not the text that was checked.
    #[error("{0} was changed while the package was checked: check it again")]
    Changed(Utf8PathBuf),
    /// The disk does not take it.
    #[error("{file} cannot be written")]
    Io {
        /// The file.
        file: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// One file's new text.
#[derive(Debug)]
pub struct Fix {
    /// The file, in the package.
    file: Utf8PathBuf,
    before: String,
    after: String,
}

/// Returns what is to be written into the package in `tree`, a file each. `package` is its path as
/// findings name it.
#[must_use]
pub fn fixes(tree: &dyn Tree, package: &Utf8Path, policy: &Policy) -> Vec<Fix> {
    let mut now = settled(Overlay::new(tree));
    for _ in 0..ROUNDS {
        match now.mended(package, policy) {
            Some(next) => now = next,
            None => break,
        }
    }
    let changed = now.overlay.texts().filter_map(|(file, after)| {
        let before = tree.read(file, tree.size(file)?).ok()?;
        let before = String::from_utf8(before).ok()?;
        (before != after).then(|| Fix {
            file: file.to_owned(),
            before,
            after: after.to_owned(),
        })
    });
    changed.collect()
}

/// Writes all of them into the package's folder: each file whole, and none if one must not be.
///
/// # Errors
/// A file that is signed, that is not what was checked, or that the disk does not take.
pub fn write(fixes: &[Fix], package: &Path) -> Result<(), FixError> {
    for fix in fixes {
        fix.may_be_written(package)?;
    }
    fixes.iter().try_for_each(|fix| fix.write(package))
}

/// Writes an archive anew with all of them, to a place of its own.
///
/// # Errors
/// A file that is signed, or what the disk says.
pub fn write_to(fixes: &[Fix], package: &Path, out: &Path) -> Result<(), FixError> {
    for fix in fixes {
        fix.is_unsigned()?;
    }
    let changed = fixes
        .iter()
        .map(|fix| (fix.file.clone(), fix.after.clone()));
    let changed: Vec<_> = changed.collect();
    package::rewrite(package, out, &changed).map_err(|source| FixError::Io {
        file: Utf8PathBuf::from(out.to_string_lossy().into_owned()),
        source,
    })
}

impl Fix {
    fn is_unsigned(&self) -> Result<(), FixError> {
        match self.is_signed() {
            true => Err(FixError::Signed(self.file.clone())),
            false => Ok(()),
        }
    }

    /// Tells whether it would change what was signed, and so must not be written.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.before.contains("-----BEGIN ")
    }

    fn may_be_written(&self, package: &Path) -> Result<(), FixError> {
        self.is_unsigned()?;
        let failed = |source| self.failed(source);
        if fs::read(package.join(&self.file)).map_err(failed)? != self.before.as_bytes() {
            return Err(FixError::Changed(self.file.clone()));
        }
        Ok(())
    }

    fn write(&self, package: &Path) -> Result<(), FixError> {
        let path = package.join(&self.file);
        let failed = |source| self.failed(source);
        let mode = fs::metadata(&path).map_err(failed)?.permissions();
        let folder = path.parent().unwrap_or(package);
        let mut scratch = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        scratch.write_all(self.after.as_bytes()).map_err(failed)?;
        scratch.as_file().set_permissions(mode).map_err(failed)?;
        scratch.as_file().sync_all().map_err(failed)?;
        scratch.persist(&path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> FixError {
        FixError::Io {
            file: self.file.clone(),
            source,
        }
    }

    /// Returns the file, in the package.
    #[must_use]
    pub fn file(&self) -> &Utf8Path {
        &self.file
    }

    /// Returns its text before and after.
    #[must_use]
    pub fn texts(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    /// Returns the lines that change as a unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let file = &self.file;
        TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .header(&format!("a/{file}"), &format!("b/{file}"))
            .to_string()
    }
}

/// A package under way, and what is found in it.
struct State<'t> {
    overlay: Overlay<'t>,
    checked: Checked,
}

/// What mends one finding.
struct Unit {
    code: &'static str,
    edits: Vec<Edit>,
}

impl<'t> State<'t> {
    /// Mends what can be mended, or nothing.
    fn mended(&self, package: &Utf8Path, policy: &Policy) -> Option<Self> {
        let mut counted = self.checked.sink.clone();
        policy.apply(package, &self.checked.sources, &mut counted);
        let units = self.units(&counted);
        let all: Vec<_> = units.iter().collect();
        if units.len() > 1
            && let Some(next) = self.tried(&all)
        {
            return Some(next);
        }
        units.iter().find_map(|unit| self.tried(&[unit]))
    }

    fn units(&self, sink: &Sink) -> Vec<Unit> {
        let units = sink.diagnostics().iter().filter_map(|finding| {
            let edits = match finding.code {
                // Those that are left after all others.
                "manifest-digest" => return None,
                "manifest-file-unlisted" => self.entries(finding)?,
                _ => edits(finding, &self.checked.sources),
            };
            let code = finding.code;
            (!edits.is_empty()).then_some(Unit { code, edits })
        });
        units.collect()
    }

    /// Entries of files that the manifest lacks, once it has no other fault.
    fn entries(&self, unlisted: &Diagnostic) -> Option<Vec<Edit>> {
        let file = &unlisted.primary.file;
        let mut others = self.checked.sink.diagnostics().iter();
        let is_sound =
            others.all(|other| other.primary.file != *file || other.code == unlisted.code);
        let text = self.checked.sources.get(file).filter(|_| is_sound)?;
        let meta = self.checked.sources.get(META.into()).unwrap_or_default();
        let entries = entries_of_unlisted(&self.overlay, file, text, meta).ok()??;
        let span = Span {
            start: text.len(),
            end: text.len(),
        };
        Some(vec![Edit {
            file: file.clone(),
            span,
            text: entries,
        }])
    }

    /// Judges the package with some findings mended; nothing if that is not better.
    fn tried(&self, units: &[&Unit]) -> Option<Self> {
        let mut files: BTreeMap<&Utf8Path, Vec<&Edit>> = BTreeMap::new();
        for edit in units.iter().flat_map(|unit| &unit.edits) {
            files.entry(&edit.file).or_default().push(edit);
        }
        let mut overlay = self.overlay.clone();
        let mut places = Vec::new();
        for (file, edits) in files {
            let (text, at) = edited(self.checked.sources.get(file)?, &edits)?;
            overlay = overlay.with(file, text);
            places.extend(at.into_iter().map(|at| (file, at)));
        }
        let next = settled(overlay);
        let is_gone = units
            .iter()
            .all(|unit| next.count(unit.code) < self.count(unit.code));
        let is_clean = places.iter().all(|place| next.has_nothing_new(place, self));
        let is_readable = next.unreadable() <= self.unreadable();
        (is_gone && is_clean && is_readable).then_some(next)
    }

    fn count(&self, code: &str) -> usize {
        let findings = self.checked.sink.diagnostics().iter();
        findings.filter(|finding| finding.code == code).count()
    }

    /// How many files cannot be read, or are read otherwise than they look.
    fn unreadable(&self) -> usize {
        let findings = self.checked.sink.diagnostics().iter();
        let is_unreadable = |code: &str| code.starts_with("yaml-") || code.ends_with("-unreadable");
        findings
            .filter(|finding| is_unreadable(finding.code))
            .count()
    }

    /// Tells whether the line of a place has no finding of a code that its file did not have.
    fn has_nothing_new(&self, (file, at): &(&Utf8Path, usize), before: &Self) -> bool {
        let codes = |state: &Self, is_meant: &dyn Fn(usize) -> bool| -> BTreeSet<&'static str> {
            let findings = state.checked.sink.diagnostics().iter();
            let there = findings.filter(|finding| {
                let start = finding.primary.span.map_or(0, |span| span.start);
                finding.primary.file == *file && is_meant(start)
            });
            there.map(|finding| finding.code).collect()
        };
        let line = |at: usize| {
            self.checked
                .sources
                .position(file, at)
                .map(|(line, _)| line)
        };
        let now = codes(self, &|start| line(start) == line(*at));
        now.is_subset(&codes(before, &|_| true))
    }
}

/// Judges a package with all digests right that can be.
fn settled(mut overlay: Overlay<'_>) -> State<'_> {
    loop {
        let checked = check(&overlay);
        let mut files: BTreeMap<&Utf8Path, Vec<Edit>> = BTreeMap::new();
        for finding in checked.sink.diagnostics() {
            if let Some(edit) = digest(finding, &checked.sources) {
                files.entry(&finding.primary.file).or_default().push(edit);
            }
        }
        let mut next = None;
        for (file, edits) in &files {
            let edits: Vec<_> = edits.iter().collect();
            let text = checked.sources.get(file);
            if let Some((text, _)) = text.and_then(|text| edited(text, &edits)) {
                let under = next.as_ref().unwrap_or(&overlay);
                next = Some(under.with(file, text));
            }
        }
        match next {
            Some(next) => overlay = next,
            None => return State { overlay, checked },
        }
    }
}

/// Returns what mends a finding, as its rule says; whether that is all, only a check of the package
/// with it can tell.
#[must_use]
pub fn edits(finding: &Diagnostic, sources: &Sources) -> Vec<Edit> {
    let file = &finding.primary.file;
    let instead = finding.instead.as_ref().zip(finding.primary.span);
    let instead = instead.and_then(|(text, span)| {
        let written = sources.get(file)?.get(span.start..span.end)?;
        Some(Edit {
            file: file.clone(),
            span,
            text: as_written(written, text),
        })
    });
    instead.into_iter().chain(finding.edits.clone()).collect()
}

/// A name in the quotes in which another was written.
fn as_written(written: &str, text: &str) -> String {
    let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) if !text.contains(['"', '\'', '\\']) => format!("{quote}{text}{quote}"),
        _ => text.to_owned(),
    }
}

/// Returns place and digest, if the finding is one of a digest that stands there as such.
fn digest(finding: &Diagnostic, sources: &Sources) -> Option<Edit> {
    let digest = finding.instead.as_ref()?;
    if !matches!(finding.code, "manifest-digest" | "manifest-image-entry") {
        return None;
    }
    let span = finding.primary.span?;
    let file = &finding.primary.file;
    let written = sources.get(file)?.get(span.start..span.end)?;
    let digits = written.trim_matches(['"', '\'']);
    let is_digest = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    // Quotes stay: without them, digits alone would be a number to YAML.
    is_digest.then(|| Edit {
        file: file.clone(),
        span,
        text: written.replace(digits, digest),
    })
}
