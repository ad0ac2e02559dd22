//! What a person logs in with.

use std::path::Path;
use std::sync::Arc;

use russh::keys::{Certificate, PrivateKey};
use secrecy::SecretString;

use super::{Agent, Authority, Error, KeyPair, Wanted, key};

/// A private key in memory, with its certificate if it has one, or whatever the agent has.
#[derive(Clone)]
pub enum Identity {
    /// A key.
    Key {
        /// The private half.
        key: Arc<PrivateKey>,
        /// What opens hosts that trust an authority.
        certificate: Option<Box<Certificate>>,
        /// Where it comes from, for an error.
        source: String,
    },
    /// The agent's keys, one after the other.
    Agent(Agent),
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Identity").field(&self.source()).finish()
    }
}

impl Identity {
    /// Reads a key file, with the certificate that lies beside it as `FILE-cert.pub`.
    ///
    /// # Errors
    /// It is no private key, or has a passphrase: then the agent is the way.
    pub fn of_file(file: &Path) -> Result<Self, Error> {
        let source = file.display().to_string();
        let mut identity = Self::of_text(&key::read(file)?, &source)?;
        let mut beside = file.as_os_str().to_owned();
        beside.push("-cert.pub");
        if let Self::Key { certificate, .. } = &mut identity
            && Path::new(&beside).exists()
        {
            let name = beside.to_string_lossy().into_owned();
            let read = Certificate::read_file(Path::new(&beside));
            let read = read.map_err(|_| Error::NotAKey(name, "certificate"))?;
            *certificate = Some(Box::new(read));
        }
        Ok(identity)
    }

    /// Reads a key that is held in memory.
    ///
    /// # Errors
    /// It is no private key, or has a passphrase.
    pub fn of_text(text: &SecretString, source: &str) -> Result<Self, Error> {
        let key = key::private(text, source)?;
        if key.is_encrypted() {
            let way = "ssh-agent is the way to use it: ssh-add it".to_owned();
            return Err(Error::Protected(source.to_owned(), way));
        }
        if key.algorithm().is_rsa() {
            return Err(Error::Rsa(source.to_owned()));
        }
        Ok(Self::Key {
            key: Arc::new(key),
            certificate: None,
            source: source.to_owned(),
        })
    }

    /// Makes a key that lives as long as this process, certified by an authority.
    ///
    /// # Errors
    /// Those of signing.
    pub async fn of_authority(authority: &Authority, wanted: Wanted<'_>) -> Result<Self, Error> {
        let pair = KeyPair::generate(wanted.key_id)?;
        let public_key = pair.public_line()?;
        let line = authority
            .sign(&Wanted {
                public_key: &public_key,
                ..wanted
            })
            .await?;
        let certificate = Certificate::from_openssh(&line);
        let certificate = certificate.map_err(|error| Error::Making("certificate", error))?;
        Ok(Self::Key {
            key: Arc::new(pair.into_private()),
            certificate: Some(Box::new(certificate)),
            source: "a key certified for this command".into(),
        })
    }

    pub(super) fn source(&self) -> &str {
        match self {
            Self::Key { source, .. } => source,
            Self::Agent(_) => "any key of ssh-agent",
        }
    }
}
