//! The codes of signatures. Tacker 16 looks at none: they are what whoever takes in packages
//! from others has to look at.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::error(
        "archive-signed",
        Verdict::Rejected,
        "The file is a signed archive around the package (SOL004 option 2)",
        "Tacker looks for the package's own files in what is uploaded",
    ),
    Code::error(
        "signature-missing",
        Verdict::Accepted,
        "The package is not signed",
        "Nobody can tell whom it comes from, and whether it was changed",
    ),
    Code::error(
        "signature-unreadable",
        Verdict::Accepted,
        "The signature is no detached CMS `SignedData`",
        "Nothing can be told from it",
    ),
    Code::error(
        "signature-text-after",
        Verdict::Accepted,
        "Text follows the signature in the manifest",
        "It is not signed, but Tacker reads it as part of the manifest",
    ),
    Code::error(
        "signature-digest",
        Verdict::Accepted,
        "The manifest, or the archive, is not what was signed",
        "It was changed after it was signed",
    ),
    Code::error(
        "signature-broken",
        Verdict::Accepted,
        "The signature is not one by the key of its certificate",
        "It was changed, or somebody else made it",
    ),
    Code::error(
        "signature-algorithm",
        Verdict::Accepted,
        "The signature is made with an algorithm that is not known here",
        "Known are RSA (PKCS#1 v1.5 and PSS), ECDSA on P-256 and P-384, and Ed25519",
    ),
    Code::error(
        "signature-certificate-missing",
        Verdict::Accepted,
        "The signer's certificate is neither in the signature nor beside it, or cannot be read",
        "Without it nobody can tell who signed",
    ),
    Code::error(
        "signature-certificate-usage",
        Verdict::Accepted,
        "The signer's certificate is not for signatures: that of a CA or a server, or without digitalSignature",
        "Whoever has its key was trusted with something else",
    ),
    Code::error(
        "signature-expired",
        Verdict::Accepted,
        "A certificate has expired, or does not count yet, at the time that is asked for",
        "Its issuer vouches for it in that time only",
    ),
    Code::error(
        "signature-weak",
        Verdict::Accepted,
        "SHA-1, or an RSA key under 3072 bits, in the signature or on the way to the root",
        "Such signatures can be forged, or will be",
    ),
    Code::error(
        "signature-untrusted",
        Verdict::Accepted,
        "The signer's certificate comes from nobody who is trusted",
        "Anybody can sign a package; what counts is who did",
    ),
    Code::error(
        "signature-revoked",
        Verdict::Accepted,
        "A certificate is on its issuer's list of revoked ones (`--crl`)",
        "Its issuer no longer vouches for it: the key may be in other hands",
    ),
    Code::error(
        "signature-crl",
        Verdict::Accepted,
        "A list of revoked certificates does not count at that time, or is not signed by the CA that it names",
        "Whether a certificate was revoked cannot be told by it",
    ),
    Code::error(
        "signature-artifact-missing",
        Verdict::Accepted,
        "The manifest says that a file is signed by itself, and its signature is not in the package",
        "Somebody took it out, or it was never there",
    ),
    Code::error(
        "signature-chain",
        Verdict::Accepted,
        "The way from the signer's certificate to the root is broken",
        "A certificate on it is not signed by the next, or the next is no CA that may sign it",
    ),
];
