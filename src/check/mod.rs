//! A whole package judged: the rules of every room over one reading of its files.
//!
//! Nothing is formatted or printed here, and no rule keeps another from being asked: a person
//! is to see all faults in one run.

mod aside;
mod baseline;
mod codes;
mod examples;
mod find;
mod fix;
mod logged;
mod older;
mod origin;
mod policy;
mod predict;
pub mod report;
mod suppression;

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use camino::Utf8Path;

use crate::diagnose::{Code, Sink, Sources, Verdict, be_patient};
use crate::package::check::{Digests, Extent};
use crate::package::kind;
use crate::package::meta::Meta;
use crate::package::once::Once;
use crate::package::plan::Plan;
use crate::package::reader::{self, OpenError, Wrapped};
use crate::package::tree::Tree;
use crate::tosca::documents::Documents;
use crate::tosca::model::Vnfd;
use crate::{devstack, hot, kubernetes, package, python, scenario, security, spec, tosca, yaml};

pub use aside::{Aside, By, Policy};
pub use baseline::{Baseline, BaselineError, fingerprint};
pub use examples::{Example, example};
pub use find::packages;
pub use fix::{Fix, FixError, edits, fixes, write as write_fixes, write_to as write_fixes_to};
pub use logged::{Logged, OPEN, logged};
pub use origin::origin;
pub use policy::{Level, LevelError, Levels, is_lowerable, is_of_packages};
pub use predict::{Operation, Outlook, Prediction, Target};

/// The codes of all rooms, in the order of the documentation.
pub const CATALOGUE: &[(&str, &[Code])] = &[
    ("YAML", yaml::CODES),
    ("Package", package::check::CODES),
    ("Signature", package::signing::CODES),
    ("VNFD", tosca::CODES),
    ("Heat", hot::CODES),
    ("Kubernetes", kubernetes::CODES),
    ("Python", python::CODES),
    ("Security", security::CODES),
    ("Spec", spec::CODES),
    ("Spec: Cilium and its network", spec::CILIUM_CODES),
    ("Scenario", scenario::CODES),
    ("Devstack", devstack::CODES),
    ("What is let pass", codes::CODES),
    ("Older releases", codes::OF_OLDER),
];

/// Returns what is known of a code.
#[must_use]
pub fn code(name: &str) -> Option<&'static Code> {
    let mut codes = CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    codes.find(|code| code.name == name)
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The texts that findings point into.
    pub sources: Sources,
    /// The findings, sorted by file and place.
    pub sink: Sink,
    /// The package's descriptor, if it could be read.
    pub vnfd: Option<Vnfd>,
}

impl Checked {
    /// Tells whether Tacker would drop the package on upload.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.sink
            .diagnostics()
            .iter()
            .filter_map(|finding| code(finding.code))
            .any(|code| code.verdict == Verdict::Rejected)
    }
}

/// Checks a package.
pub fn check(tree: &dyn Tree) -> Checked {
    judge(&Once::new(tree), Some(Extent::Whole))
}

/// Checks a package before it is written. Digests are not: the manifest is made of what is
/// written, while it is.
pub fn plan(plan: &Plan) -> Checked {
    judge(&Once::new(&package::with_meta(plan)), None)
}

/// Judges a package whose small files are each read once, since many look at them.
fn judge(tree: &Once<'_>, digests: Option<Extent>) -> Checked {
    be_patient();
    let mut checked = Checked::default();
    let sink = &mut checked.sink;
    let meta = Meta::read(tree, &mut checked.sources, sink);
    if let Some(meta) = &meta {
        package::check::layout(tree, meta, sink);
    }
    let meta = meta.as_ref();
    // Neither needs to know what the others find, and they take as long as all else.
    let (bytes, suspects, modules) = thread::scope(|scope| {
        let rest = scope.spawn(|| {
            (
                Bytes::of(tree, meta, digests),
                security::suspects(tree),
                python::Modules::of(tree),
            )
        });
        if let Some(meta) = meta {
            let drafts = scope.spawn(|| hot::Drafts::of(tree));
            meanings(tree, meta, || joined(drafts), &mut checked);
        }
        joined(rest)
    });
    let Checked {
        sources,
        sink,
        vnfd,
    } = &mut checked;
    sources.extend(bytes.sources);
    sink.adopt(bytes.sink, |code| code);
    if meta.is_some() {
        python::check(tree, modules, vnfd.as_ref(), sources, sink);
    }
    if let (Some(digests), Some(vnfd)) = (&bytes.digests, &*vnfd) {
        agree(digests, vnfd, sink);
    }
    security::report(suspects, sources, sink);
    sink.sort();
    checked
}

/// What is found without knowing what files mean.
struct Bytes {
    sources: Sources,
    sink: Sink,
    digests: Option<Digests>,
}

impl Bytes {
    fn of(tree: &dyn Tree, meta: Option<&Meta>, digests: Option<Extent>) -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let digests = digests
            .map(|extent| package::check::digests(tree, meta, extent, &mut sources, &mut sink));
        security::modes(tree, &mut sink);
        Self {
            sources,
            sink,
            digests,
        }
    }
}

