//! Reads `TOSCA-Metadata/TOSCA.meta`, where a package names its parts.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::tree::Tree;
use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::yaml::{self, Node};

/// Where a package names its parts.
pub const META: &str = "TOSCA-Metadata/TOSCA.meta";
/// Larger text files are refused, in bytes; ETSI's own type files have about 70 KiB.
const TEXT_LIMIT: u64 = 4 << 20;

/// What `TOSCA.meta` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The top VNFD file.
    pub entry: Utf8PathBuf,
}

impl Meta {
    /// Reads it, or reports why the package's VNFD is not known. Adds its text to `sources`.
    pub fn read(tree: &dyn Tree, sources: &mut Sources, sink: &mut Sink) -> Option<Self> {
        let file = Utf8Path::new(META);
        if !tree.contains(file) {
            sink.push(
                Diagnostic::file_error("meta-missing", file, "the package has no TOSCA.meta")
                    .why("Tacker's v2 API answers 400 to every use of a package without it")
                    .help("add TOSCA-Metadata/TOSCA.meta with an Entry-Definitions key"),
            );
            return None;
        }
        let text = text(tree, file, sink)?;
        let root = yaml::parse(file, &text, sink);
        sources.insert(file, text);
        Some(Self {
            entry: entry(tree, &root?, sink)?,
        })
    }
}

fn entry(tree: &dyn Tree, root: &Node, sink: &mut Sink) -> Option<Utf8PathBuf> {
    let file = Utf8Path::new(META);
    let rejected = "tosca-parser rejects the package; Tacker drops it back to CREATED in silence";
    let Some((node, path)) = root
        .get("Entry-Definitions")
        .and_then(|node| Some((node, node.as_str()?)))
    else {
        let message = "TOSCA.meta does not name the VNFD";
        sink.push(
            Diagnostic::error("meta-entry-definitions-missing", file, root.span, message)
                .why(rejected)
                .help("add `Entry-Definitions: Definitions/<file>.yaml`"),
        );
        return None;
    };
    if !tree.contains(Utf8Path::new(path)) {
        let message = format!("`{path}` is not in the package");
        sink.push(
            Diagnostic::error("meta-entry-definitions-dangling", file, node.span, message)
                .why(rejected),
        );
        return None;
    }
    Some(path.into())
}

/// Reads a file of the package as text, or reports why it cannot be.
pub fn text(tree: &dyn Tree, file: &Utf8Path, sink: &mut Sink) -> Option<String> {
    let text = tree.read(file, TEXT_LIMIT).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    });
    let unreadable = |error| {
        let message = format!("cannot read it as text: {error}");
        sink.push(Diagnostic::file_error("file-unreadable", file, message));
    };
    text.map_err(unreadable).ok()
}
