//! Signatures of packages (SOL004 §5): made, and judged.
//!
//! Option 1 signs the manifest, which has the digest of every file; the signature, CMS in PEM, is
//! its last block. Option 2 signs the whole archive, and puts it with its signature into another.
//! Signatures are made and checked by ring, paths of certificates by webpki; `cms` and
//! `x509-cert` read and write what both are packed in.

mod algorithm;
mod block;
mod certificate;
mod cms;
mod codes;
mod key;
mod revocation;
mod sign;
mod trust;
mod verify;

use crate::diagnose::{Sink, Sources};
use crate::package::check::{self, Digests, Extent};
use crate::package::meta::Meta;
use crate::package::tree::Tree;

pub use algorithm::KeyKind;
pub use certificate::{CertificateError, Facts, certificates};
pub use codes::CODES;
pub use key::{KeyError, PrivateKey, Signer};
pub use revocation::{Crl, CrlError, crls};
pub use sign::{Choice, SignError, Signature, kind, sign};
pub use trust::Terms;
pub use x509_cert::Certificate;

pub use verify::{ArtifactReport, Report, SignerReport, verify};

/// The largest archive that is held in memory, in bytes: only signatures without attributes, which
/// cover the archive itself and not its digest, need it.
const WHOLE_LIMIT: u64 = 256 << 20;

/// Holds all files of a package to its manifest, whoever reads it: that Tacker refuses entries that
/// name their signatures is no matter of whose the package is.
fn digests(
    tree: &dyn Tree,
    meta: Option<&Meta>,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Digests {
    let mut found = Sink::default();
    let digests = check::digests(tree, meta, Extent::Whole, sources, &mut found);
    found.take(|one| (one.code == "manifest-entry-signature").then_some(()));
    sink.adopt(found, |code| code);
    digests
}
