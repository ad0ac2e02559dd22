//! Opening a package that a person has named, for all commands that look into one: of a signed
//! archive the package in it, and of what is no package what it is, and what to do with it.

use std::io;
use std::path::Path;

use super::{Exit, Failure};
use crate::package::reader::{self, OpenError, Wrapped};
use crate::package::tree::Tree;

/// A package, and the signed archive that it lies in.
pub(super) type Opened = (Box<dyn Tree>, Option<Wrapped>);

/// Opens a package to `verb` it, which the failure says.
pub(super) fn open(package: &Path, verb: &str) -> Result<Opened, Failure> {
    let cannot = |error| cannot(verb, package, error);
    let tree = reader::open(package).map_err(cannot)?;
    let Some(archive) = Wrapped::of(&*tree) else {
        return Ok((tree, None));
    };
    let inner = archive.unwrap(&*tree).map_err(cannot)?;
    Ok((Box::new(inner), Some(archive)))
}

/// Says why a package cannot be opened, and what to do next.
pub(super) fn cannot(verb: &str, package: &Path, error: OpenError) -> Failure {
    let exit = match &error {
        OpenError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Usage,
    };
    let next = match &error {
        OpenError::Foreign { kind, .. } => Some(kind.next),
        _ => None,
    };
    let message = format!("cannot {verb} {}", package.display());
    let failure = Failure::new(exit, message).caused_by(error);
    match next {
        Some(next) => failure.hint(next),
        None => failure,
    }
}
