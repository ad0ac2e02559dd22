//! CMS `SignedData` (RFC 5652) around a content that lies elsewhere.
//!
//! The crate reads and writes the structures; what a signature covers is decided here: the signed
//! attributes as a SET, and in them the content's digest, or the content itself without them.

use std::io::{self, Read};

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::pem::LineEnding;
use der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};
use ring::digest;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::time::Time;

use super::algorithm::{Hash, KeyKind};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

/// What is signed: the attributes, in the order and form that DER gives them.
pub(super) struct Attributes(SetOfVec<Attribute>);

impl Attributes {
    /// Makes those of a content with that digest, signed at that time.
    pub(super) fn new(content: &[u8], at: jiff::Timestamp) -> der::Result<Self> {
        let attribute = |oid, value: Any| {
            Ok::<_, der::Error>(Attribute {
                oid,
                values: SetOfVec::try_from(vec![value])?,
            })
        };
        let seconds = u64::try_from(at.as_second()).unwrap_or_default();
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let attributes = vec![
            attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
            attribute(SIGNING_TIME, Any::encode_from(&Time::try_from(at)?)?)?,
            attribute(
                MESSAGE_DIGEST,
                Any::encode_from(&OctetString::new(content)?)?,
            )?,
        ];
        Ok(Self(SetOfVec::try_from(attributes)?))
    }

    /// The bytes to sign.
    pub(super) fn to_sign(&self) -> der::Result<Vec<u8>> {
        self.0.to_der()
    }
}

/// Puts a signature together, as PEM; `inside` are the certificates that go with it.
pub(super) fn seal(
    signer: &Certificate,
    kind: KeyKind,
    attributes: Attributes,
    signature: &[u8],
    inside: &[Certificate],
) -> der::Result<String> {
    let body = signer.tbs_certificate();
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: body.issuer().clone(),
            serial_number: body.serial_number().clone(),
        }),
        digest_alg: kind.hash().identifier(),
        signed_attrs: Some(attributes.0),
        signature_algorithm: kind.identifier(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let mut certificates = SetOfVec::default();
    for certificate in inside {
        certificates.insert(CertificateChoices::Certificate(certificate.clone()))?;
    }
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![kind.hash().identifier()])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: None,
        },
        certificates: (!inside.is_empty()).then_some(CertificateSet(certificates)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![info])?),
    };
    let whole = ContentInfo {
        content_type: SIGNED_DATA,
        content: Any::encode_from(&data)?,
    };
    whole.to_pem(LineEnding::LF)
}

/// Why a signature cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum CmsError {
    #[error("it is not CMS: {0}")]
    Broken(#[from] der::Error),
    #[error("it is CMS, but no SignedData")]
    Type,
    #[error("it has its own content in it, beside which the package would mean nothing")]
    Content,
    #[error("nobody signed it: it has no SignerInfo")]
    NoSigner,
}

/// Reads a detached signature, in PEM or DER.
pub(super) fn open(bytes: &[u8]) -> Result<SignedData, CmsError> {
    let whole = match bytes.first() {
        Some(0x30) => ContentInfo::from_der(bytes)?,
        _ => ContentInfo::from_pem(normal(bytes))?,
    };
    if whole.content_type != SIGNED_DATA {
        return Err(CmsError::Type);
    }
    let data: SignedData = whole.content.decode_as()?;
    if data.encap_content_info.econtent.is_some() {
        return Err(CmsError::Content);
    }
    if data.signer_infos.0.is_empty() {
        return Err(CmsError::NoSigner);
    }
    Ok(data)
}

/// Some write `PKCS7` for the same thing.
fn normal(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().replace(" PKCS7-----", " CMS-----") + "\n"
}

/// Returns the certificates that a signature carries.
pub(super) fn certificates(data: &SignedData) -> Vec<Certificate> {
    let set = data.certificates.iter().flat_map(|set| set.0.iter());
    set.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
        CertificateChoices::Other(_) => None,
    })
    .collect()
}

/// Tells whether a signer names this certificate as its own.
pub(super) fn is_of(info: &SignerInfo, certificate: &Certificate) -> bool {
    let body = certificate.tbs_certificate();
    match &info.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.issuer == *body.issuer() && id.serial_number == *body.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => body
            .get_extension::<SubjectKeyIdentifier>()
            .is_ok_and(|own| own.is_some_and(|(_, own)| own == *id)),
    }
}

/// What a signer signed of a content.
pub(super) enum Signed {
    /// The attributes' bytes; the content's digest is in them.
    Attributes {
        bytes: Vec<u8>,
        digest: Vec<u8>,
        at: Option<jiff::Timestamp>,
    },
    /// The content itself.
    Content,
}

/// Reads what is signed; nothing when the attributes are not those that RFC 5652 §11 asks for.
pub(super) fn signed(info: &SignerInfo) -> Option<Signed> {
    let Some(attributes) = &info.signed_attrs else {
        return Some(Signed::Content);
    };
    let one = |oid| {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        let attribute = found.next()?;
        (found.next().is_none() && attribute.values.len() == 1).then(|| attribute.values.get(0))?
    };
    let content_type: ObjectIdentifier = one(CONTENT_TYPE)?.decode_as().ok()?;
    let digest: OctetString = one(MESSAGE_DIGEST)?.decode_as().ok()?;
    let at = one(SIGNING_TIME).and_then(|value| value.decode_as::<Time>().ok());
    (content_type == DATA).then_some(Signed::Attributes {
        bytes: attributes.to_der().ok()?,
        digest: digest.as_bytes().to_vec(),
        at: at.map(|at| super::certificate::time(&at)),
    })
}

/// Returns the digest of all that `content` gives.
pub(super) fn digest_of(content: &mut dyn Read, hash: Hash) -> io::Result<Vec<u8>> {
    let mut context = digest::Context::new(hash.ring());
    let mut buffer = vec![0; 256 << 10];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => return Ok(context.finish().as_ref().to_vec()),
            Ok(count) => context.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
