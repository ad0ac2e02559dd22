//! An SSH certificate authority: signs user certificates that open nodes for one operation.
//!
//! A certificate is worth nothing without its key's private half and ends within minutes, so it
//! may stand in a request, which everybody in the cloud can read.

use std::path::Path;
use std::time::{Duration, SystemTime};

use russh::keys::key::safe_rng;
use russh::keys::signature::{Error as SignatureError, Signer};
use russh::keys::ssh_key::Signature;
use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{PrivateKey, PublicKey};

use super::{Agent, Error, key};

/// How far before now a certificate begins: clocks differ.
const EARLIER: Duration = Duration::from_secs(60);
/// Longest that a certificate may last; the management script refuses longer ones.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// An authority that can sign.
#[derive(Debug)]
pub struct Authority {
    public: PublicKey,
    signer: By,
}

#[derive(Debug)]
enum By {
    Key(Box<PrivateKey>),
    Agent(Agent),
}

/// What a certificate shall say.
#[derive(Debug, Clone)]
pub struct Wanted<'w> {
    /// The key that is certified, as one line.
    pub public_key: &'w str,
    /// Where that key stands, for an error.
    pub source: &'w str,
    /// The only principal.
    pub principal: &'w str,
    /// What the certificate is called in the logs of who accepts it.
    pub key_id: &'w str,
    /// How long it is good for, from now.
    pub lifetime: Duration,
}

impl Authority {
    /// Opens the authority of a file: a private key, or the public half of one that the agent has.
    ///
    /// # Errors
    /// The file is no key or an RSA key, or the agent is needed and does not have it.
    pub async fn open(file: &Path, agent: Option<&Agent>) -> Result<Self, Error> {
        let authority = Self::read(file, agent).await?;
        // What is signed is verified before it is used, and RSA's arithmetic is not part of this.
        if authority.public.algorithm().is_rsa() {
            return Err(Error::Rsa(file.display().to_string()));
        }
        Ok(authority)
    }

    async fn read(file: &Path, agent: Option<&Agent>) -> Result<Self, Error> {
        let source = file.display().to_string();
        let text = key::read(file)?;
        let (public, why) = match key::private(&text, &source) {
            Ok(private) if private.is_encrypted() => {
                (private.public_key().clone(), "is protected by a passphrase")
            }
            Ok(private) => {
                return Ok(Self {
                    public: private.public_key().clone(),
                    signer: By::Key(Box::new(private)),
                });
            }
            Err(error) => {
                use secrecy::ExposeSecret as _;
                let public = key::public(text.expose_secret(), &source);
                (public.map_err(|_| error)?, "is the public half only")
            }
        };
        let Some(agent) = agent else {
            let told = format!("{source} {why}, and there is no SSH_AUTH_SOCK");
            return Err(Error::Agent(format!("is needed: {told}")));
        };
        if !agent.has(&public).await? {
            return Err(Error::Agent(format!(
                "does not have the key of {source}, which {why}: ssh-add {}",
                source.trim_end_matches(".pub")
            )));
        }
        Ok(Self {
            public,
            signer: By::Agent(agent.clone()),
        })
    }

    /// Tells whether `line` is this authority's public half.
    #[must_use]
    pub fn is(&self, line: &str) -> bool {
        key::public(line, "").is_ok_and(|other| other.key_data() == self.public.key_data())
    }

    /// Signs a user certificate, returned as one line.
    ///
    /// # Errors
    /// What is to be certified is no public key, or the agent will not sign.
    pub async fn sign(&self, wanted: &Wanted<'_>) -> Result<String, Error> {
        let subject = key::public(wanted.public_key, wanted.source)?;
        let failed = |error| Error::Making("certificate", error);
        let nonce: [u8; Builder::RECOMMENDED_NONCE_SIZE] = {
            use russh::keys::ssh_key::rand_core::Rng as _;
            let mut nonce = [0; Builder::RECOMMENDED_NONCE_SIZE];
            safe_rng().fill_bytes(&mut nonce);
            nonce
        };
        let now = SystemTime::now();
        let build = || {
            let (after, before) = (now - EARLIER, now + wanted.lifetime.min(LONGEST));
            let key = subject.key_data().clone();
            let mut builder = Builder::new_with_validity_times(nonce, key, after, before)?;
            builder
                .cert_type(CertType::User)?
                .key_id(wanted.key_id)?
                .valid_principal(wanted.principal)?;
            // No extension: nobody needs a terminal or a forwarded port with it.
            Ok(builder)
        };
        let certificate = match &self.signer {
            By::Key(key) => build()
                .map_err(failed)?
                .sign(key.as_ref())
                .map_err(failed)?,
            By::Agent(agent) => {
                // An agent cannot be waited for in the middle of building, so the text is built
                // once to be signed and once to be kept; the nonce and times are the same.
                let recorder = Recorder::new(&self.public);
                let unsigned = build().map_err(failed)?.sign(&recorder);
                let text = recorder.text.into_inner().unwrap_or_default();
                if text.is_empty() {
                    return Err(unsigned.map_or_else(failed, |_| {
                        Error::Agent("was asked to sign nothing".into())
                    }));
                }
                let signature = agent.sign(&self.public, &text).await?;
                let signed = Recorded(&self.public, signature);
                build().map_err(failed)?.sign(&signed).map_err(failed)?
            }
        };
        certificate.to_openssh().map_err(failed)
    }
}

/// Takes down what shall be signed, and does not sign it.
struct Recorder<'k> {
    public: &'k PublicKey,
    text: std::sync::Mutex<Vec<u8>>,
}

impl<'k> Recorder<'k> {
    fn new(public: &'k PublicKey) -> Self {
        let text = std::sync::Mutex::default();
        Self { public, text }
    }
}

impl Signer<Signature> for Recorder<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, SignatureError> {
        if let Ok(mut text) = self.text.lock() {
            message.clone_into(&mut text);
        }
        Err(SignatureError::new())
    }
}

impl From<&Recorder<'_>> for KeyData {
    fn from(recorder: &Recorder<'_>) -> Self {
        recorder.public.key_data().clone()
    }
}

/// A signature that somebody else made.
struct Recorded<'k>(&'k PublicKey, Signature);

impl Signer<Signature> for Recorded<'_> {
    fn try_sign(&self, _: &[u8]) -> Result<Signature, SignatureError> {
        Ok(self.1.clone())
    }
}

impl From<&Recorded<'_>> for KeyData {
    fn from(recorded: &Recorded<'_>) -> Self {
        recorded.0.key_data().clone()
    }
}
