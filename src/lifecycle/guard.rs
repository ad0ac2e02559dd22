//! Whether a VNF may be given another operation: looked at before the leap.
//!
//! Tacker refuses most operations while another one runs, but accepts scale and heal and
//! then leaves them in STARTING for ever (its v2 scale and heal take no lock in the API).

use super::{Observed, State};

/// Why the VNF takes no new operation now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// Another operation runs.
    #[error("operation `{}` ({}) of this VNF is still in {}", .0.id, .0.operation, .0.state)]
    Running(Box<Observed>),
    /// An operation failed and nobody decided about it yet.
    #[error(
        "operation `{}` ({}) of this VNF is in FAILED_TEMP, \
         which blocks every other until it is retried, rolled back or failed",
        .0.id, .0.operation
    )]
    FailedTemp(Box<Observed>),
}

/// Checks a VNF's operation occurrences for one that is in the way.
///
/// Occurrences of other VNFs are ignored. One in FAILED_TEMP is reported first, because it
/// does not go away by waiting.
///
/// # Errors
/// Returns [`Blocked`] when an occurrence of `vnf_instance_id` is not in a final state.
pub fn guard(vnf_instance_id: &str, occurrences: &[Observed]) -> Result<(), Blocked> {
    let mut open = occurrences
        .iter()
        .filter(|seen| seen.vnf_instance_id == vnf_instance_id && !seen.state.is_final())
        .collect::<Vec<_>>();
    open.sort_by_key(|seen| seen.state != State::FailedTemp);
    match open.first() {
        None => Ok(()),
        Some(seen) if seen.state == State::FailedTemp => {
            Err(Blocked::FailedTemp(Box::new((*seen).clone())))
        }
        Some(seen) => Err(Blocked::Running(Box::new((*seen).clone()))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Operation;
    use super::*;

    fn seen(vnf: &str, state: State) -> Observed {
        Observed {
            id: format!("{vnf}-{state}"),
            vnf_instance_id: vnf.into(),
            operation: Operation::Instantiate,
            state,
            operation_params: None,
            error: None,
            resource_changes: None,
        }
    }

    #[test]
    fn final_states_and_other_vnfs_are_not_in_the_way() {
        let occurrences = [
            seen("a", State::Completed),
            seen("a", State::Failed),
            seen("a", State::RolledBack),
            seen("b", State::Processing),
        ];
        assert_eq!(guard("a", &occurrences), Ok(()));
    }

    #[test]
    fn a_running_operation_blocks() {
        for state in [State::Starting, State::Processing, State::RollingBack] {
            let occurrence = seen("a", state);
            let blocked = guard("a", std::slice::from_ref(&occurrence));
            assert_eq!(blocked, Err(Blocked::Running(Box::new(occurrence))));
        }
    }

    #[test]
    fn failed_temp_is_reported_before_what_merely_runs() {
        let occurrences = [seen("a", State::Starting), seen("a", State::FailedTemp)];
        assert!(matches!(
            guard("a", &occurrences),
            Err(Blocked::FailedTemp(_))
        ));
    }
}
