//! Parts of PromQL expressions that rules have in common.

use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The node object's label `vnfctl.dev/server`, as kube-state-metrics names it.
const SERVER: &str = "label_vnfctl_dev_server";
/// The same of `vnfctl.dev/vnf`, which nodes that are older than it do not have.
const VNF: &str = "label_vnfctl_dev_vnf";

/// A label that series must have, `NAME=VALUE`: which cluster of several they are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    name: String,
    value: String,
}

impl FromStr for Matcher {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("`{text}` is not a label and its value, such as cluster=edge1");
        let (name, value) = text.split_once('=').ok_or_else(bad)?;
        let mut letters = name.chars();
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let is_name = letters.next().is_some_and(first)
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        // PromQL's own `=~` and quotes would be taken for a part of the value.
        if !is_name || value.is_empty() || value.starts_with(['~', '"', '\'']) {
            return Err(bad());
        }
        Ok(Self {
            name: name.into(),
            value: value.into(),
        })
    }
}

/// Writes a string as PromQL has it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Writes a length of time as Prometheus does, such as `5m`.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => "0s".into(),
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// Lengths of time as whole seconds, in the head of a file.
pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        time: &Duration,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_u64(time.as_secs())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_secs)
    }
}

/// Moves the lines of an expression inward.
pub(super) fn inward(expression: &str) -> String {
    let lines = expression
        .trim_end()
        .lines()
        .map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Selects series of the clusters that the matchers leave.
#[derive(Debug)]
pub(super) struct Series<'a>(pub(super) &'a [Matcher]);

impl Series<'_> {
    /// Writes a selector: the metric, matchers of its own, and those for the cluster.
    pub(super) fn of(&self, metric: &str, own: &str) -> String {
        let mut matchers = own.to_owned();
        for Matcher { name, value } in self.0 {
            if !matchers.is_empty() {
                matchers.push_str(", ");
            }
            // Writing to a string cannot fail.
            let _ = write!(matchers, "{name}={}", quoted(value));
        }
        if matchers.is_empty() {
            return metric.into();
        }
        format!("{metric}{{{matchers}}}")
    }

    /// One series for each node of a VNF's VDU, with the labels `node`, `vdu` and `vnfc_info_id`.
    pub(super) fn nodes(&self, vnf: &str, vdu: &str, control_plane: bool) -> String {
        let set = if control_plane { "and" } else { "unless" };
        let own = format!("{SERVER}!=\"\", {VNF}=~{}", quoted(&format!("{vnf}|")));
        let labels = self.of("kube_node_labels", &own);
        let role = self.of("kube_node_role", "role=\"control-plane\"");
        let vdu = quoted(vdu);
        format!(
            "max by (node, vdu, vnfc_info_id) (
  label_join(
    label_replace(
      {labels}
        {set} on (node) {role},
      \"vdu\", {vdu}, \"\", \"\"
    ),
    \"vnfc_info_id\", \"-\", \"vdu\", \"{SERVER}\"
  )
)"
        )
    }

    /// The nodes that Kubernetes does not call Ready.
    pub(super) fn not_ready(&self) -> String {
        let own = "condition=\"Ready\", status=\"true\"";
        format!("{} == 0", self.of("kube_node_status_condition", own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("cluster=edge1", Some(r#"up{cluster="edge1"}"#))]
    #[case(r#"a_1=x"y\z"#, Some(r#"up{a_1="x\"y\\z"}"#))]
    #[case("cluster", None)]
    #[case("cluster=", None)]
    #[case("=edge1", None)]
    #[case("1a=b", None)]
    #[case("cluster=~edge.*", None)]
    #[case(r#"cluster="edge1""#, None)]
    fn a_matcher_is_a_label_and_a_plain_value(#[case] text: &str, #[case] selector: Option<&str>) {
        let matcher = text.parse::<Matcher>();
        let selected = matcher.map(|one| Series(&[one]).of("up", ""));
        assert_eq!(selected.ok().as_deref(), selector);
    }

    #[rstest]
    #[case(0, "0s")]
    #[case(45, "45s")]
    #[case(90, "90s")]
    #[case(300, "5m")]
    #[case(7200, "2h")]
    fn times_are_prometheus_own(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(time(Duration::from_secs(seconds)), text);
    }
}
