//! JUnit XML: a suite for each package, a case for each finding.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Report, words};
use crate::diagnose::Diagnostic;

/// Returns the findings as a JUnit XML document. Those that fail the check are failures; others
/// pass and say themselves as output; what does not count is skipped. A package without faults has
/// one case, since many readers take a report without any for a broken one.
///
/// # Errors
/// Returns the serializer's error.
pub fn junit(reports: &[Report<'_>]) -> Result<String, quick_junit::SerializeError> {
    let mut document = quick_junit::Report::new("vnfctl package validate");
    document.add_test_suites(reports.iter().map(suite));
    document.to_string()
}

fn suite(report: &Report<'_>) -> TestSuite {
    let mut suite = TestSuite::new(report.package.as_str());
    for finding in report.sink.diagnostics() {
        let fails = finding.severity >= report.denied;
        let text = format!("{}: {}", finding.severity.word(), words(finding));
        let status = match fails {
            true => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status
                    .set_type(finding.code)
                    .set_message(finding.message.as_str())
                    .set_description(text.as_str());
                status
            }
            false => TestCaseStatus::success(),
        };
        let mut case = case(report, finding, status);
        if !fails {
            case.set_system_out(text);
        }
        suite.add_test_case(case);
    }
    for aside in report.aside {
        let mut status = TestCaseStatus::skipped();
        status.set_message(aside.by.words());
        suite.add_test_case(case(report, &aside.finding, status));
    }
    if suite.test_cases.is_empty() {
        let mut case = TestCase::new("no faults found", TestCaseStatus::success());
        case.set_classname(report.package.as_str());
        suite.add_test_case(case);
    }
    suite
}

/// Returns a case named by its place, in a class named by its code.
fn case(report: &Report<'_>, finding: &Diagnostic, status: TestCaseStatus) -> TestCase {
    let place = &finding.primary;
    let name = match report.region(place) {
        Some(region) => format!("{}:{}:{}", place.file, region.start.0, region.start.1),
        None => place.file.to_string(),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(finding.code);
    case
}
