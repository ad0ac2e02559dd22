//! A file of Prometheus rules, with what it was made of in its head.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::promql::time;
use super::{Error, Heal, Reach, Scale, Watched};

/// Begins the line from which a file is known, and which holds what it was made of.
pub(super) const MARK: &str = "# vnfctl-rules: ";

/// What a person asked the rules to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Settings {
    /// Replace nodes.
    AutoHeal(Heal),
    /// Change their number.
    AutoScale(Scale),
}

impl Settings {
    /// The command that writes such a file, which is also what the file's name ends with.
    #[must_use]
    pub fn command(&self) -> &'static str {
        match self {
            Self::AutoHeal(_) => "autoheal",
            Self::AutoScale(_) => "autoscale",
        }
    }
}

impl fmt::Display for Settings {
    /// A line for each thing that a person set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AutoHeal(heal) => {
                let vdus = match heal.vdus.as_slice() {
                    [] => "all that can be replaced".into(),
                    named => named.join(", "),
                };
                writeln!(f, "VDUs: {vdus}")?;
                writeln!(f, "ill for: {}", time(heal.pending))?;
                writeln!(f, "ill at once: {}% at most", heal.max_unhealthy)
            }
            Self::AutoScale(scale) => {
                let least = scale.min.map_or("the least".into(), |min| min.to_string());
                writeln!(f, "aspect: {}", scale.aspect)?;
                writeln!(f, "nodes: from {least} to {}", scale.max)?;
                if let Some(above) = scale.out_above {
                    writeln!(f, "out: {} above {above}", scale.metric)?;
                }
                if let Some(below) = scale.in_below {
                    writeln!(f, "in: {} below {below}", scale.metric)?;
                }
                let (pending, rest) = (time(scale.pending), time(scale.stabilization));
                writeln!(f, "load so for: {pending}\nnumber the same for: {rest}")
            }
        }
    }
}

/// The head of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) vnf: String,
    #[serde(flatten)]
    pub(super) settings: Settings,
}

/// Prometheus' `rule_files`.
#[derive(Debug, Serialize)]
struct Groups {
    groups: [Group; 1],
}

#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rules: Vec<Rule>,
}

/// A recording or an alerting rule.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    expr: String,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    pending: Option<String>,
    labels: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'static str, String>,
}

impl Rule {
    /// Keeps what an expression yields under a name, as the VNF's.
    pub(super) fn record(name: &str, vnf: &str, expr: String) -> Self {
        Self {
            record: Some(name.into()),
            expr,
            labels: [("vnf_instance_id", vnf.to_owned())].into(),
            ..Self::default()
        }
    }

    /// Fires when an expression has yielded something for a while.
    pub(super) fn alert(
        name: &str,
        expr: String,
        pending: Duration,
        labels: &[(&'static str, &str)],
        summary: &str,
    ) -> Self {
        let labels = labels
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned()));
        Self {
            alert: Some(name.into()),
            expr,
            pending: Some(time(pending)),
            labels: labels.collect(),
            annotations: [("summary", summary.to_owned())].into(),
            ..Self::default()
        }
    }
}

/// Writes the rules of a VNF; `reach` is what scaling it changes.
///
/// # Errors
/// The settings do not fit the VNF.
pub fn render(
    watched: &Watched,
    settings: &Settings,
    reach: Option<&Reach>,
) -> Result<String, Error> {
    let group = match (settings, reach) {
        (Settings::AutoHeal(heal), _) => heal.group(watched)?,
        (Settings::AutoScale(scale), Some(reach)) => scale.group(watched, reach)?,
        (Settings::AutoScale(_), None) => {
            return Err(Error::Invalid("what scaling changes is not known".into()));
        }
    };
    let unwritten = |what: &str| Error::Invalid(format!("{what} cannot be written"));
    let head = Head {
        vnf: watched.id.clone(),
        settings: settings.clone(),
    };
    let head = serde_json::to_string(&head).map_err(|_| unwritten("the settings"))?;
    let groups = Groups { groups: [group] };
    let groups = serde_yaml::to_string(&groups).map_err(|_| unwritten("the rules"))?;
    let command = settings.command();
    Ok(format!(
        "# Rules for Prometheus, written by `vnfctl {command} enable`, which writes them anew; \
         `vnfctl {command} disable` removes them.\n{MARK}{head}\n{groups}"
    ))
}
