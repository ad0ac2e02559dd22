//! The rules of the package itself: archive, `TOSCA.meta`, layout and manifest.
//!
//! What the files say about the VNF is judged elsewhere: `tosca` and `hot` know their rules, and
//! the room `check` puts all of them together.

mod archive;
mod codes;
mod digest;
mod layout;
mod manifest;
mod meta;
mod metadata;

use camino::{Utf8Path, Utf8PathBuf};

use super::meta::{META, Meta, manifest_of_root, text};
use super::tree::Tree;
use crate::diagnose::{Sink, Sources};

pub use archive::{findings as archive, foreign, signed as signed_archive};
pub use codes::CODES;
pub use digest::{Extent, entries_of_unlisted};
pub use layout::{file_name, layout};
pub use manifest::SignedEntry;
pub use metadata::{Metadata, differing};

/// What was found of a package's digests.
#[derive(Debug, Default)]
pub struct Digests {
    /// The manifest, if it is named and there.
    pub manifest: Option<Utf8PathBuf>,
    /// The files that are listed.
    pub listed: Vec<Utf8PathBuf>,
    /// The signatures that entries name for single files.
    pub signed: Vec<SignedEntry>,
    /// What the manifest says of the package.
    pub metadata: Metadata,
}

/// Checks what `TOSCA.meta` names beside the VNFD, and every file against the digests that it and
/// the manifest promise, as far as `extent` has it read.
pub fn digests(
    tree: &dyn Tree,
    meta: Option<&Meta>,
    extent: Extent,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Digests {
    let mut found = Digests::default();
    let mut entries = manifest::Entries::default();
    let file = match meta {
        Some(meta) => {
            meta::others(tree, &meta.root, sink);
            manifest::entries(tree, Utf8Path::new(META), &meta.text, &mut entries, sink);
            meta::manifest(tree, &meta.root, sink)
        }
        None => manifest_of_root(tree),
    };
    if let Some(file) = file
        && let Some(text) = text(tree, &file, sink)
    {
        manifest::entries(tree, &file, &text, &mut entries, sink);
        found.metadata = metadata::metadata(&file, &text, sink);
        metadata::sets(tree, &file, &text, sink);
        sources.insert(file.as_path(), text);
        digest::unlisted(tree, &file, &entries, sink);
        found.manifest = Some(file);
    }
    digest::compare(tree, &entries, extent, sink);
    found.listed = entries.listed;
    found.signed = entries.signed;
    found
}
