//! One view on a package wherever it lies: planned in memory, unpacked in a folder, or zipped.
//!
//! The checker and `inspect` read packages only through [`Tree`], so that a package is
//! judged the same before it is written and after.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};
use std::io;

use super::plan::{self, Content, Plan};

/// A package's files by path. Several rules may read at once.
pub trait Tree: Sync {
    /// Returns the paths of all regular files, sorted.
    fn paths(&self) -> Vec<Utf8PathBuf>;

    /// Returns the size in bytes of the file at `path`, if it is there.
    fn size(&self, path: &Utf8Path) -> Option<u64>;

    /// Returns the permission bits that the file at `path` has where the package lies, if it says.
    fn mode(&self, path: &Utf8Path) -> Option<u32>;

    /// Opens the file at `path` for reading from its beginning.
    ///
    /// # Errors
    /// `NotFound` when there is no such file; whatever reading the medium gives otherwise.
    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>>;

    /// Reads the whole file at `path` when it has at most `limit` bytes.
    ///
    /// # Errors
    /// Those of [`Tree::open`], and `FileTooLarge` above `limit`, counted while reading.
    fn read(&self, path: &Utf8Path, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reader = io::Read::take(self.open(path)?, limit + 1);
        io::Read::read_to_end(&mut reader, &mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("{path} is larger than {limit} bytes"),
            ));
        }
        Ok(bytes)
    }

    /// Returns the file at `path` when it has at most `limit` bytes, can be read, and is UTF-8; for
    /// those who leave it to others to say why not.
    fn text(&self, path: &Utf8Path, limit: u64) -> Option<String> {
        self.size(path).filter(|size| *size <= limit)?;
        String::from_utf8(self.read(path, limit).ok()?).ok()
    }

    /// Returns the SHA-256 of the file at `path` in lower-case hexadecimal digits, reading it.
    ///
    /// A [`Plan`] does not read the files that it only names: for them it gives what its texts
    /// state, so that a text can be held to this digest in any tree.
    ///
    /// # Errors
    /// Those of [`Tree::open`] and of reading.
    fn sha256(&self, path: &Utf8Path) -> io::Result<String> {
        sha256_of(&mut *self.open(path)?)
    }

    /// Tells whether there is a file at `path`.
    fn contains(&self, path: &Utf8Path) -> bool {
        self.size(path).is_some()
    }
}

/// Returns the SHA-256 of all that `content` gives, in lower-case hexadecimal digits.
///
/// # Errors
/// Those of reading.
pub fn sha256_of(content: &mut dyn io::Read) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(digest.finalize())),
            Ok(count) => digest.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Tree for Plan {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.entries().iter().map(|e| e.path.clone()).collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.get(path).map(|entry| match &entry.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File { size, .. } => *size,
        })
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        self.get(path).map(|entry| entry.mode)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        let entry = self
            .get(path)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(match &entry.content {
            Content::Bytes(bytes) => Box::new(bytes.as_slice()),
            Content::File { path, .. } => Box::new(std::fs::File::open(path)?),
        })
    }

    fn sha256(&self, path: &Utf8Path) -> io::Result<String> {
        let entry = self
            .get(path)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(match &entry.content {
            Content::Bytes(bytes) => hex::encode(Sha256::digest(bytes)),
            Content::File { .. } => plan::stand_in(path),
        })
    }
}
