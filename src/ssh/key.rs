//! Key pairs: made here, or read from where a person keeps them.

use std::path::Path;

use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, PublicKey, decode_secret_key};
use secrecy::{ExposeSecret as _, SecretString};

use super::Error;

/// An Ed25519 key pair whose private half has not left this process yet.
#[derive(Debug)]
pub struct KeyPair(PrivateKey);

impl KeyPair {
    /// Makes a key pair; `comment` ends the public line.
    ///
    /// # Errors
    /// The comment cannot be part of a key.
    pub fn generate(comment: &str) -> Result<Self, Error> {
        let made = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519);
        let mut key = made.map_err(|error| Error::Making("key pair", error))?;
        key.set_comment(comment);
        Ok(Self(key))
    }

    /// Returns the public half as one line, as `authorized_keys` has it.
    ///
    /// # Errors
    /// The comment cannot be part of a key.
    pub fn public_line(&self) -> Result<String, Error> {
        let line = self.0.public_key().to_openssh();
        line.map_err(|error| Error::Making("key pair", error))
    }

    /// Returns the private half as OpenSSH's own format, without a passphrase.
    ///
    /// # Errors
    /// The comment cannot be part of a key.
    pub fn private_text(&self) -> Result<SecretString, Error> {
        let text = self.0.to_openssh(LineEnding::LF);
        let text = text.map_err(|error| Error::Making("key pair", error))?;
        Ok(SecretString::from(text.as_str()))
    }

    /// Returns the private half for a login.
    pub(super) fn into_private(self) -> PrivateKey {
        self.0
    }
}

/// Reads the public key of one line.
pub(super) fn public(line: &str, source: &str) -> Result<PublicKey, Error> {
    let read = PublicKey::from_openssh(line.trim());
    read.map_err(|_| Error::NotAKey(source.to_owned(), "public key"))
}

/// Reads a private key; one with a passphrase comes back as it is, still encrypted.
pub(super) fn private(text: &SecretString, source: &str) -> Result<PrivateKey, Error> {
    let text = text.expose_secret();
    let read = PrivateKey::from_openssh(text.trim_start());
    // The older formats (PKCS#1, PKCS#8, SEC1) cannot be told from one with a passphrase.
    let read = read.or_else(|_| decode_secret_key(text, None).map_err(|_| ()));
    read.map_err(|()| Error::NotAKey(source.to_owned(), "private key"))
}

/// Reads a file that may hold a private key.
pub(super) fn read(file: &Path) -> Result<SecretString, Error> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::Unread {
        file: file.to_owned(),
        source,
    })?;
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_comes_back_from_its_text_and_debug_shows_no_private_half() {
        let pair = KeyPair::generate("edge").unwrap();
        let text = pair.private_text().unwrap();
        let again = private(&text, "text").unwrap();
        let line = pair.public_line().unwrap();
        assert_eq!(again.public_key().to_openssh().unwrap(), line);
        assert!(
            line.starts_with("ssh-ed25519 AAAA") && line.ends_with(" edge"),
            "{line}"
        );
        let shown = format!("{pair:?}");
        let body: String = text.expose_secret().lines().skip(1).take(3).collect();
        let raw = again.key_data().ed25519().unwrap().private.to_bytes();
        assert!(
            !shown.contains(&body) && !shown.contains(&format!("{raw:?}")),
            "{shown}"
        );
    }

    #[test]
    fn what_is_no_key_is_not_repeated() {
        let said = private(&"hunter2".into(), "secret x")
            .unwrap_err()
            .to_string();
        assert_eq!(said, "secret x is no SSH private key");
    }
}
