//! Certificates as files have them, and what is to be known of one.

use der::{Decode as _, Encode as _};
use ring::digest;
use serde::Serialize;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::time::Time;

use super::algorithm::KeyKind;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Why a text gives no certificates.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is none in it.
    #[error("there is no certificate in it")]
    None,
    /// One is broken.
    #[error("certificate {number} of it is broken")]
    Broken {
        /// Counted from 1.
        number: usize,
        /// The reason.
        #[source]
        source: der::Error,
    },
}

/// Reads the certificates of a file: one in DER, or any number in PEM, between which other text
/// may stand.
///
/// # Errors
/// See [`CertificateError`].
pub fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    use der::DecodePem as _;
    let broken = |number, source| CertificateError::Broken { number, source };
    let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|t| t.contains(BEGIN))
    else {
        // A DER file begins with a SEQUENCE.
        return match bytes.first() {
            Some(0x30) => Certificate::from_der(bytes)
                .map(|one| vec![one])
                .map_err(|e| broken(1, e)),
            _ => Err(CertificateError::None),
        };
    };
    text.split(BEGIN)
        .skip(1)
        .enumerate()
        .map(|(index, part)| {
            let body = part.split(END).next().unwrap_or_default();
            Certificate::from_pem(format!("{BEGIN}{body}{END}\n")).map_err(|e| broken(index + 1, e))
        })
        .collect()
}

/// What a person wants to know of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// Who gave it (RFC 4514).
    pub issuer: String,
    /// Its number with its issuer, in hexadecimal digits.
    pub serial: String,
    /// Kind and length of the key.
    pub key: String,
    /// From when it counts.
    pub not_before: jiff::Timestamp,
    /// Until when it counts.
    pub not_after: jiff::Timestamp,
    /// SHA-256 of the whole certificate, in hexadecimal digits.
    pub fingerprint: String,
}

impl Facts {
    /// Reads them.
    pub(super) fn of(certificate: &Certificate) -> Self {
        let body = certificate.tbs_certificate();
        let kind = KeyKind::of(body.subject_public_key_info());
        let der = certificate.to_der().unwrap_or_default();
        Self {
            subject: body.subject().to_string(),
            issuer: body.issuer().to_string(),
            serial: hex::encode(body.serial_number().as_bytes()),
            key: kind.map_or_else(|| "of an unknown kind".to_owned(), KeyKind::name),
            not_before: time(&body.validity().not_before),
            not_after: time(&body.validity().not_after),
            fingerprint: hex::encode(digest::digest(&digest::SHA256, &der)),
        }
    }
}

/// Converts a time of X.509, which has whole seconds from 1970 to 9999.
pub(super) fn time(time: &Time) -> jiff::Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX)
}

/// Says why a certificate's key may not sign packages, if so.
///
/// RFC 8551 §4.4.2: without the extension `keyUsage` it may, with it, it needs one of two bits.
pub(super) fn usage_fault(certificate: &Certificate) -> Option<&'static str> {
    let body = certificate.tbs_certificate();
    if let Ok(Some((_, constraints))) = body.get_extension::<BasicConstraints>()
        && constraints.ca
    {
        return Some("it is the certificate of a CA, which signs certificates");
    }
    match body.get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) if !usage.digital_signature() && !usage.non_repudiation() => {
            Some("its keyUsage has no digitalSignature")
        }
        Err(_) => Some("its keyUsage is broken"),
        Ok(_) => None,
    }
}

/// Tells whether the key of a CA's certificate may sign certificates.
pub(super) fn signs_certificates(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// Tells whether the key of a CA's certificate may sign lists of revoked ones.
pub(super) fn signs_lists(certificate: &Certificate) -> bool {
    match certificate.tbs_certificate().get_extension::<KeyUsage>() {
        Ok(Some((_, usage))) => usage.crl_sign(),
        Ok(None) => true,
        Err(_) => false,
    }
}
