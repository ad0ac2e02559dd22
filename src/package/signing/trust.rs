//! Whether a signer's certificate leads to somebody who is trusted.
//!
//! Paths are built and their signatures, validity, basic and name constraints checked by webpki.
//! It was made for TLS and leaves `keyUsage` and what concerns the root itself to its caller:
//! that is asked here of every path that it finds.

use std::cell::RefCell;
use std::time::Duration;

use der::Encode as _;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    EndEntityCert, Error, ExpirationPolicy, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    RevocationCheckDepth, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};
use x509_cert::Certificate;
use x509_cert::ext::pkix::BasicConstraints;

use super::algorithm::{KeyKind, OF_CERTIFICATES, is_sha1};
use super::certificate::{signs_certificates, signs_lists, time};
use super::revocation::Crl;

/// On what terms signatures are accepted.
#[derive(Debug)]
pub struct Terms {
    /// Who is trusted: certificates of CAs, or of signers themselves.
    pub trusted: Vec<Certificate>,
    /// Certificates of CAs that may be needed on the way, beside those in the package.
    pub chain: Vec<Certificate>,
    /// Accept whoever signed.
    pub anybody: bool,
    /// The moment at which certificates must count.
    pub at: jiff::Timestamp,
    /// Take SHA-1 and RSA keys under 3072 bits.
    pub allow_weak: bool,
    /// Lists of revoked certificates. A certificate whose issuer has none here counts as not
    /// revoked.
    pub crls: Vec<Crl>,
}

/// Why a certificate is not accepted: the finding's code, and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) why: String,
}

impl Refusal {
    fn new(code: &'static str, why: impl Into<String>) -> Self {
        Self {
            code,
            why: why.into(),
        }
    }
}

/// Says what is weak about a certificate: its key, or what it was signed with.
pub(super) fn weakness(certificate: &Certificate, is_root: bool) -> Option<String> {
    let body = certificate.tbs_certificate();
    let subject = body.subject();
    // A root's own signature proves nothing and is not looked at.
    if !is_root && is_sha1(certificate.signature_algorithm()) {
        return Some(format!(
            "the certificate of `{subject}` is signed over SHA-1"
        ));
    }
    let kind = KeyKind::of(body.subject_public_key_info())?;
    kind.is_short()
        .then(|| format!("the key of `{subject}` is short: {}", kind.name()))
}

/// Says that a certificate does not count at a moment, if so.
pub(super) fn untimely(certificate: &Certificate, at: jiff::Timestamp) -> Option<String> {
    let body = certificate.tbs_certificate();
    let subject = body.subject();
    let (from, until) = (
        time(&body.validity().not_before),
        time(&body.validity().not_after),
    );
    if at < from {
        return Some(format!(
            "the certificate of `{subject}` counts from {from} only"
        ));
    }
    (at > until).then(|| format!("the certificate of `{subject}` expired on {until}"))
}

impl Terms {
    /// Says that a signer's certificate is on a list of its issuer, if so. When it was revoked
    /// does not matter: who has its key can sign with any time.
    pub(super) fn revoked(&self, signer: &Certificate) -> Option<String> {
        let subject = signer.tbs_certificate().subject();
        let is_revoked = self.crls.iter().any(|crl| crl.has(signer));
        is_revoked.then(|| format!("the certificate of `{subject}` was revoked by its issuer"))
    }

    /// Finds whom of the trusted the signer's certificate comes from; `given` are certificates
    /// that came with the signature.
    pub(super) fn root(
        &self,
        signer: &Certificate,
        given: &[Certificate],
    ) -> Result<Certificate, Refusal> {
        if self.trusted.contains(signer) {
            return Ok(signer.clone());
        }
        let broken = |why: String| Refusal::new("signature-chain", why);
        let ders = |certificates: &mut dyn Iterator<Item = &Certificate>| {
            let ders = certificates.map(|one| one.to_der().map(CertificateDer::from));
            ders.collect::<Result<Vec<_>, _>>()
                .map_err(|error| broken(error.to_string()))
        };
        let own = ders(&mut std::iter::once(signer))?;
        let between = ders(&mut given.iter().chain(&self.chain))?;
        let roots = ders(&mut self.trusted.iter())?;
        let anchors: Vec<_> = roots
            .iter()
            .map(webpki::anchor_from_trusted_cert)
            .collect::<Result<_, _>>()
            .map_err(|error| broken(format!("a trusted certificate cannot be read: {error}")))?;
        let leaf = EndEntityCert::try_from(&own[0]).map_err(|error| broken(error.to_string()))?;
        let seconds = u64::try_from(self.at.as_second()).unwrap_or_default();
        // The path builder knows its own errors only; the reason is told beside it.
        let refused: RefCell<Option<Refusal>> = RefCell::new(None);
        let root = RefCell::new(None);
        let judge = |path: &VerifiedPath<'_>| {
            let found = self.judge(path, &anchors);
            match found {
                Ok(found) => {
                    *root.borrow_mut() = Some(found);
                    Ok(())
                }
                Err(refusal) => {
                    *refused.borrow_mut() = Some(refusal);
                    Err(Error::UnknownIssuer)
                }
            }
        };
        let crls: Vec<_> = self.crls.iter().map(Crl::list).collect();
        let revocation = RevocationOptionsBuilder::new(&crls).ok();
        let revocation = revocation.map(|options| {
            options
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Allow)
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        let verified = leaf.verify_for_usage(
            OF_CERTIFICATES,
            &anchors,
            &between,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            Purposes,
            revocation,
            Some(&judge),
        );
        match (verified, root.into_inner(), refused.into_inner()) {
            (Ok(_), Some(root), _) => Ok(root),
            (_, _, Some(refusal)) => Err(refusal),
            (Err(error), ..) => Err(refusal(&error)),
            (Ok(_), None, None) => Err(broken("no path was judged".into())),
        }
    }

