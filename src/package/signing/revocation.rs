//! Lists of revoked certificates (CRL, RFC 5280 §5), which their reader fetched beforehand:
//! packages are judged where there may be no network.

use der::asn1::AnyRef;
use der::{Decode as _, pem};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_cert::Certificate;

const BEGIN: &str = "-----BEGIN X509 CRL-----";
const END: &str = "-----END X509 CRL-----";

/// A CA's list of the certificates that it revoked.
#[derive(Debug)]
pub struct Crl(CertRevocationList<'static>);

/// Why a file gives no list.
#[derive(Debug, thiserror::Error)]
pub enum CrlError {
    /// There is none in it.
    #[error("there is no list of revoked certificates (CRL) in it")]
    None,
    /// One is broken, or of a kind that is not read.
    #[error("list {number} of it cannot be read: {reason}")]
    Broken {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads the lists of a file: one in DER, or any number in PEM, between which other text may stand.
///
/// Not read are delta lists, those of version 1, and those that do not say until when they count.
///
/// # Errors
/// See [`CrlError`].
pub fn crls(bytes: &[u8]) -> Result<Vec<Crl>, CrlError> {
    let text = std::str::from_utf8(bytes).ok();
    let Some(text) = text.filter(|text| text.contains(BEGIN)) else {
        // A DER file begins with a SEQUENCE.
        return match bytes.first() {
            Some(0x30) => Ok(vec![of_der(bytes, 1)?]),
            _ => Err(CrlError::None),
        };
    };
    let parts = text.split(BEGIN).skip(1).enumerate();
    parts
        .map(|(index, part)| {
            let number = index + 1;
            let body = part.split(END).next().unwrap_or_default();
            let whole = format!("{BEGIN}{body}{END}\n");
            let (_, der) = pem::decode_vec(whole.as_bytes()).map_err(|error| {
                let reason = error.to_string();
                CrlError::Broken { number, reason }
            })?;
            of_der(&der, number)
        })
        .collect()
}

fn of_der(der: &[u8], number: usize) -> Result<Crl, CrlError> {
    let owned = OwnedCertRevocationList::from_der(der);
    owned.map(|owned| Crl(owned.into())).map_err(|error| {
        let reason = error.to_string();
        CrlError::Broken { number, reason }
    })
}

impl Crl {
    /// The list as the path builder takes it.
    pub(super) fn list(&self) -> &CertRevocationList<'static> {
        &self.0
    }

    /// Tells whether the list is that of a CA, by its name.
    pub(super) fn is_by(&self, ca: &Certificate) -> bool {
        value(ca.tbs_certificate().subject()).is_some_and(|name| name == self.0.issuer())
    }

    /// Tells whether a certificate is on the list of its issuer.
    ///
    /// Asked also where no path is built, since its signer is trusted by itself or nobody is asked
    /// for; whoever gave the list vouches for it there.
    pub(super) fn has(&self, certificate: &Certificate) -> bool {
        let body = certificate.tbs_certificate();
        let (Some(issuer), Some(serial)) = (value(body.issuer()), value(body.serial_number()))
        else {
            return false;
        };
        issuer == self.0.issuer() && matches!(self.0.find_serial(&serial), Ok(Some(_)))
    }
}

/// The content of a value's DER, without its tag and length, as lists are compared by.
fn value(of: &impl der::Encode) -> Option<Vec<u8>> {
    let whole = of.to_der().ok()?;
    let value = AnyRef::from_der(&whole).ok()?;
    Some(value.value().to_vec())
}
