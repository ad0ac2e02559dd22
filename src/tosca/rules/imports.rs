//! What the VNFD's files import, and in which form.

use camino::Utf8Path;

use super::REJECTED;
use super::properties::once;
use crate::diagnose::{Diagnostic, Sink, Span, nearest, suggestion};
use crate::package::meta;
use crate::package::tree::Tree;
use crate::tosca::documents::{Document, Documents, find, is_url};
use crate::tosca::types::{At, is_truthy, same};
use crate::yaml::{self, Node};

const KEYS: [&str; 4] = ["file", "repository", "namespace_uri", "namespace_prefix"];
/// The one URL for which Tacker has a file of its own, when it comes to the types.
const MAPPED: &str =
    "https://forge.etsi.org/rep/nfv/SOL001/raw/v2.6.1/etsi_nfv_sol001_common_types.yaml";

/// Checks the imports of all files that the parser reaches.
pub(super) fn check(tree: &dyn Tree, documents: &Documents, sink: &mut Sink) {
    for document in documents.reached() {
        let Some(section) = document.place().get("imports") else {
            continue;
        };
        let mut file = File {
            tree,
            documents,
            document,
            names: Vec::new(),
            sink: &mut *sink,
        };
        file.section(section);
    }
    chains(documents, sink);
}

struct File<'c> {
    tree: &'c dyn Tree,
    documents: &'c Documents,
    document: &'c Document,
    /// Names of imports so far.
    names: Vec<(String, Span)>,
    sink: &'c mut Sink,
}

