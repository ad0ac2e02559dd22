//! A signed archive around a package (SOL004 §5.1, option 2): the CSAR as one file, its signature
//! beside it, and perhaps the signer's certificate.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::{Limits, OpenError, Tree, Zipped};
use crate::package::meta::META;

/// What lies in a signed archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrapped {
    /// The package.
    pub csar: Utf8PathBuf,
    /// The signature of its bytes.
    pub signature: Utf8PathBuf,
    /// The signer's certificate, when it is not in the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Utf8PathBuf>,
}

/// A package taken out of a signed archive.
#[derive(Debug)]
pub struct Unwrapped {
    tree: Zipped,
    /// Where it lies while it is read.
    _file: NamedTempFile,
}

impl Wrapped {
    /// Tells what lies in `tree`, if it is such an archive.
    #[must_use]
    pub fn of(tree: &dyn Tree) -> Option<Self> {
        if tree.contains(Utf8Path::new(META)) {
            return None;
        }
        let paths = tree.paths();
        let only = |extensions: &[&str]| {
            let mut found = paths.iter().filter(|path| {
                let fits = |one: &str| extensions.contains(&one.to_lowercase().as_str());
                path.parent().is_some_and(|parent| parent == "")
                    && path.extension().is_some_and(fits)
            });
            let first = found.next().cloned();
            first.filter(|_| found.next().is_none())
        };
        Some(Self {
            csar: only(&["csar"]).or_else(|| only(&["zip"]))?,
            signature: only(&["cms"])?,
            certificate: only(&["cert", "pem", "crt"]),
        })
    }

    /// Takes the package out, to a file that is gone when it is no longer read.
    ///
    /// # Errors
    /// Those of opening a package, [`OpenError::Io`] when it cannot be taken out.
    pub fn unwrap(&self, tree: &dyn Tree) -> Result<Unwrapped, OpenError> {
        let failed = |source| OpenError::Io {
            path: self.csar.clone().into(),
            source,
        };
        let mut file = NamedTempFile::new().map_err(failed)?;
        let mut csar = tree.open(&self.csar).map_err(failed)?;
        io::copy(&mut csar, &mut file).map_err(failed)?;
        let tree = Zipped::open(file.path(), Limits::default())?;
        Ok(Unwrapped { tree, _file: file })
    }
}

impl Tree for Unwrapped {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.tree.paths()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        self.tree.size(path)
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        self.tree.mode(path)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        self.tree.open(path)
    }
}