    /// Judges a path that holds together; returns its root.
    fn judge(
        &self,
        path: &VerifiedPath<'_>,
        anchors: &[rustls_pki_types::TrustAnchor<'_>],
    ) -> Result<Certificate, Refusal> {
        let at = anchors
            .iter()
            .position(|anchor| std::ptr::eq(anchor, path.anchor()))
            .or_else(|| anchors.iter().position(|anchor| anchor == path.anchor()));
        let root = at
            .and_then(|index| self.trusted.get(index))
            .ok_or_else(|| Refusal::new("signature-chain", "the path's root is unknown"))?;
        let mut issuers = Vec::new();
        for certificate in path.intermediate_certificates() {
            let der = certificate.der();
            let parsed = <Certificate as der::Decode>::from_der(&der)
                .map_err(|error| Refusal::new("signature-chain", error.to_string()))?;
            issuers.push(parsed);
        }
        for issuer in issuers.iter().chain([root]) {
            let subject = issuer.tbs_certificate().subject();
            let constraints = issuer.tbs_certificate().get_extension::<BasicConstraints>();
            if !constraints.is_ok_and(|found| found.is_some_and(|(_, found)| found.ca)) {
                let why = format!("`{subject}`, who gave a certificate, is no CA");
                return Err(Refusal::new("signature-chain", why));
            }
            if !signs_certificates(issuer) {
                let why = format!("the keyUsage of the CA `{subject}` has no keyCertSign");
                return Err(Refusal::new("signature-chain", why));
            }
            // Of the root the path builder knows no keyUsage.
            if !signs_lists(issuer) && self.crls.iter().any(|crl| crl.is_by(issuer)) {
                let why = format!("the keyUsage of the CA `{subject}` has no cRLSign");
                return Err(Refusal::new("signature-crl", why));
            }
            let weak = weakness(issuer, std::ptr::eq(issuer, root));
            if let Some(weakness) = weak.filter(|_| !self.allow_weak) {
                return Err(Refusal::new("signature-weak", weakness));
            }
        }
        match untimely(root, self.at) {
            Some(why) => Err(Refusal::new("signature-expired", why)),
            None => Ok(root.clone()),
        }
    }
}

/// Says what the path builder found.
fn refusal(error: &Error) -> Refusal {
    let (code, why) = match error {
        Error::UnknownIssuer => (
            "signature-untrusted",
            "its certificate comes from none of those who are trusted".to_owned(),
        ),
        // That of the signer itself is told before.
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } => (
            "signature-expired",
            "the certificate of a CA on the way to the root does not count at that time".into(),
        ),
        Error::EndEntityUsedAsCa => (
            "signature-chain",
            "a certificate on the way to the root is not that of a CA".into(),
        ),
        Error::PathLenConstraintViolated => (
            "signature-chain",
            "a CA may not have the CAs below it that are there (pathLenConstraint)".into(),
        ),
        Error::InvalidSignatureForPublicKey => (
            "signature-chain",
            "a certificate is not signed by the CA that it names".into(),
        ),
        Error::CertRevoked => (
            "signature-revoked",
            "a certificate on the way to the root was revoked by its issuer".into(),
        ),
        Error::CrlExpired { .. } => (
            "signature-crl",
            "the list of revoked certificates no longer counts at that time".into(),
        ),
        Error::InvalidCrlSignatureForPublicKey | Error::IssuerNotCrlSigner => (
            "signature-crl",
            "the list of revoked certificates is not signed by the CA that it names, or that CA may not sign lists (cRLSign)".into(),
        ),
        Error::RequiredEkuNotFoundContext(_) => (
            "signature-certificate-usage",
            "its extendedKeyUsage is for something else, such as a server's".into(),
        ),
        other => (
            "signature-chain",
            format!("the path to the root is broken: {other}"),
        ),
    };
    Refusal::new(code, why)
}

/// Purposes for which a certificate may be given, when it is for certain ones at all: those
/// of code, documents and messages. That of a web server does not sign packages.
struct Purposes;

const PURPOSES: [&[usize]; 4] = [
    &[1, 3, 6, 1, 5, 5, 7, 3, 3],
    &[1, 3, 6, 1, 5, 5, 7, 3, 4],
    &[1, 3, 6, 1, 5, 5, 7, 3, 36],
    &[2, 5, 29, 37, 0],
];

impl ExtendedKeyUsageValidator for Purposes {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let mut present = Vec::new();
        for purpose in purposes {
            present.push(purpose?.to_decoded_oid());
        }
        let fits = present.iter().any(|one| PURPOSES.contains(&one.as_slice()));
        if present.is_empty() || fits {
            return Ok(());
        }
        Err(Error::RequiredEkuNotFoundContext(
            webpki::RequiredEkuNotFoundContext {
                required: webpki::KeyUsage::required(&[0x2b, 6, 1, 5, 5, 7, 3, 3]),
                present,
            },
        ))
    }
}