impl File<'_> {
    fn section(&mut self, section: At<'_>) {
        let span = section.node.span;
        let span = self.document.root.key_span("imports").unwrap_or(span);
        if !is_truthy(section.node) {
            let message = "`imports` names no file";
            self.sink.push(
                Diagnostic::error("vnfd-imports-empty", section.file, span, message)
                    .why(REJECTED)
                    .help("name a file, or leave `imports` out"),
            );
        } else if !section.node.is_list() {
            let what = section.node.type_name();
            let message = format!("`imports` is {what} and must be a list");
            self.form(section.node.span, message, "write each file after a dash");
        }
        for (index, item) in section.items().enumerate() {
            // The parser remembers what it read before, and passes over later ones.
            if index == 0 && item.node.is_mapping() && item.node.entries().is_empty() {
                let message = "the import names no file".to_owned();
                self.form(item.node.span, message, "write `- <file>.yaml`");
            }
            self.item(item);
        }
    }

    fn form(&mut self, span: Span, message: String, help: &str) {
        let file = &self.document.file;
        self.sink.push(
            Diagnostic::error("vnfd-import-form", file, span, message)
                .why(REJECTED)
                .help(help),
        );
    }

    fn item(&mut self, item: At<'_>) {
        if let Some(path) = item.node.as_str() {
            self.path(path, item.node.span);
        } else if item.node.is_mapping() {
            for (name, key, value) in item.entries() {
                self.named(name, key, value);
            }
        } else {
            let message = format!("an import is {} and must be a path", item.node.type_name());
            self.form(item.node.span, message, "write `- <file>.yaml`");
        }
    }

    /// Reads `name: path` and `name: {file: path}`. The parser takes `file: path` for the first,
    /// with `file` as the name.
    fn named(&mut self, name: &str, key: Span, value: At<'_>) {
        if let Some((_, first)) = self.names.iter().find(|(known, _)| known == name) {
            let message = format!("two imports have the name `{name}`");
            let file = &self.document.file;
            self.sink.push(
                Diagnostic::error("vnfd-import-name-twice", file, key, message)
                    .label(file, *first, "the first")
                    .why("tosca-parser rejects the package; it takes the key `file` for a name too")
                    .help("write the bare path: `- <file>.yaml`"),
            );
        }
        self.names.push((name.to_owned(), key));
        if let Some(path) = value.node.as_str() {
            self.path(path, value.node.span);
        } else if value.node.is_mapping() {
            self.keys(name, key, value);
        } else {
            let message = format!("the import `{name}` names no file");
            self.form(key, message, "write `- <file>.yaml`");
        }
    }

    fn keys(&mut self, name: &str, key: Span, value: At<'_>) {
        for (given, span, _) in value.entries() {
            if !KEYS.contains(&given) {
                let message = format!("an import has no key `{given}`");
                self.form(span, message, &suggestion(given, KEYS));
            }
        }
        if let Some(span) = value.node.key_span("repository") {
            let message = "an import from a repository".to_owned();
            let help = "put the file into the package and import it by its path";
            let file = &self.document.file;
            self.sink.push(
                Diagnostic::error("vnfd-import-repository", file, span, message)
                    .why("tosca-parser looks for repositories before it has read them, and rejects the package")
                    .help(help),
            );
        }
        match value
            .node
            .get("file")
            .map(|file| (file.as_str(), file.span))
        {
            Some((Some(path), span)) => self.path(path, span),
            _ => {
                let message = format!("the import `{name}` names no file");
                self.form(key, message, "add `file: <file>.yaml`");
            }
        }
    }

    fn path(&mut self, path: &str, span: Span) {
        let from = &self.document.file;
        if is_url(path) {
            self.url(path, span);
            return;
        }
        let Some(found) = find(self.tree, from, path) else {
            let message = format!("`{path}` is not in the package");
            let mut finding =
                Diagnostic::error("vnfd-import-missing", from, span, message).why(REJECTED);
            finding.help = self.elsewhere(path);
            self.sink.push(finding);
            return;
        };
        if self.documents.get(&found).is_none() {
            self.unusable(&found, span);
        }
    }

    /// Tells of a file that is there and could not be taken: no map, or no YAML, which the
    /// reader has reported.
    fn unusable(&mut self, found: &Utf8Path, span: Span) {
        let mut nowhere = Sink::default();
        let text = meta::text(self.tree, found, &mut nowhere);
        let root = text.and_then(|text| yaml::parse(found, &text, &mut nowhere));
        let Some(root) = root.filter(is_truthy) else {
            return;
        };
        let message = format!("`{found}` is {} and must be a map", root.type_name());
        let from = &self.document.file;
        self.sink
            .push(Diagnostic::error("vnfd-import-not-a-map", from, span, message).why(REJECTED));
    }

    fn url(&mut self, path: &str, span: Span) {
        let why = if path == MAPPED {
            "tosca-parser fetches it when it looks for files that are missing; Tacker puts a file \
             of its own in its place only after that"
        } else {
            "the conductor fetches it on upload; where the server does not answer, the package is \
             rejected"
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let message = format!("`{path}` is fetched from the network");
        let from = &self.document.file;
        self.sink.push(
            Diagnostic::warning("vnfd-import-url", from, span, message)
                .why(why)
                .help(format!(
                    "put `{name}` into Definitions/ and import it by its name"
                )),
        );
    }

    /// Proposes a file of the package.
    fn elsewhere(&self, path: &str) -> Option<String> {
        let paths = self.tree.paths();
        let name = path.rsplit('/').next()?;
        if let Some(same) = paths.iter().find(|p| p.file_name() == Some(name)) {
            return Some(format!(
                "`{same}` is: imports are relative to the file that names them"
            ));
        }
        let folder = self.document.file.parent()?;
        let beside = paths.iter().filter(|p| p.parent() == Some(folder));
        let near = nearest(name, beside.filter_map(|p| p.file_name()))?;
        Some(format!("did you mean `{near}`?"))
    }
}

/// Follows imports as the parser does when it collects types.
///
/// It hands the imports of one file on to the next that is imported beside it and has imports of
/// its own. So the next is taken to import them too, from its own folder.
fn chains(documents: &Documents, sink: &mut Sink) {
    let Some(top) = documents.top() else { return };
    let mut walk = Walk {
        documents,
        way: Vec::new(),
        done: Vec::new(),
        sink,
    };
    walk.follow(top, &imports_of(top));
}

