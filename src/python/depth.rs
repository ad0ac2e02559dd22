//! How deep a text makes a parser go, before one is let loose on it.
//!
//! The parser calls itself for each bracket and each prefix of an expression, and a text that
//! somebody made for it would run it out of stack. What is counted here is counted roughly, strings
//! and comments too: a text that is called too deep is not looked at, and a person's never is.

/// CPython itself takes 200 open brackets and 100 levels of indentation.
const BRACKETS: usize = 200;
const INDENTATION: usize = 100;
/// Prefixes and operators that bind to the right, in one statement.
const PREFIXES: usize = 2000;
/// All that makes a chain, such as members and calls, in one statement.
const LINKS: usize = 20_000;

/// Tells whether a parser can walk the text with the stack that [`super::read`] gives it.
pub(super) fn is_shallow(text: &str) -> bool {
    let mut open = 0_usize;
    let (mut prefixes, mut links) = (0, 0);
    let mut previous = b'\n';
    for line in text.lines() {
        let indentation = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
        // Of one level each, at the least; continued lines may stand anywhere.
        if open == 0 && indentation.count() > INDENTATION * 8 {
            return false;
        }
        if open == 0 && previous != b'\\' {
            (prefixes, links) = (0, 0);
        }
        for byte in line.bytes() {
            match byte {
                b'.' | b'|' | b'&' | b'^' | b'/' | b'%' | b'<' | b'>' | b'=' => links += 1,
                b'(' | b'[' | b'{' => (open, links) = (open + 1, links + 1),
                b')' | b']' | b'}' => open = open.saturating_sub(1),
                b'-' | b'+' | b'~' | b'*' | b'@' => prefixes += 1,
                _ => {}
            }
            if open > BRACKETS || prefixes > PREFIXES || links > LINKS {
                return false;
            }
        }
        let words = line
            .as_bytes()
            .split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        prefixes += words.filter(|word| is_prefix(word)).count();
        if prefixes > PREFIXES {
            return false;
        }
        previous = line.bytes().last().unwrap_or(b'\n');
    }
    true
}

fn is_prefix(word: &[u8]) -> bool {
    matches!(
        word,
        b"not" | b"await" | b"lambda" | b"else" | b"yield" | b"if" | b"for"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::script("def a(b):\n    return {'c': [not b, -1]}\n", true)]
    #[case::table(&format!("A = [\n{}]\n", "    (-1, 'a'),\n".repeat(1500)), true)]
    #[case::brackets(&"(".repeat(100_000), false)]
    #[case::prefixes(&"- ".repeat(100_000), false)]
    #[case::words(&format!("a = ({})", "not\n".repeat(100_000)), false)]
    #[case::continued(&format!("a = {}1", "not \\\n".repeat(100_000)), false)]
    #[case::choices(&format!("a = {}1", "1 if 1 else ".repeat(100_000)), false)]
    #[case::functions(&format!("a = {}1", "lambda: ".repeat(100_000)), false)]
    #[case::members(&format!("a = b{}", ".c".repeat(30_000)), false)]
    #[case::calls(&format!("a = b{}", "()".repeat(30_000)), false)]
    #[case::blocks(&(0..5000).map(|n| format!("{}if 1:\n", " ".repeat(n))).collect::<String>(), false)]
    fn what_is_deep_is_known(#[case] text: &str, #[case] is: bool) {
        assert_eq!(is_shallow(text), is);
    }
}
