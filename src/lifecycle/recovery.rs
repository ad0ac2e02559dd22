//! What can be done about an operation that does not end as wished, and what comes of each way.
//!
//! Tacker takes retry, rollback and fail of every operation in FAILED_TEMP and says nothing of what
//! they will do; some it refuses only afterwards (`sol_refactored/conductor/conductor_v2.py`).

use std::time::Duration;

use serde::Serialize;

use super::{Limits, Observed, Operation, State};

/// A way out of FAILED_TEMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Try again with the same request.
    Retry,
    /// Undo it.
    Rollback,
    /// Give it up, leaving things as they are.
    Fail,
}

impl Strategy {
    /// Names it as Tacker's API does.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Rollback => "rollback",
            Self::Fail => "fail",
        }
    }
}

/// What a way would do to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Way {
    /// The way.
    pub strategy: Strategy,
    /// Whether it leads out of FAILED_TEMP at all, given that what it does succeeds.
    pub leads_out: bool,
    /// What it does.
    pub does: &'static str,
}

/// How an operation stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// What its state means.
    pub standing: String,
    /// The ways that there are; none but in FAILED_TEMP.
    pub ways: Vec<Way>,
    /// The way to take first, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended: Option<(Strategy, &'static str)>,
}

/// Advises on an operation that has been in its state for so long, where that is known.
#[must_use]
pub fn advise(seen: &Observed, since: Option<Duration>) -> Advice {
    let is_failed = seen.state == State::FailedTemp;
    Advice {
        standing: standing(seen.state, since),
        ways: if is_failed { ways(seen) } else { Vec::new() },
        recommended: is_failed.then(|| recommended(seen)),
    }
}

/// How long a state may last before it is worth a look, and where to look then.
#[must_use]
pub fn stall(state: State) -> Option<(Duration, &'static str)> {
    let minutes = |count: u64| Duration::from_secs(count * 60);
    match state {
        State::Starting => Some((
            minutes(1),
            "look whether tacker-conductor runs, and with `vnfctl op list VNF` whether another operation holds the VNF",
        )),
        State::Processing => Some((
            minutes(15),
            "`vnfctl show VNF --tree` shows which servers and resources are not ready; hooks of the package run in \
             tacker-conductor, and its log has their words",
        )),
        State::RollingBack => Some((
            minutes(15),
            "`vnfctl show VNF --tree` shows what is still there; what Heat cannot delete, it names",
        )),
        _ => None,
    }
}

fn standing(state: State, since: Option<Duration>) -> String {
    let limit = Limits::default().starting;
    let words = match state {
        State::Starting if since.is_some_and(|since| since >= limit) => {
            "Tacker has not begun with it: probably another operation held the VNF when it came. It never \
             begins; a restart of tacker-conductor ends it in ROLLED_BACK"
        }
        State::Starting => {
            "Tacker reads the package and asks for the grant; nothing is changed yet"
        }
        State::Processing => "the VIM is being changed, or a hook of the package runs",
        State::Completed => "it is done",
        State::FailedTemp => {
            "it failed, and blocks every other operation of the VNF until one of these is chosen"
        }
        State::Failed => {
            "it was given up: things are as the failure left them, and nothing is blocked"
        }
        State::RollingBack => "it is being undone",
        State::RolledBack => {
            "it was undone, or refused before it changed anything; nothing is blocked"
        }
        State::Unknown => "this is no state of Tacker 16",
    };
    match stall(state) {
        Some((limit, look)) if since.is_some_and(|since| since >= limit) => {
            format!("{words}; that is long: {look}")
        }
        _ => words.to_owned(),
    }
}

