//! JUnit XML, as CI systems read it.

use super::{Outcome, Run};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// Returns the run as a JUnit XML document: a suite per scenario, a case per step, seconds
/// as the unit of time.
///
/// # Errors
/// Returns the serializer's error, as for text that XML cannot carry.
pub fn junit(run: &Run) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new(run.scenario.as_str());
    for step in &run.steps {
        let mut case = TestCase::new(step.name.as_str(), status(&step.outcome));
        case.set_classname(run.scenario.as_str())
            .set_time(step.took);
        for phase in &step.phases {
            let seconds = format!("{:.3}", phase.took.as_secs_f64());
            case.add_property((format!("phase.{}", phase.name), seconds));
        }
        suite.add_test_case(case);
    }
    suite.set_time(run.steps.iter().map(|step| step.took).sum());
    let mut report = Report::new("vnfctl");
    report.add_test_suite(suite);
    report.to_string()
}

fn status(outcome: &Outcome) -> TestCaseStatus {
    match outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = why.lines().next().unwrap_or_default();
            status.set_message(first).set_description(why.as_str());
            status
        }
        Outcome::Skipped => TestCaseStatus::skipped(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn counts_times_and_reasons_are_in_the_document() {
        let xml = junit(&example()).expect("serializable");
        for part in [
            r#"tests="3""#,
            r#"failures="1""#,
            r#"skipped="1""#,
            r#"time="1.500""#,
            r#"name="phase.PROCESSING" value="61.000""#,
            "expected 3 VNFCs, found &lt;2&gt;",
            "<skipped/>",
        ] {
            assert!(xml.contains(part), "no {part} in\n{xml}");
        }
    }
}
