//! What a test run found, as JUnit XML and as a table.
//!
//! Takes results as plain data and returns text: who runs the steps and who prints is
//! somebody else's concern.

mod junit;
mod table;

pub use junit::junit;
pub use table::table;

use std::time::Duration;

/// Results of one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// Its steps, in the order of the file.
    pub steps: Vec<Step>,
}

/// Result of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step's name, as it stands in the scenario.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Wall time of the whole step.
    pub took: Duration,
    /// Parts of that time, such as the states of an operation, in their order.
    pub phases: Vec<Phase>,
}

/// A part of a step's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// What was going on, such as `PROCESSING`.
    pub name: String,
    /// How long.
    pub took: Duration,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As the scenario wants it.
    Passed,
    /// Done, but an assertion does not hold, or the operation failed.
    Failed(String),
    /// Not begun, because an earlier step failed.
    Skipped,
}

impl Run {
    /// Returns whether every step passed; a run without steps proves nothing and did not.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.steps.is_empty()
            && self
                .steps
                .iter()
                .all(|step| step.outcome == Outcome::Passed)
    }
}

#[cfg(test)]
pub(crate) fn example() -> Run {
    let phase = |name: &str, millis| Phase {
        name: name.to_owned(),
        took: Duration::from_millis(millis),
    };
    let step = |name: &str, outcome, phases: Vec<Phase>| Step {
        name: name.to_owned(),
        outcome,
        took: phases.iter().map(|phase| phase.took).sum(),
        phases,
    };
    Run {
        scenario: "first cluster".to_owned(),
        steps: vec![
            step(
                "instantiate",
                Outcome::Passed,
                vec![phase("STARTING", 200), phase("PROCESSING", 1300)],
            ),
            step(
                "scale out",
                Outcome::Failed("expected 3 VNFCs, found <2>\nof worker".to_owned()),
                vec![phase("PROCESSING", 61_000)],
            ),
            step("terminate", Outcome::Skipped, Vec::new()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_passes_only_when_every_step_did() {
        let mut run = example();
        assert!(!run.passed());
        run.steps.truncate(1);
        assert!(run.passed());
        run.steps.clear();
        assert!(!run.passed());
    }
}
