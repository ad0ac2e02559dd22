//! Reads `TOSCA-Metadata/TOSCA.meta`, where a package names its parts.
//!
//! Tacker and tosca-parser load the whole of it as one YAML map. The blocks that TOSCA puts below
//! it for single files (`Name`, `Content-Type`, digests) then merely override each other, which
//! does no harm: their digests are read a second time, block by block (see `check/manifest.rs`).

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::tree::Tree;
use crate::diagnose::{Diagnostic, Sink, Sources, Span, only_near};
use crate::yaml::{self, Node};

/// Where a package names its parts.
pub const META: &str = "TOSCA-Metadata/TOSCA.meta";
/// Larger text files are refused, in bytes; ETSI's own type files have about 70 KiB.
const TEXT_LIMIT: u64 = 4 << 20;
/// Keys that have a meaning.
pub(super) const KEYS: [&str; 10] = [
    "TOSCA-Meta-File-Version",
    "CSAR-Version",
    "Created-By",
    "Entry-Definitions",
    "Other-Definitions",
    "ETSI-Entry-Manifest",
    "ETSI-Entry-Change-Log",
    "ETSI-Entry-Tests",
    "ETSI-Entry-Licenses",
    "ETSI-Entry-Certificate",
];
/// Keys of the blocks for single files.
const BLOCK_KEYS: [&str; 5] = ["Name", "Source", "Content-Type", "Algorithm", "Hash"];
const REJECTED: &str =
    "tosca-parser rejects the package; Tacker drops it back to CREATED in silence";

/// What `TOSCA.meta` names.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// The top VNFD file, if it is named and there.
    pub entry: Option<Utf8PathBuf>,
    /// The text.
    pub text: String,
    /// Everything that stands in it.
    pub root: Node,
}

impl Meta {
    /// Reads it, or reports why it names nothing. Adds its text to `sources`.
    pub fn read(tree: &dyn Tree, sources: &mut Sources, sink: &mut Sink) -> Option<Self> {
        let file = Utf8Path::new(META);
        if !tree.contains(file) {
            sink.push(missing(tree));
            return None;
        }
        let text = text(tree, file, sink)?;
        sources.insert(file, text.as_str());
        let root = parse(file, &text, sink)?;
        if !root.is_mapping() {
            let message = format!("TOSCA.meta is {} and must be a map", root.type_name());
            sink.push(
                Diagnostic::error("meta-not-a-map", file, root.span, message)
                    .why(REJECTED)
                    .help("write lines of the form `Key: value`"),
            );
            return None;
        }
        Some(Self {
            entry: entry(tree, &root, sink),
            text,
            root,
        })
    }
}

/// Returns the only template at the root of a package that has no `TOSCA.meta` (SOL004 §4.1.3).
fn top_of_root(paths: &[Utf8PathBuf]) -> Option<&Utf8Path> {
    let mut templates = paths.iter().filter(|path| {
        let is_top = !path.as_str().contains('/');
        is_top && matches!(path.extension(), Some("yaml" | "yml"))
    });
    let template = templates.next()?;
    templates.next().is_none().then_some(template)
}

/// Returns the manifest of a package that has no `TOSCA.meta`: it is called like the template at the
/// root (SOL004 §4.3.2).
pub fn manifest_of_root(tree: &dyn Tree) -> Option<Utf8PathBuf> {
    let manifest = top_of_root(&tree.paths())?.with_extension("mf");
    tree.contains(&manifest).then_some(manifest)
}

/// Tells that there is none, and of one that lies elsewhere.
fn missing(tree: &dyn Tree) -> Diagnostic {
    let message = "the package has no TOSCA.meta";
    let paths = tree.paths();
    let near = paths
        .iter()
        .find(|path| path.as_str().to_lowercase().ends_with("tosca.meta"));
    let help = match (near, top_of_root(&paths)) {
        (Some(path), _) => {
            format!("move `{path}` to `{META}`: the whole package may lie in a folder")
        }
        // SOL004 4.1.3: the one template at the root, and a manifest of that name.
        (None, Some(top)) => format!(
            "the package is laid out without TOSCA-Metadata (SOL004), around `{top}`: move that \
             with what it imports to Definitions/, and add {META} with \
             `Entry-Definitions: Definitions/{top}` and `ETSI-Entry-Manifest: {}`",
            top.with_extension("mf")
        ),
        (None, None) => format!("add {META} with an Entry-Definitions key"),
    };
    Diagnostic::file_error("meta-missing", META.into(), message)
        .why("Tacker's v2 API answers 400 to every use of a package without it")
        .help(help)
}

fn parse(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<Node> {
    let mut found = Sink::default();
    let root = yaml::parse(file, text, &mut found);
    let of_block = |span: Option<Span>| {
        span.and_then(|span| text.get(span.start..span.end))
            .is_some_and(|key| BLOCK_KEYS.contains(&key))
    };
    for finding in found.diagnostics() {
        if finding.code != "yaml-duplicate-key" || !of_block(finding.primary.span) {
            sink.push(finding.clone());
        }
    }
    root
}

fn entry(tree: &dyn Tree, root: &Node, sink: &mut Sink) -> Option<Utf8PathBuf> {
    let file = Utf8Path::new(META);
    let Some((node, path)) = root
        .get("Entry-Definitions")
        .and_then(|node| Some((node, node.as_str()?)))
    else {
        let message = "TOSCA.meta does not name the VNFD";
        let finding = Diagnostic::error("meta-entry-definitions-missing", file, root.span, message)
            .why(REJECTED)
            .help("add `Entry-Definitions: Definitions/<file>.yaml`");
        sink.push(misspelt(root, "Entry-Definitions", finding));
        return None;
    };
    if !tree.contains(Utf8Path::new(path)) {
        let message = format!("`{path}` is not in the package");
        sink.push(
            Diagnostic::error("meta-entry-definitions-dangling", file, node.span, message)
                .why(REJECTED)
                .help("write the path from the root of the package, without `./`")
                .perhaps_instead(without_dot(tree, path)),
        );
        return None;
    }
    Some(path.into())
}

/// Where a key that is missed is there in another spelling, says so.
pub(super) fn misspelt(root: &Node, key: &str, finding: Diagnostic) -> Diagnostic {
    let others = root.entries().iter().map(|(other, _)| other);
    let mut near = others.filter(|other| {
        let name = other.text().unwrap_or_default();
        // Names that tell certificates from tests are near each other, and meant.
        !KEYS.contains(&name) && only_near(name, KEYS) == Some(key)
    });
    match (near.next(), near.next()) {
        (Some(node), None) => finding
            .help(format!("write `{key}` here"))
            .label(META.into(), node.span, "this is near it")
            .edit(META.into(), node.span, key),
        _ => finding,
    }
}

/// Returns the path that is meant by one with `./` before it.
pub(super) fn without_dot(tree: &dyn Tree, path: &str) -> Option<String> {
    let path = path.strip_prefix("./")?;
    tree.contains(Utf8Path::new(path)).then(|| path.to_owned())
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
