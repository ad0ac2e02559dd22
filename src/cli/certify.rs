//! The options of what is done on nodes that open to SSH certificates alone.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use super::watch::duration;
use super::{Exit, Failure, context};
use crate::cluster;
use crate::lifecycle::{Certifying, Vnfm};
use crate::ssh::{Agent, Authority, LONGEST};

/// Who signs a certificate, and for how long.
#[derive(Debug, Args)]
pub(super) struct Signing {
    /// Certify the nodes' key for this alone, with an SSH authority's private key (or its .pub, when ssh-agent has it)
    #[arg(long, value_name = "FILE")]
    pub(super) ssh_ca: Option<PathBuf>,
    /// How long that certificate lasts; servers must have booted by then
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = lifetime, requires = "ssh_ca")]
    pub(super) ssh_cert_lifetime: Duration,
}

fn lifetime(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("a certificate must last some time".into()),
        long if long > LONGEST => Err("a certificate may last a day at most".into()),
        fitting => Ok(fitting),
    }
}

impl Signing {
    /// Opens the authority, if one is given.
    pub(super) async fn authority(&self) -> Result<Option<Certifying>, Failure> {
        let Some(file) = &self.ssh_ca else {
            return Ok(None);
        };
        let authority = Authority::open(file, agent().as_ref()).await?;
        Ok(Some(Certifying {
            authority,
            lifetime: self.ssh_cert_lifetime,
        }))
    }

    /// Has the driver certify what it begins, if an authority is given.
    pub(super) async fn apply(&self, vnfm: Vnfm) -> Result<Vnfm, Failure> {
        Ok(match self.authority().await? {
            Some(certifying) => vnfm.certifying(certifying),
            None => vnfm,
        })
    }
}

/// The person's ssh-agent.
pub(super) fn agent() -> Option<Agent> {
    context::env("SSH_AUTH_SOCK").map(|socket| Agent::at(socket.into()))
}

/// Additional parameters of a request.
#[derive(Debug, Args)]
pub(super) struct Parameters {
    /// Additional parameter; repeatable. Everybody in the cloud can read these: no secrets
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

/// A key and its value, as flags have them.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("`{text}` is not KEY=VALUE"))
}

impl Parameters {
    /// Returns them as a request has them.
    pub(super) fn map(&self) -> Map<String, Value> {
        let pairs = self.set.iter();
        pairs
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect()
    }
}

impl From<cluster::Error> for Failure {
    fn from(error: cluster::Error) -> Self {
        use cluster::Error as E;
        match error {
            E::Api(error) => error.into(),
            E::Ssh(error) => error.into(),
            error @ E::Ended { .. } => Self::new(Exit::Failed, error.to_string()),
            error @ (E::NoPackage(_) | E::Node { .. }) => {
                Self::new(Exit::NotFound, error.to_string())
            }
            error => Self::new(Exit::Usage, error.to_string()),
        }
    }
}
