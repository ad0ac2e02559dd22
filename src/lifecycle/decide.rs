//! What an observation means: go on waiting, done, or failed and why.

use super::{Observed, Problem, State};
use std::time::Duration;

/// What was asked of the occurrence that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The operation itself.
    Start,
    /// Another try after FAILED_TEMP.
    Retry,
    /// To undo it after FAILED_TEMP.
    Rollback,
}

/// What to do after an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Look again later.
    Continue,
    /// What was asked for has happened.
    Done,
    /// It has not, and waiting does not help.
    Failed(Reason),
}

/// Why waiting does not help any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The operation failed and blocks the VNF until somebody decides.
    #[error("the operation failed and blocks the VNF until it is retried, rolled back or failed")]
    FailedTemp(Option<Problem>),
    /// The operation was given up.
    #[error("the operation was given up (FAILED)")]
    Failed(Option<Problem>),
    /// The operation was undone, or refused before it changed anything.
    #[error("the operation was rolled back")]
    RolledBack(Option<Problem>),
    /// A rollback was asked for, but the operation was completed, as by somebody's retry.
    #[error("the operation was completed instead of rolled back")]
    CompletedInstead,
    /// The operation does not leave STARTING.
    #[error(
        "the operation is in STARTING for {} s: probably another operation held the VNF, \
         and Tacker never starts this one before its conductor is restarted",
        .0.as_secs()
    )]
    StuckStarting(Duration),
    /// The server showed a state that Tacker 16 does not have.
    #[error("the operation is in a state that vnfctl does not know")]
    UnknownState,
}

/// Bounds on what is tolerated; all measured on the follower's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long STARTING may take. Tacker's conductor waits 10 s for the VNF's lock, and
    /// may create images in Glance before it goes on.
    pub starting: Duration,
    /// How long FAILED_TEMP may still be shown after a retry or rollback was accepted
    /// (0.6 s were measured on Tacker 16).
    pub stale: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            starting: Duration::from_secs(300),
            stale: Duration::from_secs(1),
        }
    }
}

/// How long has been waited so far, and whether anything moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waited {
    /// Time since the occurrence was first seen in its present state.
    pub in_state: Duration,
    /// Whether it was seen in another state before.
    pub moved: bool,
}

/// Decides on one observation of an operation occurrence.
#[must_use]
pub fn decide(asked: Asked, seen: &Observed, waited: Waited, limits: &Limits) -> Decision {
    match seen.state {
        State::Starting if waited.in_state >= limits.starting => {
            Decision::Failed(Reason::StuckStarting(waited.in_state))
        }
        State::Starting | State::Processing | State::RollingBack => Decision::Continue,
        State::Completed if asked == Asked::Rollback => Decision::Failed(Reason::CompletedInstead),
        State::Completed => Decision::Done,
        State::RolledBack if asked == Asked::Rollback => Decision::Done,
        State::RolledBack => Decision::Failed(Reason::RolledBack(seen.error.clone())),
        State::FailedTemp if asked != Asked::Start && is_stale(waited, limits) => {
            Decision::Continue
        }
        State::FailedTemp => Decision::Failed(Reason::FailedTemp(seen.error.clone())),
        State::Failed => Decision::Failed(Reason::Failed(seen.error.clone())),
        State::Unknown => Decision::Failed(Reason::UnknownState),
    }
}

/// A FAILED_TEMP may be the one from before the retry or rollback that was just accepted.
fn is_stale(waited: Waited, limits: &Limits) -> bool {
    !waited.moved && waited.in_state < limits.stale
}

/// Onboarding state of a VNF package (SOL003 §10.5.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Onboarding {
    /// Nothing was uploaded, or Tacker dropped what was.
    Created,
    /// The content is on its way.
    Uploading,
    /// The content is being read.
    Processing,
    /// Ready.
    Onboarded,
}

/// Decides on one look at a package whose upload was answered with 202.
///
/// Tacker tells nobody that it refused a package: it falls back to CREATED, sometimes
/// faster than a poller sees any other state. So CREATED after the upload is a refusal
/// once another state was `moved` through, or `settle` is over. Returns whether it is ready.
///
/// # Errors
/// Returns [`Refused`] when Tacker dropped the package.
pub fn decide_onboarding(
    state: Onboarding,
    waited: Waited,
    settle: Duration,
) -> Result<bool, Refused> {
    match state {
        Onboarding::Onboarded => Ok(true),
        Onboarding::Uploading | Onboarding::Processing => Ok(false),
        Onboarding::Created if waited.moved || waited.in_state >= settle => Err(Refused),
        Onboarding::Created => Ok(false),
    }
}

