//! What each code looks like: a change of something sound, and what is found then.
//!
//! The data are made by the tests, which build and judge every example; nothing here is written by
//! hand.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// An example of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What is changed in something sound, as a diff.
    pub change: String,
    /// The commands that find it, unless it is `vnfctl package validate`.
    pub run: Vec<String>,
    /// The finding as a person sees it.
    pub said: String,
    /// Codes that the same change is found by, too.
    pub also: Vec<String>,
    /// Whether `package validate --fix` takes the finding away.
    pub mended: bool,
}

/// Returns a code's example; nothing when no input can bring its finding about.
#[must_use]
pub fn example(code: &str) -> Option<&'static Example> {
    EXAMPLES.get(code)
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the program, and a test writes it"
)]
static EXAMPLES: LazyLock<BTreeMap<String, Example>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("examples.json")).expect("examples.json is read as written")
});
