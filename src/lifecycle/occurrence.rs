//! What this room needs to know of a VNF LCM operation occurrence (SOL003 §5.5.2.13).

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// State of an operation occurrence (SOL003 §5.5.4.4), as far as Tacker's v2 API has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Accepted; the VNFD is being loaded and the grant asked for.
    Starting,
    /// The VIM is being changed.
    Processing,
    /// Done.
    Completed,
    /// Failed; blocks the VNF until it is retried, rolled back or given up.
    FailedTemp,
    /// Given up.
    Failed,
    /// Being undone.
    RollingBack,
    /// Undone, or refused before anything was changed.
    RolledBack,
    /// A state that Tacker 16 does not document.
    #[serde(other)]
    Unknown,
}

impl State {
    /// Returns whether no request and no time changes this state any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::RolledBack)
    }
}

/// Reads a time as Tacker writes it: some lists forget to say that it is UTC.
#[must_use]
pub fn moment(text: &str) -> Option<jiff::Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "STARTING",
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::FailedTemp => "FAILED_TEMP",
            Self::Failed => "FAILED",
            Self::RollingBack => "ROLLING_BACK",
            Self::RolledBack => "ROLLED_BACK",
            Self::Unknown => "a state that vnfctl does not know",
        })
    }
}

/// Kind of operation (SOL003 §5.5.4.5), as far as Tacker's v2 API has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operation {
    /// Instantiate.
    Instantiate,
    /// Scale out or in.
    Scale,
    /// Heal.
    Heal,
    /// Terminate.
    Terminate,
    /// Modify the instance's information.
    ModifyInfo,
    /// Change the external connectivity.
    ChangeExtConn,
    /// Change the VNF package.
    ChangeVnfpkg,
    /// An operation that Tacker 16 does not document.
    #[serde(other)]
    Unknown,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instantiate => "INSTANTIATE",
            Self::Scale => "SCALE",
            Self::Heal => "HEAL",
            Self::Terminate => "TERMINATE",
            Self::ModifyInfo => "MODIFY_INFO",
            Self::ChangeExtConn => "CHANGE_EXT_CONN",
            Self::ChangeVnfpkg => "CHANGE_VNFPKG",
            Self::Unknown => "an operation that vnfctl does not know",
        })
    }
}

/// Problem details that Tacker keeps with a failed occurrence (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Problem {
    /// One line of what is wrong.
    pub title: Option<String>,
    /// HTTP status that would describe it.
    pub status: Option<u16>,
    /// What happened, in the server's or the script's own words.
    #[serde(default)]
    pub detail: String,
}

/// Parameters of an operation, as far as they decide what may follow a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Params {
    /// `SCALE_OUT` or `SCALE_IN`; only of a scale operation.
    #[serde(rename = "type")]
    pub scale_type: Option<String>,
}

/// What an operation has changed (SOL003 §5.5.2.13); Tacker tells at its end.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChanges {
    /// The VNFCs that came and went.
    #[serde(default)]
    pub affected_vnfcs: Vec<AffectedVnfc>,
}

/// A VNFC that came, went or changed (SOL003 §5.5.3.13).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AffectedVnfc {
    /// Its VDU.
    #[serde(default)]
    pub vdu_id: String,
    /// `ADDED`, `REMOVED`, `MODIFIED` or `TEMPORARY`.
    #[serde(default)]
    pub change_type: String,
}

/// One look at an operation occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// Identifier of the occurrence.
    pub id: String,
    /// VNF instance that it changes.
    pub vnf_instance_id: String,
    /// Kind of operation.
    pub operation: Operation,
    /// State at the time of the look.
    #[serde(rename = "operationState")]
    pub state: State,
    /// Parameters of the request.
    #[serde(default)]
    pub operation_params: Option<Params>,
    /// Why it failed, once it has.
    #[serde(default)]
    pub error: Option<Problem>,
    /// What it has changed, once it has.
    #[serde(default)]
    pub resource_changes: Option<ResourceChanges>,
}

impl Observed {
    /// Says which VNFCs came and went, such as `worker: 2 added`; nothing when none did.
    #[must_use]
    pub fn changes(&self) -> Option<String> {
        let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for vnfc in self
            .resource_changes
            .iter()
            .flat_map(|all| &all.affected_vnfcs)
        {
            let change = (vnfc.vdu_id.as_str(), vnfc.change_type.to_lowercase());
            *counts.entry(change).or_default() += 1;
        }
        let mut text = String::new();
        let mut last = None;
        for ((vdu, change), count) in counts {
            let lead = match last.replace(vdu) {
                Some(before) if before == vdu => ", ".to_owned(),
                Some(_) => format!("; {vdu}: "),
                None => format!("{vdu}: "),
            };
            text.push_str(&format!("{lead}{count} {change}"));
        }
        (!text.is_empty()).then_some(text)
    }

    /// Returns whether Tacker can undo this operation.
    ///
    /// It answers 202 to every rollback, but ends those of HEAL, TERMINATE and SCALE IN in
    /// FAILED_TEMP again with "Rollback of … is not supported.".
    #[must_use]
    pub fn can_roll_back(&self) -> bool {
        let scale_in = self
            .operation_params
            .as_ref()
            .is_some_and(|params| params.scale_type.as_deref() == Some("SCALE_IN"));
        match self.operation {
            Operation::Heal | Operation::Terminate | Operation::Unknown => false,
            Operation::Scale => !scale_in,
            Operation::Instantiate
            | Operation::ModifyInfo
            | Operation::ChangeExtConn
            | Operation::ChangeVnfpkg => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_counted_by_vdu_and_kind() {
        let vnfc = |vdu: &str, change: &str| json!({"vduId": vdu, "changeType": change, "id": "1"});
        let mut json = json!({"id": "o", "vnfInstanceId": "v", "operation": "HEAL",
            "operationState": "COMPLETED", "resourceChanges": {"affectedVnfcs": [
                vnfc("w", "REMOVED"), vnfc("w", "ADDED"), vnfc("w", "ADDED"), vnfc("m", "ADDED")]}});
        let seen: Observed = serde_json::from_value(json.clone()).unwrap();
        let words = seen.changes().unwrap();
        assert_eq!(words, "m: 1 added; w: 2 added, 1 removed");
        json["resourceChanges"] = json!({"affectedVnfcs": []});
        let seen: Observed = serde_json::from_value(json).unwrap();
        assert_eq!(seen.changes(), None);
    }
}
