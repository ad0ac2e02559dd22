//! The VNFD: service templates read with the place of every node, and the checker's rules.

mod codes;
pub mod documents;
mod flavour;
pub mod model;

pub use codes::CODES;
