//! Failures on demand, so that a person and a test can see what follows one.

use std::str::FromStr;

use super::wire::Problem;

/// One failure of one operation, used up when it strikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    operation: String,
    state: String,
    detail: Option<String>,
}

const OPERATIONS: [&str; 4] = ["INSTANTIATE", "SCALE", "HEAL", "TERMINATE"];
const STATES: [&str; 3] = ["STARTING", "PROCESSING", "ROLLING_BACK"];

/// Why a text is no fault.
#[derive(Debug, thiserror::Error)]
#[error(
    "'{0}' is not OPERATION:STATE[:DETAIL] with INSTANTIATE, SCALE, HEAL or TERMINATE, and \
     STARTING, PROCESSING or ROLLING_BACK"
)]
pub struct NotAFault(String);

impl FromStr for Fault {
    type Err = NotAFault;

    fn from_str(text: &str) -> Result<Self, NotAFault> {
        let mut parts = text.splitn(3, ':').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(operation), Some(state), detail)
                if OPERATIONS.contains(&operation.as_str()) && STATES.contains(&state.as_str()) =>
            {
                Ok(Self {
                    operation,
                    state,
                    detail,
                })
            }
            _ => Err(NotAFault(text.to_owned())),
        }
    }
}

/// Takes the first fault meant for `operation` in `state`.
pub(super) fn strike(faults: &mut Vec<Fault>, operation: &str, state: &str) -> Result<(), Problem> {
    let meant = |fault: &Fault| fault.operation == operation && fault.state == state;
    let Some(place) = faults.iter().position(meant) else {
        return Ok(());
    };
    let detail = faults.remove(place).detail;
    let detail = detail.unwrap_or_else(|| format!("Fault ordered for {operation} in {state}."));
    Err(Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, detail))
}
