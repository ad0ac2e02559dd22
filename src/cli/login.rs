//! Which key a person logs in to nodes with.

use std::path::PathBuf;

use clap::Args;

use super::certify::{Signing, agent};
use super::{Exit, Failure, key};
use crate::cluster::{Entry, Settings, key_secret};
use crate::lifecycle::{Purpose, Vnfm};
use crate::ssh::{Identity, Wanted};
use crate::tacker::VnfInstance;

/// How to log in to a control plane.
///
/// Without an option: with what ssh-agent has, else with the key that is in Barbican.
#[derive(Debug, Args)]
pub(super) struct Login {
    /// Private key to log in with, and its certificate beside it [default: ssh-agent, else the key in Barbican]
    #[arg(long, value_name = "FILE", conflicts_with = "ssh_ca")]
    identity: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

impl Login {
    /// Logs in to a control plane of `vnf`.
    pub(super) async fn enter(&self, vnfm: &Vnfm, vnf: &VnfInstance) -> Result<Entry, Failure> {
        let settings = Settings::of_package(vnfm.client(), &vnf.vnfd_id).await?;
        let identity = self.identity(vnfm, vnf, &settings).await?;
        Ok(Entry::open(vnfm.client(), vnf, &settings, &identity).await?)
    }

    async fn identity(
        &self,
        vnfm: &Vnfm,
        vnf: &VnfInstance,
        settings: &Settings,
    ) -> Result<Identity, Failure> {
        if let Some(file) = &self.identity {
            return Ok(Identity::of_file(file)?);
        }
        if let Some(certifying) = self.signing.authority().await? {
            let purpose = Purpose::new("login", &vnf.id, vnf.label());
            let wanted = Wanted {
                public_key: "",
                source: "the key of this command",
                principal: &purpose.principal,
                key_id: &purpose.key_id,
                lifetime: certifying.lifetime,
            };
            return Ok(Identity::of_authority(&certifying.authority, wanted).await?);
        }
        let agent = agent();
        let wants_certificate = settings.access.certificate_authority.is_some();
        if let Some(agent) = &agent
            && let Some(public) = &settings.access.public_key
            && !wants_certificate
            && agent.has_line(public).await
        {
            return Ok(Identity::Agent(agent.clone()));
        }
        match key_secret(vnf, settings).filter(|_| !wants_certificate) {
            Some(secret) => {
                let barbican = vnfm.client().secrets().await.map_err(key::no_barbican)?;
                let found = barbican.find(secret).await?;
                let text = barbican.payload(&found.id).await?;
                let source = format!("secret `{}` in Barbican", found.name);
                Ok(Identity::of_text(&text, &source)?)
            }
            None => agent
                .map(Identity::Agent)
                .ok_or_else(|| nothing(wants_certificate)),
        }
    }
}

fn nothing(wants_certificate: bool) -> Failure {
    let failure = Failure::new(Exit::Usage, "there is nothing to log in with");
    if wants_certificate {
        return failure
            .because("the nodes want a certificate of their authority")
            .hint("name the authority (--ssh-ca FILE), or a key with its certificate beside it (--identity FILE)");
    }
    failure.because("no --identity, no ssh-agent, and the package names no key in Barbican")
}
