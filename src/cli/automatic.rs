//! `vnfctl autoheal` and `vnfctl autoscale`: whether Tacker heals and scales a VNF when alerts ask for it.
//!
//! Tacker 16 goes by two members of the VNF's `vnfConfigurableProperties` (SOL003 §5.5.2.2) and never
//! by what the VNFD says of them, so they are switched on the VNF.

use clap::Subcommand;
use serde_json::json;

use super::args::Global;
use super::output;
use super::vnf::Waiting;
use super::{Exit, Failure, context};
use crate::tacker::VnfInstance;

/// What alerts may set off by themselves.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reaction {
    Heal,
    Scale,
}

impl Reaction {
    fn words(self) -> &'static str {
        match self {
            Self::Heal => "automatic healing",
            Self::Scale => "automatic scaling",
        }
    }

    /// The member that Tacker looks at (`prometheus_plugin.py`).
    fn member(self) -> &'static str {
        match self {
            Self::Heal => "isAutohealEnabled",
            Self::Scale => "isAutoscaleEnabled",
        }
    }

    fn is_on(self, vnf: &VnfInstance) -> bool {
        let properties = vnf.rest.get("vnfConfigurableProperties");
        let switch = properties.and_then(|all| all.get(self.member()));
        switch.is_some_and(|value| value.as_bool().unwrap_or(true))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Switch {
    /// Let Tacker do it
    Enable(Change),
    /// Leave it to people
    Disable(Change),
    /// Print `enabled` or `disabled`
    Status {
        /// Name or id of the VNF
        vnf: String,
    },
}

/// A switch of one VNF.
#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// Name or id of the VNF
    vnf: String,
    #[command(flatten)]
    waiting: Waiting,
}

impl Switch {
    pub(super) async fn run(self, global: &Global, reaction: Reaction) -> Result<Exit, Failure> {
        match self {
            Self::Enable(change) => change.run(global, reaction, true).await,
            Self::Disable(change) => change.run(global, reaction, false).await,
            Self::Status { vnf } => {
                let vnf = context::vnfm(global)?.find(&vnf).await?;
                output::put(&format!("{}\n", state(reaction.is_on(&vnf))))?;
                Ok(Exit::Done)
            }
        }
    }
}

fn state(is_on: bool) -> &'static str {
    if is_on { "enabled" } else { "disabled" }
}

impl Change {
    async fn run(self, global: &Global, reaction: Reaction, on: bool) -> Result<Exit, Failure> {
        let vnfm = context::vnfm(global)?;
        let vnf = vnfm.find(&self.vnf).await?;
        let (what, label) = (reaction.words(), vnf.label());
        if reaction.is_on(&vnf) == on {
            anstream::eprintln!("{what} of {label} is {} already", state(on));
            return Ok(Exit::Done);
        }
        let patch = json!({"vnfConfigurableProperties": {reaction.member(): on}});
        let submitted = vnfm.modify(&vnf, patch).await?;
        let verb = if on { "enable" } else { "disable" };
        self.waiting
            .finish(&vnfm, &format!("{verb} {what} of {label}"), submitted)
            .await
    }
}
