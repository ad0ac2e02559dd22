//! The private key: in a file of its owner's, or behind a command that signs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use der::SecretDocument;
use pkcs8::EncryptedPrivateKeyInfoRef;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::algorithm::KeyKind;

/// What makes signatures.
#[derive(Debug)]
pub enum Signer {
    /// A key in memory.
    Key(Box<PrivateKey>),
    /// A command for the shell, which gets the bytes to sign on stdin and answers with the
    /// signature on stdout.
    Command(String),
}

/// A private key.
pub struct PrivateKey(Pair);

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// Why a key cannot be used, or does not sign. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file has no key in PEM.
    #[error("there is no private key in PEM in it")]
    NotPem,
    /// PEM of something else.
    #[error("it has `{0}` and no private key")]
    Label(String),
    /// A key in OpenSSL's old form.
    #[error("it is a key in an old form (`{0}`)")]
    Old(String),
    /// A passphrase is needed.
    #[error("the key is encrypted")]
    Encrypted,
    /// The passphrase does not fit, or the cipher is not known.
    #[error("the key cannot be decrypted: the passphrase is wrong, or its cipher is not known")]
    Passphrase,
    /// ring does not take it.
    #[error("the key is not {kind}, or broken: {reason}")]
    Rejected {
        /// What the certificate says that it is.
        kind: String,
        /// ring's word.
        reason: String,
    },
    /// The signing command cannot be run.
    #[error("cannot run the signing command")]
    Run(#[source] std::io::Error),
    /// The signing command failed.
    #[error("the signing command ended with {0}")]
    Command(std::process::ExitStatus),
    /// No signature came about.
    #[error("the key does not sign")]
    Sign,
}

impl PrivateKey {
    /// Reads the key of a PEM file: PKCS#8, encrypted or not, or PKCS#1; `kind` is what the
    /// certificate says that it is.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn read(
        pem: &str,
        kind: KeyKind,
        passphrase: Option<&SecretString>,
    ) -> Result<Self, KeyError> {
        if pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Old("Proc-Type: 4,ENCRYPTED".into()));
        }
        // EC keys may have their parameters in a block before them.
        let start = pem
            .match_indices("-----BEGIN ")
            .map(|(at, _)| at)
            .find(|at| !pem[*at..].starts_with("-----BEGIN EC PARAMETERS"));
        let pem = start.map_or("", |at| &pem[at..]);
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| KeyError::NotPem)?;
        match label {
            "PRIVATE KEY" => Self::of_pkcs8(document.as_bytes(), kind),
            "ENCRYPTED PRIVATE KEY" => {
                let passphrase = passphrase.ok_or(KeyError::Encrypted)?;
                let decrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
                    .map_err(|_| KeyError::Passphrase)?
                    .decrypt(passphrase.expose_secret())
                    .map_err(|_| KeyError::Passphrase)?;
                Self::of_pkcs8(decrypted.as_bytes(), kind)
            }
            "RSA PRIVATE KEY" => {
                let pair = RsaKeyPair::from_der(document.as_bytes());
                let pair = pair.map_err(|reason| rejected(kind, &reason))?;
                Ok(Self(Pair::Rsa(Box::new(pair))))
            }
            "EC PRIVATE KEY" => Err(KeyError::Old(label.into())),
            other => Err(KeyError::Label(other.into())),
        }
    }

    fn of_pkcs8(der: &[u8], kind: KeyKind) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let pair = match kind {
            KeyKind::Rsa(_) => RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(Box::new(pair))),
            KeyKind::P256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &random)
                    .map(Pair::P256)
            }
            KeyKind::P384 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, der, &random)
                    .map(Pair::P384)
            }
            // OpenSSL writes no public key beside it.
            KeyKind::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed25519),
        };
        pair.map(Self).map_err(|reason| rejected(kind, &reason))
    }

    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
                    .map_err(|_| KeyError::Sign)?;
                Ok(signature)
            }
            Pair::P256(pair) | Pair::P384(pair) => pair
                .sign(&random, bytes)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError::Sign),
            Pair::Ed25519(pair) => Ok(pair.sign(bytes).as_ref().to_vec()),
        }
    }
}

fn rejected(kind: KeyKind, reason: &ring::error::KeyRejected) -> KeyError {
    KeyError::Rejected {
        kind: kind.name(),
        reason: reason.to_string(),
    }
}

impl Signer {
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Key(key) => key.sign(bytes),
            Self::Command(command) => ask(command, bytes),
        }
    }
}

/// Has a command sign. What it says on stderr, and what it asks for, goes to the person.
fn ask(command: &str, bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(KeyError::Run)?;
    if let Some(mut stdin) = child.stdin.take() {
        // Some hundred bytes, which a pipe takes whether or not they are read. One that does not
        // read them gives no signature that verifies, or says by its status what is wrong.
        if let Err(error) = stdin.write_all(bytes)
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            return Err(KeyError::Run(error));
        }
    }
    let output = child.wait_with_output().map_err(KeyError::Run)?;
    if !output.status.success() {
        return Err(KeyError::Command(output.status));
    }
    Ok(output.stdout)
}
