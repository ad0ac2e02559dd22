//! Judges the signature of a package: who signed what, and whether that counts.
//!
//! Here is what of a package is signed and where that signature lies; what it is worth is found by
//! `signer.rs`, whether the content is what was signed by `content.rs`.

mod artifacts;
mod content;
mod signer;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use x509_cert::Certificate;

use self::content::{Content, Subject};
use super::certificate::{Facts, certificates};
use super::trust::Terms;
use super::{block, digests};
use crate::diagnose::{Diagnostic, Severity, Sink, Sources};
use crate::package::check::Digests;
use crate::package::meta::{self, Meta};
use crate::package::reader::{self, OpenError, Wrapped};
use crate::package::tree::Tree;

pub(super) use artifacts::signature_of;
pub(super) use signer::checks;

/// The largest signature or certificate file, in bytes.
const LIMIT: u64 = 1 << 20;

/// How a package is signed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// SOL004's option: 1, the manifest is signed; 2, the whole archive is.
    pub option: u8,
    /// The file that is signed.
    pub signed: Utf8PathBuf,
    /// Who signed.
    pub signers: Vec<SignerReport>,
    /// Files that are signed by themselves, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactReport>,
}

/// A file with a signature of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactReport {
    /// The file.
    pub file: Utf8PathBuf,
    /// Where its signature lies.
    pub signature: Utf8PathBuf,
    /// Who signed it.
    pub signers: Vec<SignerReport>,
}

/// One who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignerReport {
    /// The certificate.
    pub certificate: Facts,
    /// Digest of the signature.
    pub digest: &'static str,
    /// When it was signed, as the signer says.
    pub signed_at: Option<jiff::Timestamp>,
    /// Whether the signature is that of the content, by the key of that certificate.
    pub intact: bool,
    /// The trusted certificate that it comes from.
    pub trusted_by: Option<Facts>,
}

