//! Keeps two vnfctl processes of one person from operating one VNF at the same time.
//!
//! Between the guard's look and Tacker's acceptance there is a gap, and for scale and heal
//! nothing on the server closes it. The lock does, among those who share its directory;
//! the operating system lets it go when the process ends, however it ends.

use camino::{Utf8Path, Utf8PathBuf};
use std::fs::{self, File, TryLockError};
use std::io;

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another vnfctl is giving this VNF an operation (lock `{path}`)")]
    Held {
        /// The lock file.
        path: Utf8PathBuf,
    },
    /// The identifier cannot name a file.
    #[error("`{id}` is not an identifier of a VNF instance")]
    Identifier {
        /// What was given.
        id: String,
    },
    /// The file cannot be made or locked.
    #[error("cannot lock `{path}`")]
    Io {
        /// The lock file or its directory.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// The lock of one VNF, held until it is dropped.
#[derive(Debug)]
pub struct VnfLock {
    _file: File,
}

impl VnfLock {
    /// Takes the lock of `vnf_instance_id` in `directory`, which is made when missing.
    ///
    /// # Errors
    /// Returns [`LockError::Held`] at once, without waiting, when another process has it.
    pub fn acquire(directory: &Utf8Path, vnf_instance_id: &str) -> Result<Self, LockError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if vnf_instance_id.is_empty() || !vnf_instance_id.chars().all(plain) {
            return Err(LockError::Identifier {
                id: vnf_instance_id.to_owned(),
            });
        }
        let io_error = |path: &Utf8Path| {
            let path = path.to_owned();
            move |source| LockError::Io { path, source }
        };
        fs::create_dir_all(directory).map_err(io_error(directory))?;
        let path = directory.join(format!("{vnf_instance_id}.lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error(&path))?;
        // The file stays: removing it would let a third process lock a new one of its name.
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held { path }),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_per_vnf() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let directory = Utf8Path::from_path(scratch.path()).expect("a UTF-8 path");
        let held = VnfLock::acquire(directory, "vnf-1").expect("free");
        let second = VnfLock::acquire(directory, "vnf-1");
        assert!(matches!(second, Err(LockError::Held { .. })), "{second:?}");
        VnfLock::acquire(directory, "vnf-2").expect("another VNF is free");
        drop(held);
        VnfLock::acquire(directory, "vnf-1").expect("free again");
    }

    #[test]
    fn an_identifier_cannot_leave_the_directory() {
        for id in ["", "../x", "a/b"] {
            let result = VnfLock::acquire(Utf8Path::new("/nonexistent"), id);
            assert!(matches!(result, Err(LockError::Identifier { .. })), "{id}");
        }
    }
}
