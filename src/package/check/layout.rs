//! Which files lie where: what Tacker looks for in fixed places.

use camino::Utf8Path;

use crate::diagnose::{Diagnostic, Sink};
use crate::package::meta::{META, Meta};
use crate::package::tree::Tree;

/// Checks the places of the VNFD's files.
pub fn layout(tree: &dyn Tree, meta: &Meta, sink: &mut Sink) {
    let folder = Utf8Path::new("Definitions");
    let paths = tree.paths();
    if !paths.iter().any(|path| path.parent() == Some(folder)) {
        let message = "there are no files in Definitions/";
        sink.push(
            Diagnostic::file_error("layout-definitions-missing", folder, message)
                .why("Tacker's v2 API lists that folder and ends with an error 500 without it")
                .help("move the VNFD's files there"),
        );
    } else if let Some(entry) = &meta.entry
        && entry.parent() != Some(folder)
    {
        let node = meta.root.get("Entry-Definitions").unwrap_or(&meta.root);
        let message = format!("`{entry}` does not lie directly in Definitions/");
        sink.push(
            Diagnostic::warning("layout-entry-elsewhere", META.into(), node.span, message)
                .why("Tacker's v2 API looks for flavours in the YAML files of Definitions/ only"),
        );
    }
}

/// Checks the name under which the archive lies.
pub fn file_name(shown: &Utf8Path, sink: &mut Sink) {
    let extension = shown.extension().map(str::to_lowercase);
    if !matches!(extension.as_deref(), Some("zip" | "csar")) {
        let message = "the package's name ends neither in .zip nor in .csar";
        sink.push(
            Diagnostic::file_warning("layout-file-name", shown, message)
                .why("tosca-parser takes such a file for a template; Tacker renames what it gets"),
        );
    }
}
