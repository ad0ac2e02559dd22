//! The packages that are worked on: what lies on the disk, with what stands in the editor over it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::check::{self, Judged, Policy, Target};
use crate::diagnose::{Sink, Sources};
use crate::package::check as package_check;
use crate::package::meta::META;
use crate::package::overlay::Overlay;
use crate::package::reader::{Folder, Limits, OpenError};
use crate::tosca::documents::DEFINITIONS;

/// What findings are made of and what becomes of them.
#[derive(Debug, Default)]
pub struct Settings {
    /// Whom the packages are for.
    pub target: Target,
    /// What is to become of findings.
    pub policy: Policy,
}

/// A package's findings, and the texts that they point into.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) sources: Sources,
    pub(super) sink: Sink,
}

/// What stands in the editor.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// Its number in the order of its changes, as the editor counts.
    pub(super) version: i32,
}

/// A package that is worked on.
#[derive(Debug, Default)]
struct Package {
    /// What was found when it was last checked; nothing while something has changed since.
    state: Option<State>,
    /// The files, as absolute paths, that the editor was told findings of.
    told: BTreeSet<Utf8PathBuf>,
}

/// The packages, by their folders.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    settings: Settings,
    /// The texts in the editor, by absolute path.
    texts: BTreeMap<Utf8PathBuf, Text>,
    packages: BTreeMap<Utf8PathBuf, Package>,
}

impl Workspace {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.settings.policy
    }

    /// Returns what stands in the editor.
    pub(super) fn text(&self, path: &Utf8Path) -> Option<&Text> {
        self.texts.get(path)
    }

    /// Takes note of a text in the editor.
    pub(super) fn put(&mut self, path: &Utf8Path, text: Text) {
        self.texts.insert(path.to_owned(), text);
        self.touch(path);
    }

    /// Takes note that a file is no longer in the editor; what lies on the disk counts again.
    pub(super) fn close(&mut self, path: &Utf8Path) {
        self.texts.remove(path);
        self.touch(path);
    }

    /// Takes note that something has become of a file.
    pub(super) fn touch(&mut self, path: &Utf8Path) {
        if let Some(root) = root_of(path) {
            self.packages.entry(root).or_default().state = None;
        }
    }

    /// Takes note that something has become of a file, if it is one of a package that is open.
    pub(super) fn touch_known(&mut self, path: &Utf8Path) {
        let root = root_of(path);
        if let Some(package) = root.and_then(|root| self.packages.get_mut(&root)) {
            package.state = None;
        }
    }

    /// Returns the packages that have changed since they were checked.
    pub(super) fn stale(&self) -> Vec<Utf8PathBuf> {
        let stale = self.packages.iter().filter(|(_, it)| it.state.is_none());
        stale.map(|(root, _)| root.clone()).collect()
    }

    /// Returns the files of a package that are in the editor, as absolute paths.
    pub(super) fn open(&self, root: &Utf8Path) -> impl Iterator<Item = &Utf8Path> {
        let texts = self.texts.keys().map(Utf8PathBuf::as_path);
        texts.filter(move |path| path.starts_with(root))
    }

    /// Returns what is to be found in a package, checking it if it has changed.
    pub(super) fn state(&mut self, root: &Utf8Path) -> &State {
        let known = self.packages.get_mut(root).and_then(|it| it.state.take());
        let state = known.unwrap_or_else(|| self.checked(root));
        let package = self.packages.entry(root.to_owned()).or_default();
        package.state.insert(state)
    }

    fn checked(&self, root: &Utf8Path) -> State {
        let judged = self.read(root, |tree| check::draft(root, tree));
        let (sources, mut sink) = match judged {
            Ok(Judged::Read(checked)) => (checked.sources, checked.sink),
            Ok(Judged::Refused(sink)) => (Sources::default(), sink),
            Err(error) => {
                let mut sink = Sink::default();
                if let Err(error) = package_check::archive(root, error, &mut sink) {
                    tracing::warn!("cannot read {root}: {error}");
                }
                (Sources::default(), sink)
            }
        };
        let Settings { target, policy } = &self.settings;
        target.apply(&sources, &mut sink);
        policy.apply(root, &sources, &mut sink);
        State { sources, sink }
    }

    /// Gives the package at `root` to `with`.
    ///
    /// # Errors
    /// That of a folder that cannot be listed, or is not safe to read.
    pub(super) fn read<T>(
        &self,
        root: &Utf8Path,
        with: impl FnOnce(&Overlay<'_>) -> T,
    ) -> Result<T, OpenError> {
        let folder = Folder::open_without(root.as_std_path(), Limits::default(), is_of_editor)?;
        let mut tree = Overlay::new(&folder);
        for (path, text) in &self.texts {
            if let Ok(file) = path.strip_prefix(root) {
                tree.put(file, text.text.clone());
            }
        }
        Ok(with(&tree))
    }

    /// Says which files the editor was told findings of, and notes which those are from now on; a
    /// package of which no file is in the editor is forgotten.
    pub(super) fn told(
        &mut self,
        root: &Utf8Path,
        now: BTreeSet<Utf8PathBuf>,
    ) -> BTreeSet<Utf8PathBuf> {
        let is_open = self.open(root).next().is_some();
        let Some(package) = self.packages.get_mut(root) else {
            return BTreeSet::new();
        };
        let before = std::mem::replace(&mut package.told, now);
        if !is_open {
            self.packages.remove(root);
        }
        before
    }
}

/// Returns the folder of the package that a file belongs to, or would if it were there.
pub(super) fn root_of(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let meta = Utf8Path::new(META).parent()?;
    let above = |mark: &Utf8Path| {
        let mut folders = path.ancestors().skip(1);
        folders.find(|folder| folder.join(mark).is_dir())
    };
    above(meta)
        .or_else(|| above(DEFINITIONS.into()))
        .map(Utf8Path::to_owned)
}

/// Tells whether a file or folder is one that an editor or a version control keeps beside others,
/// and nobody means to pack.
fn is_of_editor(name: &str) -> bool {
    let is_swap =
        name.starts_with('.') && [".swp", ".swo", ".swx"].iter().any(|it| name.ends_with(it));
    is_swap || name.starts_with(".#") || name.ends_with('~') || matches!(name, ".git" | "4913")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_package_around_it() {
        let home = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(home.path()).unwrap();
        for folder in ["a/TOSCA-Metadata", "a/Definitions", "b/Definitions", "c"] {
            std::fs::create_dir_all(home.join(folder)).unwrap();
        }
        let root = |file: &str| root_of(&home.join(file));
        assert_eq!(root("a/Definitions/x.yaml"), Some(home.join("a")));
        assert_eq!(root("a/new/deep/x.yaml"), Some(home.join("a")));
        assert_eq!(root("b/x.mf"), Some(home.join("b")));
        assert_eq!(root("c/x.yaml"), None);
    }

    #[test]
    fn what_editors_leave_is_no_file_of_a_package() {
        for name in [".vnfd.yaml.swp", ".#vnfd.yaml", "vnfd.yaml~", ".git"] {
            assert!(is_of_editor(name), "{name}");
        }
        for name in ["vnfd.yaml", "swp", ".hidden", "a.swp"] {
            assert!(!is_of_editor(name), "{name}");
        }
    }
}
