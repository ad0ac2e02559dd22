//! Says why an operation failed and what can be done, for the person at the terminal.

use super::{Observed, Operation, State};

/// A failure in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Tacker's one line of what is wrong, if it gave one.
    pub title: Option<String>,
    /// Tacker's, Heat's or the script's own words; may have several lines.
    pub detail: Option<String>,
    /// What to do next, one sentence each, with the command in backticks.
    pub next: Vec<String>,
}

/// Explains an occurrence that did not end as wished.
#[must_use]
pub fn explain(seen: &Observed) -> Explanation {
    let problem = seen.error.as_ref();
    Explanation {
        title: problem
            .and_then(|problem| problem.title.as_deref())
            .filter(|title| !title.is_empty())
            .map(readable),
        detail: problem
            .map(|problem| readable(&problem.detail))
            .filter(|detail| !detail.is_empty()),
        next: next_steps(seen),
    }
}

fn next_steps(seen: &Observed) -> Vec<String> {
    let id = &seen.id;
    // A VNF that never came about keeps its name until its record is deleted.
    let record = (seen.operation == Operation::Instantiate).then(|| {
        let vnf = &seen.vnf_instance_id;
        format!("`vnfctl terminate {vnf} --delete` removes the VNF's record, which keeps its name")
    });
    match seen.state {
        State::FailedTemp => {
            let retry = format!("mend the cause, then `vnfctl op retry {id}`");
            let fail = format!("`vnfctl op fail {id}` gives up and leaves things as they are");
            let rollback = if seen.can_roll_back() {
                format!("`vnfctl op rollback {id}` undoes it")
            } else {
                "a rollback of this operation is accepted by Tacker, then refused".to_owned()
            };
            let record = record.map(|record| format!("once it is undone, {record}"));
            [retry, rollback, fail].into_iter().chain(record).collect()
        }
        State::Starting | State::Processing | State::RollingBack => {
            vec![format!("`vnfctl op wait {id}` goes on waiting for it")]
        }
        State::RolledBack => {
            let again = "nothing blocks the VNF: mend the cause and ask again".to_owned();
            [again].into_iter().chain(record).collect()
        }
        State::Completed | State::Failed | State::Unknown => {
            vec![format!("`vnfctl op show {id}` shows all that Tacker knows")]
        }
    }
}

/// Returns a server's text with the `b'…'` of Python bytes decoded.
///
/// Tacker formats a script's stderr with `%s`, so that its lines arrive as one, full of
/// `\n` and `\x1b`. Control characters other than line feed and tab stay escaped: a script
/// on a node must not steer the operator's terminal.
#[must_use]
pub fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut previous = None;
    while let Some(c) = rest.chars().next() {
        let starts_word = !previous.is_some_and(char::is_alphanumeric);
        if starts_word && let Some((bytes, after)) = bytes_literal(rest) {
            let decoded = String::from_utf8_lossy(&bytes);
            decoded
                .trim_end()
                .chars()
                .for_each(|c| push_safe(&mut out, c));
            rest = after;
            previous = None;
        } else {
            push_safe(&mut out, c);
            rest = &rest[c.len_utf8()..];
            previous = Some(c);
        }
    }
    out
}

fn push_safe(out: &mut String, c: char) {
    if c.is_control() && !matches!(c, '\n' | '\t') {
        out.extend(c.escape_default());
    } else {
        out.push(c);
    }
}

