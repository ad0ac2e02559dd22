//! The package's YAML files that Tacker's v2 API reads, parsed once with their places.
//!
//! `vnfd_utils.py` loads `TOSCA-Metadata/TOSCA.meta` and then every `.yaml` and `.yml` that lies
//! directly in `Definitions/`, whether anything imports it or not; so does this.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Sink, Sources};
use crate::package::meta::{self, Meta};
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// The only folder in which Tacker looks for flavours.
pub const DEFINITIONS: &str = "Definitions";

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
        let meta = Meta::read(tree, sources, sink)?;
        Self::of(tree, &meta, sources, sink)
    }

    /// Reads those of a package whose `TOSCA.meta` is known.
    pub fn of(
        tree: &dyn Tree,
        meta: &Meta,
        sources: &mut Sources,
        sink: &mut Sink,
    ) -> Option<Self> {
        let entry = meta.entry.clone();
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

fn document(
    tree: &dyn Tree,
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Document> {
    let text = meta::text(tree, file, sink)?;
    let root = yaml::parse(file, &text, sink);
    sources.insert(file, text);
    Some(Document {
        file: file.to_owned(),
        root: root?,
    })
}
