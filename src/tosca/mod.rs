//! The VNFD: service templates read with the place of every node, and the checker's rules.

pub mod catalogue;
mod codes;
pub mod documents;
mod flavour;
pub mod model;
pub mod profile;
mod rules;
mod types;

pub use codes::CODES;
pub(crate) use rules::check;
