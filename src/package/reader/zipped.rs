//! A package as a zip archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::member::{Member, Place};
use super::{Fault, Limits, OpenError, Tree, clashes, refuse};
use crate::package::names::{self, NameFault};

/// The type bits of a Unix mode, and a regular file's and a folder's.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
/// The other bits of it.
const PERMISSIONS: u32 = 0o7777;

/// A zipped package.
#[derive(Debug)]
pub struct Zipped {
    file: Arc<File>,
    members: BTreeMap<Utf8PathBuf, Place>,
}

impl Zipped {
    /// Opens the archive at `path`, reading its directory of entries and each entry's header.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        let broken = |error: ZipError| match error {
            ZipError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => failed(source),
            other => OpenError::NotZip {
                path: path.to_owned(),
                reason: other.to_string(),
            },
        };
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        // Costs memory in proportion to the archive's own size, as each entry is listed in it.
        let mut archive = ZipArchive::new(&file).map_err(broken)?;
        let (found, most) = (archive.len(), limits.entries);
        if found > most {
            refuse(path, vec![Fault::Entries { found, most }])?;
        }
        let mut faults = Vec::new();
        let mut members = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(broken)?;
            match judge(&entry) {
                Ok(member) => members.extend(member),
                Err(fault) => faults.push(fault),
            }
        }
        clashes(members.iter().map(|(path, _)| path.as_path()), &mut faults);
        let unpacked = members
            .iter()
            .fold(0, |sum: u64, (_, place)| sum.saturating_add(place.size));
        let most = limits
            .bytes
            .min(limits.harmless.max(size.saturating_mul(limits.ratio)));
        if unpacked > most {
            faults.push(Fault::Bomb {
                archive: size,
                unpacked,
                most,
            });
        }
        if let Err(error) = archive.validate_header_consistency() {
            faults.push(Fault::Contradiction(error.to_string()));
        }
        drop(archive);
        refuse(path, faults)?;
        Ok(Self {
            file: Arc::new(file),
            members: members.into_iter().collect(),
        })
    }
}

/// Judges one entry; nothing comes of a folder.
fn judge<R: io::Read>(
    entry: &zip::read::ZipFile<'_, R>,
) -> Result<Option<(Utf8PathBuf, Place)>, Fault> {
    let name = std::str::from_utf8(entry.name_raw()).map_err(|_| {
        let shown = String::from_utf8_lossy(entry.name_raw()).into_owned();
        Fault::Name(shown, NameFault::Encoding)
    })?;
    let plain = name.strip_suffix('/').unwrap_or(name);
    names::check(plain).map_err(|fault| Fault::Name(name.to_owned(), fault))?;
    let path = Utf8PathBuf::from(plain);
    let folder = plain.len() < name.len();
    // Archives made where there are no Unix modes have none, or no type in them.
    let kind = entry.unix_mode().map_or(0, |mode| mode & TYPE);
    let expected = if folder { FOLDER } else { REGULAR };
    if kind != 0 && kind != expected {
        return Err(Fault::Special(path));
    }
    if folder {
        return Ok(None);
    }
    if entry.encrypted() {
        return Err(Fault::Encrypted(path));
    }
    let deflated = match entry.compression() {
        CompressionMethod::Stored => false,
        CompressionMethod::Deflated => true,
        other => return Err(Fault::Method(path, other.to_string())),
    };
    let Some(start) = entry.data_start() else {
        return Err(Fault::Contradiction(format!("`{path}` has no content")));
    };
    let place = Place {
        start,
        packed: entry.compressed_size(),
        size: entry.size(),
        crc: entry.crc32(),
        deflated,
        mode: entry.unix_mode().map(|mode| mode & PERMISSIONS),
    };
    Ok(Some((path, place)))
}

impl Tree for Zipped {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.members.keys().cloned().collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.members.get(path).map(|place| place.size)
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        self.members.get(path)?.mode
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        let place = self.members.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Member::new(Arc::clone(&self.file), *place)))
    }
}
