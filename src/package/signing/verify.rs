//! Judges the signature of a package: who signed what, and whether that counts.

use std::io;

use ::cms::signed_data::SignerInfo;
use camino::{Utf8Path, Utf8PathBuf};
use ring::signature::UnparsedPublicKey;
use serde::Serialize;
use x509_cert::Certificate;

use super::algorithm::{Hash, KeyKind, verifier};
use super::certificate::{Facts, certificates, usage_fault};
use super::cms::{self, Signed};
use super::trust::{Refusal, Terms, untimely, weakness};
use super::{WHOLE_LIMIT, block};
use crate::diagnose::{Diagnostic, Severity, Sink, Sources};
use crate::package::check::{self, Extent};
use crate::package::meta::{self, Meta};
use crate::package::reader::{self, OpenError, Wrapped};
use crate::package::tree::Tree;

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

/// What is signed, wherever it lies.
struct Subject<'s> {
    /// The signed file.
    file: &'s Utf8Path,
    /// Where the signature stands.
    at: &'s Utf8Path,
    signature: &'s [u8],
    beside: Vec<Certificate>,
    content: Content<'s>,
}

enum Content<'s> {
    /// A manifest's text, which some sign without the blank line before the signature.
    Text(&'s str),
    Member(&'s dyn Tree, &'s Utf8Path),
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
            found.and_then(|found| option_1(&*tree, &found, terms, sink))
        }
    };
    sink.sort();
    Ok(report)
}

/// A manifest that all files were held to.
struct Manifest {
    file: Utf8PathBuf,
    text: String,
    /// The files that it lists.
    listed: Vec<Utf8PathBuf>,
    meta: Meta,
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
    let meta = Meta::read(tree, sources, sink)?;
    let mut found = Sink::default();
    let listed = check::digests(tree, &meta, Extent::Whole, sources, &mut found);
    for mut finding in found.diagnostics().iter().cloned() {
        if is_signed && finding.code == "manifest-file-unlisted" {
            finding.severity = Severity::Error;
            finding.why =
                Some("the signature covers what the manifest lists, and nothing else".into());
        }
        sink.push(finding);
    }
    let named = meta
        .root
        .get("ETSI-Entry-Manifest")
        .and_then(|node| node.as_str());
    let Some(file) = named
        .map(Utf8PathBuf::from)
        .filter(|file| tree.contains(file))
    else {
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
        listed,
        meta,
    })
}

fn unsigned(file: &Utf8Path, message: &str) -> Diagnostic {
    Diagnostic::file_error("signature-missing", file, message)
        .why("nobody can tell whom the package comes from, and whether it was changed")
        .help("`vnfctl package sign` signs it")
}

fn option_1(
    tree: &dyn Tree,
    manifest: &Manifest,
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
    let named = manifest
        .meta
        .root
        .get("ETSI-Entry-Certificate")
        .and_then(|node| node.as_str());
    let certificate = match named {
        Some(path) => Some(Utf8PathBuf::from(path)),
        None => Some(file.with_extension("cert")).filter(|path| tree.contains(path)),
    };
    uncovered(tree, &manifest.listed, certificate.as_deref(), sink);
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
    judge(&subject, 1, terms, sink)
}

