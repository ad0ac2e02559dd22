//! `vnfctl autoscale`: nodes are added and removed by load without anybody asking for it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::args::Global;
use super::automatic::{Disable, Reaction, Status, enable};
use super::vnf::Waiting;
use super::watch::duration;
use super::{Exit, Failure, context};
use crate::alerts::{Matcher, Metric, Scale, Settings};
use crate::lifecycle::Vnfm;

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let Tacker scale an aspect by alerts, and write the rules for such alerts
    ///
    /// With --rules, Prometheus' rules for a cluster are written: its number of nodes follows the load
    /// between --min and --max, a step at a time. Alertmanager's part is printed by `vnfctl autoheal
    /// alertmanager`. docs/autoheal.md says how it all goes together.
    Enable(Enable),
    /// Leave it to people
    Disable(Disable),
    /// Print `enabled` or `disabled`, the bounds, and whether the rules fit the VNF
    Status(Status),
}

/// How the number of nodes follows the load.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  vnfctl autoscale enable edge1 --rules /etc/prometheus/rules --max 8 --out-above 80 --in-below 30
  vnfctl autoscale enable edge1 --rules rules --min 2 --max 8 --metric pods --out-above 90
  vnfctl autoscale enable edge1 --rules rules --max 8 --for 1m --out-above 0 \\
      --metric 'sum(kube_pod_status_unschedulable)'")]
pub(super) struct Enable {
    /// Name or id of the VNF
    vnf: String,
    /// Folder to write Prometheus' rules into, or - to print them
    #[arg(long, value_name = "DIR", requires = "max")]
    rules: Option<PathBuf>,
    /// Nodes to leave at least [default: as many as the lowest scale level has]
    #[arg(long, value_name = "COUNT", requires = "rules")]
    min: Option<u32>,
    /// Nodes to have at most
    #[arg(long, value_name = "COUNT", requires = "rules")]
    max: Option<u32>,
    /// The load: cpu, memory or pods, each in percent of what the nodes have, or PromQL, of which the
    /// highest value counts
    #[arg(long, value_name = "METRIC", default_value = "cpu", requires = "rules")]
    metric: Metric,
    /// Add nodes when the load is above this
    #[arg(
        long,
        value_name = "LOAD",
        requires = "rules",
        allow_negative_numbers = true
    )]
    out_above: Option<f64>,
    /// Remove nodes when the load is below this
    #[arg(
        long,
        value_name = "LOAD",
        requires = "rules",
        allow_negative_numbers = true
    )]
    in_below: Option<f64>,
    /// For how long the load must be so
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "5m", requires = "rules")]
    pending: Duration,
    /// How long the number of nodes must have been the same before it is changed
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5m", requires = "rules")]
    stabilization: Duration,
    /// Scaling aspect; may be left out when there is one only
    #[arg(long, value_name = "ID", requires = "rules")]
    aspect: Option<String>,
    /// Label that the cluster's series have, for nodes without the label vnfctl.dev/vnf where
    /// Prometheus watches several clusters; repeatable
    #[arg(long, value_name = "LABEL=VALUE", requires = "rules")]
    selector: Vec<Matcher>,
    #[command(flatten)]
    waiting: Waiting,
}

impl Command {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        match self {
            Self::Enable(command) => command.run(global).await,
            Self::Disable(command) => command.run(global, Reaction::Scale).await,
            Self::Status(command) => command.run(global, Reaction::Scale).await,
        }
    }
}

impl Enable {
    async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        let rules = match (&self.rules, self.max) {
            (Some(folder), Some(max)) => {
                let aspect = Vnfm::aspect(&vnf, self.aspect.as_deref())?;
                let scale = Scale {
                    aspect,
                    min: self.min,
                    max,
                    metric: self.metric,
                    out_above: self.out_above,
                    in_below: self.in_below,
                    pending: self.pending,
                    stabilization: self.stabilization,
                    selector: self.selector,
                };
                Some((folder.as_path(), Settings::AutoScale(scale)))
            }
            _ => None,
        };
        enable(&vnfm, &vnf, Reaction::Scale, rules, &self.waiting).await
    }
}