/// Judges the package at `path`: its signature, and all its files against the manifest.
/// Returns nothing when there is no signature to say anything about.
///
/// # Errors
/// [`OpenError`] when it cannot be read.
pub fn verify(
    path: &std::path::Path,
    terms: &Terms,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Result<Option<Report>, OpenError> {
    let tree = reader::open(path)?;
    let report = match Wrapped::of(&*tree) {
        Some(wrapped) => {
            let inner = wrapped.unwrap(&*tree)?;
            manifest(&inner, false, sources, sink);
            archive(&*tree, &wrapped, terms, sink)
        }
        None => {
            let found = manifest(&*tree, true, sources, sink);
            found.and_then(|found| {
                let artifacts = artifacts::verify(&*tree, &found.digests.signed, terms, sink);
                let report = option_1(&*tree, &found, &artifacts, terms, sink);
                report.map(|report| Report {
                    artifacts: artifacts.reports,
                    ..report
                })
            })
        }
    };
    sink.sort();
    Ok(report)
}

/// A manifest that all files were held to.
struct Manifest {
    file: Utf8PathBuf,
    text: String,
    /// What it lists.
    digests: Digests,
    /// Nothing, in a package that is laid out without it.
    meta: Option<Meta>,
}

/// Holds all files to the manifest.
///
/// What the manifest does not list, its signature does not cover: with `is_signed` that is a fault.
fn manifest(
    tree: &dyn Tree,
    is_signed: bool,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Manifest> {
    let mut unread = Sink::default();
    let meta = Meta::read(tree, sources, &mut unread);
    // SOL004 §4.1.3: without `TOSCA.meta`, the manifest lies at the root.
    let at_root = meta::manifest_of_root(tree).filter(|_| !tree.contains(meta::META.into()));
    if at_root.is_none() {
        sink.adopt(unread, |code| code);
        meta.as_ref()?;
    }
    let mut found = Sink::default();
    let digests = digests(tree, meta.as_ref(), sources, &mut found);
    for mut finding in found.diagnostics().iter().cloned() {
        if is_signed && finding.code == "manifest-file-unlisted" {
            finding.severity = Severity::Error;
            finding.why =
                Some("the signature covers what the manifest lists, and nothing else".into());
        }
        sink.push(finding);
    }
    let named = named(meta.as_ref(), "ETSI-Entry-Manifest").or(at_root);
    let Some(file) = named.filter(|file| tree.contains(file)) else {
        if is_signed && !sink.has_errors() {
            sink.push(unsigned(
                Utf8Path::new(meta::META),
                "the package has no manifest",
            ));
        }
        return None;
    };
    let text = meta::text(tree, &file, &mut Sink::default())?;
    Some(Manifest {
        file,
        text,
        digests,
        meta,
    })
}

/// Returns the file that `TOSCA.meta` names under a key.
fn named(meta: Option<&Meta>, key: &str) -> Option<Utf8PathBuf> {
    let path = meta?.root.get(key)?.as_str()?;
    Some(path.into())
}

fn unsigned(file: &Utf8Path, message: &str) -> Diagnostic {
    Diagnostic::file_error("signature-missing", file, message)
        .why("nobody can tell whom the package comes from, and whether it was changed")
        .help("`vnfctl package sign` signs it")
}

fn option_1(
    tree: &dyn Tree,
    manifest: &Manifest,
    artifacts: &artifacts::Judged,
    terms: &Terms,
    sink: &mut Sink,
) -> Option<Report> {
    let file = manifest.file.as_path();
    let Some(found) = block::find(&manifest.text) else {
        sink.push(unsigned(
            file,
            "the package is not signed: its manifest has no signature",
        ));
        return None;
    };
    if !found.after.is_empty() {
        sink.push(
            Diagnostic::file_error("signature-text-after", file, "text follows the signature")
                .why("it is not signed, but is read as part of the manifest")
                .help("take the package from where it comes from again"),
        );
    }
    let certificate = match named(manifest.meta.as_ref(), "ETSI-Entry-Certificate") {
        Some(path) => Some(path),
        None => Some(file.with_extension("cert")).filter(|path| tree.contains(path)),
    };
    let known = certificate.iter().chain(&artifacts.files);
    uncovered(tree, &manifest.digests.listed, known, sink);
    let beside = match certificate {
        Some(path) => read_certificates(tree, &path, sink)?,
        None => Vec::new(),
    };
    let subject = Subject {
        file,
        at: file,
        signature: found.pem.as_bytes(),
        beside,
        content: Content::Text(found.content),
    };
    report(&subject, 1, terms, sink)
}

/// Files that look like signatures need no entry in a manifest. When it is signed, one that is
/// neither the signer's certificate nor was judged with the file that it signs would be a way to add files that nobody signed.
fn uncovered<'k>(
    tree: &dyn Tree,
    listed: &[Utf8PathBuf],
    known: impl Iterator<Item = &'k Utf8PathBuf>,
    sink: &mut Sink,
) {
    let known: Vec<_> = known.collect();
    let extra: Vec<_> = tree
        .paths()
        .into_iter()
        .filter(|path| matches!(path.extension(), Some("cert" | "cms" | "sig")))
        .filter(|path| !known.contains(&path) && !listed.contains(path))
        .collect();
    for path in extra {
        sink.push(
            Diagnostic::file_error(
                "manifest-file-unlisted",
                &path,
                "the manifest does not list it",
            )
            .why("the signature covers what the manifest lists, and nothing else"),
        );
    }
}

fn archive(tree: &dyn Tree, wrapped: &Wrapped, terms: &Terms, sink: &mut Sink) -> Option<Report> {
    let signature = read_signature(tree, &wrapped.signature, sink)?;
    let beside = match &wrapped.certificate {
        Some(path) => read_certificates(tree, path, sink)?,
        None => Vec::new(),
    };
    let subject = Subject {
        file: &wrapped.csar,
        at: &wrapped.signature,
        signature: &signature,
        beside,
        content: Content::Member(tree, &wrapped.csar),
    };
    report(&subject, 2, terms, sink)
}

fn report(subject: &Subject<'_>, option: u8, terms: &Terms, sink: &mut Sink) -> Option<Report> {
    Some(Report {
        option,
        signed: subject.file.to_owned(),
        signers: signer::judge(subject, terms, sink)?,
        artifacts: Vec::new(),
    })
}

fn read_signature(tree: &dyn Tree, path: &Utf8Path, sink: &mut Sink) -> Option<Vec<u8>> {
    let unread = |error| {
        let message = format!("cannot read it: {error}");
        sink.push(Diagnostic::file_error(
            "signature-unreadable",
            path,
            message,
        ));
    };
    tree.read(path, LIMIT).map_err(unread).ok()
}

fn read_certificates(
    tree: &dyn Tree,
    path: &Utf8Path,
    sink: &mut Sink,
) -> Option<Vec<Certificate>> {
    let read = tree.read(path, LIMIT).map_err(|error| error.to_string());
    let read = read.and_then(|bytes| certificates(&bytes).map_err(|error| error.to_string()));
    let unread = |why| {
        let message = format!("cannot read the signer's certificate: {why}");
        sink.push(Diagnostic::file_error(
            "signature-certificate-missing",
            path,
            message,
        ));
    };
    read.map_err(unread).ok()
}
