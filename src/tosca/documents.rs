//! The package's YAML files that Tacker's v2 API reads, parsed once with their places.
//!
//! `vnfd_utils.py` loads `TOSCA-Metadata/TOSCA.meta` and then every `.yaml` and `.yml` that lies
//! directly in `Definitions/`, whether anything imports it or not; so does this.

use camino::{Utf8Path, Utf8PathBuf};
use std::io;

use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// Where the package names its top VNFD file.
pub const META: &str = "TOSCA-Metadata/TOSCA.meta";
/// The only folder in which Tacker looks for flavours.
pub const DEFINITIONS: &str = "Definitions";
/// Larger text files are refused, in bytes; ETSI's own type files have about 70 KiB.
const TEXT_LIMIT: u64 = 4 << 20;

/// One parsed YAML file.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its path in the package.
    pub file: Utf8PathBuf,
    /// Its content.
    pub root: Node,
}

/// What Tacker reads to learn what a VNF is.
#[derive(Debug, Clone)]
pub struct Documents {
    /// Path of the top VNFD file.
    pub entry: Utf8PathBuf,
    /// The files of `Definitions/` that could be parsed, by path, the top VNFD file among them.
    pub definitions: Vec<Document>,
}

impl Documents {
    /// Reads them, or reports why there is no top VNFD file to start from. Adds the texts to
    /// `sources`, for rendering.
    pub fn read(tree: &dyn Tree, sources: &mut Sources, sink: &mut Sink) -> Option<Self> {
        let entry = entry_definitions(tree, sources, sink)?;
        let mut definitions: Vec<_> = tree
            .paths()
            .into_iter()
            .filter(|path| *path != entry && is_definition(path))
            .filter_map(|path| document(tree, &path, sources, sink))
            .collect();
        definitions.push(document(tree, &entry, sources, sink)?);
        definitions.sort_by(|a, b| a.file.cmp(&b.file));
        Some(Self { entry, definitions })
    }

    /// Returns the top VNFD file.
    #[must_use]
    pub fn top(&self) -> Option<&Document> {
        self.definitions.iter().find(|d| d.file == self.entry)
    }
}

fn is_definition(path: &Utf8Path) -> bool {
    path.parent() == Some(Utf8Path::new(DEFINITIONS))
        && matches!(path.extension(), Some("yaml" | "yml"))
}

fn entry_definitions(
    tree: &dyn Tree,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Utf8PathBuf> {
    let file = Utf8Path::new(META);
    if !tree.contains(file) {
        sink.push(
            Diagnostic::file_error("meta-missing", file, "the package has no TOSCA.meta")
                .why("Tacker's v2 API answers 400 to every use of a package without it")
                .help("add TOSCA-Metadata/TOSCA.meta with an Entry-Definitions key"),
        );
        return None;
    }
    let meta = document(tree, file, sources, sink)?;
    let Some((node, path)) = meta
        .root
        .get("Entry-Definitions")
        .and_then(|node| Some((node, node.as_str()?)))
    else {
        sink.push(
            Diagnostic::error(
                "meta-entry-definitions-missing",
                file,
                meta.root.span,
                "TOSCA.meta does not name the VNFD",
            )
            .why("tosca-parser rejects the package; Tacker drops it back to CREATED in silence")
            .help("add `Entry-Definitions: Definitions/<file>.yaml`"),
        );
        return None;
    };
    if !tree.contains(Utf8Path::new(path)) {
        sink.push(
            Diagnostic::error(
                "meta-entry-definitions-dangling",
                file,
                node.span,
                format!("`{path}` is not in the package"),
            )
            .why("tosca-parser rejects the package; Tacker drops it back to CREATED in silence"),
        );
        return None;
    }
    Some(path.into())
}

fn document(
    tree: &dyn Tree,
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Document> {
    let text = tree.read(file, TEXT_LIMIT).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    });
    match text {
        Ok(text) => {
            let root = yaml::parse(file, &text, sink);
            sources.insert(file, text);
            Some(Document {
                file: file.to_owned(),
                root: root?,
            })
        }
        Err(error) => {
            sink.push(Diagnostic::file_error(
                "file-unreadable",
                file,
                format!("cannot read it as text: {error}"),
            ));
            None
        }
    }
}
