//! The files of all hosts, and their way to the disk: whole or not at all, secrets for their owner.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::secrets::{Secrets, SecretsError};
use super::spec::{Devstack, Host, Role};
use super::{local_conf, scripts};
use crate::spec::{Matrix, MatrixError};

/// Why the files cannot be made or written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The table of versions is broken.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The passwords cannot be had.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// A file of somebody else's is in the way.
    #[error("{0} was not written by `vnfctl devstack generate`")]
    Foreign(Utf8PathBuf),
    /// The disk refuses.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder.
        path: Utf8PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// A file to write.
#[derive(Clone)]
pub struct File {
    /// Relative to the folder of all.
    pub path: Utf8PathBuf,
    /// Permissions.
    pub mode: u32,
    /// What is in it, which may be secret.
    pub text: String,
}

/// Returns the files of all hosts; passwords are those that `folder` has already.
///
/// # Errors
/// What is there cannot be read, or has passwords that cannot be used.
pub fn files(devstack: &Devstack, folder: &Utf8Path) -> Result<Vec<File>, FilesError> {
    let matrix = Matrix::builtin()?;
    let place = |host: &Host| match devstack.all_in_one {
        true => Utf8PathBuf::new(),
        false => Utf8PathBuf::from(&host.name),
    };
    let known: Vec<_> = devstack
        .hosts
        .iter()
        .map(|host| folder.join(place(host)).join("local.conf"))
        .collect();
    let secrets = Secrets::kept_or_made(&known)?;
    let mut files = Vec::new();
    for host in &devstack.hosts {
        let mut add = |name: &str, mode, text| {
            let path = place(host).join(name);
            files.push(File { path, mode, text });
        };
        let conf = local_conf::render(devstack, host, &secrets, &matrix);
        add("local.conf", 0o600, conf);
        let before = scripts::before_stack(devstack, host, &matrix);
        add("before-stack.sh", 0o755, before);
        if host.is(Role::KubernetesControlPlane) {
            add("cilium.sh", 0o755, scripts::cilium(devstack));
            add("local.sh", 0o755, scripts::local());
        }
    }
    Ok(files)
}

/// Writes files below `folder`: all are on the disk before the first takes its name.
///
/// # Errors
/// A file of somebody else's is in the way, or the disk refuses.
pub fn write(files: &[File], folder: &Utf8Path) -> Result<(), FilesError> {
    for file in files {
        let path = folder.join(&file.path);
        match std::fs::read_to_string(&path) {
            Ok(text) if !text.contains(local_conf::MARK) => return Err(FilesError::Foreign(path)),
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(FilesError::Write { path, source });
            }
            _ => {}
        }
    }
    let mut ready = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        match stage(file, &path) {
            Ok(scratch) => ready.push((scratch, path)),
            Err(source) => return Err(FilesError::Write { path, source }),
        }
    }
    for (scratch, path) in ready {
        if let Err(error) = scratch.persist(&path) {
            let source = error.error;
            return Err(FilesError::Write { path, source });
        }
    }
    Ok(())
}

fn stage(file: &File, path: &Utf8Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(folder)?;
    // For its owner only from the first byte, whatever its mode will be.
    let mut scratch = tempfile::NamedTempFile::new_in(folder)?;
    scratch.write_all(file.text.as_bytes())?;
    let mode = std::fs::Permissions::from_mode(file.mode);
    scratch.as_file().set_permissions(mode)?;
    Ok(scratch)
}
