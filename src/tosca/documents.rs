//! The package's YAML files that Tacker reads, parsed once with their places.
//!
//! On upload tosca-parser reads the top VNFD file and what it imports. In use, `vnfd_utils.py`
//! loads every `.yaml` and `.yml` that lies directly in `Definitions/`, whether anything imports
//! it or not. So a fault bites at one time or the other, and its code says at which.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::types::At;
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

impl Document {
    /// Returns the whole of it.
    pub(super) fn place(&self) -> At<'_> {
        let (file, node) = (self.file.as_path(), &self.root);
        At { file, node }
    }
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
    /// Files that are there and could not be read as maps: what they say is not known.
    pub unread: Vec<Utf8PathBuf>,
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
        let (read, unread): (Vec<_>, Vec<_>) = reader
            .read
            .into_iter()
            .partition(|(_, root)| root.is_some());
        let unread = unread.into_iter().map(|(file, _)| file).collect();
        let documents = read
            .into_iter()
            .filter_map(|(file, root)| Some(Document { file, root: root? }));
        let (definitions, elsewhere): (Vec<_>, Vec<_>) =
            documents.partition(|d| d.file == entry || is_definition(&d.file));
        let documents = Self {
            entry,
            definitions,
            elsewhere,
            unread,
        };
        documents.top().is_some().then_some(documents)
    }

    /// Returns a file that could be parsed.
    pub(super) fn get(&self, file: &Utf8Path) -> Option<&Document> {
        let mut all = self.definitions.iter().chain(&self.elsewhere);
        // Paths of a package are spelt in one way only.
        all.find(|document| document.file.as_str() == file.as_str())
    }

    /// Returns the files that `document` imports, in its order, as far as they could be parsed.
    pub(super) fn imported_by<'d>(
        &'d self,
        document: &'d Document,
    ) -> impl Iterator<Item = &'d Document> {
        imports(&document.root).filter_map(|import| self.import(&document.file, import))
    }

    /// Returns the file that `import` means, seen from the file `from`.
    pub(super) fn import(&self, from: &Utf8Path, import: &str) -> Option<&Document> {
        candidates(from, import).find_map(|path| self.get(&path))
    }

    /// Tells whether all that is imported could be read as maps.
    pub(super) fn is_whole(&self) -> bool {
        self.reached().into_iter().all(|document| {
            let mut imports = imports(&document.root);
            imports.all(|import| self.import(&document.file, import).is_some())
        })
    }

    /// Returns the top file and all that is imported from it, each once, in the order in which
    /// tosca-parser comes by them.
    pub(super) fn reached(&self) -> Vec<&Document> {
        let mut reached: Vec<&Document> = self.top().into_iter().collect();
        let mut next = 0;
        while let Some(document) = reached.get(next) {
            for import in self.imported_by(document) {
                if reached.iter().all(|known| known.file != import.file) {
                    reached.push(import);
                }
            }
            next += 1;
        }
        reached
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
                waiting.extend(imports(root).filter_map(|import| find(self.tree, &file, import)));
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
    imports.iter().flat_map(|import| {
        let named = import.entries().iter().map(|(_, value)| value);
        let value = import.as_str();
        value
            .into_iter()
            .chain(named.filter_map(|value| match value.get("file") {
                Some(file) => file.as_str(),
                None => value.as_str(),
            }))
    })
}

/// Returns the file of the package that `import` means, seen from the file that names it.
pub(super) fn find(tree: &dyn Tree, from: &Utf8Path, import: &str) -> Option<Utf8PathBuf> {
    candidates(from, import).find(|path| tree.contains(path))
}

/// Returns the paths at which tosca-parser looks for an import: beside the file that names it,
/// or, when that file's folder ends with the folder that is named, in that folder.
fn candidates(from: &Utf8Path, import: &str) -> impl Iterator<Item = Utf8PathBuf> {
    let folder = from.parent().unwrap_or(Utf8Path::new(""));
    let beside = resolve(folder, import);
    let named = import
        .rsplit_once('/')
        .filter(|(above, _)| !above.is_empty() && format!("/{folder}").ends_with(above));
    beside
        .into_iter()
        .chain(named.map(|(_, name)| folder.join(name)))
}

/// Returns the path that `import` has seen from `folder`; nothing for a URL or what leads out of
/// the package.
pub(crate) fn resolve(folder: &Utf8Path, import: &str) -> Option<Utf8PathBuf> {
    if is_url(import) {
        return None;
    }
    let mut path = folder.to_owned();
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

/// Tells whether tosca-parser takes a path for a URL.
pub(super) fn is_url(path: &str) -> bool {
    path.starts_with("file:")
        || path.split_once("://").is_some_and(|(scheme, rest)| {
            !scheme.is_empty() && !rest.is_empty() && !rest.starts_with('/')
        })
}