fn ways(seen: &Observed) -> Vec<Way> {
    use Operation::{ChangeExtConn, ChangeVnfpkg, Heal, Instantiate, ModifyInfo, Scale, Terminate};
    let retry = match seen.operation {
        Instantiate => "goes on with the stack if there is one, or makes it; hooks run again",
        ChangeVnfpkg => "goes on to the new package, with the same request",
        _ => "does it again, with the same request; hooks run again",
    };
    let leads_back = seen.can_roll_back();
    let rollback = match seen.operation {
        Instantiate => "deletes the stack; the VNF's record stays, without resources",
        Scale if leads_back => "takes away what was added",
        ChangeVnfpkg => "goes back to the images and flavors of the old package",
        ChangeExtConn => {
            "goes back to the external links that Tacker has noted; ports of which it noted none stay where they are"
        }
        ModifyInfo => "changes nothing, as nothing was changed",
        Scale | Heal | Terminate | Operation::Unknown => {
            "Tacker accepts it, and ends it in FAILED_TEMP again: `Rollback of … is not supported.`"
        }
    };
    let fail = match seen.operation {
        Instantiate => {
            "the stack stays in the cloud, and the VNF counts as not instantiated; instantiating it again takes the stack over"
        }
        Terminate => {
            "what is left of the stack stays in the cloud, and the VNF counts as instantiated"
        }
        _ => "what was changed stays changed, and Tacker's record says what it said before",
    };
    let way = |strategy, leads_out, does| Way {
        strategy,
        leads_out,
        does,
    };
    vec![
        way(Strategy::Retry, true, retry),
        way(Strategy::Rollback, leads_back, rollback),
        way(Strategy::Fail, true, fail),
    ]
}

/// Words of errors that come and go by themselves.
const PASSING: [&str; 7] = [
    "timed out",
    "timeout",
    "unreachable",
    "connection refused",
    "connection reset",
    "service unavailable",
    "conductor processing error",
];

fn recommended(seen: &Observed) -> (Strategy, &'static str) {
    let detail = seen.error.as_ref().map(|error| error.detail.to_lowercase());
    let detail = detail.unwrap_or_default();
    if PASSING.iter().any(|words| detail.contains(words)) {
        return (
            Strategy::Retry,
            "the cause may have passed by itself, and a retry costs nothing else",
        );
    }
    match seen.operation {
        Operation::Instantiate | Operation::Scale | Operation::ChangeVnfpkg
            if seen.can_roll_back() =>
        {
            (
                Strategy::Rollback,
                "it leads back to what was; mend the cause, then ask again",
            )
        }
        _ => (
            Strategy::Retry,
            "once the cause is mended, it is what leads to where you wanted to be",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn seen(operation: &str, params: serde_json::Value, detail: &str) -> Observed {
        let occurrence = json!({
            "id": "1", "vnfInstanceId": "2", "operation": operation, "operationState": "FAILED_TEMP",
            "operationParams": params, "error": {"detail": detail},
        });
        serde_json::from_value(occurrence).unwrap()
    }

    #[rstest]
    #[case::instantiate("INSTANTIATE", json!({}), true, Strategy::Rollback)]
    #[case::out("SCALE", json!({"type": "SCALE_OUT"}), true, Strategy::Rollback)]
    #[case::back("SCALE", json!({"type": "SCALE_IN"}), false, Strategy::Retry)]
    #[case::heal("HEAL", json!({}), false, Strategy::Retry)]
    #[case::terminate("TERMINATE", json!({}), false, Strategy::Retry)]
    #[case::package("CHANGE_VNFPKG", json!({}), true, Strategy::Rollback)]
    #[case::connections("CHANGE_EXT_CONN", json!({}), true, Strategy::Retry)]
    fn a_rollback_that_tacker_refuses_is_not_recommended(
        #[case] operation: &str,
        #[case] params: serde_json::Value,
        #[case] leads_back: bool,
        #[case] best: Strategy,
    ) {
        let advice = advise(&seen(operation, params.clone(), "No such image"), None);
        let rollback = &advice.ways[1];
        assert_eq!(
            (rollback.strategy, rollback.leads_out),
            (Strategy::Rollback, leads_back)
        );
        assert_eq!(advice.recommended.unwrap().0, best);
        // What may have passed is tried again first.
        let advice = advise(
            &seen(operation, params, "HTTPSConnectionPool: Read timed out."),
            None,
        );
        assert_eq!(advice.recommended.unwrap().0, Strategy::Retry);
    }

    #[test]
    fn an_operation_that_never_begins_is_told_from_one_that_is_about_to() {
        let mut seen = seen("SCALE", json!({}), "");
        seen.state = State::Starting;
        let after = |seconds| advise(&seen, Some(Duration::from_secs(seconds)));
        assert!(after(3).standing.contains("nothing is changed yet"));
        assert!(after(301).standing.contains("restart of tacker-conductor"));
        assert!(!after(3).standing.contains("that is long"));
        assert!(
            after(61)
                .standing
                .contains("that is long: look whether tacker-conductor runs")
        );
        assert!(after(301).ways.is_empty());
        assert_eq!(after(301).recommended, None);
    }
}
