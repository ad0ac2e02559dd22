//! A package that lies unpacked in a folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Fault, Limits, OpenError, Tree, clashes, refuse};
use crate::package::names;

/// What was seen of a file when the folder was listed.
#[derive(Debug, Clone, Copy)]
struct Seen {
    size: u64,
    mode: u32,
}

/// An unpacked package.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    files: BTreeMap<Utf8PathBuf, Seen>,
    /// Whether modes are what somebody gave: a disk that has none shows the same for all.
    has_modes: bool,
}

impl Folder {
    /// Lists the folder at `root`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(root: &Path, limits: Limits) -> Result<Self, OpenError> {
        Self::open_without(root, limits, |_| false)
    }

    /// Lists the folder at `root` as [`Self::open`] does, but for the files and folders whose names
    /// `is_passed` tells.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_without(
        root: &Path,
        limits: Limits,
        is_passed: impl Fn(&str) -> bool,
    ) -> Result<Self, OpenError> {
        let mut files = BTreeMap::new();
        let mut faults = Vec::new();
        let mut entries = 0;
        let mut waiting = vec![(root.to_owned(), Utf8PathBuf::new())];
        while let Some((directory, inside)) = waiting.pop() {
            let failed = |source| OpenError::Io {
                path: directory.clone(),
                source,
            };
            for entry in fs::read_dir(&directory).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                entries += 1;
                if entries > limits.entries {
                    faults.push(Fault::Entries {
                        found: entries,
                        most: limits.entries,
                    });
                    refuse(root, std::mem::take(&mut faults))?;
                }
                let name = entry.file_name();
                let Some(name) = name.to_str() else {
                    let shown = entry.path().to_string_lossy().into_owned();
                    faults.push(Fault::Name(shown, names::NameFault::Encoding));
                    continue;
                };
                if is_passed(name) {
                    continue;
                }
                let path = inside.join(name);
                if let Err(fault) = names::check(path.as_str()) {
                    faults.push(Fault::Name(path.into_string(), fault));
                    continue;
                }
                // Of the entry itself: a link is not followed.
                let metadata = entry.metadata().map_err(failed)?;
                if metadata.is_dir() {
                    waiting.push((entry.path(), path));
                } else if metadata.is_file() {
                    let seen = Seen {
                        size: metadata.len(),
                        mode: metadata.mode() & 0o7777,
                    };
                    files.insert(path, seen);
                } else {
                    faults.push(Fault::Special(path));
                }
            }
        }
        clashes(files.keys().map(|path| path.as_path()), &mut faults);
        refuse(root, faults)?;
        let has_modes = files.values().any(|seen: &Seen| seen.mode & 0o002 == 0);
        Ok(Self {
            root: root.to_owned(),
            files,
            has_modes,
        })
    }
}

impl Tree for Folder {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.files.keys().cloned().collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.files.get(path).map(|seen| seen.size)
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        let seen = self.files.get(path).filter(|_| self.has_modes)?;
        Some(seen.mode)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        // Only what was listed is opened, so that no path leads out of the folder.
        if !self.contains(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Box::new(File::open(self.root.join(path))?))
    }
}
