//! Artifacts of node templates, and the implementations that name them.
//!
//! The parser looks for each file beside the template that names it. One that is missing passes,
//! though, as soon as an operation of the same template names any artifact, whichever it is.

use camino::Utf8Path;

use super::files::mistyped;
use super::service::Service;
use super::{REJECTED, Template, templates};
use crate::diagnose::{Diagnostic, Sink, Span, nearest};
use crate::package::tree::Tree;
use crate::tosca::documents::{is_url, resolve};
use crate::tosca::types::At;
use crate::yaml::{Kind, Node};

/// Checks the artifacts of all templates that the parser reaches.
pub(super) fn check(tree: &dyn Tree, service: &Service<'_>, sink: &mut Sink) {
    for document in service.documents.reached() {
        let section = document
            .place()
            .at(&["topology_template", "node_templates"]);
        let nodes: Vec<_> = templates(section).collect();
        let file = File {
            tree,
            nodes: &nodes,
            is_lenient: is_lenient(&nodes),
        };
        for node in &nodes {
            file.artifacts(node, sink);
            file.implementations(node, sink);
        }
    }
}

/// Tells whether an operation names an artifact of its own node or of one before it.
fn is_lenient(nodes: &[Template<'_>]) -> bool {
    let mut known: Vec<&str> = Vec::new();
    for node in nodes {
        let artifacts = node.at.get("artifacts").into_iter().flat_map(At::entries);
        known.extend(artifacts.map(|(name, ..)| name));
        if implementations(node).any(|(name, _)| known.contains(&name)) {
            return true;
        }
    }
    false
}

fn operations<'d>(node: &Template<'d>) -> impl Iterator<Item = At<'d>> + use<'d> {
    let interfaces = node.at.get("interfaces").into_iter().flat_map(At::entries);
    let operations = interfaces.flat_map(|(_, _, interface)| interface.entries());
    operations.map(|(_, _, operation)| operation)
}

/// Returns what an operation names as its implementation in the long form.
fn named<'d>(operation: At<'d>) -> Option<&'d Node> {
    match operation.node.get("implementation")? {
        map if map.is_mapping() => map.get("primary").or(map.get("dependencies")),
        name => Some(name),
    }
}

/// Returns what the operations of a node name as their implementations.
fn implementations<'d>(node: &Template<'d>) -> impl Iterator<Item = (&'d str, Span)> + use<'d> {
    operations(node).filter_map(|operation| {
        let named = match operation.node.get("implementation") {
            Some(_) => named(operation)?,
            None => operation.node,
        };
        Some((named.as_str()?, named.span))
    })
}

struct File<'c, 'd> {
    tree: &'c dyn Tree,
    nodes: &'c [Template<'d>],
    is_lenient: bool,
}

impl<'d> File<'_, 'd> {
    fn artifacts(&self, node: &Template<'d>, sink: &mut Sink) {
        let Some(section) = node.at.get("artifacts") else {
            return;
        };
        if !section.node.is_mapping() {
            let what = format!("`artifacts` of `{}`", node.name);
            mistyped(section, node.place_of("artifacts"), &what, "a map", sink);
        }
        for (name, key, artifact) in section.entries() {
            let path = match &artifact.node.kind {
                Kind::Mapping(_) => artifact.node.get("file"),
                _ => Some(artifact.node),
            };
            match path {
                Some(path) => match path.as_str() {
                    Some(text) => self.file(name, artifact.file, path, text, sink),
                    None => {
                        let what = path.type_name();
                        let message =
                            format!("the artifact `{name}` is {what} and must name a file");
                        sink.push(
                            Diagnostic::error(
                                "vnfd-artifact-form",
                                artifact.file,
                                path.span,
                                message,
                            )
                            .why(REJECTED)
                            .help("write `type` and `file` below its name"),
                        );
                    }
                },
                None => {
                    let message = format!("the artifact `{name}` names no file");
                    sink.push(
                        Diagnostic::warning(
                            "vnfd-artifact-without-file",
                            artifact.file,
                            key,
                            message,
                        )
                        .why("nothing can be made of it"),
                    );
                }
            }
        }
    }

    fn is_there(&self, from: &Utf8Path, path: &str) -> bool {
        let folder = from.parent().unwrap_or(Utf8Path::new(""));
        resolve(folder, path).is_some_and(|path| self.tree.contains(&path))
    }

    fn file(&self, name: &str, from: &Utf8Path, node: &Node, path: &str, sink: &mut Sink) {
        if is_url(path) {
            let message = format!("the artifact `{name}` is fetched from the network");
            sink.push(
                Diagnostic::warning("vnfd-artifact-url", from, node.span, message).why(
                    "the conductor asks the server on upload, which fails where it does not answer",
                ),
            );
            return;
        }
        if self.is_there(from, path) {
            return;
        }
        let message = format!("`{path}` is not in the package");
        let finding = if self.is_lenient {
            Diagnostic::error("vnfd-artifact-file-unchecked", from, node.span, message).why(
                "tosca-parser lets it pass, because an operation of this file names an artifact; \
                 whoever asks for the file fails",
            )
        } else {
            Diagnostic::error("vnfd-artifact-file-missing", from, node.span, message).why(REJECTED)
        };
        sink.push(finding.help(self.proposal(from, path)));
    }

    fn proposal(&self, from: &Utf8Path, path: &str) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = from.parent().unwrap_or(Utf8Path::new(""));
        let paths = self.tree.paths();
        let near = nearest(name, paths.iter().filter_map(|path| path.file_name()));
        let found = paths.iter().find(|path| path.file_name() == near);
        match found {
            Some(found) => {
                let up = "../".repeat(folder.components().count());
                format!("did you mean `{up}{found}`? Paths are relative to this file's folder")
            }
            None => "paths are relative to this file's folder".to_owned(),
        }
    }

    fn implementations(&self, node: &Template<'d>, sink: &mut Sink) {
        for operation in operations(node) {
            if let Some(named) = named(operation).filter(|named| named.as_str().is_none()) {
                let what = named.type_name();
                let key = operation.node.key_span("implementation");
                let span = key.unwrap_or(named.span);
                let message = format!("an implementation is {what} and must name an artifact");
                sink.push(
                    Diagnostic::error("vnfd-implementation-unknown", operation.file, span, message)
                        .why("tosca-parser takes it for the path of a file and ends with an error")
                        .help("name an artifact, or take `implementation` away"),
                );
            }
        }
        if self.is_lenient {
            return;
        }
        for (name, span) in implementations(node) {
            let file = node.at.file;
            if is_url(name) || self.is_there(file, name) {
                continue;
            }
            let artifacts = self
                .nodes
                .iter()
                .filter_map(|node| node.at.get("artifacts"));
            let known = artifacts.flat_map(At::entries).map(|(name, ..)| name);
            let message = format!("`{name}` is neither an artifact nor a file");
            let mut finding =
                Diagnostic::error("vnfd-implementation-unknown", file, span, message).why(REJECTED);
            finding = finding.perhaps(name, known);
            sink.push(finding);
        }
    }
}
