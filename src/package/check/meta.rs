//! What `TOSCA.meta` names beside the VNFD.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Diagnostic, Sink, only_near};
use crate::package::meta::{KEYS, META, misspelt, without_dot};
use crate::package::tree::Tree;
use crate::yaml::Node;

/// What SOL004 names, first what Tacker reads.
const OPTIONAL: [&str; 5] = [
    "ETSI-Entry-Manifest",
    "ETSI-Entry-Change-Log",
    "ETSI-Entry-Tests",
    "ETSI-Entry-Licenses",
    "ETSI-Entry-Certificate",
];
/// The versions that there are (TOSCA 1.0 to 2.0), the one to write second.
const VERSIONS: [(&str, &[&str]); 2] = [
    ("TOSCA-Meta-File-Version", &["1.1", "1.0", "2.0"]),
    ("CSAR-Version", &["1.0", "1.1", "2.0"]),
];

/// Returns the manifest, if it is named and there.
pub(super) fn manifest(tree: &dyn Tree, root: &Node, sink: &mut Sink) -> Option<Utf8PathBuf> {
    let file = Utf8Path::new(META);
    let Some(node) = root.get("ETSI-Entry-Manifest").filter(|n| !n.is_null()) else {
        if root.get("Entry-Manifest").is_some() {
            // Told with the other keys of that time.
            return None;
        }
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
    old_keys(root, sink);
    misspelt_keys(root, sink);
    versions(root, sink);
    unnamed(tree, root, sink);
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

/// SOL004 before 2.6.1 had its keys without `ETSI-`.
fn old_keys(root: &Node, sink: &mut Sink) {
    for (node, _) in root.entries() {
        let old = node.text().filter(|key| key.starts_with("Entry-"));
        let new = old.map(|old| format!("ETSI-{old}"));
        let Some(new) = new.filter(|new| OPTIONAL.contains(&&**new)) else {
            continue;
        };
        if root.get(&new).is_some() {
            continue;
        }
        let message = format!(
            "`{}` is the key of SOL004 before 2.6.1",
            &new["ETSI-".len()..]
        );
        let why = match new.as_str() {
            "ETSI-Entry-Manifest" => "Tacker does not read it, so it has no file's digest",
            _ => "Tacker does not read it; tools for later packages look for the new one",
        };
        sink.push(
            Diagnostic::warning("meta-key-old", META.into(), node.span, message)
                .why(why)
                .help(format!("write `{new}`"))
                .instead(new),
        );
    }
}

/// Keys that may be missing are not missed: those that are a slip away from one are told.
fn misspelt_keys(root: &Node, sink: &mut Sink) {
    for (node, _) in root.entries() {
        let name = node.text().unwrap_or_default();
        let is_known = KEYS.contains(&name) || KEYS.contains(&&*format!("ETSI-{name}"));
        let meant = only_near(name, KEYS).filter(|_| !is_known);
        let Some(meant) = meant.filter(|key| OPTIONAL[1..].contains(key)) else {
            continue;
        };
        if root.get(meant).is_some() {
            continue;
        }
        let message = format!("`{name}` is no key of SOL004");
        sink.push(
            Diagnostic::warning("meta-key-unknown", META.into(), node.span, message)
                .why("nobody reads it, so what it names counts as missing")
                .help(format!("write `{meant}`"))
                .instead(meant),
        );
    }
}

/// Versions that are none of TOSCA's.
fn versions(root: &Node, sink: &mut Sink) {
    for (key, known) in VERSIONS {
        let Some(node) = root.get(key) else { continue };
        if node.text().is_some_and(|text| known.contains(&text)) {
            continue;
        }
        let message = format!("`{key}` is none of {}", known.join(", "));
        sink.push(
            Diagnostic::note("meta-version", META.into(), node.span, message)
                .why("TOSCA has no such version; Tacker does not look, other orchestrators may refuse it")
                .help(format!("write `{}`", known[1])),
        );
    }
}

/// Parts that lie where they lie in a package without `TOSCA.meta`, and that it does not name.
fn unnamed(tree: &dyn Tree, root: &Node, sink: &mut Sink) {
    let manifest = root.get("ETSI-Entry-Manifest").and_then(Node::as_str);
    let certificate = manifest.map(|path| Utf8Path::new(path).with_extension("cert"));
    let paths = tree.paths();
    let change_log = paths
        .iter()
        .find(|path| ["ChangeLog.txt", "Change-Log.txt", "CHANGELOG.txt"].contains(&path.as_str()));
    let has = |folder: &str| paths.iter().any(|path| path.starts_with(folder));
    let parts = [
        (
            "ETSI-Entry-Change-Log",
            change_log.map(|path| path.as_str()),
        ),
        ("ETSI-Entry-Tests", Some("Tests").filter(|one| has(one))),
        (
            "ETSI-Entry-Licenses",
            Some("Licenses").filter(|one| has(one)),
        ),
        (
            "ETSI-Entry-Certificate",
            certificate
                .as_deref()
                .filter(|path| tree.contains(path))
                .map(Utf8Path::as_str),
        ),
    ];
    for (key, path) in parts {
        let is_named = root
            .get(key)
            .or_else(|| root.get(&key["ETSI-".len()..]))
            .is_some();
        let Some(path) = path.filter(|_| !is_named) else {
            continue;
        };
        let message = format!("`{path}` is there, and TOSCA.meta does not name it");
        sink.push(
            Diagnostic::file_note("meta-entry-unnamed", META.into(), message)
                .why("tools look for it by its key; Tacker does not look")
                .help(format!("add `{key}: {path}`")),
        );
    }
}
