//! The person's ssh-agent, which signs with keys that this program never sees.

use std::path::PathBuf;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::ssh_key::Signature;
use russh::keys::{HashAlg, PublicKey};
use tokio::net::UnixStream;

use super::Error;

/// Where the agent listens (`SSH_AUTH_SOCK`).
#[derive(Debug, Clone)]
pub struct Agent(PathBuf);

impl Agent {
    /// Names the agent by its socket.
    #[must_use]
    pub fn at(socket: PathBuf) -> Self {
        Self(socket)
    }

    pub(super) async fn connect(&self) -> Result<AgentClient<UnixStream>, Error> {
        AgentClient::connect_uds(&self.0).await.map_err(|error| {
            Error::Agent(format!("does not answer at {}: {error}", self.0.display()))
        })
    }

    /// Returns what it can log in with.
    pub(super) async fn identities(&self) -> Result<Vec<AgentIdentity>, Error> {
        let listed = self.connect().await?.request_identities().await;
        listed.map_err(|error| Error::Agent(format!("does not tell its keys: {error}")))
    }

    pub(super) async fn has(&self, key: &PublicKey) -> Result<bool, Error> {
        let identities = self.identities().await?;
        let same = |identity: &AgentIdentity| match identity {
            AgentIdentity::PublicKey { key: one, .. } => one.key_data() == key.key_data(),
            AgentIdentity::Certificate { .. } => false,
        };
        Ok(identities.iter().any(same))
    }

    /// Tells whether it has the private half of a public line; one that does not answer has not.
    pub async fn has_line(&self, line: &str) -> bool {
        match super::key::public(line, "") {
            Ok(key) => self.has(&key).await.unwrap_or(false),
            Err(_) => false,
        }
    }

    pub(super) async fn sign(&self, key: &PublicKey, data: &[u8]) -> Result<Signature, Error> {
        let hash = key.algorithm().is_rsa().then_some(HashAlg::Sha512);
        let signed = self
            .connect()
            .await?
            .sign_request_signature(key, hash, data)
            .await;
        signed.map_err(|error| Error::Agent(format!("does not sign: {error}")))
    }
}