/// Asks the rules of the rooms that read what files mean.
///
/// `drafts` are the Heat templates, once they are read.
fn meanings(
    tree: &dyn Tree,
    meta: &Meta,
    drafts: impl FnOnce() -> hot::Drafts,
    checked: &mut Checked,
) {
    let Checked {
        sources,
        sink,
        vnfd,
    } = checked;
    let documents = Documents::of(tree, meta, sources, sink);
    if let Some(documents) = &documents {
        *vnfd = tosca::check(tree, documents, sink);
    }
    let drafts = drafts();
    match (&documents, &*vnfd) {
        (Some(documents), Some(vnfd)) => hot::check(tree, drafts, documents, vnfd, sources, sink),
        _ => hot::check_alone(tree, drafts, sources, sink),
    }
    kubernetes::check(tree, vnfd.as_ref(), sources, sink);
}

/// What a thread came to; its panic goes on in the one that waited.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Holds what the manifest says of the VNF to what its descriptor says.
fn agree(digests: &Digests, vnfd: &Vnfd, sink: &mut Sink) {
    let Some(file) = &digests.manifest else {
        return;
    };
    // While something is wrong with the descriptor, its values are not held against others.
    let mut findings = sink.diagnostics().iter();
    if findings.any(|finding| finding.code.starts_with("vnfd-")) {
        return;
    }
    let pairs = [
        ("vnfd_id", vnfd.id.as_str(), "descriptor_id"),
        ("vnf_provider_id", &vnfd.provider, "provider"),
        ("vnf_product_name", &vnfd.product_name, "product_name"),
        (
            "vnf_software_version",
            &vnfd.software_version,
            "software_version",
        ),
    ];
    package::check::differing(file, &digests.metadata, pairs, sink);
}

/// What became of a package that lies on a disk.
#[derive(Debug)]
pub enum Judged {
    /// It could be read, and was checked.
    Read(Checked),
    /// It is no package, or not one that is safe to read; the findings say why.
    Refused(Sink),
}

/// Opens the package at `path`, a zip archive or a folder, and checks it.
///
/// # Errors
/// [`OpenError::Io`] when the disk does not give it.
pub fn open(path: &Path) -> Result<Judged, OpenError> {
    open_to(path, Extent::Whole)
}

/// Opens a package as [`open`] does, but reads its disk images only as far as Tacker looks at
/// them on upload, which is not at all.
///
/// # Errors
/// Those of [`open`].
pub fn before_upload(path: &Path) -> Result<Judged, OpenError> {
    open_to(path, Extent::WithoutImages)
}

/// Checks a package's folder while somebody works on it: `tree` is what lies there and what is not
/// yet saved. `shown` is its path, as findings about the whole of it name it.
#[must_use]
pub fn draft(shown: &Utf8Path, tree: &dyn Tree) -> Judged {
    opened(shown, tree, Extent::WithoutImages)
}

/// Judges what lies in a tree, once it is known to be a package.
fn opened(shown: &Utf8Path, tree: &dyn Tree, extent: Extent) -> Judged {
    let tree = Once::new(tree);
    match kind::of_tree(&tree) {
        Some(kind) => {
            let mut sink = Sink::default();
            sink.push(package::check::foreign(shown, kind));
            Judged::Refused(sink)
        }
        None => Judged::Read(judge(&tree, Some(extent))),
    }
}

fn open_to(path: &Path, extent: Extent) -> Result<Judged, OpenError> {
    let mut sink = Sink::default();
    let shown = path.to_string_lossy();
    let shown = Utf8Path::new(&*shown);
    match reader::open(path) {
        Ok(tree) => {
            if let Some(wrapped) = Wrapped::of(&*tree) {
                return inner(shown, &*tree, &wrapped, extent);
            }
            let mut judged = opened(shown, &*tree, extent);
            if let Judged::Read(checked) = &mut judged
                && !path.is_dir()
            {
                package::check::file_name(shown, &mut checked.sink);
            }
            Ok(judged)
        }
        Err(error) => {
            package::check::archive(shown, error, &mut sink)?;
            Ok(Judged::Refused(sink))
        }
    }
}

/// Checks the package in a signed archive, and says that Tacker wants it without the archive.
fn inner(
    shown: &Utf8Path,
    tree: &dyn Tree,
    wrapped: &Wrapped,
    extent: Extent,
) -> Result<Judged, OpenError> {
    let mut sink = Sink::default();
    match wrapped.unwrap(tree) {
        Ok(package) => {
            let mut judged = opened(&wrapped.csar, &package, extent);
            if let Judged::Read(checked) = &mut judged {
                let finding = package::check::signed_archive(shown, wrapped);
                checked.sink.push(finding);
                checked.sink.sort();
            }
            Ok(judged)
        }
        Err(error) => {
            package::check::archive(&wrapped.csar, error, &mut sink)?;
            Ok(Judged::Refused(sink))
        }
    }
}
