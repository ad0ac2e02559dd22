//! The package's YAML files that Tacker reads, parsed once with their places.
//!
//! On upload tosca-parser reads the top VNFD file and what it imports. In use, `vnfd_utils.py`
//! loads every `.yaml` and `.yml` that lies directly in `Definitions/`, whether anything imports
//! it or not. So a fault bites at one time or the other, and its code says at which.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnose::{Diagnostic, Sink, Sources};
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
    /// Files elsewhere in the package that those import, by path.
    pub elsewhere: Vec<Document>,
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
        let entry = meta.entry.clone()?;
        let mut reader = Reader {
            tree,
            sources,
            sink,
            read: BTreeMap::new(),
        };
        reader.imported(&entry);
        for path in tree.paths() {
            if is_definition(&path) && !reader.read.contains_key(&path) {
                reader.stray(path);
            }
        }
        let documents = reader
            .read
            .into_iter()
            .filter_map(|(file, root)| Some(Document { file, root: root? }));
        let (definitions, elsewhere): (Vec<_>, Vec<_>) =
            documents.partition(|d| d.file == entry || is_definition(&d.file));
        let documents = Self {
            entry,
            definitions,
            elsewhere,
        };
        documents.top().is_some().then_some(documents)
    }

    /// Returns the top VNFD file.
    #[must_use]
    pub fn top(&self) -> Option<&Document> {
        self.definitions.iter().find(|d| d.file == self.entry)
    }
}

/// Tells whether Tacker's v2 API loads a file as part of the VNFD.
fn is_definition(path: &Utf8Path) -> bool {
    path.parent() == Some(Utf8Path::new(DEFINITIONS))
        && matches!(path.extension(), Some("yaml" | "yml"))
}

struct Reader<'r> {
    tree: &'r dyn Tree,
    sources: &'r mut Sources,
    sink: &'r mut Sink,
    /// What became of each file; nothing when it could not be parsed.
    read: BTreeMap<Utf8PathBuf, Option<Node>>,
}

impl Reader<'_> {
    /// Reads the top VNFD file and all that is imported from it, as tosca-parser does.
    fn imported(&mut self, entry: &Utf8Path) {
        let mut waiting = vec![entry.to_owned()];
        while let Some(file) = waiting.pop() {
            if self.read.contains_key(&file) || !self.tree.contains(&file) {
                continue;
            }
            let mut sink = Sink::default();
            let root = self.parse(&file, &mut sink);
            let is_entry = file == entry;
            self.sink.adopt(sink, |code| match code {
                // Imports are loaded by libyaml, which lets tabs pass; the v2 API does not.
                "yaml-tab" if !is_entry => "layout-definitions-unreadable",
                code => code,
            });
            let root = self.map(&file, root, is_entry);
            if let Some(root) = &root {
                waiting.extend(imports(root).filter_map(|import| resolve(&file, import)));
            }
            self.read.insert(file, root);
        }
    }

    /// Reads a file that nothing imports, which the upload does not mind.
    fn stray(&mut self, file: Utf8PathBuf) {
        let mut sink = Sink::default();
        let root = self.parse(&file, &mut sink);
        self.sink.adopt(sink, |code| match code {
            "yaml-syntax" | "yaml-tab" | "file-unreadable" => "layout-definitions-unreadable",
            code => code,
        });
        let root = self.map(&file, root, false);
        self.read.insert(file, root);
    }

    fn parse(&mut self, file: &Utf8Path, sink: &mut Sink) -> Option<Node> {
        let text = meta::text(self.tree, file, sink)?;
        let root = yaml::parse(file, &text, sink);
        self.sources.insert(file, text);
        root
    }

    /// Lets only maps pass.
    fn map(&mut self, file: &Utf8Path, root: Option<Node>, is_entry: bool) -> Option<Node> {
        let root = root?;
        if root.is_mapping() {
            return Some(root);
        }
        let message = format!("the file is {} and must be a map", root.type_name());
        let finding = if is_entry {
            Diagnostic::error("meta-entry-definitions-not-a-map", file, root.span, message)
                .why("tosca-parser rejects the package")
        } else {
            Diagnostic::error("layout-definitions-not-a-map", file, root.span, message).why(
                "Tacker's v2 API looks for flavours in every YAML file of Definitions/ and ends \
                 with an error 500 at one that is no map",
            )
        };
        self.sink.push(finding);
        None
    }
}

/// Returns what a file imports, in any of the forms that tosca-parser knows.
fn imports(root: &Node) -> impl Iterator<Item = &str> {
    let imports = root.get("imports").map_or(&[][..], Node::items);
    imports.iter().filter_map(|import| {
        let file = |node: &Node| node.get("file").is_some();
        match import.entries() {
            _ if file(import) => import.get("file")?.as_str(),
            [(_, named)] if file(named) => named.get("file")?.as_str(),
            [(_, named)] => named.as_str(),
            _ => import.as_str(),
        }
    })
}

/// Returns the path that `import` has seen from the file that names it; nothing for a URL or
/// what leads out of the package.
fn resolve(from: &Utf8Path, import: &str) -> Option<Utf8PathBuf> {
    if import.contains("://") {
        return None;
    }
    let mut path = from.parent()?.to_owned();
    for part in Utf8Path::new(import).components() {
        match part {
            Utf8Component::Normal(name) => path.push(name),
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}
