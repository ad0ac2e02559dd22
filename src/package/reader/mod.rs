//! Reads packages that others made: a zip or a folder, as a [`Tree`].
//!
//! Such a package is input like any other. Everything that could make it mean one thing here and
//! another where it is unpacked, or that costs more than its size promises, is refused on opening
//! with all its faults at once, before a rule or a reader of the VNFD sees a byte of it.

mod folder;
mod member;
mod wrapped;
mod zipped;

use std::io;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

use super::kind::{self, Kind};
use super::names::NameFault;
use super::tree::Tree;

pub use folder::Folder;
pub use wrapped::{Unwrapped, Wrapped};
pub use zipped::Zipped;

/// How much a package may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files and folders.
    pub entries: usize,
    /// Bytes that all files have together.
    pub bytes: u64,
    /// How many times the archive's own size the files may have together. Text and empty disk
    /// images shrink to a hundredth; a thousandth is what only bombs reach.
    pub ratio: u64,
    /// Bytes up to which the ratio does not matter.
    pub harmless: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 20_000,
            // Tacker's `csar_file_size_cap`: 1024 GB.
            bytes: 1 << 40,
            ratio: 250,
            harmless: 64 << 20,
        }
    }
}

/// Why a package is refused; each is said once for each entry it holds for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The path of an entry.
    #[error("entry `{0}`: {1}")]
    Name(String, NameFault),
    /// Two entries for one path, or a path that is file and folder at once.
    #[error("entry `{0}` is there twice")]
    Duplicate(Utf8PathBuf),
    /// Paths that are one file where case does not count.
    #[error("entries `{0}` and `{1}` differ only in upper and lower case")]
    Case(Utf8PathBuf, Utf8PathBuf),
    /// A symbolic link, or a device, socket or pipe in a folder.
    #[error("entry `{0}` is neither a file nor a folder")]
    Special(Utf8PathBuf),
    /// An encrypted entry.
    #[error("entry `{0}` is encrypted, which SOL004 packages are not")]
    Encrypted(Utf8PathBuf),
    /// A compression that Python's zipfile, and so Tacker, may not have.
    #[error("entry `{0}` is compressed by {1}; only `stored` and `deflated` are used in packages")]
    Method(Utf8PathBuf, String),
    /// Too many entries.
    #[error("it has {found} entries; at most {most} are read")]
    Entries {
        /// How many there are.
        found: usize,
        /// How many may be there.
        most: usize,
    },
    /// More bytes than any package has, or than the archive's size explains.
    #[error("{archive} bytes of archive would unpack to {unpacked} bytes; at most {most} are read")]
    Bomb {
        /// Size of the archive in bytes.
        archive: u64,
        /// What its directory of entries promises, in bytes.
        unpacked: u64,
        /// The most that is read, in bytes.
        most: u64,
    },
    /// The directory of entries and the entries themselves do not say the same.
    #[error("its directory of entries contradicts its entries: {0}")]
    Contradiction(String),
}

/// Why a package cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or folder cannot be read, or is not there.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The package.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The file is no zip archive, or only a part of one.
    #[error("`{}` is not a whole zip archive: {reason}", path.display())]
    NotZip {
        /// The package.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The file is something else, which is known.
    #[error("`{}` is {}", path.display(), kind.what)]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: Kind,
    },
    /// The package is refused.
    #[error("`{}` is not safe to read:{}", path.display(), listed(faults))]
    Refused {
        /// The package.
        path: PathBuf,
        /// What is wrong with it.
        faults: Vec<Fault>,
    },
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  {fault}")).collect()
}

/// Opens the package at `path`: a folder, or else a zip archive.
///
/// # Errors
/// See [`OpenError`].
pub fn open(path: &Path) -> Result<Box<dyn Tree>, OpenError> {
    let metadata = std::fs::metadata(path).map_err(|source| OpenError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(if metadata.is_dir() {
        Box::new(Folder::open(path, Limits::default())?)
    } else {
        let zipped = Zipped::open(path, Limits::default());
        Box::new(zipped.map_err(|error| named(path, error))?)
    })
}

/// Says of a file that is no zip archive what it is, where that is known.
fn named(path: &Path, error: OpenError) -> OpenError {
    if !matches!(error, OpenError::NotZip { .. }) {
        return error;
    }
    let path = path.to_owned();
    match kind::of_file(&path) {
        Ok(Some(kind)) => OpenError::Foreign { path, kind },
        Ok(None) => error,
        Err(source) => OpenError::Io { path, source },
    }
}

/// Refuses with `faults` when there are any.
fn refuse(path: &Path, faults: Vec<Fault>) -> Result<(), OpenError> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(OpenError::Refused {
        path: path.to_owned(),
        faults,
    })
}

/// Finds paths that cannot lie beside each other where the package is unpacked.
fn clashes<'a>(paths: impl Iterator<Item = &'a Utf8Path>, faults: &mut Vec<Fault>) {
    let mut folded = std::collections::BTreeMap::new();
    for path in paths {
        match folded.insert(path.as_str().to_lowercase(), path) {
            Some(other) if other == path => faults.push(Fault::Duplicate(path.to_owned())),
            Some(other) => faults.push(Fault::Case(other.to_owned(), path.to_owned())),
            None => {}
        }
    }
    for path in folded.values() {
        let mut above = path.ancestors().skip(1);
        if let Some(file) = above.find(|up| folded.contains_key(&up.as_str().to_lowercase())) {
            faults.push(Fault::Duplicate(file.to_owned()));
        }
    }
}
