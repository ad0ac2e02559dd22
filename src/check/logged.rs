//! What Tacker itself writes to its log when it drops a package on upload.
//!
//! The text of a log names things that our finding names as well. The data hold, for each shape of
//! a finding's message, the text that the real Tacker wrote of a package with just that finding;
//! names that both have are numbered, and names that only the log has are left open (`…`). The tests
//! of the corpus write the data, and hold them to what the real Tacker logs of other packages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::diagnose::Diagnostic;

/// Stands for a name that a finding does not know.
pub const OPEN: &str = "…";

/// A finding's message, and the text of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// The message with its names numbered: `` the flavour has no input `{0}` ``.
    pub said: String,
    /// The text of the log with the same numbers.
    pub logs: String,
}

impl Logged {
    /// Learns from a finding's message and the text that Tacker logged of the same package;
    /// `unknown` are names of the package that other packages will not have.
    #[must_use]
    pub fn learn(message: &str, logs: &str, unknown: &[&str]) -> Self {
        let (said, names) = shape(message);
        let mut logs = logs.to_owned();
        // A short name may be a part of a long one.
        let mut known: Vec<_> = names.iter().enumerate().collect();
        known.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
        for (number, name) in known {
            logs = put(&logs, name, &format!("{{{number}}}"));
        }
        for name in unknown {
            logs = put(&logs, name, OPEN);
        }
        Self {
            said,
            logs: general(&logs),
        }
    }

    fn fill(&self, names: &[&str]) -> String {
        let mut text = self.logs.clone();
        for (number, name) in names.iter().enumerate() {
            text = text.replace(&format!("{{{number}}}"), name);
        }
        text
    }
}

/// Says what Tacker logs of a package that it drops for this finding; nothing where that is not
/// known.
#[must_use]
pub fn logged(finding: &Diagnostic) -> Option<String> {
    let (said, names) = shape(&finding.message);
    let known = ALL.get(finding.code)?;
    let fitting = known.iter().find(|one| one.said == said)?;
    Some(fitting.fill(&names))
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the program, and a test writes it"
)]
static ALL: LazyLock<BTreeMap<String, Vec<Logged>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("logged.json")).expect("logged.json is read as written")
});

/// Parts a message into its shape and its names, which stand between backticks.
fn shape(message: &str) -> (String, Vec<&str>) {
    let mut said = String::new();
    let mut names = Vec::new();
    for (number, part) in message.split('`').enumerate() {
        if number % 2 == 0 {
            said += part;
        } else {
            said += &format!("`{{{}}}`", names.len());
            names.push(part);
        }
    }
    (said, names)
}

/// Leaves open what else stands in quotation marks, unless Python itself speaks: of its own types and
/// attributes.
fn general(logs: &str) -> String {
    let is_of_python = ["object", "instances", "argument of type", "concatenate"];
    if is_of_python.iter().any(|words| logs.contains(words)) {
        return logs.to_owned();
    }
    let mut parts = logs.split('"');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        let is_known = number % 2 == 1 || part.contains('{');
        text.push('"');
        text += if is_known { part } else { OPEN };
    }
    text
}

/// Puts `other` where `name` stands as a whole word.
fn put(text: &str, name: &str, other: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '{' | '}');
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, found) = rest.split_at(at);
        let behind = &found[name.len()..];
        let is_whole = !before.ends_with(is_part) && !behind.starts_with(is_part);
        result += before;
        result += if is_whole { other } else { name };
        rest = behind;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_message_are_put_into_the_log() {
        let one = Logged::learn(
            "`acme.VNF` has no input `a`, nor `a_b`",
            "MissingError: node_type acme.VNF of \"VNF\" lacks \"a_b\" or \"a\"",
            &["VNF"],
        );
        assert_eq!(one.said, "`{0}` has no input `{1}`, nor `{2}`");
        assert_eq!(
            one.logs,
            "MissingError: node_type {0} of \"…\" lacks \"{2}\" or \"{1}\""
        );
        assert_eq!(
            one.fill(&["x.Y", "c", "d"]),
            "MissingError: node_type x.Y of \"…\" lacks \"d\" or \"c\""
        );
    }
}
