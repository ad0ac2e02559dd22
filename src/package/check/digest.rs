//! Reads every file of a package once and compares it with what the manifest promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Read as _};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::digest::DynDigest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::manifest::{Entries, Promise, is_image};
use crate::diagnose::{Diagnostic, Sink};
use crate::package::manifest::is_plain;
use crate::package::tree::Tree;

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Which files are read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All.
    Whole,
    /// All but disk images, whose digests Tacker does not compare and which are most of a package.
    WithoutImages,
}

/// The digests that Tacker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// Returns the algorithm of a name as Tacker reads it: in any case, with the dash.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "sha-224" => Some(Self::Sha224),
            "sha-256" => Some(Self::Sha256),
            "sha-384" => Some(Self::Sha384),
            "sha-512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Returns the right spelling of a name that lacks the dash, or has something else for it.
    pub(super) fn meant(name: &str) -> Option<String> {
        let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
        let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        let bits = letters.strip_prefix("SHA")?;
        let name = format!("SHA-{bits}");
        Self::of(&name).map(|_| name)
    }

    fn hasher(self) -> Box<dyn DynDigest> {
        match self {
            Self::Sha224 => Box::new(Sha224::default()),
            Self::Sha256 => Box::new(Sha256::default()),
            Self::Sha384 => Box::new(Sha384::default()),
            Self::Sha512 => Box::new(Sha512::default()),
        }
    }
}

/// Compares all files; one that cannot be read whole is reported too, listed or not, since
/// whoever unpacks the package meets it.
pub(super) fn compare(tree: &dyn Tree, entries: &Entries, extent: Extent, sink: &mut Sink) {
    let mut promised: BTreeMap<&Utf8Path, Vec<&Promise>> = BTreeMap::new();
    for promise in &entries.promises {
        promised.entry(&promise.source).or_default().push(promise);
    }
    let mut buffer = vec![0; CHUNK];
    for path in tree.paths() {
        if extent == Extent::WithoutImages && is_image(&path) {
            continue;
        }
        let promises = promised.remove(path.as_path()).unwrap_or_default();
        match digests(tree, &path, &promises, &mut buffer) {
            Ok(digests) => {
                let broken = promises
                    .iter()
                    .filter(|promise| digests.get(&promise.algorithm) != Some(&promise.hash));
                for promise in broken {
                    sink.push(mismatch(promise, &digests[&promise.algorithm]));
                }
            }
            Err(error) => sink.push(
                Diagnostic::file_error("file-damaged", &path, format!("cannot read it: {error}"))
                    .why("Tacker unpacks every file of a package and rejects it at this one"),
            ),
        }
    }
}

fn mismatch(promise: &Promise, found: &str) -> Diagnostic {
    let code = if promise.is_image {
        "manifest-image-entry"
    } else {
        "manifest-digest"
    };
    let message = format!("this is not the digest of `{}`", promise.source);
    let finding = Diagnostic::error(code, &promise.file, promise.span, message);
    let why = if promise.is_image {
        "the file was changed after the manifest was written; Tacker does not look at images"
    } else {
        "Tacker rejects the package: the file was changed after the manifest was written"
    };
    let help = format!("its digest is {found}");
    finding.why(why).help(help).instead(found)
}

fn digests(
    tree: &dyn Tree,
    path: &Utf8Path,
    promises: &[&Promise],
    buffer: &mut [u8],
) -> io::Result<BTreeMap<Algorithm, String>> {
    let mut hashers: BTreeMap<_, _> = promises
        .iter()
        .map(|promise| (promise.algorithm, promise.algorithm.hasher()))
        .collect();
    let mut content = tree.open(path)?;
    loop {
        match content.read(buffer) {
            Ok(0) => break,
            Ok(count) => {
                for hasher in hashers.values_mut() {
                    hasher.update(&buffer[..count]);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digests = hashers
        .into_iter()
        .map(|(algorithm, hasher)| (algorithm, hex::encode(hasher.finalize())));
    Ok(digests.collect())
}

/// Reports the files that have no entry, all in one finding.
pub(super) fn unlisted(tree: &dyn Tree, manifest: &Utf8Path, entries: &Entries, sink: &mut Sink) {
    let missing = unlisted_of(tree, manifest, |path| {
        entries.listed.contains(path) || entries.named.contains(path)
    });
    let Some(first) = missing.first() else { return };
    let message = match missing.len() {
        1 => format!("the manifest does not list `{first}`"),
        n => format!("the manifest does not list {n} files, `{first}` among them"),
    };
    sink.push(
        Diagnostic::file_warning("manifest-file-unlisted", manifest, message)
            .why("nobody notices when such a file is changed, and Tacker does not give it out")
            .help("add Source, Algorithm and Hash of every file but the manifest"),
    );
}

/// Returns what a manifest's text lacks at its end: entries, with their digests, of the files that
/// neither it nor `meta` names. Nothing when a path cannot be written there as it is.
///
/// # Errors
/// A file that cannot be read.
pub fn entries_of_unlisted(
    tree: &dyn Tree,
    manifest: &Utf8Path,
    text: &str,
    meta: &str,
) -> io::Result<Option<String>> {
    let named: BTreeSet<_> = text.lines().chain(meta.lines()).filter_map(named).collect();
    let mut entries = String::new();
    for path in unlisted_of(tree, manifest, |path| named.contains(path.as_str())) {
        if !is_plain(&path) {
            return Ok(None);
        }
        let digest = tree.sha256(&path)?;
        // Writing to a string cannot fail.
        let _ = write!(
            entries,
            "\nSource: {path}\nAlgorithm: SHA-256\nHash: {digest}\n"
        );
    }
    let lead = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    Ok(Some(format!("{lead}{entries}")))
}

/// Returns the path that a line of an entry names.
pub(super) fn named(line: &str) -> Option<&str> {
    let source = line.strip_prefix("Source:");
    let source = source.or_else(|| line.strip_prefix("Name:"));
    source.map(str::trim)
}

/// Returns the files that a manifest should list and that are not known to be.
fn unlisted_of(
    tree: &dyn Tree,
    manifest: &Utf8Path,
    is_listed: impl Fn(&Utf8PathBuf) -> bool,
) -> Vec<Utf8PathBuf> {
    let mut missing = tree.paths();
    missing.retain(|path| {
        // The manifest cannot hold its own digest, nor that of what signs it.
        let signs = matches!(path.extension(), Some("cert" | "cms" | "sig"));
        path != manifest && !signs && !is_listed(path)
    });
    missing
}
