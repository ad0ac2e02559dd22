//! Writes a plan as a package file: whole, or not at all.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::manifest::{self, Manifest};
use super::meta::META;
use super::names::{self, NameFault};
use super::plan::{Content, MODE_FILE, Plan};
use super::writer::{self, FileError, Writer};

/// A package that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, as lower-case hexadecimal digits.
    pub sha256: String,
}

/// Why a package could not be written. Whatever it is, no file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A path that other tools would take for another, or not at all.
    #[error("`{path}` cannot be the path of a file in a package")]
    Name {
        /// The path.
        path: Utf8PathBuf,
        /// What is wrong with it.
        #[source]
        fault: NameFault,
    },
    /// A path that is read otherwise from a manifest than it is written there.
    #[error("`{0}` cannot be listed in a manifest: Tacker would read it as something else")]
    NotPlain(Utf8PathBuf),
    /// Two paths that are the same file where upper and lower case are.
    #[error("`{0}` and `{1}` differ only in upper and lower case")]
    Case(Utf8PathBuf, Utf8PathBuf),
    /// A path that is a file and a folder at once.
    #[error("`{0}` is a file and also the folder of others")]
    FileAndFolder(Utf8PathBuf),
    /// A file that is written from the plan is also in it.
    #[error("`{0}` is made from the plan and cannot be part of it")]
    Reserved(Utf8PathBuf),
    /// The top VNFD is not in the plan.
    #[error("the top VNFD `{0}` is not among the package's files")]
    NoEntry(Utf8PathBuf),
    /// An identity field that cannot stand on the manifest's line.
    #[error("the manifest's `{key}` must be one line of text and is {value:?}")]
    Identity {
        /// The manifest's name for the field.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// `SOURCE_DATE_EPOCH` is not a number of seconds.
    #[error("SOURCE_DATE_EPOCH must be seconds since 1970 and is `{0}`")]
    Epoch(String),
    /// A file that was to be packed cannot be read.
    #[error("cannot read `{}`", path.display())]
    Source {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file that was to be packed has another size than when the plan was made.
    #[error("`{}` changed: it had {planned} bytes and now has {found}", path.display())]
    SourceChanged {
        /// The file.
        path: PathBuf,
        /// Bytes when planned.
        planned: u64,
        /// Bytes found; no more than one above `planned` when it grew while being read.
        found: u64,
    },
    /// A file that was to be packed was written to meanwhile.
    #[error("`{}` was written to while it was being packed", .0.display())]
    SourceModified(PathBuf),
    /// The disk, a quota or a limit on file sizes is exhausted.
    #[error("no room for the package in `{}`: it needs about {needed} bytes", directory.display())]
    Full {
        /// Where the package was to be written.
        directory: PathBuf,
        /// Size of the package's content in bytes.
        needed: u64,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// The package cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The package.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// Writes `plan` as a package to `out`, replacing a file that is there only when all went well.
///
/// Adds `TOSCA-Metadata/TOSCA.meta` and a SOL004 manifest of all files but itself, which comes
/// last because digests are taken while the files are written. The same plan gives the same
/// bytes; the release time is `SOURCE_DATE_EPOCH`, or 1980. `progress` hears of the bytes that
/// were packed and of their sum.
///
/// # Errors
/// [`BuildError`]; in each case `out` is as it was before.
pub fn build(
    plan: &Plan,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Built, BuildError> {
    let total = check(plan)?;
    let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
    let epoch = epoch.map(|value| value.to_string_lossy().into_owned());
    let manifest = Manifest::new(&plan.identity, &manifest::released(epoch.as_deref())?)?;
    let directory = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |source| not_written(out, directory, total, source);
    let mut file = temporary(directory).map_err(failed)?;
    let mut archive = Archive {
        writer: Writer::new(file.as_file()),
        manifest,
        done: 0,
        total,
        progress,
    };
    let written = archive
        .add_all(plan)
        .and_then(|()| Ok(archive.close(plan)?));
    written.map_err(|error| match error {
        FileError::Source(error) => error,
        FileError::Target(source) => failed(source),
    })?;
    let (size, sha256) = settle(&mut file, directory, out).map_err(failed)?;
    Ok(Built {
        path: out.to_owned(),
        size,
        sha256: hex::encode(sha256),
    })
}

/// Checks what can be checked before anything is written; returns the content's bytes.
fn check(plan: &Plan) -> Result<u64, BuildError> {
    if plan.get(&plan.entry_definitions).is_none() {
        return Err(BuildError::NoEntry(plan.entry_definitions.clone()));
    }
    let made = [Utf8PathBuf::from(META), manifest::path(plan)];
    let mut folded: BTreeMap<String, &Utf8Path> = BTreeMap::new();
    let mut total = 0;
    for path in made.iter().chain(plan.entries().iter().map(|e| &e.path)) {
        names::check(path.as_str()).map_err(|fault| BuildError::Name {
            path: path.clone(),
            fault,
        })?;
        if !manifest::is_plain(path) {
            return Err(BuildError::NotPlain(path.clone()));
        }
        match folded.insert(path.as_str().to_lowercase(), path) {
            Some(other) if other == path => return Err(BuildError::Reserved(path.clone())),
            Some(other) => return Err(BuildError::Case(other.to_owned(), path.clone())),
            None => {}
        }
    }
    for path in folded.values() {
        let mut folders = path.ancestors().skip(1);
        if let Some(folder) = folders.find(|f| folded.contains_key(&f.as_str().to_lowercase())) {
            return Err(BuildError::FileAndFolder(folder.to_owned()));
        }
    }
    for entry in plan.entries() {
        total += match &entry.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File { size, .. } => *size,
        };
    }
    Ok(total)
}

/// The parts that grow together while a package is written.
struct Archive<'a, 'p> {
    writer: Writer<'a>,
    manifest: Manifest,
    done: u64,
    total: u64,
    progress: &'p mut dyn FnMut(u64, u64),
}

impl Archive<'_, '_> {
    /// Adds the plan's entries and `TOSCA.meta`, sorted by path.
    fn add_all(&mut self, plan: &Plan) -> Result<(), FileError> {
        let meta = manifest::meta(plan);
        let (before, after) = plan
            .entries()
            .split_at(plan.entries().partition_point(|e| e.path.as_str() < META));
        for entry in before {
            self.add(&entry.path, entry.mode, &entry.content)?;
        }
        let digest = self.writer.text(META.into(), MODE_FILE, meta.as_bytes())?;
        self.manifest.add(META.into(), &digest);
        for entry in after {
            self.add(&entry.path, entry.mode, &entry.content)?;
        }
        Ok(())
    }

    fn add(&mut self, path: &Utf8Path, mode: u32, content: &Content) -> Result<(), FileError> {
        let Self {
            writer,
            manifest,
            done,
            total,
            progress,
        } = self;
        let mut advance = |bytes: u64| {
            *done += bytes;
            progress(*done, *total);
        };
        let digest = match content {
            Content::Bytes(bytes) => {
                let digest = writer.text(path, mode, bytes)?;
                advance(bytes.len() as u64);
                digest
            }
            Content::File { path: source, size } => {
                writer.file(path, mode, (source, *size), &mut advance)?
            }
        };
        manifest.add(path, &digest);
        Ok(())
    }

    /// Adds the manifest and ends the archive.
    fn close(self, plan: &Plan) -> io::Result<()> {
        let Self {
            mut writer,
            manifest,
            ..
        } = self;
        let path = manifest::path(plan);
        writer.text(&path, MODE_FILE, manifest.finish().as_bytes())?;
        writer.finish()
    }
}

/// Makes a file beside the package, with the rights that a new file of the person's gets.
fn temporary(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".vnfctl-")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
}

/// Brings the file to disk and under its name; returns its size and SHA-256.
fn settle(
    file: &mut NamedTempFile,
    directory: &Path,
    out: &Path,
) -> io::Result<(u64, writer::Sha256Digest)> {
    let written = file.as_file();
    // The disk is waited for while the digest is taken from what is still in memory.
    let (synced, digest) = std::thread::scope(|scope| {
        let sync = scope.spawn(|| written.sync_all());
        let digest = writer::digest(written);
        let died = |_| io::Error::other("the synchronising thread died");
        (sync.join().map_err(died).flatten(), digest)
    });
    synced?;
    let digest = digest?;
    std::fs::rename(file.path(), out)?;
    // The name is the package's now and no longer to be removed.
    file.disable_cleanup(true);
    File::open(directory)?.sync_all()?;
    Ok(digest)
}

fn not_written(out: &Path, directory: &Path, needed: u64, source: io::Error) -> BuildError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    if matches!(source.kind(), FileTooLarge | QuotaExceeded | StorageFull) {
        return BuildError::Full {
            directory: directory.to_owned(),
            needed,
            source,
        };
    }
    BuildError::Write {
        path: out.to_owned(),
        source,
    }
}
