//! User data: the Python files in `UserData/` that a request may name, which make the parameters of
//! a VNF's stack.
//!
//! The conductor imports the file as a module below the root of the unpacked package, takes the
//! class that the request names, and calls the method of the operation with five arguments
//! (`tacker/sol_refactored/infra_drivers/openstack/userdata_main.py`).

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::read::{Class, Method, Module};
use super::{MODULES, Modules};
use crate::diagnose::{Diagnostic, Sink, Sources, Span, nearest};

const FOLDER: &str = "UserData";
/// The methods that are called (`userdata_utils.AbstractUserData`).
const METHODS: [&str; 8] = [
    "instantiate",
    "scale",
    "scale_rollback",
    "change_ext_conn",
    "change_ext_conn_rollback",
    "heal",
    "change_vnfpkg",
    "change_vnfpkg_rollback",
];
const ARGUMENTS: &str = "req, inst, grant_req, grant, tmp_csar_dir";
const COUNT: usize = 5;
/// The base that has every method, and none that does anything.
const ABSTRACT: &str = "AbstractUserData";

/// Checks the files of user data that are not the scripts of hooks as well.
pub(super) fn check<'m>(
    modules: &'m Modules,
    paths: &[Utf8PathBuf],
    is_run: impl Fn(&Utf8Path) -> bool,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    let files = modules.files.iter().filter_map(|(path, (text, module))| {
        let module = module.as_ref()?;
        let is_one = path.starts_with(FOLDER) && !is_run(path) && module.errors.is_empty();
        is_one.then_some((path.as_path(), text, module))
    });
    let files: Vec<(&'m Utf8Path, &String, &Module)> = files.collect();
    let classless = without_class(modules, &files);
    let root = of_root(paths);
    for (path, text, module) in files {
        let mut found = Sink::default();
        if classless == Some(path) {
            found.push(no_class(path));
        }
        // Somebody who tells Python where to look knows more than is to be seen here.
        if !text.contains("sys.path") {
            for import in &module.imports {
                if let Some(name) = &import.name {
                    imported(path, name, import.span, (&root, paths), &mut found);
                }
            }
        }
        for class in &module.classes {
            methods(path, class, &mut found);
        }
        if !found.diagnostics().is_empty() {
            sources.insert(path, text.as_str());
        }
        sink.adopt(found, |code| code);
    }
}

/// Returns the first file of user data that have no class anywhere.
fn without_class<'m>(
    modules: &Modules,
    files: &[(&'m Utf8Path, &String, &Module)],
) -> Option<&'m Utf8Path> {
    let mut all = modules.files.iter();
    // What cannot be read may have it.
    let is_whole = all.all(|(path, (_, module))| {
        !path.starts_with(FOLDER) || module.as_ref().is_some_and(|one| one.errors.is_empty())
    });
    let has_none = files.iter().all(|(_, _, module)| !module.may_have_classes);
    let (first, ..) = files.first()?;
    (is_whole && has_none).then_some(first)
}

/// Reports user data without any class, for a request to name.
fn no_class(path: &Utf8Path) -> Diagnostic {
    let message = "there is no class in the package's user data";
    let start = Span { start: 0, end: 0 };
    Diagnostic::warning("python-userdata-class", path, start, message)
        .why("a request names a class of the file: the operation ends with an AttributeError")
        .help("derive one from `userdata_utils.AbstractUserData` or `userdata_standard.StandardUserData`")
}

/// Returns the names by which Python finds what lies at the root of the package.
fn of_root(paths: &[Utf8PathBuf]) -> HashSet<&str> {
    let names = paths.iter().filter_map(|path| {
        let path = path.as_str();
        match path.split_once('/') {
            Some((folder, _)) => Some(folder),
            None => path.strip_suffix(".py"),
        }
    });
    names.collect()
}

fn imported(
    path: &Utf8Path,
    name: &str,
    span: Span,
    (root, paths): (&HashSet<&str>, &[Utf8PathBuf]),
    sink: &mut Sink,
) {
    let first = name.split('.').next().unwrap_or(name);
    if root.contains(first) || MODULES.contains(first) {
        return;
    }
    let message = format!("the conductor has no module `{first}`");
    let beside = path.with_file_name(format!("{first}.py"));
    let help = if paths.contains(&beside) {
        format!(
            "write `from {FOLDER} import {first}`: modules are looked for at the root of the package"
        )
    } else if let Some(near) = nearest(first, MODULES.iter().copied()) {
        format!("did you mean `{near}`?")
    } else {
        "the conductor has what Python and Tacker bring".to_owned()
    };
    sink.push(
        Diagnostic::error("python-userdata-module", path, span, message)
            .why("an operation with this user data ends with a ModuleNotFoundError")
            .help(help),
    );
}

/// Checks that the methods of a class can be called as they are.
fn methods(path: &Utf8Path, class: &Class, sink: &mut Sink) {
    let is_base = |name: &str| class.bases.iter().any(|base| base == name);
    let has = |name: &str| class.methods.iter().any(|method| method.name == name);
    let is_user_data = class.bases.iter().any(|base| base.ends_with("UserData"));
    if !is_user_data && !METHODS.iter().any(|name| has(name)) {
        return;
    }
    if is_base(ABSTRACT) && !has("instantiate") {
        let message = format!("the class `{}` has no `instantiate`", class.name);
        let names = class.methods.iter().map(|method| method.name.as_str());
        let near = nearest("instantiate", names);
        let help = near.map(|near| format!("is `{near}` meant to be it?"));
        let help = help.unwrap_or_else(|| format!("add `def instantiate({ARGUMENTS})`, static"));
        sink.push(
            Diagnostic::error("python-userdata-method", path, class.span, message)
                .why("the base's own only says that there is none: nothing can be instantiated with it")
                .help(help),
        );
    }
    for method in &class.methods {
        if METHODS.contains(&&*method.name) && !takes(method) {
            let message = format!("`{}` cannot be called with {COUNT} arguments", method.name);
            sink.push(
                Diagnostic::error("python-userdata-method", path, method.span, message)
                    .why("the conductor calls it on the class with five: the operation ends with a TypeError")
                    .help(format!("write `@staticmethod` and `def {}({ARGUMENTS})`", method.name)),
            );
        }
    }
}

/// Tells whether a method takes what it is called with; a class method has the class before it.
fn takes(method: &Method) -> bool {
    let given = COUNT + usize::from(method.is_of_class);
    method.is_open || (method.least <= given && given <= method.most)
}
