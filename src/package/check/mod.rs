//! The rules of the package itself: archive, `TOSCA.meta`, layout and manifest.
//!
//! What the files say about the VNF is judged elsewhere: `tosca` and `hot` know their rules, and
//! the room `check` puts all of them together.

mod archive;
mod codes;

pub use archive::findings as archive;
pub use codes::CODES;
