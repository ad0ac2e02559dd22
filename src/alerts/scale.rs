//! Rules that have Tacker change the number of a cluster's workers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::promql::{Matcher, Series, inward, quoted, seconds, time};
use super::rules::{Group, Rule};
use super::{Error, Watched};

/// Without a load to look at for so long, somebody is told.
const BLIND: Duration = Duration::from_secs(900);

/// The host in an `instance` label: a name or an address, with or without a port.
const HOST: &str = r"\\[?(.+?)\\]?(:[0-9]+)?";

/// When the number of nodes changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The scaling aspect.
    pub aspect: String,
    /// Nodes that alerts leave at least; without it, those of the lowest level.
    pub min: Option<u32>,
    /// Nodes that alerts make at most.
    pub max: u32,
    /// What is measured.
    pub metric: Metric,
    /// More than this is too much.
    pub out_above: Option<f64>,
    /// Less than this is too little.
    pub in_below: Option<f64>,
    /// For how long it must be.
    #[serde(with = "seconds")]
    pub pending: Duration,
    /// For how long the number of nodes must have been the same.
    #[serde(with = "seconds")]
    pub stabilization: Duration,
    /// Which series are the cluster's.
    pub selector: Vec<Matcher>,
}

/// What a step of the aspect changes, by the VNFD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The VDU whose nodes are changed.
    pub vdu: String,
    /// Nodes that a step adds or removes.
    pub step: u32,
    /// The least that there can be.
    pub least: u32,
    /// The most that there can be.
    pub most: u32,
}

/// What the load is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Percentage of the nodes' CPU time that is used, by node-exporter.
    Cpu,
    /// Percentage of their memory that is used, by node-exporter.
    Memory,
    /// Percentage of the pods that they can hold, by kube-state-metrics.
    Pods,
    /// A PromQL expression; the highest of what it yields counts.
    Expr(String),
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("an empty expression measures nothing".into()),
            "cpu" => Ok(Self::Cpu),
            "memory" => Ok(Self::Memory),
            "pods" => Ok(Self::Pods),
            expr => Ok(Self::Expr(expr.into())),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pods => "pods",
            Self::Expr(expr) => expr,
        })
    }
}

impl Metric {
    /// Tells whether it is a mean over the nodes, so that what it will be on fewer can be reckoned.
    fn is_mean(&self) -> bool {
        !matches!(self, Self::Expr(_))
    }

    /// The load of the nodes that `nodes` selects, one series without labels.
    fn load(&self, series: &Series<'_>, nodes: &str) -> String {
        match self {
            Self::Cpu => {
                let idle = series.of("node_cpu_seconds_total", "mode=\"idle\"");
                let used = format!("1 - avg by (instance) (rate({idle}[5m]))");
                Self::of_hosts(series, nodes, &used)
            }
            Self::Memory => {
                let free = series.of("node_memory_MemAvailable_bytes", "");
                let all = series.of("node_memory_MemTotal_bytes", "");
                let used = format!("1 - max by (instance) ({free} / {all})");
                Self::of_hosts(series, nodes, &used)
            }
            Self::Pods => {
                let pods = series.of("kube_pod_info", "node!=\"\"");
                let phase = series.of("kube_pod_status_phase", "phase=~\"Pending|Running\"");
                let room = series.of("kube_node_status_allocatable", "resource=\"pods\"");
                format!(
                    "100
  * count(
      max by (namespace, pod, node) ({pods})
        and on (namespace, pod) {phase} == 1
        and on (node) {nodes}
    )
  / sum(max by (node) ({room}) and on (node) {nodes})"
                )
            }
            Self::Expr(expr) => format!("max(\n{}\n)", inward(expr)),
        }
    }

