//! Digests that a folder's manifest has wrong, written anew: the one fault whose cure is certain.
//!
//! Whoever asks for it says that the files are as they should be; nothing else is touched.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::diagnose::{Diagnostic, Sink, Sources, Span};

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

impl Fix {
    /// Returns what is to be written for the findings about digests, a file each.
    #[must_use]
    pub fn of(sink: &Sink, sources: &Sources) -> Vec<Self> {
        let mut edits: BTreeMap<&Utf8Path, Vec<(Span, String)>> = BTreeMap::new();
        for finding in sink.diagnostics() {
            if let Some((span, digest)) = edit(finding, sources) {
                edits
                    .entry(&finding.primary.file)
                    .or_default()
                    .push((span, digest));
            }
        }
        let fixes = edits.into_iter().filter_map(|(file, mut edits)| {
            let before = sources.get(file)?;
            let mut after = before.to_owned();
            // From the end, so that the places before stay right.
            edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
            for (span, digest) in edits {
                after.replace_range(span.start..span.end, &digest);
            }
            Some(Self {
                file: file.to_owned(),
                before: before.to_owned(),
                after,
            })
        });
        fixes.collect()
    }

    /// Writes the text into the package's folder, all of it or nothing.
    ///
    /// # Errors
    /// A file that is signed, that is not what was checked, or that the disk does not take.
    pub fn write(&self, package: &Path) -> Result<(), FixError> {
        if self.before.contains("-----BEGIN ") {
            return Err(FixError::Signed(self.file.clone()));
        }
        let path = package.join(&self.file);
        let failed = |source| FixError::Io {
            file: self.file.clone(),
            source,
        };
        if fs::read(&path).map_err(failed)? != self.before.as_bytes() {
            return Err(FixError::Changed(self.file.clone()));
        }
        let mode = fs::metadata(&path).map_err(failed)?.permissions();
        let folder = path.parent().unwrap_or(package);
        let mut scratch = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        scratch.write_all(self.after.as_bytes()).map_err(failed)?;
        scratch.as_file().set_permissions(mode).map_err(failed)?;
        scratch.as_file().sync_all().map_err(failed)?;
        scratch.persist(&path).map_err(|e| failed(e.error))?;
        Ok(())
    }

    /// Returns the lines that change as a unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let mut diff = format!("--- a/{0}\n+++ b/{0}\n", self.file);
        // A digest has no line end, so that lines stay where they are.
        let lines = self.before.lines().zip(self.after.lines()).enumerate();
        for (index, (old, new)) in lines.filter(|(_, (old, new))| old != new) {
            let line = index + 1;
            // Writing to a string cannot fail.
            let _ = writeln!(diff, "@@ -{line} +{line} @@\n-{old}\n+{new}");
        }
        diff
    }
}

/// Returns place and digest, if the finding is one of a digest that stands there as such.
fn edit(finding: &Diagnostic, sources: &Sources) -> Option<(Span, String)> {
    let digest = finding.instead.as_ref()?;
    if !matches!(finding.code, "manifest-digest" | "manifest-image-entry") {
        return None;
    }
    let span = finding.primary.span?;
    let written = sources
        .get(&finding.primary.file)?
        .get(span.start..span.end)?;
    let digits = written.trim_matches(['"', '\'']);
    let is_digest = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    // Quotes stay: without them, digits alone would be a number to YAML.
    is_digest.then(|| (span, written.replace(digits, digest)))
}
