//! Signs a package: a new archive beside the old one, never half of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};

use super::algorithm::{Hash, KeyKind};
use super::certificate::usage_fault;
use super::key::{KeyError, Signer};
use super::trust::{untimely, weakness};
use super::verify::{checks, signature_of};
use super::{block, cms, digests};
use crate::diagnose::{Sink, Sources};
use crate::package::meta::{META, Meta, text};
use crate::package::plan::MODE_FILE;
use crate::package::reader::{self, OpenError, Wrapped};
use crate::package::rewrite;
use crate::package::tree::Tree;
use crate::package::writer::{Stop, Writer};

/// What is to be made.
#[derive(Debug, Clone)]
pub struct Choice {
    /// SOL004's option: 1 signs the manifest, 2 the archive.
    pub option: u8,
    /// Files of the package that are signed by themselves, too (SOL004 §5.2); with option 1 only.
    pub artifacts: Vec<Utf8PathBuf>,
    /// Whether the certificates go into a file of their own, and not into the signature.
    pub beside: bool,
    /// Whether a signature that is there is to be replaced.
    pub replace: bool,
    /// Take RSA keys under 3072 bits.
    pub allow_weak: bool,
    /// The time that the signature names, and at which the certificate must count.
    pub at: jiff::Timestamp,
}

impl Choice {
    /// The same, with the certificates in the signature.
    fn inside(&self) -> Self {
        Self {
            beside: false,
            ..self.clone()
        }
    }
}

/// Who signs.
#[derive(Debug)]
pub struct Signature {
    /// What makes signatures.
    pub signer: Signer,
    /// The signer's certificate, and after it those of CAs that lead to the root.
    pub certificates: Vec<x509_cert::Certificate>,
}

