//! A package as it would be with some files changed, so that a change is judged before it is written:
//! what a cure would make of it, or what stands unsaved in an editor.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::tree::Tree;

/// A package, and the new texts of some of its files.
#[derive(Clone)]
pub struct Overlay<'t> {
    under: &'t dyn Tree,
    texts: BTreeMap<Utf8PathBuf, String>,
}

impl<'t> Overlay<'t> {
    /// The package as it lies.
    #[must_use]
    pub fn new(under: &'t dyn Tree) -> Self {
        Self {
            under,
            texts: BTreeMap::new(),
        }
    }

    /// The package with a file's new text.
    #[must_use]
    pub fn with(&self, file: &Utf8Path, text: String) -> Self {
        let mut next = self.clone();
        next.put(file, text);
        next
    }

    /// Lays a file's new text over what there is.
    pub fn put(&mut self, file: &Utf8Path, text: String) {
        self.texts.insert(file.to_owned(), text);
    }

    /// The files whose texts are new.
    pub fn texts(&self) -> impl Iterator<Item = (&Utf8Path, &str)> {
        let texts = self.texts.iter();
        texts.map(|(file, text)| (file.as_path(), text.as_str()))
    }
}

impl Tree for Overlay<'_> {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        let mut paths = self.under.paths();
        let new = self.texts.keys();
        paths.extend(new.filter(|file| !self.under.contains(file)).cloned());
        paths.sort();
        paths
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        match self.texts.get(path) {
            Some(text) => Some(text.len() as u64),
            None => self.under.size(path),
        }
    }

    fn mode(&self, path: &Utf8Path) -> Option<u32> {
        self.under.mode(path)
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        match self.texts.get(path) {
            Some(text) => Ok(Box::new(text.as_bytes())),
            None => self.under.open(path),
        }
    }
}

impl std::fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files = self.texts.keys();
        f.debug_set().entries(files).finish()
    }
}