/// Tacker dropped the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

#[cfg(test)]
mod tests {
    use super::super::Operation;
    use super::*;
    use rstest::rstest;

    fn seen(state: State) -> Observed {
        Observed {
            id: "op".into(),
            vnf_instance_id: "vnf".into(),
            operation: Operation::Scale,
            state,
            operation_params: None,
            error: None,
            resource_changes: None,
        }
    }

    fn waited(seconds: f64, moved: bool) -> Waited {
        Waited {
            in_state: Duration::from_secs_f64(seconds),
            moved,
        }
    }

    const CONTINUE: Decision = Decision::Continue;

    #[rstest]
    #[case::young_starting(Asked::Start, State::Starting, 299.0, false, CONTINUE)]
    #[case::processing_has_no_limit(Asked::Start, State::Processing, 9e5, true, CONTINUE)]
    #[case::rolling_back(Asked::Rollback, State::RollingBack, 9e5, true, CONTINUE)]
    #[case::completed(Asked::Start, State::Completed, 0.0, true, Decision::Done)]
    #[case::completed_by_another(
        Asked::Rollback,
        State::Completed,
        0.0,
        true,
        Decision::Failed(Reason::CompletedInstead)
    )]
    #[case::rollback_wanted(Asked::Rollback, State::RolledBack, 0.0, true, Decision::Done)]
    #[case::rollback_unwanted(
        Asked::Start,
        State::RolledBack,
        0.0,
        true,
        Decision::Failed(Reason::RolledBack(None))
    )]
    #[case::stale_after_retry(Asked::Retry, State::FailedTemp, 0.6, false, CONTINUE)]
    #[case::stale_after_rollback(Asked::Rollback, State::FailedTemp, 0.6, false, CONTINUE)]
    #[case::never_moved(
        Asked::Retry,
        State::FailedTemp,
        1.0,
        false,
        Decision::Failed(Reason::FailedTemp(None))
    )]
    #[case::failed_again(
        Asked::Retry,
        State::FailedTemp,
        0.0,
        true,
        Decision::Failed(Reason::FailedTemp(None))
    )]
    #[case::first_failure_is_never_stale(
        Asked::Start,
        State::FailedTemp,
        0.0,
        false,
        Decision::Failed(Reason::FailedTemp(None))
    )]
    #[case::given_up(
        Asked::Start,
        State::Failed,
        0.0,
        true,
        Decision::Failed(Reason::Failed(None))
    )]
    #[case::unknown(
        Asked::Start,
        State::Unknown,
        0.0,
        true,
        Decision::Failed(Reason::UnknownState)
    )]
    fn every_edge_has_a_decision(
        #[case] asked: Asked,
        #[case] state: State,
        #[case] seconds: f64,
        #[case] moved: bool,
        #[case] expected: Decision,
    ) {
        let decision = decide(
            asked,
            &seen(state),
            waited(seconds, moved),
            &Limits::default(),
        );
        assert_eq!(decision, expected);
    }

    #[test]
    fn starting_for_too_long_is_explained() {
        let decision = decide(
            Asked::Start,
            &seen(State::Starting),
            waited(300.0, false),
            &Limits::default(),
        );
        let Decision::Failed(reason) = decision else {
            panic!("{decision:?}");
        };
        assert!(
            reason
                .to_string()
                .contains("another operation held the VNF")
        );
    }

    #[rstest]
    #[case::ready(Onboarding::Onboarded, 0.0, false, Ok(true))]
    #[case::reading(Onboarding::Processing, 0.0, true, Ok(false))]
    #[case::not_begun(Onboarding::Created, 0.5, false, Ok(false))]
    #[case::fell_back(Onboarding::Created, 0.0, true, Err(Refused))]
    #[case::fell_back_unseen(Onboarding::Created, 5.0, false, Err(Refused))]
    fn created_after_an_upload_is_a_refusal(
        #[case] state: Onboarding,
        #[case] seconds: f64,
        #[case] moved: bool,
        #[case] expected: Result<bool, Refused>,
    ) {
        let settle = Duration::from_secs(5);
        assert_eq!(
            decide_onboarding(state, waited(seconds, moved), settle),
            expected
        );
    }
}
