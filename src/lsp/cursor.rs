//! What stands in a YAML file at the place that a person looks at.

use crate::diagnose::Span;
use crate::yaml::Node;

/// One step down from a document's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'n> {
    /// To the value of a key.
    Key(&'n str),
    /// To an item of a list.
    Item(usize),
}

/// A scalar, and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor<'n> {
    /// The steps to the map whose key it is, or to the value that it is.
    pub(super) path: Vec<Step<'n>>,
    /// What it says.
    pub(super) text: &'n str,
    /// Its place.
    pub(super) span: Span,
    /// Whether it is a key.
    pub(super) is_key: bool,
}

/// Returns the scalar that `is_meant` tells, the first in the file.
pub(super) fn find<'n>(
    root: &'n Node,
    is_meant: &dyn Fn(&'n Node) -> bool,
    may_hold: &dyn Fn(&'n Node) -> bool,
) -> Option<Cursor<'n>> {
    let mut path = Vec::new();
    let (node, is_key) = below(root, is_meant, may_hold, &mut path)?;
    Some(Cursor {
        path,
        text: node.text()?,
        span: node.span,
        is_key,
    })
}

/// Returns the scalar at a byte of the file.
pub(super) fn at(root: &Node, offset: usize) -> Option<Cursor<'_>> {
    let is_within = |node: &Node| (node.span.start..=node.span.end).contains(&offset);
    find(root, &is_within, &is_within)
}

/// Nodes nest only as deep as the reader of YAML lets them.
fn below<'n>(
    node: &'n Node,
    is_meant: &dyn Fn(&'n Node) -> bool,
    may_hold: &dyn Fn(&'n Node) -> bool,
    path: &mut Vec<Step<'n>>,
) -> Option<(&'n Node, bool)> {
    if node.text().is_some() {
        return is_meant(node).then_some((node, false));
    }
    if !may_hold(node) {
        return None;
    }
    for (key, value) in node.entries() {
        let Some(name) = key.text() else { continue };
        if is_meant(key) {
            return Some((key, true));
        }
        path.push(Step::Key(name));
        if let Some(found) = below(value, is_meant, may_hold, path) {
            return Some(found);
        }
        path.pop();
    }
    for (index, item) in node.items().iter().enumerate() {
        path.push(Step::Item(index));
        if let Some(found) = below(item, is_meant, may_hold, path) {
            return Some(found);
        }
        path.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Sink;
    use crate::yaml;

    const TEXT: &str = "a:\n  b: [one, {c: two}]\n  d:\n  - e: three\n";

    fn paths(word: &str) -> (String, bool) {
        let root = yaml::parse("a.yaml".into(), TEXT, &mut Sink::default()).unwrap();
        let cursor = at(&root, TEXT.find(word).unwrap()).unwrap();
        let steps = cursor.path.iter().map(|step| match step {
            Step::Key(key) => format!("/{key}"),
            Step::Item(index) => format!("/{index}"),
        });
        (steps.collect(), cursor.is_key)
    }

    #[test]
    fn the_way_is_known_to_keys_and_values() {
        assert_eq!(paths("one"), ("/a/b/0".into(), false));
        assert_eq!(paths("two"), ("/a/b/1/c".into(), false));
        assert_eq!(paths("c: two"), ("/a/b/1".into(), true));
        assert_eq!(paths("three"), ("/a/d/0/e".into(), false));
        assert_eq!(paths("d:"), ("/a".into(), true));
    }

    #[test]
    fn between_scalars_there_is_none() {
        let root = yaml::parse("a.yaml".into(), TEXT, &mut Sink::default()).unwrap();
        assert_eq!(at(&root, TEXT.find("[").unwrap()), None);
    }
}
