//! Writes a plan as a package file: whole, or not at all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::manifest::{self, Manifest};
use super::meta::META;
use super::names::{self, NameFault};
use super::plan::{self, Content, Entry, MODE_FILE, Plan};
use super::writer::{Stop, Writer};

/// A package that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
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
    /// Something that is no file, such as a device, stands where the package would be put.
    #[error("`{}` is there and is no file", .0.display())]
    NotAFile(PathBuf),
    /// The caller wanted no more of it.
    #[error("stopped before `{}` was whole", .0.display())]
    Stopped(PathBuf),
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
/// Adds `TOSCA-Metadata/TOSCA.meta` and a SOL004 manifest of all files but itself. Every file is
/// read once: files from disk come first, so that their digests are known when the texts that
/// state them are written, and the manifest comes last. The same plan gives the same bytes; the
/// release time is `SOURCE_DATE_EPOCH`, or 1980. `progress` hears of the bytes that were packed
/// and of their sum.
///
/// # Errors
/// [`BuildError`]; in each case `out` is as it was before.
pub fn build(
    plan: &Plan,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Built, BuildError> {
    build_unless(plan, out, progress, &AtomicBool::new(false))
}

/// Does what [`build`] does until `stopped` is set by somebody else.
///
/// # Errors
/// [`BuildError`], [`BuildError::Stopped`] included; in each case `out` is as it was before.
pub fn build_unless(
    plan: &Plan,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
    stopped: &AtomicBool,
) -> Result<Built, BuildError> {
    let total = check(plan)?;
    // A package takes the place of what is there, which a device or folder must not lose.
    if std::fs::metadata(out).is_ok_and(|there| !there.is_file()) {
        return Err(BuildError::NotAFile(out.to_owned()));
    }
    let epoch = std::env::var_os("SOURCE_DATE_EPOCH");
    let epoch = epoch.map(|value| value.to_string_lossy().into_owned());
    let manifest = Manifest::new(&plan.identity, &manifest::released(epoch.as_deref())?)?;
    let directory = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |source| not_written(out, directory, total, source);
    let mut file = temporary(directory).map_err(failed)?;
    let archive = Archive {
        writer: Writer::new(file.as_file()),
        manifest,
        digests: Vec::new(),
        packed: Packed {
            done: 0,
            total,
            progress,
            stopped,
        },
    };
    archive.write(plan).map_err(|stop| match stop {
        Stop::Source(error) => error,
        Stop::Target(source) => failed(source),
        Stop::Asked => BuildError::Stopped(out.to_owned()),
    })?;
    file.as_file().sync_all().map_err(failed)?;
    if stopped.load(Ordering::Relaxed) {
        return Err(BuildError::Stopped(out.to_owned()));
    }
    let size = settle(&mut file, directory, out).map_err(failed)?;
    Ok(Built {
        path: out.to_owned(),
        size,
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
    /// What stands in the texts for a file's digest, and the digest.
    digests: Vec<(String, String)>,
    packed: Packed<'p>,
}

impl Archive<'_, '_> {
    /// Writes files, then texts, then the manifest, and ends the archive.
    fn write(mut self, plan: &Plan) -> Result<(), Stop> {
        let mut texts = BTreeMap::new();
        let meta = manifest::meta(plan);
        texts.insert(Utf8Path::new(META), (MODE_FILE, meta.as_bytes()));
        for entry in plan.entries() {
            match &entry.content {
                Content::Bytes(bytes) => {
                    texts.insert(&entry.path, (entry.mode, bytes));
                }
                Content::File { path, size } => self.file(entry, path, *size)?,
            }
        }
        for (path, (mode, bytes)) in texts {
            self.text(path, mode, bytes)?;
        }
        let manifest = self.manifest.finish();
        let path = manifest::path(plan);
        self.writer.text(&path, MODE_FILE, manifest.as_bytes())?;
        Ok(self.writer.finish()?)
    }

    fn file(&mut self, entry: &Entry, source: &Path, size: u64) -> Result<(), Stop> {
        let packed = &mut self.packed;
        let digest = self
            .writer
            .file(&entry.path, entry.mode, (source, size), &mut |bytes| {
                packed.advance(bytes)
            })?;
        let digest = hex::encode(digest);
        let stand_in = plan::stand_in(&entry.path);
        self.digests.push((stand_in, digest.clone()));
        self.manifest.add(&entry.path, digest);
        Ok(())
    }

    fn text(&mut self, path: &Utf8Path, mode: u32, bytes: &[u8]) -> Result<(), Stop> {
        let stated = self.state_digests(bytes);
        let digest = self.writer.text(path, mode, &stated)?;
        self.manifest.add(path, hex::encode(digest));
        // TOSCA.meta is not the plan's, so its bytes are not in the sum.
        if path == META {
            return Ok(());
        }
        self.packed.advance(bytes.len() as u64)
    }

    /// Puts digests in the place of their stand-ins, which are as long.
    fn state_digests<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let stated = |text: &str| {
            self.digests
                .iter()
                .any(|(stand_in, _)| text.contains(stand_in))
        };
        match std::str::from_utf8(bytes) {
            Ok(text) if stated(text) => {
                let digests = self.digests.iter();
                let put = |text: String, (stand_in, digest): &(String, String)| {
                    text.replace(stand_in, digest)
                };
                Cow::Owned(digests.fold(text.to_owned(), put).into_bytes())
            }
            _ => Cow::Borrowed(bytes),
        }
    }
}

/// How much of the plan is packed, who hears of it, and who may stop it.
struct Packed<'p> {
    done: u64,
    total: u64,
    progress: &'p mut dyn FnMut(u64, u64),
    stopped: &'p AtomicBool,
}

impl Packed<'_> {
    fn advance(&mut self, bytes: u64) -> Result<(), Stop> {
        self.done += bytes;
        (self.progress)(self.done, self.total);
        if self.stopped.load(Ordering::Relaxed) {
            return Err(Stop::Asked);
        }
        Ok(())
    }
}

/// Makes a file beside the package, with the rights that a new file of the person's gets.
pub(super) fn temporary(directory: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".vnfctl-")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
}

/// Brings the file, which is on disk, under its name; returns its size.
pub(super) fn settle(file: &mut NamedTempFile, directory: &Path, out: &Path) -> io::Result<u64> {
    let size = file.as_file().metadata()?.len();
    std::fs::rename(file.path(), out)?;
    // The name is the package's now and no longer to be removed.
    file.disable_cleanup(true);
    File::open(directory)?.sync_all()?;
    Ok(size)
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
