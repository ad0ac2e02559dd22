//! One Heat template of a package, with the places of its parts.

use camino::{Utf8Path, Utf8PathBuf};

use super::language::Language;
use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::package::meta;
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// A template that could be parsed.
#[derive(Debug)]
pub(super) struct Template {
    /// Its path in the package.
    pub(super) file: Utf8PathBuf,
    /// Its content.
    pub(super) root: Node,
}

/// An entry of `resources`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resource<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// Where the name stands.
    pub(super) key: &'t Node,
    /// What it is.
    pub(super) node: &'t Node,
}

impl<'t> Resource<'t> {
    /// Returns its type, or nothing when that is no text.
    pub(super) fn kind(self) -> &'t str {
        self.node.get("type").and_then(Node::as_str).unwrap_or("")
    }

    /// Returns a property.
    pub(super) fn property(self, name: &str) -> Option<&'t Node> {
        self.node.at(&["properties", name])
    }
}

impl Template {
    /// Reads `file`, or reports why Heat will not.
    pub(super) fn read(
        tree: &dyn Tree,
        file: &Utf8Path,
        sources: &mut Sources,
        sink: &mut Sink,
    ) -> Option<Self> {
        let mut found = Sink::default();
        let text = meta::text(tree, file, &mut found);
        let root = text.as_ref().and_then(|t| yaml::parse(file, t, &mut found));
        if let Some(text) = text {
            sources.insert(file, text);
        }
        sink.adopt(found, |code| match code {
            "yaml-duplicate-key" | "yaml-hanging-line" | "yaml-merge-key" => code,
            // The upload does not look into templates.
            _ => "hot-unreadable",
        });
        let root = root?;
        if !root.is_mapping() {
            let message = format!("the template is {} and must be a map", root.type_name());
            sink.push(
                Diagnostic::error("hot-unreadable", file, root.span, message)
                    .why("Tacker hands it to Heat, which refuses it when the VNF is instantiated"),
            );
            return None;
        }
        Some(Self {
            file: file.to_owned(),
            root,
        })
    }

    /// Returns the name under which Heat finds it.
    pub(super) fn name(&self) -> &str {
        self.file.file_name().unwrap_or_default()
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.root.get("resources").map_or(&[][..], Node::entries);
        resources.iter().filter_map(|(key, node)| {
            let name = key.text()?;
            Some(Resource { name, key, node })
        })
    }

    /// Returns the language that its version stands for, if that is one of Heat's.
    pub(super) fn language(&self) -> Option<Language> {
        let version = self.root.get("heat_template_version")?;
        Language::named(version.text()?)
    }

    /// Returns the parameters' names and definitions.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&Node, &Node)> {
        let parameters = self.root.get("parameters").map_or(&[][..], Node::entries);
        parameters.iter().map(|(key, node)| (key, node))
    }

    pub(super) fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.parameters().filter_map(|(key, _)| key.text())
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&Node> {
        self.root.at(&["parameters", name])
    }

    pub(super) fn error(
        &self,
        code: &'static str,
        at: &Node,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, &self.file, at.span, message)
    }

    pub(super) fn warning(
        &self,
        code: &'static str,
        at: &Node,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::warning(code, &self.file, at.span, message)
    }
}

/// Returns the arguments of every call of `function` inside `node`, such as of `get_param`.
pub(super) fn calls<'n>(node: &'n Node, function: &str) -> Vec<&'n Node> {
    let mut found = Vec::new();
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        for (key, value) in node.entries() {
            if key.text() == Some(function) {
                found.push(value);
            }
            waiting.push(value);
        }
        waiting.extend(node.items());
    }
    found.sort_by_key(|node| node.span.start);
    found
}

/// Returns the first word of a call's argument: all of it, or its first item.
pub(super) fn subject(argument: &Node) -> Option<&Node> {
    let first = argument.items().first().unwrap_or(argument);
    first.text().is_some().then_some(first)
}

/// Tells whether a resource's type is another template of the package.
pub(super) fn is_file(kind: &str) -> bool {
    !kind.contains("://") && (kind.ends_with(".yaml") || kind.ends_with(".yml"))
}
