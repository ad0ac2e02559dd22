//! The Python files of a package, read as Tacker's conductor reads them.
//!
//! A hook's script is run by the conductor's own interpreter as a program (`_exec_mgmt_driver_script`
//! in `tacker/sol_refactored/conductor/vnflcm_driver_v2.py`), in an unpacked copy of the package:
//! what lies beside it can be imported, and what the conductor has. Which files are user data, or
//! coordinate a change of the package, a request says, not the package.

mod codes;
mod depth;
mod read;
mod user_data;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnose::{Diagnostic, Sink, Sources, Span, nearest};
use crate::package::tree::Tree;
use crate::tosca::documents::{DEFINITIONS, resolve};
use crate::tosca::model::Vnfd;

pub use codes::CODES;
use read::Module;

/// Larger files are no scripts that people write; in bytes.
const LIMIT: u64 = 1 << 20;

/// The modules of Python, of Tacker and of what Tacker needs, by their first names; printed by
/// `scripts/dev/conductor_modules.py`.
static MODULES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("modules.txt").lines().collect());

/// The Python files of a package, read.
pub struct Modules {
    /// Their texts, and what of each matters; nothing of what is too deep to be read.
    files: BTreeMap<Utf8PathBuf, (String, Option<Module>)>,
}

impl Modules {
    /// Reads the files whose names end with `.py`. What they are to the VNF need not be known.
    #[must_use]
    pub fn of(tree: &dyn Tree) -> Self {
        let paths = tree.paths().into_iter();
        let paths = paths.filter(|path| path.extension() == Some("py"));
        let texts: Vec<_> = paths
            // A file that cannot be read, or is no text, is other rules' matter.
            .filter_map(|path| tree.text(&path, LIMIT).map(|text| (path, text)))
            .collect();
        let modules = read::modules(texts.iter().map(|(_, text)| &**text));
        let files = texts.into_iter().zip(modules);
        Self {
            files: files
                .map(|((path, text), module)| (path, (text, module)))
                .collect(),
        }
    }

    /// Reads another file, if it is there.
    fn add(&mut self, tree: &dyn Tree, path: &Utf8Path) {
        if !self.files.contains_key(path)
            && let Some(text) = tree.text(path, LIMIT)
        {
            let module = read::modules([&*text]).pop().flatten();
            self.files.insert(path.to_owned(), (text, module));
        }
    }
}

/// Checks all Python files: what the descriptor's hooks name, and what that imports, as what the
/// conductor runs.
pub fn check(
    tree: &dyn Tree,
    mut modules: Modules,
    vnfd: Option<&Vnfd>,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    let paths = tree.paths();
    let mut run = BTreeSet::new();
    let mut open = scripts(vnfd);
    while let Some((path, folder)) = open.pop() {
        if run.insert(path.clone()) {
            modules.add(tree, &path);
            let imported = file(&modules, &path, &paths, Some(&folder), sources, sink);
            open.extend(imported.into_iter().map(|path| (path, folder.clone())));
        }
    }
    let others: Vec<_> = modules.files.keys().collect();
    for path in others.into_iter().filter(|path| !run.contains(*path)) {
        file(&modules, path, &paths, None, sources, sink);
    }
    let is_run = |path: &Utf8Path| run.contains(path);
    user_data::check(&modules, &paths, is_run, sources, sink);
}

/// Returns the files that hooks name, each with the folder where Python then looks for modules.
/// Their paths start at `Definitions/`.
fn scripts(vnfd: Option<&Vnfd>) -> Vec<(Utf8PathBuf, Utf8PathBuf)> {
    let flavours = vnfd.into_iter().flat_map(|vnfd| &vnfd.flavours);
    let files = flavours.flat_map(|flavour| flavour.hooks.values());
    files
        .filter_map(|file| resolve(Utf8Path::new(DEFINITIONS), file))
        .map(|path| {
            let folder = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
            (path, folder)
        })
        .collect()
}

/// Checks a file, and returns which others of the package it imports.
fn file(
    modules: &Modules,
    path: &Utf8Path,
    paths: &[Utf8PathBuf],
    folder: Option<&Utf8Path>,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Vec<Utf8PathBuf> {
    let Some((text, Some(module))) = modules.files.get(path) else {
        return Vec::new();
    };
    let mut script = Script {
        path,
        folder,
        paths,
        found: Sink::default(),
        imported: Vec::new(),
    };
    script.check(text, module);
    if !script.found.diagnostics().is_empty() {
        sources.insert(path, text.clone());
    }
    sink.adopt(script.found, |code| code);
    script.imported
}

struct Script<'a> {
    path: &'a Utf8Path,
    /// Where Python looks for modules when the conductor runs it, if it does.
    folder: Option<&'a Utf8Path>,
    /// Sorted.
    paths: &'a [Utf8PathBuf],
    found: Sink,
    imported: Vec<Utf8PathBuf>,
}

impl Script<'_> {
    fn check(&mut self, text: &str, module: &Module) {
        for (span, error) in &module.errors {
            self.syntax(*span, format!("this is no Python: {error}"));
        }
        // Somebody who tells Python where to look knows more than is to be seen here.
        if let Some(folder) = self.folder
            && module.errors.is_empty()
            && !text.contains("sys.path")
        {
            for import in &module.imports {
                match &import.name {
                    Some(name) => self.module(name, import.span, folder),
                    // In a package this is possible; programs are none.
                    None if self.path.parent() == Some(folder) => self.relative(import.span),
                    None => {}
                }
            }
        }
    }

    fn syntax(&mut self, span: Span, message: String) {
        let help = "`python3 -m py_compile FILE` says whether it is mended; Python 2 is not run";
        let finding = match self.folder {
            Some(_) => Diagnostic::error("python-syntax", self.path, span, message).why(
                "the conductor runs it with Python 3, and the operation fails with a SyntaxError",
            ),
            None => Diagnostic::warning("python-syntax-elsewhere", self.path, span, message).why(
                "no hook runs it; who names it in a request, or imports it, gets a SyntaxError",
            ),
        };
        self.found.push(finding.help(help));
    }

    fn relative(&mut self, span: Span) {
        let message = "a program cannot import relative to itself";
        self.found.push(
            Diagnostic::error("python-module", self.path, span, message)
                .why("the conductor runs the file as a program, which is no part of a package")
                .help("write `from NAME import ...`: what lies beside the script is found"),
        );
    }

    fn module(&mut self, name: &str, span: Span, folder: &Utf8Path) {
        let first = name.split('.').next().unwrap_or(name);
        let file = folder.join(format!("{first}.py"));
        if self.paths.binary_search(&file).is_ok() {
            self.imported.push(file);
            return;
        }
        let package = folder.join(first);
        let is_here = || self.paths.iter().any(|path| path.starts_with(&package));
        if MODULES.contains(first) || is_here() {
            return;
        }
        let message = format!("the conductor has no module `{first}`");
        let help = format!(
            "put `{first}.py` beside the script, or do without: the conductor has what Python and Tacker bring"
        );
        let modules = MODULES.iter().copied();
        self.found.push(
            Diagnostic::error("python-module", self.path, span, message)
                .why("the script ends with a ModuleNotFoundError, and the operation fails")
                .help(match nearest(first, modules) {
                    Some(near) => format!("did you mean `{near}`? Otherwise {help}"),
                    None => help,
                }),
        );
    }
}
