//! Where texts in quotes end, which the parser says too late, and what stands outside them.

use saphyr_parser::ScalarStyle;

use crate::diagnose::Span;

/// Returns the place of a scalar without the spaces and the comment behind its quotes, which the
/// parser counts as part of it. `text` is the file from the byte `start` on.
pub(super) fn place(style: ScalarStyle, span: Span, text: &str, start: usize) -> Span {
    let quote = match style {
        ScalarStyle::SingleQuoted => '\'',
        ScalarStyle::DoubleQuoted => '"',
        _ => return span,
    };
    let written = text.get(span.start - start..span.end - start);
    let inside = written.and_then(|written| written.strip_prefix(quote));
    let Some(length) = inside.and_then(|inside| length(quote, inside)) else {
        return span;
    };
    let end = span.start + quote.len_utf8() + length;
    Span { end, ..span }
}

/// How many bytes there are up to the closing quote, that one included.
fn length(quote: char, inside: &str) -> Option<usize> {
    let mut characters = inside.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if quote == '"' && character == '\\' {
            characters.next();
        } else if character == quote {
            let is_doubled = quote == '\'' && characters.next_if(|(_, c)| *c == quote).is_some();
            if !is_doubled {
                return Some(at + quote.len_utf8());
            }
        }
    }
    None
}

/// Returns the first tab outside `quoted`, whose places count from the start of the file.
pub(super) fn stray_tab(text: &str, quoted: &[Span], start: usize) -> Option<usize> {
    if !text.contains('\t') {
        return None;
    }
    let mut quoted = quoted.iter().peekable();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(span) = quoted.next_if(|span| span.start <= start + at) {
            at = at.max(span.end - start);
            continue;
        }
        match bytes[at] {
            b'\t' => return Some(at),
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
            }
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::comment("\"a\"  # b", ScalarStyle::DoubleQuoted, 3)]
    #[case::escaped("\"a\\\"é\"  # b", ScalarStyle::DoubleQuoted, 7)]
    #[case::doubled("'it''s' # 'x'", ScalarStyle::SingleQuoted, 7)]
    #[case::plain("a # b", ScalarStyle::Plain, 5)]
    fn a_text_ends_with_its_quote(
        #[case] text: &str,
        #[case] style: ScalarStyle,
        #[case] end: usize,
    ) {
        let span = Span {
            start: 4,
            end: 4 + text.len(),
        };
        assert_eq!(place(style, span, text, 4).end, 4 + end);
    }
}
