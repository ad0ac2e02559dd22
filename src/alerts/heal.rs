//! Rules that have Tacker replace nodes that are ill.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::promql::{Matcher, Series, inward, quoted, seconds};
use super::rules::{Group, Rule};
use super::{Error, Watched};

/// Without any node to look at for so long, somebody is told.
const BLIND: Duration = Duration::from_secs(900);

/// When a node is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heal {
    /// VDUs whose nodes are; without any, all but a control plane that is the only one.
    pub vdus: Vec<String>,
    /// For how long a node must be ill.
    #[serde(with = "seconds")]
    pub pending: Duration,
    /// Percentage of a VDU's nodes of which no more may be ill at once; one always may.
    pub max_unhealthy: u8,
    /// What else is an illness.
    pub signals: Vec<Signal>,
    /// Which series are the cluster's.
    pub selector: Vec<Matcher>,
}

/// An illness of nodes: `NAME=EXPR`, where the expression yields a series with the label `node` for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    name: String,
    expr: String,
}

impl FromStr for Signal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = text.split_once('=');
        let valid =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        match found {
            Some((name, expr)) if valid(name) && !expr.trim().is_empty() => Ok(Self {
                name: name.into(),
                expr: expr.trim().into(),
            }),
            _ => Err(format!(
                "`{text}` is not a name of letters and an expression, such as \
                 DiskFull='node_filesystem_avail_bytes < 1e9'"
            )),
        }
    }
}

impl Heal {
    pub(super) fn group(&self, watched: &Watched) -> Result<Group, Error> {
        if !(1..=100).contains(&self.max_unhealthy) {
            let why = format!("{} is no percentage from 1 to 100", self.max_unhealthy);
            return Err(Error::Invalid(why));
        }
        let series = Series(&self.selector);
        let vdus = watched.to_heal(&self.vdus)?;
        let nodes = vdus
            .iter()
            .map(|(vdu, control_plane)| series.nodes(&watched.id, vdu, *control_plane));
        let nodes = nodes.collect::<Vec<_>>().join("\nor\n");
        let id = format!("{{vnf_instance_id={}}}", quoted(&watched.id));
        let record = |name: &str, expr| Rule::record(name, &watched.id, expr);
        let share = f64::from(self.max_unhealthy) / 100.0;
        let rules = vec![
            record("vnfctl_autoheal:node", nodes),
            record("vnfctl_autoheal:node_down", self.down(&series, &id)),
            record(
                "vnfctl_autoheal:held_back",
                format!(
                    "count by (vnf_instance_id, vdu) (
  count by (vnf_instance_id, vdu, node) (vnfctl_autoheal:node_down{id})
)
  > clamp_min({share} * count by (vnf_instance_id, vdu) (vnfctl_autoheal:node{id}), 1)"
                ),
            ),
            Rule::alert(
                "VnfctlHeal",
                format!(
                    "vnfctl_autoheal:node_down{id}
  unless on (vnf_instance_id, vdu) vnfctl_autoheal:held_back{id}"
                ),
                self.pending,
                &[("receiver_type", "tacker"), ("function_type", "auto_heal")],
                "Node {{ $labels.node }} is ill ({{ $labels.reason }}): Tacker replaces it",
            ),
            Rule::alert(
                "VnfctlHealHeldBack",
                format!("vnfctl_autoheal:held_back{id}"),
                self.pending,
                &[("severity", "warning")],
                "{{ $value }} nodes of VDU {{ $labels.vdu }} are ill at once, too many to be \
                 replaced without somebody looking",
            ),
            Rule::alert(
                "VnfctlHealBlind",
                format!("absent(vnfctl_autoheal:node{id})"),
                BLIND,
                &[("severity", "warning")],
                "Nothing is known of the VNF's nodes, so none is replaced: look at \
                 kube-state-metrics, and whether it exports the nodes' label vnfctl.dev/server",
            ),
        ];
        Ok(Group {
            name: format!("vnfctl-autoheal-{}", watched.id),
            rules,
        })
    }

    /// The nodes that are ill, once for each illness.
    fn down(&self, series: &Series<'_>, id: &str) -> String {
        let agents = series.of(
            "kube_pod_info",
            r#"namespace="kube-system", created_by_kind="DaemonSet", created_by_name="cilium""#,
        );
        let ready = series.of("kube_pod_status_ready", r#"condition="true""#);
        let agent_down = format!("{agents}\n  and on (namespace, pod) {ready} == 0");
        let own = [
            ("NotReady", series.not_ready()),
            ("CiliumAgentDown", agent_down),
        ];
        let own = own.iter().map(|(name, expr)| (*name, expr.as_str()));
        let more = self
            .signals
            .iter()
            .map(|one| (one.name.as_str(), one.expr.as_str()));
        let each = own.chain(more).map(|(name, expr)| {
            let expr = inward(&inward(expr));
            format!(
                "label_replace(
  vnfctl_autoheal:node{id} and on (node) (
{expr}
  ),
  \"reason\", {}, \"\", \"\"
)",
                quoted(name)
            )
        });
        each.collect::<Vec<_>>().join("\nor\n")
    }
}
