//! The signature algorithms: what a key can sign with, and which of ring's verifiers belongs to
//! what is written in a certificate or in CMS.

use der::asn1::{Any, ObjectIdentifier, UintRef};
use der::{Decode as _, Sequence};
use ring::{digest, signature};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// The shortest RSA modulus that is taken, in bits (BSI TR-02102-1, since 2024).
pub(super) const RSA_BITS: usize = 3072;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.5");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const EC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
const EC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// A digest of CMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) fn of(algorithm: &AlgorithmIdentifierOwned) -> Option<Self> {
        match algorithm.oid {
            SHA1 => Some(Self::Sha1),
            SHA256 => Some(Self::Sha256),
            SHA384 => Some(Self::Sha384),
            SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Without parameters, as RFC 5754 §2 has it.
    pub(super) fn identifier(self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::Sha1 => SHA1,
            Self::Sha256 => SHA256,
            Self::Sha384 => SHA384,
            Self::Sha512 => SHA512,
        };
        AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        }
    }

    pub(super) fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

/// What kind of key a certificate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of that many bits.
    Rsa(usize),
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// `EdDSA` on Curve25519.
    Ed25519,
}

/// RFC 8017 §A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    #[allow(dead_code, reason = "read past, to reach the end of the sequence")]
    exponent: UintRef<'a>,
}

impl KeyKind {
    /// Returns the kind of a public key, or nothing for one that no signature here is made with.
    pub(super) fn of(key: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        match key.algorithm.oid {
            RSA => {
                let bytes = key.subject_public_key.as_bytes()?;
                let modulus = RsaPublicKey::from_der(bytes).ok()?.modulus;
                let first = modulus.as_bytes().first()?;
                Some(Self::Rsa(
                    modulus.as_bytes().len() * 8 - first.leading_zeros() as usize,
                ))
            }
            EC => {
                let curve: ObjectIdentifier =
                    key.algorithm.parameters.as_ref()?.decode_as().ok()?;
                match curve {
                    P256 => Some(Self::P256),
                    P384 => Some(Self::P384),
                    _ => None,
                }
            }
            ED25519 => Some(Self::Ed25519),
            _ => None,
        }
    }

    pub(super) fn is_short(self) -> bool {
        matches!(self, Self::Rsa(bits) if bits < RSA_BITS)
    }

    /// Says it as a person does.
    pub(super) fn name(self) -> String {
        match self {
            Self::Rsa(bits) => format!("RSA of {bits} bits"),
            Self::P256 => "ECDSA P-256".into(),
            Self::P384 => "ECDSA P-384".into(),
            Self::Ed25519 => "Ed25519".into(),
        }
    }

    /// The digest that signatures with such a key are made over here. For Ed25519 RFC 8419 §3.1
    /// allows SHA-512 alone.
    pub(super) fn hash(self) -> Hash {
        match self {
            Self::Rsa(_) | Self::P256 => Hash::Sha256,
            Self::P384 => Hash::Sha384,
            Self::Ed25519 => Hash::Sha512,
        }
    }

    /// What CMS names a signature with such a key.
    pub(super) fn identifier(self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match self {
            Self::Rsa(_) => (RSA_SHA256, Some(Any::null())),
            Self::P256 => (EC_SHA256, None),
            Self::P384 => (EC_SHA384, None),
            Self::Ed25519 => (ED25519, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }
}

/// The verifier of a signature in CMS, and the digest that it takes.
pub(super) struct Verifier {
    pub(super) ring: &'static dyn signature::VerificationAlgorithm,
    pub(super) hash: Hash,
}

/// Returns the verifier for what a `SignerInfo` names; nothing when it is none that is known, or
/// is not one of that key.
pub(super) fn verifier(
    key: KeyKind,
    signature: &AlgorithmIdentifierOwned,
    digest: Hash,
) -> Option<Verifier> {
    use Hash::{Sha1, Sha256, Sha384, Sha512};
    let hash = match signature.oid {
        RSA | RSA_PSS | ED25519 => digest,
        RSA_SHA1 | EC_SHA1 => Sha1,
        RSA_SHA256 | EC_SHA256 => Sha256,
        RSA_SHA384 | EC_SHA384 => Sha384,
        RSA_SHA512 => Sha512,
        _ => return None,
    };
    let ring: &dyn signature::VerificationAlgorithm = match (key, signature.oid, hash) {
        (KeyKind::Rsa(_), RSA_PSS, Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
        (KeyKind::Rsa(_), RSA_PSS, Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
        (KeyKind::Rsa(_), RSA_PSS, Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
        (KeyKind::Rsa(_), RSA_PSS, Sha1) => return None,
        (KeyKind::Rsa(_), RSA | RSA_SHA1 | RSA_SHA256 | RSA_SHA384 | RSA_SHA512, hash) => rsa(hash),
        (KeyKind::P256, EC_SHA256, _) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, EC_SHA384, _) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyKind::P384, EC_SHA256, _) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, EC_SHA384, _) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyKind::Ed25519, ED25519, _) => &signature::ED25519,
        _ => return None,
    };
    Some(Verifier { ring, hash })
}

/// Takes keys from 1024 bits on: how long they must be is judged apart, with a reason in words.
fn rsa(hash: Hash) -> &'static dyn signature::VerificationAlgorithm {
    match hash {
        Hash::Sha1 => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    }
}

/// Tells whether a certificate was signed over SHA-1.
pub(super) fn is_sha1(signature: &AlgorithmIdentifierOwned) -> bool {
    matches!(signature.oid, RSA_SHA1 | EC_SHA1)
}

/// An RSA signature of a certificate, for the path builder; it takes short keys and SHA-1, both
/// of which are refused by their own checks unless they are allowed.
#[derive(Debug)]
struct Rsa(Hash);

impl SignatureVerificationAlgorithm for Rsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        signature::UnparsedPublicKey::new(rsa(self.0), public_key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        rustls_pki_types::alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        use rustls_pki_types::alg_id;
        match self.0 {
            Hash::Sha1 => AlgorithmIdentifier::from_slice(&[
                // sha1WithRSAEncryption and its NULL.
                0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00,
            ]),
            Hash::Sha256 => alg_id::RSA_PKCS1_SHA256,
            Hash::Sha384 => alg_id::RSA_PKCS1_SHA384,
            Hash::Sha512 => alg_id::RSA_PKCS1_SHA512,
        }
    }
}

/// What certificates may be signed with.
pub(super) static OF_CERTIFICATES: &[&dyn SignatureVerificationAlgorithm] = &[
    &Rsa(Hash::Sha256),
    &Rsa(Hash::Sha384),
    &Rsa(Hash::Sha512),
    &Rsa(Hash::Sha1),
    webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
];
