//! What `TOSCA.meta` names beside the VNFD.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Diagnostic, Sink};
use crate::package::meta::{META, misspelt, without_dot};
use crate::package::tree::Tree;
use crate::yaml::Node;

/// Returns the manifest, if it is named and there.
pub(super) fn manifest(tree: &dyn Tree, root: &Node, sink: &mut Sink) -> Option<Utf8PathBuf> {
    let file = Utf8Path::new(META);
    let Some(node) = root.get("ETSI-Entry-Manifest").filter(|n| !n.is_null()) else {
        let message = "TOSCA.meta names no manifest";
        let finding = Diagnostic::warning("meta-manifest-missing", file, root.span, message)
            .why("SOL004 asks for one; without digests nobody notices a changed file")
            .help("add `ETSI-Entry-Manifest: <name>.mf` and that file");
        sink.push(misspelt(root, "ETSI-Entry-Manifest", finding));
        return None;
    };
    let path = node.as_str().unwrap_or_default();
    if !path.to_lowercase().ends_with(".mf") {
        let message = "the manifest's name must end in `.mf`";
        sink.push(
            Diagnostic::error("meta-manifest-name", file, node.span, message)
                .why("Tacker rejects the package: it does not take the file for a manifest"),
        );
        return None;
    }
    if !tree.contains(Utf8Path::new(path)) {
        let message = format!("the manifest `{path}` is not in the package");
        sink.push(
            Diagnostic::error("meta-manifest-dangling", file, node.span, message)
                .why("Tacker rejects the package when it comes to its digests")
                .perhaps_instead(without_dot(tree, path)),
        );
        return None;
    }
    Some(path.into())
}

/// Looks at the keys that Tacker does not read.
pub(super) fn others(tree: &dyn Tree, root: &Node, sink: &mut Sink) {
    let file = Utf8Path::new(META);
    for (key, node) in root.entries() {
        let known = ["ETSI-Entry-Change-Log", "ETSI-Entry-Certificate"];
        let folders = ["ETSI-Entry-Tests", "ETSI-Entry-Licenses"];
        let (Some(key), Some(path)) = (key.text(), node.as_str()) else {
            continue;
        };
        let is_there = if known.contains(&key) {
            tree.contains(Utf8Path::new(path))
        } else if folders.contains(&key) {
            let paths = tree.paths();
            paths.iter().any(|p| p.starts_with(path))
        } else {
            continue;
        };
        if !is_there {
            let message = format!("`{path}` is not in the package");
            sink.push(
                Diagnostic::warning("meta-entry-dangling", file, node.span, message)
                    .why("Tacker does not read it; other tools, and people, look for it"),
            );
        }
    }
    let missing: Vec<_> = ["TOSCA-Meta-File-Version", "CSAR-Version", "Created-By"]
        .into_iter()
        .filter(|key| root.get(key).is_none())
        .collect();
    if !missing.is_empty() {
        let message = format!("TOSCA.meta has no {}", missing.join(", "));
        let finding = Diagnostic::file_note("meta-key-missing", file, message)
            .why("TOSCA asks for them; Tacker does not look");
        sink.push(
            missing
                .iter()
                .fold(finding, |finding, key| misspelt(root, key, finding)),
        );
    }
}
