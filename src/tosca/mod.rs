//! The VNFD: service templates read with the place of every node, and the checker's rules.

pub mod catalogue;
mod codes;
pub mod documents;
mod flavour;
pub mod model;
pub mod profile;
mod rules;
mod types;

use crate::diagnose::Sink;
use crate::package::tree::Tree;
use documents::Documents;
use model::Vnfd;
use rules::Service;

pub use codes::CODES;

/// Checks the VNFD, and reads what Tacker makes of it.
pub(crate) fn check(tree: &dyn Tree, documents: &Documents, sink: &mut Sink) -> Option<Vnfd> {
    let service = Service::of(documents)?;
    rules::check(tree, &service, sink);
    Vnfd::of(&service, sink)
}