/// An import and the file in which it is written.
#[derive(Clone, Copy)]
struct Import<'d> {
    written: &'d Document,
    node: &'d Node,
}

impl<'d> Import<'d> {
    /// Returns the paths that it names.
    fn paths(&self) -> impl Iterator<Item = &'d Node> + use<'d> {
        let node = self.node;
        let named = node.entries().iter().map(|(_, value)| value);
        let bare = node.as_str().is_some().then_some(node);
        bare.into_iter()
            .chain(named.filter_map(|value| match value.get("file") {
                Some(file) => Some(file),
                None => value.as_str().map(|_| value),
            }))
    }
}

fn imports_of(document: &Document) -> Vec<Import<'_>> {
    let items = document.root.get("imports").map_or(&[][..], Node::items);
    let import = |node| Import {
        written: document,
        node,
    };
    items.iter().map(import).collect()
}

/// A file and what it imports, or is taken to.
type State<'d> = (&'d Utf8Path, Vec<&'d Node>);

struct Walk<'c, 'd> {
    documents: &'d Documents,
    /// What is being followed, the outermost first.
    way: Vec<State<'d>>,
    done: Vec<State<'d>>,
    sink: &'c mut Sink,
}

impl<'d> Walk<'_, 'd> {
    /// Follows what `document` imports, or is taken to.
    fn follow(&mut self, document: &'d Document, imports: &[Import<'d>]) {
        self.way.push(state(document, imports));
        let mut handed: Vec<Import<'d>> = Vec::new();
        let mut next = Vec::new();
        for import in imports {
            for path in import.paths() {
                let Some(found) = self.find(document, *import, path) else {
                    continue;
                };
                let mut all = imports_of(found);
                if all.is_empty() {
                    continue;
                }
                let is_new = |old: &&Import<'_>| !all.iter().any(|own| same(own.node, old.node));
                let more: Vec<_> = handed.iter().filter(is_new).copied().collect();
                all.extend(more);
                handed.clone_from(&all);
                next.push((found, *import, path, all));
            }
        }
        for (found, import, path, all) in next {
            let state = state(found, &all);
            if self.way.contains(&state) {
                self.cycle(found, import, path);
            } else if !self.done.contains(&state) {
                self.follow(found, &all);
            }
        }
        self.done.extend(self.way.pop());
    }

    fn find(
        &mut self,
        document: &'d Document,
        import: Import<'d>,
        path: &'d Node,
    ) -> Option<&'d Document> {
        let text = path.as_str().filter(|text| !is_url(text))?;
        let found = self.documents.import(&document.file, text);
        if found.is_none() && import.written.file != document.file {
            let written = &import.written.file;
            // What is not beside its own file either is reported there.
            self.documents.import(written, text)?;
            let message = format!("`{text}` is looked for beside `{}` too", document.file);
            let finding = Diagnostic::error("vnfd-import-folder", written, path.span, message)
                .why(
                    "tosca-parser hands the imports of one file on to the next that is imported \
                     with it, looks for them in that file's folder, and rejects the package",
                )
                .help("put all VNFD files into one folder");
            once(finding, self.sink);
        }
        found
    }

    fn cycle(&mut self, found: &Document, import: Import<'_>, path: &Node) {
        let file = &import.written.file;
        let message = format!("`{}` is imported while it is being read", found.file);
        let finding = Diagnostic::error("vnfd-import-cycle", file, path.span, message)
            .why("tosca-parser follows imports without end, and Tacker rejects the package")
            .help("types of files that others import are visible without importing them");
        once(finding, self.sink);
    }
}

fn state<'d>(document: &'d Document, imports: &[Import<'d>]) -> State<'d> {
    let nodes = imports.iter().map(|import| import.node).collect();
    (&document.file, nodes)
}
