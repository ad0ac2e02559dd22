//! Workflow commands, by which GitHub shows findings beside the files of a change.
//!
//! The escapes are those that `@actions/core` writes and the runner takes back.

use std::fmt::Write as _;

use super::{Report, words};
use crate::diagnose::Severity;

/// Returns one workflow command a line for each finding that counts.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.sink.diagnostics() {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = vec![("file", report.path(&finding.primary.file))];
        if let Some(region) = report.region(&finding.primary) {
            let ((line, column), (end_line, end_column)) = (region.start, region.end);
            properties.push(("line", line.to_string()));
            properties.push(("endLine", end_line.to_string()));
            properties.push(("col", column.to_string()));
            // GitHub takes columns for those of one line only.
            if line == end_line {
                properties.push(("endColumn", end_column.to_string()));
            }
        }
        properties.push(("title", finding.code.to_owned()));
        let properties: Vec<_> = properties
            .iter()
            .map(|(name, value)| format!("{name}={}", property(value)))
            .collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "::{command} {}::{}",
            properties.join(","),
            data(&words(finding))
        );
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_or_a_property_is_escaped() {
        assert_eq!(data("50%\r\na: b, c"), "50%25%0D%0Aa: b, c");
        assert_eq!(property("a:b,c%0A"), "a%3Ab%2Cc%250A");
    }
}