/// Why a package is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The package cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The package has faults, or a manifest that does not cover all its files.
    #[error("its files are not those that its manifest promises")]
    Faults(Box<(Sink, Sources)>),
    /// The package has no manifest to sign.
    #[error("the package has no manifest; option 2 signs it without")]
    NoManifest,
    /// It is signed.
    #[error("it is signed already")]
    Signed,
    /// It is the outer archive of option 2.
    #[error("it is a signed archive around a package, and no package")]
    Wrapped,
    /// A file cannot be signed by itself.
    #[error("cannot sign `{0}` by itself: {1}")]
    Artifact(Utf8PathBuf, &'static str),
    /// The certificate is not one to sign with.
    #[error("its certificate cannot sign packages: {0}")]
    Certificate(String),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature is not one by the certificate's key.
    #[error("the signature does not fit the certificate: key and certificate are not one pair")]
    Pair,
    /// CMS cannot be put together.
    #[error("cannot write the signature")]
    Cms(#[from] der::Error),
    /// The signed package cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where it was to be.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
}

/// Returns the kind of a certificate's key, when it may sign packages.
///
/// # Errors
/// [`SignError::Certificate`] when it may not.
pub fn kind(certificate: &x509_cert::Certificate, choice: &Choice) -> Result<KeyKind, SignError> {
    let refuse = |why: String| Err(SignError::Certificate(why));
    if let Some(why) = usage_fault(certificate) {
        return refuse(why.to_owned());
    }
    if let Some(why) = untimely(certificate, choice.at) {
        return refuse(why);
    }
    if let Some(why) = weakness(certificate, false).filter(|_| !choice.allow_weak) {
        return refuse(why);
    }
    let key = certificate.tbs_certificate().subject_public_key_info();
    KeyKind::of(key).ok_or_else(|| {
        let kinds = "RSA, ECDSA on P-256 or P-384, and Ed25519";
        SignError::Certificate(format!("its key is of none of the known kinds: {kinds}"))
    })
}

/// Signs the package at `package` into `out`, which may be the same file.
///
/// # Errors
/// See [`SignError`]; nothing is written then.
pub fn sign(package: &Path, out: &Path, who: &Signature, choice: &Choice) -> Result<(), SignError> {
    let tree = reader::open(package)?;
    if Wrapped::of(&*tree).is_some() {
        return Err(SignError::Wrapped);
    }
    let manifest = sound(&*tree)?;
    if let Some(first) = choice.artifacts.first().filter(|_| choice.option != 1) {
        let why = "option 2 leaves the package as it is; option 1 puts such signatures into it";
        return Err(SignError::Artifact(first.clone(), why));
    }
    match choice.option {
        1 => {
            let (file, text, meta) = manifest.ok_or(SignError::NoManifest)?;
            if block::find(&text).is_some() && !choice.replace {
                return Err(SignError::Signed);
            }
            let changed = option_1(&*tree, (&file, &text, &meta), who, choice)?;
            write(out, |writer| rewrite::rewritten(package, &changed, writer))
        }
        _ => {
            let name = name(package);
            let signature = archive(package, who, choice)?;
            write(out, |writer| {
                wrap(package, &name, (&signature, who, choice), writer)
            })
        }
    }
}

/// Holds all files to the manifest: what is signed must be true. Returns it, when there is one.
fn sound(tree: &dyn Tree) -> Result<Option<(Utf8PathBuf, String, Meta)>, SignError> {
    let (mut sink, mut sources) = (Sink::default(), Sources::default());
    let mut manifest = None;
    let mut incomplete = false;
    if let Some(meta) = Meta::read(tree, &mut sources, &mut sink) {
        digests(tree, Some(&meta), &mut sources, &mut sink);
        let codes = sink.diagnostics().iter().map(|finding| finding.code);
        incomplete = codes
            .into_iter()
            .any(|code| code == "manifest-file-unlisted");
        let named = meta
            .root
            .get("ETSI-Entry-Manifest")
            .and_then(|node| node.as_str());
        if let Some(file) = named
            .map(Utf8PathBuf::from)
            .filter(|file| tree.contains(file))
        {
            manifest = text(tree, &file, &mut sink).map(|text| (file, text, meta));
        }
    }
    if incomplete || sink.has_errors() {
        return Err(SignError::Faults(Box::new((sink, sources))));
    }
    Ok(manifest)
}

/// Signs `content`'s digest; the signature is checked before anybody sees it.
fn cms_of(digest: &[u8], who: &Signature, choice: &Choice) -> Result<String, SignError> {
    let own = who
        .certificates
        .first()
        .ok_or_else(|| SignError::Certificate("there is none".into()))?;
    let kind = kind(own, choice)?;
    let attributes = cms::Attributes::new(digest, choice.at)?;
    let bytes = attributes.to_sign()?;
    let signature = who.signer.sign(&bytes)?;
    if !checks(own, kind, &bytes, &signature) {
        return Err(SignError::Pair);
    }
    let inside = match choice.beside {
        true => &[],
        false => who.certificates.as_slice(),
    };
    Ok(cms::seal(own, kind, attributes, &signature, inside)?)
}

fn hash_of(who: &Signature, choice: &Choice) -> Result<Hash, SignError> {
    let own = who.certificates.first();
    let own = own.ok_or_else(|| SignError::Certificate("there is none".into()))?;
    Ok(kind(own, choice)?.hash())
}

/// Returns the texts that change, by path: the manifest, and what names a certificate beside it.
fn option_1(
    tree: &dyn Tree,
    (file, text, meta): (&Utf8Path, &str, &Meta),
    who: &Signature,
    choice: &Choice,
) -> Result<Vec<(Utf8PathBuf, String)>, SignError> {
    let mut changed = Vec::new();
    let mut content = block::content(text);
    let named = meta
        .root
        .get("ETSI-Entry-Certificate")
        .and_then(|node| node.as_str());
    let certificate = named.map_or_else(|| file.with_extension("cert"), Utf8PathBuf::from);
    if choice.beside {
        if named.is_none() {
            let (new_meta, new_content) = name_certificate(&meta.text, &content, &certificate)?;
            content = new_content;
            changed.push((META.into(), new_meta));
        }
        changed.push((certificate, pem(&who.certificates)?));
    } else if tree.contains(&certificate) {
        // A certificate in two places is a fault to some who check.
        return Err(SignError::Certificate(format!(
            "the package has one in `{certificate}` already; it goes beside the signature then"
        )));
    }
    for path in &choice.artifacts {
        let signature = artifact(tree, file, path, who, choice)?;
        let place = signature_of(path);
        content = listed(tree, &content, &place, &signature)?;
        changed.push((place, signature));
    }
    let digest = cms::digest_of(&mut content.as_bytes(), hash_of(who, choice)?);
    let digest = digest.map_err(|source| write_error(file.as_std_path(), source))?;
    let signature = cms_of(&digest, who, choice)?;
    changed.push((file.to_owned(), content + &signature));
    Ok(changed)
}

/// Signs a file of the package by itself.
fn artifact(
    tree: &dyn Tree,
    manifest: &Utf8Path,
    path: &Utf8Path,
    who: &Signature,
    choice: &Choice,
) -> Result<String, SignError> {
    let refuse = |why| Err(SignError::Artifact(path.to_owned(), why));
    if path == manifest || path == META {
        return refuse("the signature of the manifest covers it");
    }
    if !tree.contains(path) {
        return refuse("it is not in the package; give its path from the package's root");
    }
    if !choice.replace && tree.contains(&signature_of(path)) {
        return Err(SignError::Signed);
    }
    let failed = |source| write_error(path.as_std_path(), source);
    let mut content = tree.open(path).map_err(failed)?;
    let digest = cms::digest_of(&mut *content, hash_of(who, choice)?).map_err(failed)?;
    // Its certificate goes with it, wherever that of the manifest goes.
    cms_of(&digest, who, &choice.inside())
}

/// Puts a new file's digest into the manifest: in the place of its old one, or before the sets
/// of artifacts, behind which some read no entries.
fn listed(
    tree: &dyn Tree,
    manifest: &str,
    path: &Utf8Path,
    text: &str,
) -> Result<String, SignError> {
    let sha256 = hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
    let head = format!("Source: {path}\nAlgorithm: SHA-256\nHash: ");
    if tree.contains(path)
        && manifest
            .lines()
            .any(|line| line == format!("Source: {path}"))
    {
        let old = tree
            .sha256(path)
            .map_err(|source| write_error(path.as_std_path(), source))?;
        let (before, after) = (format!("{head}{old}\n"), format!("{head}{sha256}\n"));
        if !manifest.contains(&before) {
            let why = "its old signature is listed with a digest that cannot be renewed";
            return Err(SignError::Artifact(path.to_owned(), why));
        }
        return Ok(manifest.replacen(&before, &after, 1));
    }
    let entry = format!("{head}{sha256}\n\n");
    let sets = manifest.find("\nnon_mano_artifact_sets:").map(|at| at + 1);
    let at = sets.unwrap_or(manifest.len());
    Ok(format!("{}{entry}{}", &manifest[..at], &manifest[at..]))
}

/// Names the certificate in `TOSCA.meta`, and that file's new digest in the manifest.
fn name_certificate(
    meta: &str,
    manifest: &str,
    certificate: &Utf8Path,
) -> Result<(String, String), SignError> {
    let refuse = |why: &str| Err(SignError::Certificate(why.into()));
    let mut new = String::new();
    let mut is_named = false;
    for line in meta.split_inclusive('\n') {
        new.push_str(line);
        if line.starts_with("ETSI-Entry-Manifest:") && line.ends_with('\n') {
            new.push_str(&format!("ETSI-Entry-Certificate: {certificate}\n"));
            is_named = true;
        }
    }
    if !is_named {
        return refuse("TOSCA.meta has no line `ETSI-Entry-Manifest:` to name it after");
    }
    let mut listed = manifest.to_owned();
    for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        let digest = |text: &str| hex::encode(ring::digest::digest(hash.ring(), text.as_bytes()));
        listed = listed.replace(&digest(meta), &digest(&new));
    }
    if listed == manifest && manifest.contains(META) {
        return refuse("TOSCA.meta is listed with a digest that cannot be renewed; use SHA-256");
    }
    Ok((new, listed))
}

