//! What a package will contain, before a byte of it is written.
//!
//! Images are read once, while they are packed, so what they hash to is not known here. A text
//! that states such a digest has [`stand_in`] in its place until then.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// Mode bits of a regular file in a package.
pub const MODE_FILE: u32 = 0o644;
/// Mode bits of a script that Tacker or a node executes.
pub const MODE_SCRIPT: u32 = 0o755;

/// Where an entry's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text made by rendering; small. What [`stand_in`] gives for a file of the plan becomes
    /// that file's digest when the archive is written.
    Bytes(Vec<u8>),
    /// A file on disk, streamed when the archive is written, such as an image.
    File {
        /// The file to stream.
        path: PathBuf,
        /// Its size in bytes when the plan was made; a different size at writing time is an error.
        size: u64,
    },
}

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path inside the archive, relative, `/`-separated, without `.` or `..`.
    pub path: Utf8PathBuf,
    /// Unix permission bits; Tacker extracts them as they are.
    pub mode: u32,
    /// The bytes.
    pub content: Content,
}

/// Who made the package and what it is called; goes into the SOL004 manifest and TOSCA.meta.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The VNFD's `descriptor_id`.
    pub vnfd_id: String,
    /// The VNFD's `provider`.
    pub provider: String,
    /// The VNFD's `product_name`.
    pub product_name: String,
    /// The VNFD's `descriptor_version`, which is also the package's version.
    pub version: String,
    /// The VNFD's `software_version`.
    pub software_version: String,
    /// Compatible VNFMs, such as `etsivnfm:v2.6.1` (SOL001 `vnfm_info`).
    pub vnfm_info: Vec<String>,
}

/// The rendered package: everything but TOSCA.meta and the manifest, which are derived from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The package's identity.
    pub identity: Identity,
    /// Path of the top VNFD file (TOSCA.meta's `Entry-Definitions`).
    pub entry_definitions: Utf8PathBuf,
    /// Entries, sorted by path, without duplicates.
    entries: Vec<Entry>,
}

/// Returns what stands in a plan's texts for the SHA-256 of the file packed at `path`.
///
/// It has a digest's form, so that texts with it can be checked like those of a finished
/// package, and depends on the path alone.
pub fn stand_in(path: &Utf8Path) -> String {
    hex::encode(Sha256::digest(format!("vnfctl stand-in for {path}")))
}

impl Plan {
    /// Returns an empty plan for a package whose top VNFD is `entry_definitions`.
    pub fn new(identity: Identity, entry_definitions: impl Into<Utf8PathBuf>) -> Self {
        Self {
            identity,
            entry_definitions: entry_definitions.into(),
            entries: Vec::new(),
        }
    }

    /// Adds an entry, replacing one of the same path.
    pub fn insert(&mut self, entry: Entry) {
        match self.position(&entry.path) {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Returns the entry at `path`.
    pub fn get(&self, path: &Utf8Path) -> Option<&Entry> {
        self.position(path).ok().map(|at| &self.entries[at])
    }

    /// Returns all entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn position(&self, path: &Utf8Path) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path.as_str()))
    }
}
