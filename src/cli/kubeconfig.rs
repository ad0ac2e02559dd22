//! `vnfctl kubeconfig`: the administrator's access to a cluster that a VNF is.

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::ExposeSecret as _;

use super::args::Global;
use super::login::Login;
use super::output;
use super::{Exit, Failure, context};
use crate::cluster::{self, Kubeconfig, Naming, StoreError};

/// Fetches the administrator's kubeconfig of a cluster.
///
/// Over SSH from a control plane, whose host key must be one that the VNF's management script
/// read on the server's console; Tacker never has it. The context is called after the VNF.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl kubeconfig edge1 --merge && kubectl --context edge1 get nodes
  vnfctl kubeconfig edge1 -o edge1.yaml --identity ~/.ssh/edge
  vnfctl kubeconfig edge1 --ssh-ca ca --server 203.0.113.7 > edge1.yaml")]
pub(super) struct Command {
    /// Name or id of the VNF
    vnf: String,
    /// Write to this file, for you alone [default: stdout]
    #[arg(
        short = 'o',
        long = "out",
        value_name = "FILE",
        conflicts_with = "merge"
    )]
    out: Option<PathBuf>,
    /// Merge into $KUBECONFIG, or ~/.kube/config
    #[arg(long)]
    merge: bool,
    /// Name for the context, cluster and user [default: the VNF's]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Address to reach the API server at, such as a floating IP
    #[arg(long, value_name = "HOST[:PORT]")]
    server: Option<String>,
    #[command(flatten)]
    login: Login,
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let target = self.merge.then(merge_target).transpose()?;
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        let entry = self.login.enter(&vnfm, &vnf).await?;
        let fetched = entry.kubeconfig().await;
        let by_floating_address = entry.by_floating_address;
        entry.close().await;
        let fetched = fetched?;
        if by_floating_address && self.server.is_none() {
            let server = fetched.server().unwrap_or_default();
            anstream::eprintln!(
                "note: the cluster calls itself {server}, which may not be reachable from here; \
                 --server names another address"
            );
        }
        let named = fetched.named(&Naming {
            context: self.context.as_deref().unwrap_or_else(|| vnf.label()),
            vnf: &vnf.id,
            server: self.server.as_deref(),
        })?;
        self.deliver(&named, target.as_deref())?;
        Ok(Exit::Done)
    }

    fn deliver(&self, named: &Kubeconfig, target: Option<&Path>) -> Result<(), Failure> {
        if let Some(file) = target {
            let kept = cluster::merge_into(file, named)?;
            anstream::eprintln!("merged into {}", file.display());
            if let Some(kept) = kept {
                let kept = kept.display();
                anstream::eprintln!("it had comments, which got lost: the former text is {kept}");
            }
            return Ok(());
        }
        let text = named.text()?;
        match &self.out {
            Some(file) => Ok(cluster::save(file, &text)?),
            None => output::put(text.expose_secret()),
        }
    }
}

/// The file that kubectl would add to: of a list the first that is there, else the last.
fn merge_target() -> Result<PathBuf, Failure> {
    let listed = context::env("KUBECONFIG").unwrap_or_default();
    let listed: Vec<PathBuf> = std::env::split_paths(&listed)
        .filter(|file| !file.as_os_str().is_empty())
        .collect();
    let there = listed.iter().find(|file| file.exists());
    if let Some(file) = there.or(listed.last()) {
        return Ok(file.clone());
    }
    let home = context::env("HOME").ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "neither KUBECONFIG nor HOME says where to merge into",
        )
    })?;
    Ok(Path::new(&home).join(".kube/config"))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Locked(_) | StoreError::Unusable(..) => Exit::Conflict,
            StoreError::Io(..) => Exit::Usage,
        };
        let mut reasons = crate::lifecycle::reasons(&error).into_iter();
        let failure = Self::new(exit, reasons.next().unwrap_or_default());
        let failure = reasons.fold(failure, Self::because);
        match error {
            StoreError::Unusable(..) => failure.hint("--context gives the entries another name"),
            _ => failure,
        }
    }
}
