//! The VNFD: service templates read with the place of every node, and the checker's rules.

pub mod documents;
mod flavour;
pub mod model;
