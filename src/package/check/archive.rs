//! Archives that are not read at all, as findings like any other.

use camino::Utf8Path;

use crate::diagnose::{Diagnostic, Sink};
use crate::package::kind::Kind;
use crate::package::reader::{Fault, OpenError, Wrapped};

/// Turns the refusal of a package into findings about `shown`; an error of the disk, which says
/// nothing about the package, is given back.
///
/// # Errors
/// [`OpenError::Io`].
pub fn findings(shown: &Utf8Path, error: OpenError, sink: &mut Sink) -> Result<(), OpenError> {
    match error {
        OpenError::Io { .. } => return Err(error),
        OpenError::NotZip { reason, .. } => {
            let message = format!("it is not a whole zip archive: {reason}");
            let finding = Diagnostic::file_error("archive-not-zip", shown, message)
                .why("Tacker unpacks every package with Python's zipfile")
                .help("build it again, or copy it again: a download that broke off looks so");
            sink.push(finding);
        }
        OpenError::Foreign { kind, .. } => sink.push(foreign(shown, kind)),
        OpenError::Refused { faults, .. } => {
            for fault in &faults {
                sink.push(finding(shown, fault));
            }
        }
    }
    Ok(())
}

/// Says of a file, an archive or a folder that it is something else than a package.
#[must_use]
pub fn foreign(shown: &Utf8Path, kind: Kind) -> Diagnostic {
    let message = format!("it is {}", kind.what);
    Diagnostic::file_error("archive-foreign", shown, message)
        .why("Tacker takes a zip archive with TOSCA-Metadata/TOSCA.meta that names a VNFD")
        .help(kind.next)
}

/// Says of a signed archive around a package that it is one.
#[must_use]
pub fn signed(shown: &Utf8Path, wrapped: &Wrapped) -> Diagnostic {
    let csar = &wrapped.csar;
    let message = format!("it is a signed archive around the package `{csar}` (SOL004 option 2)");
    Diagnostic::file_error("archive-signed", shown, message)
        .why("Tacker does not look into it and drops what has no TOSCA.meta of its own")
        .help(format!(
            "`vnfctl package verify` checks the signature; then `unzip` it and push `{csar}`"
        ))
}

fn finding(shown: &Utf8Path, fault: &Fault) -> Diagnostic {
    let (code, why) = match fault {
        Fault::Name(..) => (
            "archive-entry-name",
            "where the package is unpacked, that path would be another file or lie outside",
        ),
        Fault::Duplicate(_) => (
            "archive-duplicate",
            "which one counts depends on the reader",
        ),
        Fault::Case(..) => (
            "archive-case",
            "they are one file on systems where case does not count",
        ),
        Fault::Special(_) => (
            "archive-special",
            "what it leads to is not part of the package",
        ),
        Fault::Encrypted(_) => (
            "archive-encrypted",
            "nobody who unpacks the package knows the password",
        ),
        Fault::Method(..) => (
            "archive-method",
            "Tacker unpacks with Python's zipfile, which may lack the method",
        ),
        Fault::Entries { .. } | Fault::Bomb { .. } => (
            "archive-too-large",
            "a small upload would fill the disk of whoever unpacks it",
        ),
        Fault::Contradiction(_) => (
            "archive-contradiction",
            "two readers would see two different packages",
        ),
    };
    Diagnostic::file_error(code, shown, fault.to_string()).why(why)
}
