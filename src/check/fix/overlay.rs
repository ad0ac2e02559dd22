//! A package as it would be with some files changed, so that a change is judged before it is written.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::Edit;
use crate::package::tree::Tree;

/// A package, and the new texts of some of its files.
#[derive(Clone)]
pub(super) struct Overlay<'t> {
    under: &'t dyn Tree,
    texts: BTreeMap<Utf8PathBuf, String>,
}

impl<'t> Overlay<'t> {
    pub(super) fn new(under: &'t dyn Tree) -> Self {
        Self {
            under,
            texts: BTreeMap::new(),
        }
    }

    /// The package with a file's new text.
    pub(super) fn with(&self, file: &Utf8Path, text: String) -> Self {
        let mut next = self.clone();
        next.texts.insert(file.to_owned(), text);
        next
    }

    /// The files whose texts are new.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&Utf8Path, &str)> {
        let texts = self.texts.iter();
        texts.map(|(file, text)| (file.as_path(), text.as_str()))
    }
}

impl Tree for Overlay<'_> {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.under.paths()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        match self.texts.get(path) {
            Some(text) => Some(text.len() as u64),
            None => self.under.size(path),
        }
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        match self.texts.get(path) {
            Some(text) => Ok(Box::new(text.as_bytes())),
            None => self.under.open(path),
        }
    }
}

/// Applies edits to a text. Returns it and where each text is now that stands for another, or
/// nothing if two edits are about the same place.
pub(super) fn edited(text: &str, edits: &[&Edit]) -> Option<(String, Vec<usize>)> {
    let mut order: Vec<_> = edits.to_vec();
    order.sort_by_key(|edit| (edit.span.start, edit.span.end));
    order.dedup();
    let mut after = String::with_capacity(text.len());
    let (mut copied, mut places) = (0, Vec::new());
    for edit in order {
        let between = text.get(copied..edit.span.start)?;
        text.get(edit.span.start..edit.span.end)?;
        after.push_str(between);
        // Lines that are parted or joined may well have something to be told of.
        if !edit.text.is_empty() && edit.span.start < edit.span.end {
            places.push(after.len());
        }
        after.push_str(&edit.text);
        copied = edit.span.end;
    }
    after.push_str(&text[copied..]);
    Some((after, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Span;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            file: "a".into(),
            span: Span { start, end },
            text: text.into(),
        }
    }

    #[test]
    fn edits_are_applied_together_and_keep_all_else() {
        let [first, second, put_in] = [edit(0, 1, "ä"), edit(3, 4, ""), edit(6, 6, "!")];
        let edits = [&put_in, &first, &second, &first];
        let expected = ("äbcef!".to_owned(), vec![0]);
        assert_eq!(edited("abcdef", &edits), Some(expected));
    }

    #[test]
    fn two_minds_about_one_place_are_no_edit() {
        let [first, second] = [edit(0, 3, "x"), edit(2, 4, "y")];
        assert_eq!(edited("abcdef", &[&first, &second]), None);
        assert_eq!(edited("é", &[&edit(1, 2, "")]), None);
    }
}
