//! Where Tacker looks for templates, and what lies there in vain.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::UserData;
use super::stack::Templates;
use super::syntax;
use super::template::Template;
use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::kubernetes;
use crate::package::tree::Tree;
use crate::tosca::model::Vnfd;

const FOLDER: &str = "BaseHOT";
/// Larger scripts are not read, in bytes.
const SCRIPT_LIMIT: u64 = 1 << 20;

/// Checks that every flavour has templates, and every template a flavour.
///
/// Flavours are known as far as `vnfd` is; one whose file cannot be read may be any.
pub(super) fn check(tree: &dyn Tree, vnfd: Option<&Vnfd>, is_whole: bool, sink: &mut Sink) {
    let paths: Vec<_> = tree
        .paths()
        .into_iter()
        .filter(|path| path.starts_with(FOLDER))
        .collect();
    // A package for Kubernetes needs none.
    if paths.is_empty() && kubernetes::has_manifests(tree) {
        return;
    }
    if paths.is_empty() {
        let message = "the package has no Heat templates";
        sink.push(
            Diagnostic::file_warning("hot-absent", FOLDER.into(), message)
                .why("on an OpenStack VIM every instantiation fails with `BaseHOT is not defined.`")
                .help("put a template into BaseHOT/<flavour>/"),
        );
        return;
    }
    for path in paths.iter().filter(|path| is_yaml(path)) {
        let parts: Vec<_> = path.iter().skip(1).collect();
        let flavour = parts.first().copied().unwrap_or_default();
        let is_read = matches!(parts[..], [_, _] | [_, "nested", _]);
        if !is_read {
            let message = "Tacker does not read this file";
            sink.push(
                Diagnostic::file_warning("hot-file-ignored", path, message)
                    .why("it reads BaseHOT/<flavour>/*.yaml and BaseHOT/<flavour>/nested/*.yaml"),
            );
        } else if let Some(vnfd) = vnfd
            && is_whole
            && vnfd.flavours.iter().all(|known| known.id != flavour)
        {
            let message = format!("the VNFD has no flavour `{flavour}`");
            sink.push(
                Diagnostic::file_warning("hot-flavour-unknown", path, message)
                    .why("nobody can ask for these templates"),
            );
        }
    }
}

/// Reads a flavour's templates, or reports why there is no stack to be made of them.
pub(super) fn read(
    tree: &dyn Tree,
    flavour: &str,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Templates> {
    let folder = Utf8Path::new(FOLDER).join(flavour);
    let paths = tree.paths();
    if !paths.iter().any(|path| path.starts_with(FOLDER)) {
        return None;
    }
    let inside = |folder: &Utf8Path| -> Vec<Utf8PathBuf> {
        let is_inside = |path: &&Utf8PathBuf| path.parent() == Some(folder) && is_yaml(path);
        paths.iter().filter(is_inside).cloned().collect()
    };
    let tops = inside(&folder);
    let [first, others @ ..] = &tops[..] else {
        let message = format!("the flavour `{flavour}` has no template");
        sink.push(
            Diagnostic::file_error("hot-missing", &folder, message)
                .why("Tacker answers its instantiation with `BaseHOT is not defined.`")
                .help(format!("put one into {folder}/")),
        );
        return None;
    };
    if !others.is_empty() {
        let message = format!("the flavour `{flavour}` has {} top templates", tops.len());
        sink.push(
            Diagnostic::file_error("hot-several-tops", &folder, message)
                .why("Tacker takes whichever the file system lists first")
                .help("put those that are nested into nested/"),
        );
    }
    let (mut nested, mut unread) = (BTreeMap::new(), BTreeSet::new());
    for path in inside(&folder.join("nested")) {
        match Template::read(tree, &path, sources, sink) {
            Some(template) => {
                nested.insert(template.name().to_owned(), template);
            }
            None => unread.extend(path.file_name().map(str::to_owned)),
        }
    }
    let Some(top) = Template::read(tree, first, sources, sink) else {
        for template in nested.values() {
            syntax::check(template, sink);
        }
        return None;
    };
    Some(Templates {
        top,
        nested,
        unread,
    })
}

/// Returns the flavours that there are folders of.
pub(super) fn flavours(tree: &dyn Tree) -> BTreeSet<String> {
    let paths = tree.paths();
    let folders = paths
        .iter()
        .filter(|path| is_yaml(path))
        .filter_map(|path| {
            let inside = path.strip_prefix(FOLDER).ok()?;
            let folder = inside.components().next()?.as_str();
            (folder != inside).then(|| folder.to_owned())
        });
    folders.collect()
}

/// Tells who makes the parameters: a package brings user data as Python files in `UserData/`.
#[must_use]
pub fn user_data(tree: &dyn Tree) -> UserData {
    let paths = tree.paths();
    let is_script =
        |path: &&Utf8PathBuf| path.starts_with("UserData") && path.extension() == Some("py");
    let mut found = UserData::Default;
    for path in paths.iter().filter(is_script) {
        // A file that cannot be read is reported with the others of the package.
        let text = tree.read(path, SCRIPT_LIMIT).unwrap_or_default();
        if String::from_utf8_lossy(&text).contains("StandardUserData") {
            return UserData::Standard;
        }
        found = UserData::Own;
    }
    found
}

fn is_yaml(path: &Utf8Path) -> bool {
    matches!(path.extension(), Some("yaml" | "yml"))
}
