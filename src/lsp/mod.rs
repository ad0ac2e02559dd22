//! A language server: what `package validate` finds, while the files are written, and what TOSCA,
//! SOL001 and Heat know of the place that a person looks at.
//!
//! ```text
//! editor ──► server ──► workspace (the disk, the editor's texts over it)
//!                           │
//!             check ◄───────┴───────► answer ──► tosca, heat (what can stand where)
//!               │                        │
//!            findings, actions        hover, definition, completion
//! ```
//!
//! Everything is answered from one reading of the package as it would be if the editor saved now.
//! One thread does it all: a package is checked in a fraction of the time between two keystrokes,
//! and only once there is a pause between them.

mod actions;
mod answer;
mod cursor;
mod files;
mod findings;
mod heat;
mod offer;
mod place;
mod requests;
mod server;
mod tosca;
mod type_text;
mod typing;
mod words;
mod workspace;

pub use server::{End, ServeError, serve};
pub use workspace::Settings;
