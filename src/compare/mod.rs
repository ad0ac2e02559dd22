//! Two packages side by side: what one says that the other does not, and what that does to a VNF
//! that runs.
//!
//! Meaning is compared, not bytes: YAML files by what they say, so that comments, order of keys and
//! indentation do not count; the manifest by its metadata, since its digests follow the files; all
//! else by content.

mod data;
mod moving;

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde_json::Value;

use crate::diagnose::Sink;
use crate::hot;
use crate::package::tree::Tree;
use crate::security;
use crate::tosca::model::Vnfd;
use crate::yaml;

pub use data::Change;
pub use moving::{Fate, Move, Outcome};

/// Larger YAML files are compared by content, in bytes.
const LIMIT: u64 = 16 << 20;

/// How two packages differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The descriptors' identities, where they can be read.
    pub from: Option<Identity>,
    /// The other's.
    pub to: Option<Identity>,
    /// The files that differ in meaning, by path.
    pub files: Vec<FileChange>,
    /// Files that say the same in other bytes.
    pub rewritten: Vec<Utf8PathBuf>,
    /// What becomes of a VNF that is moved by change-vnfpkg; nothing where a descriptor is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#move: Option<Move>,
}

/// Which VNF a package is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The VNFD's id.
    pub vnfd_id: String,
    /// The product's name.
    pub product: String,
    /// The descriptor's version.
    pub version: String,
}

/// How a file differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileChange {
    /// Its path in the package.
    pub path: Utf8PathBuf,
    /// In which way.
    pub is: Kind,
    /// What it says otherwise, where it is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

/// In which way a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Only the second package has it.
    Added,
    /// Only the first one has it.
    Removed,
    /// Both have it, with other content.
    Changed,
}

impl Comparison {
    /// Compares two packages.
    ///
    /// # Errors
    /// Those of reading a file.
    pub fn of(from: &dyn Tree, to: &dyn Tree) -> io::Result<Self> {
        let (old, new) = (from.paths(), to.paths());
        let all: BTreeSet<_> = old.iter().chain(&new).collect();
        let mut files = Vec::new();
        let mut rewritten = Vec::new();
        for path in all {
            let kind = match (from.contains(path), to.contains(path)) {
                (true, false) => Kind::Removed,
                (false, _) => Kind::Added,
                (true, true) if is_same(from, to, path)? => continue,
                (true, true) => Kind::Changed,
            };
            let changes = match kind {
                Kind::Changed => changes(from, to, path)?,
                Kind::Added | Kind::Removed => Some(Vec::new()),
            };
            match changes {
                Some(changes) if changes.is_empty() && kind == Kind::Changed => {
                    rewritten.push(path.clone());
                }
                changes => files.push(FileChange {
                    path: path.clone(),
                    is: kind,
                    changes: changes.unwrap_or_default(),
                }),
            }
        }
        // What is wrong with a descriptor is the matter of `validate`.
        let vnfd = |tree| Vnfd::read(tree, &mut Sink::default());
        let (old, new) = (vnfd(from), vnfd(to));
        let r#move = match (&old, &new) {
            (Some(old), Some(new)) => {
                let user_data = hot::user_data(to);
                Some(Move::of(old, new, user_data, &files, &|path| {
                    said(to, path)
                }))
            }
            _ => None,
        };
        Ok(Self {
            from: old.as_ref().map(Identity::of),
            to: new.as_ref().map(Identity::of),
            files,
            rewritten,
            r#move,
        })
    }

    /// Tells whether both say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl Identity {
    fn of(vnfd: &Vnfd) -> Self {
        Self {
            vnfd_id: vnfd.id.clone(),
            product: vnfd.product_name.clone(),
            version: vnfd.version.clone(),
        }
    }
}

fn is_same(from: &dyn Tree, to: &dyn Tree, path: &Utf8Path) -> io::Result<bool> {
    Ok(from.size(path) == to.size(path) && from.sha256(path)? == to.sha256(path)?)
}

/// What a file says otherwise; nothing where it is compared by content alone.
fn changes(from: &dyn Tree, to: &dyn Tree, path: &Utf8Path) -> io::Result<Option<Vec<Change>>> {
    let is_read = |tree: &dyn Tree| tree.size(path).is_some_and(|size| size <= LIMIT);
    if !is_read(from) || !is_read(to) {
        return Ok(None);
    }
    Ok(match (said(from, path), said(to, path)) {
        (Some(old), Some(new)) => Some(shown(data::compare(&old, &new))),
        _ => None,
    })
}

/// The changes as they may be shown.
fn shown(mut changes: Vec<Change>) -> Vec<Change> {
    for change in &mut changes {
        for value in [&mut change.was, &mut change.is].into_iter().flatten() {
            security::hide(&change.place, value);
        }
    }
    changes
}

/// What a file says, if it is of a kind that is read, and can be.
fn said(tree: &dyn Tree, path: &Utf8Path) -> Option<Value> {
    let text = || String::from_utf8(tree.read(path, LIMIT).ok()?).ok();
    let read = |text: &str| {
        let node = yaml::parse(path, text, &mut Sink::default())?;
        Some(node.to_json())
    };
    match path.extension() {
        Some("yaml" | "yml" | "meta") => read(&text()?),
        Some("mf") => {
            let text = text()?;
            // Entries with digests follow; they say nothing of their own.
            let end = ["\nSource:", "\nName:", "\n-----BEGIN"];
            let end = end.iter().filter_map(|mark| text.find(mark)).min();
            read(&text[..end.map_or(text.len(), |at| at + 1)])
        }
        _ => None,
    }
}
