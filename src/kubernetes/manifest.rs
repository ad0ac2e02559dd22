//! A manifest as Tacker reads it: each YAML document of the file is an object.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Diagnostic, Sink, Sources, Span};
use crate::package::meta;
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// An object that Tacker is to make.
#[derive(Debug)]
pub(super) struct Object {
    /// The manifest.
    pub(super) file: Utf8PathBuf,
    /// The document.
    pub(super) root: Node,
    /// Its kind.
    pub(super) kind: String,
}

impl Object {
    /// Returns its name.
    pub(super) fn name(&self) -> Option<&str> {
        self.root.at(&["metadata", "name"])?.as_str()
    }

    /// Returns the place of `key`, or that of the document.
    pub(super) fn place_of(&self, key: &str) -> Span {
        self.root
            .get(key)
            .map_or(self.root.span, |value| value.span)
    }

    /// Returns the containers of its pods, those that initialize included.
    pub(super) fn containers(&self) -> impl Iterator<Item = &Node> {
        let path: &[&str] = match &*self.kind {
            "Pod" => &["spec"],
            "PodTemplate" => &["template", "spec"],
            _ => &["spec", "template", "spec"],
        };
        let spec = self.root.at(path).into_iter();
        spec.flat_map(|spec| {
            ["initContainers", "containers"]
                .into_iter()
                .filter_map(|key| spec.get(key))
                .flat_map(Node::items)
        })
    }
}

/// Reads the objects of a manifest, or reports why Tacker cannot; tells whether these are all.
pub(super) fn read(
    tree: &dyn Tree,
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> (Vec<Object>, bool) {
    let mut found = Sink::default();
    let text = meta::text(tree, file, &mut found);
    let parts = text.as_deref().map(documents);
    let all = parts.as_ref().map(Vec::len);
    let objects: Vec<_> = text
        .iter()
        .flat_map(|text| parts.iter().flatten().map(move |part| (text, *part)))
        .filter_map(|(text, part)| object(file, text, part, &mut found))
        .collect();
    if let Some(text) = text {
        sources.insert(file, text);
    }
    sink.adopt(found, |code| match code {
        "yaml-syntax" | "file-unreadable" => "kubernetes-unreadable",
        code => code,
    });
    let is_whole = all == Some(objects.len());
    (objects, is_whole)
}

fn object(file: &Utf8Path, text: &str, part: Span, sink: &mut Sink) -> Option<Object> {
    let inner = &text[part.start..part.end];
    if is_blank(inner) {
        sink.push(
            Diagnostic::error(
                "kubernetes-document-empty",
                file,
                part,
                "the document is empty",
            )
            .why("Tacker looks for its kind and stops with an error 500")
            .help("take the line `---` away that begins it"),
        );
        return None;
    }
    let root = yaml::parse_part(file, inner, part.start, sink)?;
    let kind = root.get("kind").and_then(Node::as_str);
    let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
        sink.push(
            Diagnostic::error(
                "kubernetes-kind-missing",
                file,
                root.span,
                "the object has no kind",
            )
            .why("Tacker answers the instantiation with `Invalid manifest found.`"),
        );
        return None;
    };
    Some(Object {
        file: file.to_owned(),
        kind: kind.to_owned(),
        root,
    })
}

/// Returns the places of a file's documents, without the markers between them. What stands before
/// the first marker is none when it is comments only.
fn documents(text: &str) -> Vec<Span> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut is_marked = false;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let plain = line.trim_end();
        if plain == "---" || plain.starts_with("--- ") {
            if is_marked || !is_blank(&text[start..at]) {
                parts.push(Span { start, end: at });
            }
            // Something may follow the marker in its line.
            (start, is_marked) = (at + 3, true);
        }
        at = end;
    }
    if is_marked || !is_blank(&text[start..]) {
        parts.push(Span {
            start,
            end: text.len(),
        });
    }
    parts
}

fn is_blank(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one("kind: A\n", &["kind: A\n"])]
    #[case::comment_first("# why\n---\nkind: A\n", &["\nkind: A\n"])]
    #[case::two("kind: A\n---\nkind: B\n", &["kind: A\n", "\nkind: B\n"])]
    #[case::trailing("kind: A\n---\n", &["kind: A\n", "\n"])]
    #[case::beside_the_marker("--- {kind: A}\n", &[" {kind: A}\n"])]
    #[case::nothing("# nothing\n", &[])]
    fn documents_are_split_at_markers(#[case] text: &str, #[case] expected: &[&str]) {
        let parts = documents(text);
        let parts: Vec<_> = parts
            .iter()
            .map(|span| &text[span.start..span.end])
            .collect();
        assert_eq!(parts, expected);
    }
}
