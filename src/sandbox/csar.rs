//! What the VNFM reads of an uploaded package, straight from its zip.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha512};
use zip::ZipArchive;

use crate::diagnose::{Severity, Sink};
use crate::package::tree::Tree;
use crate::tosca::model::Vnfd;

/// Larger files are not unpacked, in bytes; the VNFM reads only TOSCA files.
const UNPACK_LIMIT: u64 = 8 << 20;

/// Why a package is not onboarded. Tacker tells nobody but its log, and so does the sandbox.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error("cannot read the file")]
    Io(#[from] io::Error),
    #[error("not a readable zip")]
    Zip(#[from] zip::result::ZipError),
    #[error("the VNFD has errors: {0}")]
    Vnfd(String),
}

/// Reads the descriptor of the package in `file`.
pub(super) fn read(file: &Utf8Path) -> Result<Vnfd, Rejection> {
    let tree = ZipTree::open(file)?;
    let mut sink = Sink::default();
    let vnfd = Vnfd::read(&tree, &mut sink);
    let errors: Vec<_> = sink
        .diagnostics()
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.as_str())
        .collect();
    match vnfd {
        Some(vnfd) if errors.is_empty() => Ok(vnfd),
        _ => Err(Rejection::Vnfd(errors.join("; "))),
    }
}

/// The hexadecimal SHA-512 of `file`, Tacker's default for a package's checksum.
pub(super) fn checksum(file: &Utf8Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut digest = Sha512::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(digest.finalize())),
            length => digest.update(&buffer[..length]),
        }
    }
}

/// A zip's files. One is unpacked whole when it is opened, since they share the archive.
struct ZipTree {
    sizes: BTreeMap<Utf8PathBuf, (usize, u64)>,
    archive: Mutex<ZipArchive<File>>,
}

impl ZipTree {
    fn open(file: &Utf8Path) -> Result<Self, Rejection> {
        let mut archive = ZipArchive::new(File::open(file)?)?;
        let mut sizes = BTreeMap::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index)?;
            if entry.is_file() {
                sizes.insert(
                    Utf8PathBuf::from(entry.name()?.as_ref()),
                    (index, entry.size()),
                );
            }
        }
        let archive = Mutex::new(archive);
        Ok(Self { sizes, archive })
    }
}

impl Tree for ZipTree {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.sizes.keys().cloned().collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.sizes.get(path).map(|(_, size)| *size)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        let (index, _) = self.sizes.get(path).ok_or(io::ErrorKind::NotFound)?;
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = archive.by_index(*index)?;
        let mut bytes = Vec::new();
        entry.take(UNPACK_LIMIT).read_to_end(&mut bytes)?;
        Ok(Box::new(io::Cursor::new(bytes)))
    }
}
