//! An error and its reasons as a person reads them.

use std::error::Error;

/// Returns what `error` says and what each of its sources adds, outermost first.
///
/// A source that its error quotes already is left out, as many errors of libraries do.
#[must_use]
pub fn reasons(error: &dyn Error) -> Vec<String> {
    let mut reasons = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !reasons.last().is_some_and(|last| last.ends_with(&text)) {
            reasons.push(text);
        }
        source = cause.source();
    }
    reasons
}

/// Returns an error and its reasons in one line.
#[must_use]
pub fn words(error: &dyn Error) -> String {
    reasons(error).join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the package")]
    struct Outer(#[source] Quoting);

    #[derive(Debug, thiserror::Error)]
    #[error("opening failed: {0}")]
    struct Quoting(#[source] io::Error);

    #[test]
    fn each_reason_is_told_once() {
        let error = Outer(Quoting(io::Error::other("the disk is gone")));
        let expected = "cannot read the package: opening failed: the disk is gone";
        assert_eq!(words(&error), expected);
    }
}
