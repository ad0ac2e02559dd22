//! `vnfctl autoheal`: nodes that are ill are replaced without anybody asking for it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use url::Url;

use super::args::Global;
use super::automatic::{Disable, Reaction, Status, enable};
use super::output;
use super::vnf::Waiting;
use super::watch::duration;
use super::{Exit, Failure, context};
use crate::alerts::{Heal, Matcher, Settings, Signal, alertmanager};

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let Tacker replace VNFCs that alerts name, and write the rules for such alerts
    ///
    /// With --rules, Prometheus' rules for a cluster are written: an alert for each node that is not
    /// Ready, or whose Cilium agent is not. They go by kube-state-metrics and need not be written anew
    /// when nodes change. docs/autoheal.md says how it all goes together.
    Enable(Enable),
    /// Leave it to people
    Disable(Disable),
    /// Print `enabled` or `disabled`, and whether the rules fit the VNF
    Status(Status),
    /// Print Alertmanager's part, once a site: where alerts of all VNFs go to
    ///
    /// It is a whole configuration that works as it is, and says what of it goes into one that is there.
    Alertmanager(Alertmanager),
}

/// When nodes are ill.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl autoheal alertmanager > /etc/prometheus/alertmanager.yml
  vnfctl autoheal enable edge1 --rules /etc/prometheus/rules
  vnfctl autoheal enable edge1 --rules rules --for 10m --selector cluster=edge1 \\
      --when DiskFull='kube_node_status_condition{condition=\"DiskPressure\",status=\"true\"} == 1'")]
pub(super) struct Enable {
    /// Name or id of the VNF
    vnf: String,
    /// Folder to write Prometheus' rules into, or - to print them
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// For how long a node must be ill
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "5m", requires = "rules")]
    pending: Duration,
    /// Replace none while more of a VDU's nodes are ill than this share; one always may be
    #[arg(long, value_name = "PERCENT", default_value = "50", requires = "rules", value_parser = clap::value_parser!(u8).range(1..=100))]
    max_unhealthy: u8,
    /// VDU to watch; repeatable [default: all, but not a control plane that is the only one]
    #[arg(long = "vdu", value_name = "ID", requires = "rules")]
    vdus: Vec<String>,
    /// Another illness: a name, and PromQL that yields a series with the label `node` for each ill
    /// node; repeatable
    #[arg(long = "when", value_name = "NAME=EXPR", requires = "rules")]
    signals: Vec<Signal>,
    /// Label that the cluster's series have, for nodes without the label vnfctl.dev/vnf where
    /// Prometheus watches several clusters; repeatable
    #[arg(long, value_name = "LABEL=VALUE", requires = "rules")]
    selector: Vec<Matcher>,
    #[command(flatten)]
    waiting: Waiting,
}

/// Where Tacker is.
#[derive(Debug, Args)]
pub(super) struct Alertmanager {
    /// Tacker's address as Alertmanager reaches it [default: from the cloud's catalog]
    #[arg(long, value_name = "URL")]
    tacker: Option<Url>,
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        match self {
            Self::Enable(command) => command.run(global).await,
            Self::Disable(command) => command.run(global, Reaction::Heal).await,
            Self::Status(command) => command.run(global, Reaction::Heal).await,
            Self::Alertmanager(command) => command.run(global).await,
        }
    }
}

impl Enable {
    async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        let heal = Heal {
            vdus: self.vdus,
            pending: self.pending,
            max_unhealthy: self.max_unhealthy,
            signals: self.signals,
            selector: self.selector,
        };
        let rules = self.rules.as_deref();
        let rules = rules.map(|folder| (folder, Settings::AutoHeal(heal)));
        enable(&vnfm, &vnf, Reaction::Heal, rules, &self.waiting).await
    }
}

impl Alertmanager {
    async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let endpoint = match self.tacker {
            Some(given) => given,
            None => context::vnfm(global)?.client().endpoint().await?,
        };
        output::put(&alertmanager(&endpoint))?;
        Ok(Exit::Done)
    }
}
