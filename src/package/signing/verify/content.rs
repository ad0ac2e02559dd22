//! What was signed, held to its signature.

use std::io;

use ::cms::signed_data::SignerInfo;
use camino::Utf8Path;
use ring::signature::UnparsedPublicKey;
use x509_cert::Certificate;

use crate::package::signing::WHOLE_LIMIT;
use crate::package::signing::algorithm::Hash;
use crate::package::signing::cms::{self, Signed};
use crate::package::signing::trust::Refusal;
use crate::package::tree::Tree;

/// What is signed, wherever it lies.
pub(super) struct Subject<'s> {
    /// The signed file.
    pub(super) file: &'s Utf8Path,
    /// Where the signature stands.
    pub(super) at: &'s Utf8Path,
    pub(super) signature: &'s [u8],
    pub(super) beside: Vec<Certificate>,
    pub(super) content: Content<'s>,
}

pub(super) enum Content<'s> {
    /// A manifest's text, which some sign without the blank line before the signature.
    Text(&'s str),
    Member(&'s dyn Tree, &'s Utf8Path),
}

/// Checks the signature itself; returns when it was made, as the signer says.
pub(super) fn intact(
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
