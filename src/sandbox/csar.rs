//! What the VNFM reads of an uploaded package: it judges as `package validate` does.

use std::io;

use camino::Utf8Path;

use crate::check::{self, Judged};
use crate::diagnose::{Severity, Sink};
use crate::package::reader::{self, OpenError};
use crate::tosca::model::Vnfd;

/// Why a package is not onboarded. Tacker tells nobody but its log, and so does the sandbox.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error("cannot read the file")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("it has faults: {0}")]
    Faults(String),
}

/// Judges the package in `file` as Tacker does on upload, and reads its descriptor.
pub(super) fn onboard(file: &Utf8Path) -> Result<Vnfd, Rejection> {
    match check::open(file.as_std_path())? {
        Judged::Refused(sink) => Err(Rejection::Faults(messages(&sink))),
        Judged::Read(checked) => match &checked.vnfd {
            Some(vnfd) if !checked.is_rejected() => Ok(vnfd.clone()),
            _ => Err(Rejection::Faults(messages(&checked.sink))),
        },
    }
}

/// Reads the descriptor of a package that was onboarded.
pub(super) fn descriptor(file: &Utf8Path) -> Result<Vnfd, Rejection> {
    let tree = reader::open(file.as_std_path())?;
    let mut sink = Sink::default();
    let vnfd = Vnfd::read(&*tree, &mut sink);
    vnfd.ok_or_else(|| Rejection::Faults(messages(&sink)))
}

fn messages(sink: &Sink) -> String {
    let errors: Vec<_> = sink
        .diagnostics()
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.as_str())
        .collect();
    errors.join("; ")
}