/// Reads a Python bytes literal at the beginning of `text`; returns it and what follows.
fn bytes_literal(text: &str) -> Option<(Vec<u8>, &str)> {
    let body = text.strip_prefix('b')?;
    let quote = body.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut bytes = Vec::new();
    let mut rest = &body[1..];
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        if c == quote {
            return Some((bytes, rest));
        }
        if c == '\\' {
            let (byte, after) = escape(rest)?;
            bytes.push(byte);
            rest = after;
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// Reads what follows a backslash in a Python bytes literal.
fn escape(text: &str) -> Option<(u8, &str)> {
    let c = text.chars().next()?;
    let rest = &text[c.len_utf8()..];
    let byte = match c {
        'n' => b'\n',
        't' => b'\t',
        'r' => b'\r',
        '\\' | '\'' | '"' => u8::try_from(c).ok()?,
        'x' => {
            let digits = rest.get(..2)?;
            // `from_str_radix` alone would take a sign as well.
            let hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit());
            let byte = u8::from_str_radix(digits, 16)
                .ok()
                .filter(|_| hexadecimal)?;
            return Some((byte, &rest[2..]));
        }
        _ => return None,
    };
    Some((byte, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// Occurrence as Tacker 16 answered it after a script that failed at scale out.
    const SCALE_FAILED: &str = r#"{
        "id": "16f540f4", "operationState": "FAILED_TEMP", "vnfInstanceId": "d07f610c",
        "operation": "SCALE", "isAutomaticInvocation": false,
        "operationParams": {"type": "SCALE_OUT", "aspectId": "VDU1_scale", "numberOfSteps": 1},
        "error": {"title": "Mgmt driver execution failed", "status": 422,
                  "detail": "scale_start failed: b'test scale_start error'"}}"#;

    #[test]
    fn a_failed_scale_out_names_its_cause_and_all_three_ways_on() {
        let seen: Observed = serde_json::from_str(SCALE_FAILED).expect("Tacker's JSON");
        let told = explain(&seen);
        assert_eq!(told.title.as_deref(), Some("Mgmt driver execution failed"));
        assert_eq!(
            told.detail.as_deref(),
            Some("scale_start failed: test scale_start error")
        );
        for command in [
            "op retry 16f540f4",
            "op rollback 16f540f4",
            "op fail 16f540f4",
        ] {
            assert!(
                told.next.iter().any(|next| next.contains(command)),
                "{told:?}"
            );
        }
    }

    #[test]
    fn a_failed_instantiation_names_the_record_that_stays() {
        for state in ["FAILED_TEMP", "ROLLED_BACK"] {
            let json = SCALE_FAILED
                .replace("\"SCALE\"", "\"INSTANTIATE\"")
                .replace("FAILED_TEMP", state);
            let seen: Observed = serde_json::from_str(&json).expect("Tacker's JSON");
            let last = explain(&seen).next.pop().expect("a next step");
            assert!(
                last.contains("`vnfctl terminate d07f610c --delete`"),
                "{last}"
            );
        }
    }

    #[test]
    fn a_failed_scale_in_does_not_offer_a_rollback() {
        let json = SCALE_FAILED.replace("SCALE_OUT", "SCALE_IN");
        let seen: Observed = serde_json::from_str(&json).expect("Tacker's JSON");
        let told = explain(&seen);
        assert!(!told.next.iter().any(|next| next.contains("op rollback")));
        assert!(told.next.iter().any(|next| next.contains("then refused")));
    }

    #[rstest]
    #[case::lines(r"failed: b'one\ntwo\n'", "failed: one\ntwo")]
    #[case::double_quotes(r#"b"it's""#, "it's")]
    #[case::utf8(r"b'caf\xc3\xa9'", "café")]
    #[case::terminal_control_stays_escaped(r"b'\x1b[2J'", r"\u{1b}[2J")]
    #[case::raw_control_is_escaped("a\u{1b}[2Jb", r"a\u{1b}[2Jb")]
    #[case::not_terminated(r"b'cut of", r"b'cut of")]
    #[case::unknown_escape(r"b'\q'", r"b'\q'")]
    #[case::sign_is_no_digit(r"b'\x+1'", r"b'\x+1'")]
    #[case::inside_a_word("verb'x'", "verb'x'")]
    #[case::empty("", "")]
    fn bytes_become_text(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(readable(given), expected);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_passes_control_characters(text in ".*") {
            let out = readable(&text);
            prop_assert!(!out.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
        }
    }
}
