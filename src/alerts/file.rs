//! Rule files in a folder that Prometheus reads: written whole, and never over a person's own.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Settings;
use super::rules::{Head, MARK};

/// Why a rule file was not written, read or removed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused it.
    #[error("cannot {verb} {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file of that name is there, and is another's.
    #[error("{} is not a file of this VNF's rules", .0.display())]
    Foreign(PathBuf),
}

/// The file with one kind of a VNF's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    path: PathBuf,
    vnf: String,
}

impl RuleFile {
    /// Names the file; `command` is that which writes it.
    #[must_use]
    pub fn new(folder: &Path, vnf: &str, label: &str, command: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let usable = label.chars().all(plain) && !label.starts_with('.');
        let stem = if usable { label } else { vnf };
        Self {
            path: folder.join(format!("{stem}.{command}.yml")),
            vnf: vnf.into(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file's text and what it was made of; nothing when there is no file.
    ///
    /// # Errors
    /// It cannot be read, or is not of this VNF's rules.
    pub fn read(&self) -> Result<Option<(String, Settings)>, FileError> {
        let text = match std::fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|source| self.failed("read", source))?,
        };
        let head = text.lines().find_map(|line| line.strip_prefix(MARK));
        let head = head.and_then(|head| serde_json::from_str::<Head>(head).ok());
        match head {
            Some(head) if head.vnf == self.vnf => Ok(Some((text, head.settings))),
            _ => Err(FileError::Foreign(self.path.clone())),
        }
    }

    /// Writes the file, whole or not at all; Prometheus, another user, may read it.
    ///
    /// # Errors
    /// It cannot be written, or would replace a file that is not of this VNF's rules.
    pub fn write(&self, text: &str) -> Result<(), FileError> {
        self.read()?;
        let failed = |source| self.failed("write", source);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed)?;
        // Prometheus takes the files of a pattern such as *.yml, which this name does not fit.
        let mut scratch = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        scratch.write_all(text.as_bytes()).map_err(failed)?;
        let readable = std::fs::Permissions::from_mode(0o644);
        scratch
            .as_file()
            .set_permissions(readable)
            .map_err(failed)?;
        scratch.as_file().sync_all().map_err(failed)?;
        scratch
            .persist(&self.path)
            .map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// Removes the file and tells whether there was one.
    ///
    /// # Errors
    /// It cannot be removed, or is not of this VNF's rules.
    pub fn remove(&self) -> Result<bool, FileError> {
        let there = self.read()?.is_some();
        if there {
            std::fs::remove_file(&self.path).map_err(|source| self.failed("remove", source))?;
        }
        Ok(there)
    }

    fn failed(&self, verb: &'static str, source: io::Error) -> FileError {
        FileError::Io {
            verb,
            path: self.path.clone(),
            source,
        }
    }
}
