//! Archives and folders that can be read, and hold something else.

use camino::{Utf8Path, Utf8PathBuf};

use super::text::{SOL001, of_text};
use super::{
    AROUND, CONTAINERS, EMPTY, HELM, HOT, JAVA, KUBERNETES, Kind, NOTHING, NS, OFFICE, OSM,
    OSM_PACKAGE, PNF, SPEC, TOSCA, VNFD,
};
use crate::diagnose::Sink;
use crate::package::meta::META;
use crate::package::tree::Tree;
use crate::yaml::{self, Node};

/// How much is read of a text, in bytes.
const TEXT: u64 = 4 << 20;
/// How many YAML files are looked into.
const LOOKED_INTO: usize = 64;

/// Tells what an archive or folder is, where it is no VNF package: not one with faults either.
#[must_use]
pub fn of_tree(tree: &dyn Tree) -> Option<Kind> {
    if tree.contains(Utf8Path::new(META)) {
        return described(tree);
    }
    let paths = tree.paths();
    if paths.is_empty() {
        return Some(EMPTY);
    }
    // The package lies in a folder of its own there, which is told as the fault that it is.
    if paths
        .iter()
        .any(|path| path.as_str().to_lowercase().ends_with("tosca.meta"))
    {
        return None;
    }
    by_paths(&paths).or_else(|| by_texts(tree, &paths))
}

fn by_paths(paths: &[Utf8PathBuf]) -> Option<Kind> {
    let depth = |path: &Utf8Path| path.as_str().matches('/').count();
    let has = |most: usize, name: &str| {
        let mut paths = paths.iter();
        paths.any(|path| depth(path) <= most && path.file_name() == Some(name))
    };
    let is_package = |path: &Utf8PathBuf| {
        let extension = path.extension().map(str::to_lowercase);
        depth(path) == 0 && matches!(extension.as_deref(), Some("csar" | "zip"))
    };
    if paths.iter().any(is_package) && !paths.iter().any(|path| is_yaml(path)) {
        Some(AROUND)
    } else if has(1, "Chart.yaml") {
        Some(HELM)
    } else if has(0, "oci-layout") || (has(0, "manifest.json") && has(1, "layer.tar")) {
        Some(CONTAINERS)
    } else if has(0, "[Content_Types].xml") {
        Some(OFFICE)
    } else {
        let manifest = Utf8Path::new("META-INF/MANIFEST.MF");
        paths.iter().any(|path| path == manifest).then_some(JAVA)
    }
}

/// Looks into YAML files: what a VNFD is among them is a package without its `TOSCA.meta`.
fn by_texts(tree: &dyn Tree, paths: &[Utf8PathBuf]) -> Option<Kind> {
    let texts = paths.iter().filter(|path| is_yaml(path)).take(LOOKED_INTO);
    let kinds: Vec<_> = texts
        .filter_map(|path| of_text(&read(tree, path)?))
        .collect();
    let has = |kind: Kind| kinds.contains(&kind).then_some(kind);
    if has(VNFD).is_some() {
        return None;
    }
    if let Some(kind) = has(NS).or_else(|| has(PNF)) {
        return Some(kind);
    }
    let is_definition = |path: &Utf8PathBuf| path.starts_with("Definitions");
    if paths.iter().any(is_definition) {
        return None;
    }
    let osm = has(OSM).map(|_| OSM_PACKAGE);
    let rest = [TOSCA, HOT, KUBERNETES, SPEC].into_iter().find_map(has);
    Some(osm.or(rest).unwrap_or(NOTHING))
}

/// Tells what a package with a `TOSCA.meta` describes, if that is no VNF.
fn described(tree: &dyn Tree) -> Option<Kind> {
    let meta = read(tree, Utf8Path::new(META))?;
    let meta = yaml::parse(Utf8Path::new(META), &meta, &mut Sink::default())?;
    let named = |key: &str| {
        let path = meta.get(key).and_then(Node::as_str)?;
        read(tree, Utf8Path::new(path))
    };
    // Names of SOL007 4.3.2 and of SOL004 4.3.2 for physical functions.
    let manifest = named("ETSI-Entry-Manifest").or_else(|| named("Entry-Manifest"));
    let lines = manifest.as_deref().unwrap_or_default().lines();
    let mut keys = lines.filter_map(|line| line.trim_start().split_once(':'));
    let by_manifest = keys.find_map(|(key, _)| match key {
        "nsd_name" | "nsd_designer" | "ns_product_name" | "nsd_invariant_id" => Some(NS),
        "pnfd_name" | "pnfd_provider" => Some(PNF),
        _ => None,
    });
    if by_manifest.is_some() {
        return by_manifest;
    }
    let entry = named("Entry-Definitions")?;
    let kind = of_text(&entry)?;
    match kind {
        NS | PNF => Some(kind),
        // Types may come from other files: only a package that nowhere has one is something else.
        TOSCA if !speaks_of_nfv(tree) => Some(TOSCA),
        OSM | HOT | HELM | KUBERNETES => Some(kind),
        _ => None,
    }
}

fn speaks_of_nfv(tree: &dyn Tree) -> bool {
    let mut paths = tree.paths();
    // Types are where they are spoken of first.
    paths.sort_by_key(|path| !path.starts_with("Definitions"));
    let mut texts = paths.iter().filter(|path| is_yaml(path));
    texts.any(|path| read(tree, path).is_none_or(|text| text.contains(SOL001)))
}

fn is_yaml(path: &Utf8Path) -> bool {
    let extension = path.extension().map(str::to_lowercase);
    matches!(extension.as_deref(), Some("yaml" | "yml"))
}

fn read(tree: &dyn Tree, path: &Utf8Path) -> Option<String> {
    tree.text(path, TEXT)
}