/// Files that look like signatures need no entry in a manifest. When it is signed, one that is
/// not the signer's certificate would be a way to add files that nobody signed.
fn uncovered(
    tree: &dyn Tree,
    listed: &[Utf8PathBuf],
    certificate: Option<&Utf8Path>,
    sink: &mut Sink,
) {
    let extra: Vec<_> = tree
        .paths()
        .into_iter()
        .filter(|path| matches!(path.extension(), Some("cert" | "cms" | "sig")))
        .filter(|path| Some(path.as_path()) != certificate && !listed.contains(path))
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
    let signature = match tree.read(&wrapped.signature, LIMIT) {
        Ok(signature) => signature,
        Err(error) => {
            let message = format!("cannot read it: {error}");
            sink.push(Diagnostic::file_error(
                "signature-unreadable",
                &wrapped.signature,
                message,
            ));
            return None;
        }
    };
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
    judge(&subject, 2, terms, sink)
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

fn judge(subject: &Subject<'_>, option: u8, terms: &Terms, sink: &mut Sink) -> Option<Report> {
    let data = match cms::open(subject.signature) {
        Ok(data) => data,
        Err(error) => {
            let message = format!("cannot read the signature: {error}");
            sink.push(Diagnostic::file_error(
                "signature-unreadable",
                subject.at,
                message,
            ));
            return None;
        }
    };
    let mut given = cms::certificates(&data);
    given.extend(subject.beside.iter().cloned());
    let mut signers = Vec::new();
    for info in data.signer_infos.0.iter() {
        let Some(own) = given.iter().find(|one| cms::is_of(info, one)) else {
            let message = "the signer's certificate is neither in the signature nor beside it";
            sink.push(
                Diagnostic::file_error("signature-certificate-missing", subject.at, message)
                    .why("without it nobody can tell who signed"),
            );
            continue;
        };
        signers.extend(signer(subject, info, own, &given, terms, sink));
    }
    Some(Report {
        option,
        signed: subject.file.to_owned(),
        signers,
    })
}

fn signer(
    subject: &Subject<'_>,
    info: &SignerInfo,
    own: &Certificate,
    given: &[Certificate],
    terms: &Terms,
    sink: &mut Sink,
) -> Option<SignerReport> {
    let mut refuse = |refusal: Refusal| sink.push(finding(subject.at, &refusal));
    let kind = KeyKind::of(own.tbs_certificate().subject_public_key_info());
    let hash = Hash::of(&info.digest_alg);
    let known = kind.zip(hash).and_then(|(kind, hash)| {
        verifier(kind, &info.signature_algorithm, hash).map(|verifier| (hash, verifier))
    });
    let Some((digest, verifier)) = known else {
        refuse(Refusal {
            code: "signature-algorithm",
            why: format!(
                "the signature is made with {} over {}, which is not known here for such a key",
                info.signature_algorithm.oid, info.digest_alg.oid
            ),
        });
        return None;
    };
    let mut report = SignerReport {
        certificate: Facts::of(own),
        digest: verifier.hash.name(),
        signed_at: None,
        intact: false,
        trusted_by: None,
    };
    match intact(subject, info, own, digest, verifier.ring) {
        Ok(at) => {
            report.signed_at = at;
            report.intact = true;
        }
        Err(refusal) => {
            refuse(refusal);
            return Some(report);
        }
    }
    let mut faults = own_faults(own, terms);
    if [digest, verifier.hash].contains(&Hash::Sha1) && !terms.allow_weak {
        faults.push(Refusal {
            code: "signature-weak",
            why: "the signature is made over SHA-1".into(),
        });
    }
    let is_sound = faults.is_empty();
    faults.into_iter().for_each(&mut refuse);
    if terms.trusted.is_empty() && !terms.anybody {
        refuse(Refusal {
            code: "signature-untrusted",
            why: "the signature is intact, but nobody is trusted: no --trust is given".into(),
        });
    } else if !terms.anybody && is_sound {
        match terms.root(own, given) {
            Ok(root) => report.trusted_by = Some(Facts::of(&root)),
            Err(refusal) => refuse(refusal),
        }
    }
    Some(report)
}

/// What is wrong with the signer's certificate by itself.
fn own_faults(own: &Certificate, terms: &Terms) -> Vec<Refusal> {
    let usage = usage_fault(own).map(|why| ("signature-certificate-usage", why.to_owned()));
    let time = untimely(own, terms.at).map(|why| ("signature-expired", why));
    let weak = weakness(own, false).filter(|_| !terms.allow_weak);
    let weak = weak.map(|why| ("signature-weak", why));
    let found = [usage, time, weak].into_iter().flatten();
    found.map(|(code, why)| Refusal { code, why }).collect()
}

/// Checks the signature itself; returns when it was made, as the signer says.
fn intact(
    subject: &Subject<'_>,
    info: &SignerInfo,
    own: &Certificate,
    digest: Hash,
    algorithm: &'static dyn ring::signature::VerificationAlgorithm,
) -> Result<Option<jiff::Timestamp>, Refusal> {
    let refusal = |code, why: &str| Refusal {
        code,
        why: why.into(),
    };
    let unread = |error: io::Error| Refusal {
        code: "file-damaged",
        why: format!("cannot read `{}`: {error}", subject.file),
    };
    let key = own.tbs_certificate().subject_public_key_info();
    let key = key.subject_public_key.raw_bytes();
    let verifies = |bytes: &[u8]| {
        let key = UnparsedPublicKey::new(algorithm, key);
        key.verify(bytes, info.signature.as_bytes()).is_ok()
    };
    let broken = || {
        refusal(
            "signature-broken",
            "the signature is not made by the key of its certificate",
        )
    };
    match cms::signed(info) {
        None => Err(refusal(
            "signature-unreadable",
            "its signed attributes lack the content's type or digest",
        )),
        Some(Signed::Attributes {
            bytes,
            digest: promised,
            at,
        }) => {
            if !verifies(&bytes) {
                return Err(broken());
            }
            if !subject
                .content
                .has_digest(digest, &promised)
                .map_err(unread)?
            {
                let why = format!(
                    "`{}` is not what was signed: it was changed since",
                    subject.file
                );
                return Err(refusal("signature-digest", &why));
            }
            Ok(at)
        }
        Some(Signed::Content) => {
            let whole = subject.content.whole().map_err(unread)?;
            if whole.iter().any(|bytes| verifies(bytes)) {
                return Ok(None);
            }
            let why = format!(
                "the signature is not one of `{}` as it is, by the key of its certificate",
                subject.file
            );
            Err(refusal("signature-broken", &why))
        }
    }
}

impl Content<'_> {
    /// The forms in which it may have been signed, in memory.
    fn whole(&self) -> io::Result<Vec<Vec<u8>>> {
        match self {
            Self::Text(text) => Ok(forms(text).map(|form| form.as_bytes().to_vec()).collect()),
            Self::Member(tree, path) => Ok(vec![tree.read(path, WHOLE_LIMIT)?]),
        }
    }

    fn has_digest(&self, hash: Hash, promised: &[u8]) -> io::Result<bool> {
        let has = |content: &mut dyn io::Read| {
            cms::digest_of(content, hash).map(|digest| digest == promised)
        };
        match self {
            Self::Text(text) => {
                for form in forms(text) {
                    if has(&mut form.as_bytes())? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Member(tree, path) => has(&mut *tree.open(path)?),
        }
    }
}

/// A manifest as it stands before the signature, and without the blank line there: it is put in
/// by some after they signed.
fn forms(text: &str) -> impl Iterator<Item = &str> {
    let without = text.strip_suffix("\n\n").map(|body| &text[..=body.len()]);
    std::iter::once(text).chain(without)
}

fn finding(file: &Utf8Path, refusal: &Refusal) -> Diagnostic {
    let finding = Diagnostic::file_error(refusal.code, file, refusal.why.clone());
    match refusal.code {
        "signature-untrusted" => finding
            .why("anybody can sign a package; what counts is who did")
            .help("give the certificate of the signer's CA with --trust, and missing ones between with --chain"),
        "signature-expired" => finding
            .help("--at TIME judges it as of another time, such as the day on which the package was received"),
        "signature-weak" => finding
            .why("such signatures can be forged, or will be")
            .help("--allow-weak takes it nevertheless"),
        "signature-digest" | "signature-broken" => {
            finding.why("the package was changed after it was signed, or the signature is another's")
        }
        _ => finding,
    }
}

/// Tells whether a signature that was made here is one by the key of that certificate.
pub(super) fn checks(own: &Certificate, kind: KeyKind, bytes: &[u8], signature: &[u8]) -> bool {
    let key = own.tbs_certificate().subject_public_key_info();
    let verifier = verifier(kind, &kind.identifier(), kind.hash());
    verifier.is_some_and(|verifier| {
        let key = UnparsedPublicKey::new(verifier.ring, key.subject_public_key.raw_bytes());
        key.verify(bytes, signature).is_ok()
    })
}
