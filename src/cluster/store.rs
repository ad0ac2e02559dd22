//! Files with secrets on the person's own disk: readable by them alone, whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::Kubeconfig;

/// Why a kubeconfig was not written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("cannot write {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// Another program holds it.
    #[error("{} is there: another program is changing the file", .0.display())]
    Locked(PathBuf),
    /// What is there, or what is to come, cannot be used.
    #[error("{} stays as it was", .0.display())]
    Unusable(PathBuf, #[source] super::Error),
}

/// Writes `text` with mode 0600, whole or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn save(file: &Path, text: &SecretString) -> Result<(), StoreError> {
    let failed = |error| StoreError::Io(file.to_owned(), error);
    // A link stays one: what it points to is replaced.
    let target = match file.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => file.to_owned(),
        Err(error) => return Err(failed(error)),
    };
    let folder = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Temporary files are readable by their owner alone from the beginning.
    let mut scratch = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let written = scratch.write_all(text.expose_secret().as_bytes());
    written
        .and_then(|()| scratch.as_file().sync_all())
        .map_err(failed)?;
    scratch
        .persist(&target)
        .map_err(|error| failed(error.error))?;
    Ok(())
}

/// Merges `new` into a kubeconfig file, which is made when there is none. Returns where the
/// former text was kept, if it had comments, which do not survive.
///
/// # Errors
/// Another program holds the file, it cannot be used, or an entry of the person's is in the way.
pub fn merge_into(file: &Path, new: &Kubeconfig) -> Result<Option<PathBuf>, StoreError> {
    let failed = |error| StoreError::Io(file.to_owned(), error);
    if let Some(folder) = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let _lock = Lock::take(file)?;
    let before = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let unusable = |error| StoreError::Unusable(file.to_owned(), error);
    let mut all = Kubeconfig::parse(&before, "it").map_err(unusable)?;
    all.merge(new).map_err(unusable)?;
    let text = all.text().map_err(unusable)?;
    let before = String::from_utf8_lossy(&before).into_owned();
    let mut kept = None;
    if before
        .lines()
        .any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
    {
        let copy = beside(file, ".before-vnfctl");
        save(&copy, &SecretString::from(before))?;
        kept = Some(copy);
    }
    save(file, &text)?;
    Ok(kept)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The lock that kubectl takes too (client-go's `clientcmd/config.go`): a file beside the file.
struct Lock(PathBuf);

impl Lock {
    fn take(file: &Path) -> Result<Self, StoreError> {
        let lock = beside(file, ".lock");
        match std::fs::File::create_new(&lock) {
            Ok(_) => Ok(Self(lock)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StoreError::Locked(lock))
            }
            Err(error) => Err(StoreError::Io(file.to_owned(), error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody can do more about it than the person who finds it.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn new() -> Kubeconfig {
        let text = b"clusters: [{name: e, cluster: {server: 'https://e'}}]";
        Kubeconfig::parse(text, "it").unwrap()
    }

    fn mode(file: &Path) -> u32 {
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_merged_is_private_and_a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("config"));
        std::fs::write(&real, "# mine\ncurrent-context: home\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let kept = merge_into(&link, &new()).unwrap().unwrap();
        assert!(link.is_symlink());
        assert_eq!(mode(&real), 0o600);
        assert_eq!(mode(&kept), 0o600);
        assert!(
            std::fs::read_to_string(&kept)
                .unwrap()
                .starts_with("# mine")
        );
        let text = std::fs::read_to_string(&real).unwrap();
        assert!(
            text.contains("current-context: home") && text.contains("https://e"),
            "{text}"
        );
        assert!(!beside(&link, ".lock").exists());
    }

    #[test]
    fn a_file_that_cannot_be_used_stays_byte_by_byte() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, "users: [{name: x\n").unwrap();
        assert!(matches!(
            merge_into(&file, &new()),
            Err(StoreError::Unusable(..))
        ));
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "users: [{name: x\n"
        );
        std::fs::write(beside(&file, ".lock"), "").unwrap();
        assert!(matches!(
            merge_into(&file, &new()),
            Err(StoreError::Locked(_))
        ));
        assert!(beside(&file, ".lock").exists(), "it is somebody else's");
    }

    #[test]
    fn a_folder_that_is_missing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".kube/config");
        assert!(merge_into(&file, &new()).unwrap().is_none());
        assert_eq!(mode(&file), 0o600);
    }
}
