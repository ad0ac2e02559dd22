//! Heat templates: what Tacker needs of them, and their agreement with the VNFD.

mod codes;

pub use codes::CODES;
