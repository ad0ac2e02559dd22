//! Those who signed, one by one: the signature, its certificate, and whom that comes from.

use ::cms::signed_data::SignerInfo;
use camino::Utf8Path;
use ring::signature::UnparsedPublicKey;
use x509_cert::Certificate;

use super::SignerReport;
use super::content::{Subject, intact};
use crate::diagnose::{Diagnostic, Sink};
use crate::package::signing::algorithm::{Hash, KeyKind, verifier};
use crate::package::signing::certificate::{Facts, usage_fault};
use crate::package::signing::cms;
use crate::package::signing::trust::{Refusal, Terms, untimely, weakness};

/// Judges every signer of a subject; nothing when its signature cannot be read.
pub(super) fn judge(
    subject: &Subject<'_>,
    terms: &Terms,
    sink: &mut Sink,
) -> Option<Vec<SignerReport>> {
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
    Some(signers)
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
    let revoked = terms.revoked(own).map(|why| ("signature-revoked", why));
    let found = [usage, time, weak, revoked].into_iter().flatten();
    found.map(|(code, why)| Refusal { code, why }).collect()
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
        "signature-revoked" => finding
            .why("its issuer no longer vouches for it: the key may be in other hands")
            .help("ask who signed it for a package that is signed anew"),
        "signature-crl" => finding
            .why("whether a certificate was revoked cannot be told by it")
            .help("fetch the CA's list anew, or leave --crl out"),
        _ => finding,
    }
}

/// Tells whether a signature that was made here is one by the key of that certificate.
pub(in crate::package::signing) fn checks(
    own: &Certificate,
    kind: KeyKind,
    bytes: &[u8],
    signature: &[u8],
) -> bool {
    let key = own.tbs_certificate().subject_public_key_info();
    let verifier = verifier(kind, &kind.identifier(), kind.hash());
    verifier.is_some_and(|verifier| {
        let key = UnparsedPublicKey::new(verifier.ring, key.subject_public_key.raw_bytes());
        key.verify(bytes, signature).is_ok()
    })
}
