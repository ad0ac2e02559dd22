//! A map's entries. Descriptors have maps of thousands of nodes, each of which is looked up by its
//! name again and again, so that a large map needs an index.

use std::collections::HashMap;
use std::ops::Deref;

use super::Node;

/// Entries up to which looking at each is faster than an index.
const FEW: usize = 16;

/// The entries of a map in the order of the file, duplicate keys included.
#[derive(Debug, Clone)]
pub struct Entries {
    entries: Vec<(Node, Node)>,
    /// Where the last entry of each scalar key is, if there are more than a few.
    #[expect(
        clippy::box_collection,
        reason = "few maps have an index, and every node keeps room for one"
    )]
    index: Option<Box<HashMap<Box<str>, usize>>>,
    has_duplicates: bool,
}

impl Entries {
    /// No entries.
    pub const NONE: Self = Self {
        entries: Vec::new(),
        index: None,
        has_duplicates: false,
    };

    /// Returns the entry whose key has this text; of duplicates the last, as PyYAML does.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&(Node, Node)> {
        match &self.index {
            Some(index) => self.entries.get(*index.get(key)?),
            None => self
                .entries
                .iter()
                .rev()
                .find(|(k, _)| k.text() == Some(key)),
        }
    }

    /// Changes the entries, but not the texts of their keys.
    pub(super) fn each_mut(&mut self, change: impl FnMut(&mut (Node, Node))) {
        self.entries.iter_mut().for_each(change);
    }

    /// Tells whether the entry at `position` is the one that counts of those with its key.
    pub(crate) fn counts(&self, position: usize) -> bool {
        if !self.has_duplicates {
            return true;
        }
        let Some(entry) = self.entries.get(position) else {
            return false;
        };
        let last = entry.0.text().and_then(|key| self.find(key));
        last.is_none_or(|last| std::ptr::eq(last, entry))
    }
}

impl From<Vec<(Node, Node)>> for Entries {
    fn from(entries: Vec<(Node, Node)>) -> Self {
        let keys = || entries.iter().filter_map(|(key, _)| key.text());
        if entries.len() <= FEW {
            let has_duplicates = keys()
                .enumerate()
                .any(|(position, key)| keys().take(position).any(|earlier| earlier == key));
            return Self {
                entries,
                index: None,
                has_duplicates,
            };
        }
        let positions = entries.iter().enumerate();
        let index: HashMap<_, _> = positions
            .filter_map(|(position, (key, _))| Some((Box::from(key.text()?), position)))
            .collect();
        let has_duplicates = index.len() < keys().count();
        Self {
            entries,
            index: Some(Box::new(index)),
            has_duplicates,
        }
    }
}

impl Deref for Entries {
    type Target = [(Node, Node)];

    fn deref(&self) -> &Self::Target {
        &self.entries
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

/// The keys of a map that is being read, to tell of those that stand twice.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<Box<str>, usize>);

impl Seen {
    /// Takes the key that follows `entries`; returns the position of the first one of its text.
    pub(super) fn add(&mut self, entries: &[(Node, Node)], key: &str) -> Option<usize> {
        if entries.len() < FEW {
            return entries.iter().position(|(k, _)| k.text() == Some(key));
        }
        if self.0.is_empty() {
            for (position, (known, _)) in entries.iter().enumerate() {
                if let Some(known) = known.text() {
                    self.0.entry(known.into()).or_insert(position);
                }
            }
        }
        let position = entries.len();
        let first = *self.0.entry(key.into()).or_insert(position);
        (first < position).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnose::Sink;
    use crate::yaml::{Node, parse};

    fn map(count: usize, again: &str) -> (Node, usize) {
        let lines = (0..count).map(|number| format!("k{number}: {number}\n"));
        let text = lines.collect::<String>() + again;
        let mut sink = Sink::default();
        let node = parse("a.yaml".into(), &text, &mut sink).unwrap();
        (node, sink.diagnostics().len())
    }

    #[test]
    fn small_and_large_maps_are_read_alike() {
        for count in [3, 15, 16, 17, 40] {
            let (node, findings) = map(count, "");
            assert_eq!(findings, 0);
            assert_eq!(node.get("k2").and_then(Node::as_i64), Some(2));
            assert_eq!(node.get("k").and_then(Node::as_i64), None);
            let (node, findings) = map(count, "k1: again\n");
            assert_eq!(findings, 1, "{count}");
            assert_eq!(node.get("k1").and_then(Node::as_str), Some("again"));
            assert_eq!(node.entries().len(), count + 1);
        }
    }
}
