//! The VNF package as typed parts: rendered from a template, laid out, written and read back.
//!
//! Knows nothing of HTTP. [`plan::Plan`] is the hinge: rendering yields one, and writing,
//! the manifest, dry runs and golden tests read the same one.

mod build;
pub mod check;
mod checksum;
mod flavours;
pub mod fresh;
pub mod kind;
mod manifest;
pub mod meta;
pub mod names;
pub mod once;
pub mod overlay;
pub mod plan;
pub mod reader;
mod render;
mod rewrite;
pub mod signing;
pub mod templates;
pub mod tree;
mod writer;

pub use build::{BuildError, Built, build, build_unless};
pub use checksum::checksum;
pub use manifest::with_meta;
pub use reader::{OpenError, open};
pub use render::{RenderError, render, render_with};
pub use rewrite::rewrite;