fn pem(certificates: &[x509_cert::Certificate]) -> Result<String, der::Error> {
    use der::EncodePem as _;
    let texts = certificates
        .iter()
        .map(|one| one.to_pem(der::pem::LineEnding::LF));
    texts.collect()
}

fn archive(package: &Path, who: &Signature, choice: &Choice) -> Result<String, SignError> {
    let failed = |source| OpenError::Io {
        path: package.to_owned(),
        source,
    };
    let mut file = File::open(package).map_err(failed)?;
    let digest = cms::digest_of(&mut file, hash_of(who, choice)?).map_err(failed)?;
    cms_of(&digest, who, choice)
}

/// The name that the parts of a signed archive have: that of the package.
fn name(package: &Path) -> String {
    let stem = package.file_stem().map(|stem| stem.to_string_lossy());
    stem.map_or_else(|| "package".to_owned(), |stem| stem.into_owned())
}

fn wrap(
    package: &Path,
    name: &str,
    (signature, who, choice): (&str, &Signature, &Choice),
    writer: &mut Writer<'_>,
) -> io::Result<()> {
    let size = std::fs::metadata(package)?.len();
    let path = |extension: &str| Utf8PathBuf::from(format!("{name}.{extension}"));
    let stopped = |stop: Stop| match stop {
        Stop::Target(error) => error,
        Stop::Source(error) => io::Error::other(error),
        Stop::Asked => io::ErrorKind::Interrupted.into(),
    };
    writer
        .file(&path("csar"), MODE_FILE, (package, size), &mut |_| Ok(()))
        .map_err(stopped)?;
    writer.text(&path("cms"), MODE_FILE, signature.as_bytes())?;
    if choice.beside {
        let text = pem(&who.certificates).map_err(io::Error::other)?;
        writer.text(&path("cert"), MODE_FILE, text.as_bytes())?;
    }
    Ok(())
}

fn write_error(path: &Path, source: io::Error) -> SignError {
    SignError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Writes an archive beside `out` and gives it that name when it is whole.
fn write(
    out: &Path,
    fill: impl FnOnce(&mut Writer<'_>) -> io::Result<()>,
) -> Result<(), SignError> {
    rewrite::write(out, fill).map_err(|source| write_error(out, source))
}
