//! The keys with which sections of a file begin, to go on after a fault in one of them.

use std::sync::LazyLock;

use regex::Regex;

/// A key at the very left; whatever is nested stands further right.
static SECTION: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"(?m)^[A-Za-z_][A-Za-z0-9_.-]*:(?:[ \t\r]|$)"));

/// Returns where the first section after the byte `at` begins.
pub(super) fn after(text: &str, at: usize) -> Option<usize> {
    let found = SECTION.as_ref().ok()?.find_at(text, at.min(text.len()))?;
    (found.start() >= at).then_some(found.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_begins_at_the_left_and_after_the_place() {
        let text = "a:\n  b: 1\n# c: 1\nd-e: 2\n";
        assert_eq!(after(text, 0), Some(0));
        assert_eq!(after(text, 1), text.find("d-e"));
        assert_eq!(after(text, text.len()), None);
    }
}
