//! The Kubernetes manifests of a package: which files they are, and what Tacker makes of them.
//!
//! A request names the files in `additionalParams.lcm-kubernetes-def-files`; the package does not
//! say which are meant, so all YAML files that lie directly in `Files/kubernetes/` are, in the order
//! of their names. None is looked at on upload: every fault here waits until somebody instantiates.

mod codes;
mod kinds;
mod manifest;
mod rules;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Sink, Sources};
use crate::package::tree::Tree;
use crate::tosca::model::Vnfd;

pub use codes::CODES;

/// Where manifests lie, as in Tacker's own samples.
pub const FOLDER: &str = "Files/kubernetes";

/// Returns those of `paths` that are manifests for Tacker, in the order in which it is to make
/// their objects.
pub fn manifests<'p>(paths: impl IntoIterator<Item = &'p Utf8Path>) -> Vec<Utf8PathBuf> {
    let mut found: Vec<_> = paths
        .into_iter()
        .filter(|path| path.parent() == Some(FOLDER.into()))
        .filter(|path| matches!(path.extension(), Some("yaml" | "yml")))
        .map(Utf8Path::to_owned)
        .collect();
    found.sort();
    found
}

/// Tells whether the package is for a Kubernetes VIM.
#[must_use]
pub fn has_manifests(tree: &dyn Tree) -> bool {
    !manifests(tree.paths().iter().map(|path| path.as_path())).is_empty()
}

/// Checks the manifests, where there are any; against the VNFD as far as it is known.
pub fn check(tree: &dyn Tree, vnfd: Option<&Vnfd>, sources: &mut Sources, sink: &mut Sink) {
    let paths = tree.paths();
    let files = manifests(paths.iter().map(|path| path.as_path()));
    if files.is_empty() {
        return;
    }
    let mut objects = Vec::new();
    let mut is_whole = true;
    for file in &files {
        let (found, are_all) = manifest::read(tree, file, sources, sink);
        objects.extend(found);
        is_whole &= are_all;
    }
    for object in &objects {
        rules::object(object, sink);
    }
    // A manifest that cannot be read may hold the object that would be missed.
    if let Some(vnfd) = vnfd.filter(|_| is_whole) {
        rules::vdus(&objects, vnfd, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_lie_directly_in_their_folder() {
        let paths = [
            "Files/kubernetes/b.yml",
            "Files/kubernetes/a.yaml",
            "Files/kubernetes/with-kubectl/gateway.yaml",
            "Files/kubernetes/readme.md",
            "Files/other.yaml",
        ];
        let found = manifests(paths.iter().map(|path| Utf8Path::new(*path)));
        assert_eq!(found, ["Files/kubernetes/a.yaml", "Files/kubernetes/b.yml"]);
    }
}