    /// The mean in percent of what node-exporter says of the nodes' hosts, which its `instance` names
    /// or gives the address of.
    fn of_hosts(series: &Series<'_>, nodes: &str, used: &str) -> String {
        let info = series.of("kube_node_info", "");
        format!(
            "100 * avg(
  label_replace({used}, \"host\", \"$1\", \"instance\", \"{HOST}\")
    and on (host) (
      label_replace({nodes}, \"host\", \"$1\", \"node\", \"(.+)\")
        or label_replace({info} and on (node) {nodes}, \"host\", \"$1\", \"internal_ip\", \"(.+)\")
    )
)"
        )
    }
}

impl Scale {
    /// Checks the settings against themselves and the VNFD.
    fn check(&self, reach: &Reach) -> Result<(), Error> {
        let invalid = |why: String| Err(Error::Invalid(why));
        let Reach {
            vdu,
            step,
            least,
            most,
        } = reach;
        let (min, max) = (self.least(reach), self.max);
        if min < *least || max > *most {
            return invalid(format!(
                "aspect `{}` scales VDU `{vdu}` from {least} to {most} VNFCs, not from {min} to {max}",
                self.aspect
            ));
        }
        if max < min.saturating_add(*step) {
            return invalid(format!(
                "from {min} to {max} VNFCs there is no step of {step} to take"
            ));
        }
        let limits = [self.out_above, self.in_below];
        let percent = |limit: f64| !self.metric.is_mean() || (0.0..=100.0).contains(&limit);
        for limit in limits.into_iter().flatten() {
            if !limit.is_finite() {
                return invalid(format!("{limit} is no number to compare a load with"));
            }
            if !percent(limit) {
                return invalid(format!("{limit} is no percentage of cpu, memory or pods"));
            }
        }
        match limits {
            [None, None] => invalid("neither --out-above nor --in-below is given".into()),
            [Some(above), Some(below)] if below >= above => invalid(format!(
                "scaling in below {below} and out above {above} would never come to rest"
            )),
            _ => Ok(()),
        }
    }

    fn least(&self, reach: &Reach) -> u32 {
        self.min.unwrap_or(reach.least)
    }

    pub(super) fn group(&self, watched: &Watched, reach: &Reach) -> Result<Group, Error> {
        self.check(reach)?;
        let control_plane = watched.control_plane(&reach.vdu)?;
        let series = Series(&self.selector);
        let id = format!("{{vnf_instance_id={}}}", quoted(&watched.id));
        let nodes = format!("vnfctl_autoscale:node{id}");
        let record = |name: &str, expr| Rule::record(name, &watched.id, expr);
        let window = time(self.stabilization.max(Duration::from_secs(1)));
        let mut rules = vec![
            record(
                "vnfctl_autoscale:node",
                series.nodes(&watched.id, &reach.vdu, control_plane),
            ),
            record("vnfctl_autoscale:nodes", format!("count({nodes})")),
            record("vnfctl_autoscale:load", self.metric.load(&series, &nodes)),
            record(
                "vnfctl_autoscale:settled",
                format!(
                    "max_over_time(vnfctl_autoscale:nodes{id}[{window}])
  == min_over_time(vnfctl_autoscale:nodes{id}[{window}])"
                ),
            ),
        ];
        rules.extend(self.out_above.map(|above| self.out(above, reach, &id)));
        rules.extend(
            self.in_below
                .map(|below| self.in_(below, reach, &series, &id)),
        );
        rules.push(Rule::alert(
            "VnfctlScaleBlind",
            format!("absent(vnfctl_autoscale:load{id} and on (vnf_instance_id) vnfctl_autoscale:nodes{id})"),
            BLIND,
            &[("severity", "warning"), ("vnf_instance_id", &watched.id)],
            "The load of the VNF is not known, so it is not scaled: look at node-exporter, and at \
             kube-state-metrics and whether it exports the nodes' label vnfctl.dev/server",
        ));
        Ok(Group {
            name: format!("vnfctl-autoscale-{}", watched.id),
            rules,
        })
    }

    fn out(&self, above: f64, reach: &Reach, id: &str) -> Rule {
        // The bounds leave room for a step, so there is no less than none.
        let room = self.max.saturating_sub(reach.step);
        let expr = format!(
            "vnfctl_autoscale:load{id} > {above}
  and on (vnf_instance_id) vnfctl_autoscale:nodes{id} <= {room}
  and on (vnf_instance_id) vnfctl_autoscale:settled{id}"
        );
        let summary = format!(
            "The load is {{{{ $value | printf \"%.1f\" }}}}, above {above}: Tacker adds nodes"
        );
        self.alert("VnfctlScaleOut", expr, "SCALE_OUT", &summary)
    }

    fn in_(&self, below: f64, reach: &Reach, series: &Series<'_>, id: &str) -> Rule {
        let step = reach.step;
        let room = self.least(reach).saturating_add(step);
        let mut expr = format!(
            "vnfctl_autoscale:load{id} < {below}
  and on (vnf_instance_id) vnfctl_autoscale:nodes{id} >= {room}
  and on (vnf_instance_id) vnfctl_autoscale:settled{id}
  unless on (vnf_instance_id) (
    vnfctl_autoscale:node{id} and on (node) ({})
  )",
            series.not_ready()
        );
        if let Some(above) = self.out_above.filter(|_| self.metric.is_mean()) {
            // What fewer nodes will have to bear must not make them more again.
            expr = format!(
                "{expr}
  and on (vnf_instance_id) (
    vnfctl_autoscale:load{id}
      * on (vnf_instance_id) vnfctl_autoscale:nodes{id}
      / on (vnf_instance_id) (vnfctl_autoscale:nodes{id} - {step})
      < {above}
  )"
            );
        }
        let summary = format!(
            "The load is {{{{ $value | printf \"%.1f\" }}}}, below {below}: Tacker removes nodes"
        );
        self.alert("VnfctlScaleIn", expr, "SCALE_IN", &summary)
    }

    fn alert(&self, name: &str, expr: String, way: &str, summary: &str) -> Rule {
        let labels = [
            ("receiver_type", "tacker"),
            ("function_type", "auto_scale"),
            ("aspect_id", self.aspect.as_str()),
            ("auto_scale_type", way),
        ];
        Rule::alert(name, expr, self.pending, &labels, summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Settings;
    use serde_json::json;

    fn watched() -> Watched {
        let vnf = json!({
            "id": "v", "vnfdId": "d", "instantiationState": "INSTANTIATED",
            "instantiatedVnfInfo": {"flavourId": "simple", "vnfcInfo": [
                {"id": "worker-s", "vduId": "worker", "vnfcResourceInfoId": "s"}]},
        });
        let settings = json!({"access": {"user": "u"}, "vdus": {"worker": {"role": "worker"}}});
        let settings: Settings = serde_json::from_value(settings).unwrap();
        Watched::of(&serde_json::from_value(vnf).unwrap(), &settings).unwrap()
    }

    #[test]
    fn bounds_leave_room_for_a_whole_step() {
        let scale = Scale {
            aspect: "workers".into(),
            min: None,
            max: 8,
            metric: Metric::Pods,
            out_above: Some(80.0),
            in_below: Some(2.5),
            pending: Duration::from_secs(90),
            stabilization: Duration::ZERO,
            selector: Vec::new(),
        };
        let mut reach = Reach {
            vdu: "worker".into(),
            step: 3,
            least: 1,
            most: 10,
        };
        let group = scale.group(&watched(), &reach).unwrap();
        let text = serde_json::to_string(&group).unwrap();
        for part in [
            "<= 5\\n",
            ">= 4\\n",
            "- 3)\\n",
            "< 2.5\\n",
            "[1s]",
            "\"for\":\"90s\"",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        reach.step = 8;
        assert!(scale.group(&watched(), &reach).is_err());
    }
}
