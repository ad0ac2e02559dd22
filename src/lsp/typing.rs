//! A text in which somebody is typing a word, made one that can be read as YAML.
//!
//! A word without its colon, or a colon without its value, is an error to a reader. So the word
//! gives way to one that is found again, with what is missing around it.

use crate::diagnose::Span;

/// The word that stands where somebody types.
pub(super) const HERE: &str = "vnfctl_types_here";

/// A word that is being typed.
#[derive(Debug)]
pub(super) struct Typed<'t> {
    text: &'t str,
    /// The word's place: what is written of it, perhaps nothing.
    pub(super) span: Span,
    /// Whether it is a key without a colon, if it is a key.
    pub(super) lacks_colon: bool,
    /// Whether what reads as a value can yet become a key.
    pub(super) may_be_key: bool,
    /// Whether it can only be a key.
    is_alone: bool,
}

impl<'t> Typed<'t> {
    /// Returns the word at a byte of a text; nothing in a comment.
    pub(super) fn at(text: &'t str, offset: usize) -> Option<Self> {
        let span = word(text, offset);
        let line = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[line..span.start];
        if is_comment(before) {
            return None;
        }
        let rest = text[span.end..].lines().next().unwrap_or_default();
        let lacks_colon = !rest.trim_start_matches(['"', '\'', ' ']).starts_with(':');
        let is_item = before.trim_start_matches(' ').starts_with('-');
        let is_alone = before.trim().is_empty();
        let opens = before.trim_end().ends_with(['{', ',', '[']);
        Some(Self {
            text,
            span,
            lacks_colon,
            may_be_key: (is_item && before.trim_start_matches([' ', '-']).is_empty()) || opens,
            is_alone,
        })
    }

    /// Returns the texts to read, the best first.
    pub(super) fn texts(&self) -> Vec<String> {
        let before = &self.text[..self.span.start];
        let after = &self.text[self.span.end..];
        let colon = match self.is_alone && self.lacks_colon {
            true => ":",
            false => "",
        };
        let line_end = after.find('\n').unwrap_or(after.len());
        let whole = format!("{before}{HERE}{colon}{after}");
        let to_here = format!("{before}{HERE}{colon}{}", &after[..line_end]);
        // A map or list in brackets that is not closed yet.
        let closed = closed(before).map(|brackets| format!("{before}{HERE}{brackets}\n"));
        let rest = closed
            .as_ref()
            .map(|text| format!("{text}{}", &after[line_end..]));
        [Some(whole), rest, Some(to_here), closed]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Returns what closes the brackets that the last line opens.
fn closed(before: &str) -> Option<String> {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let mut open = Vec::new();
    for letter in line.chars() {
        match letter {
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    (!open.is_empty()).then(|| open.into_iter().rev().collect())
}

fn is_comment(before: &str) -> bool {
    before.trim_start().starts_with('#') || before.contains(" #")
}

/// Returns the place of the word around a byte: names of types, paths and functions are each one
/// word, so that dots, colons and slashes belong to it. A colon before a blank ends a key.
pub(super) fn word(text: &str, offset: usize) -> Span {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let is_part = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | ':' | '@' | '+')
    };
    let before = text[..offset].char_indices().rev();
    let start = before
        .take_while(|(_, letter)| is_part(*letter))
        .last()
        .map_or(offset, |(at, _)| at);
    let end = text[offset..]
        .find(|letter| !is_part(letter))
        .map_or(text.len(), |length| offset + length);
    // The dash of a list's item is none of its word.
    let start = match text[start..offset].strip_prefix('-') {
        Some("") => offset,
        _ => start,
    };
    let end = match text[offset..end].ends_with(':') {
        true => end - 1,
        false => end,
    };
    let start = start.min(end);
    Span { start, end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(marked: &str) -> (String, usize) {
        let offset = marked.find('|').unwrap();
        (marked.replacen('|', "", 1), offset)
    }

    fn first(marked: &str) -> String {
        let (text, offset) = at(marked);
        let typed = Typed::at(&text, offset).unwrap();
        typed.texts().remove(0)
    }

    #[test]
    fn a_key_gets_its_colon_and_a_value_none() {
        assert_eq!(first("a:\n  b|\n"), format!("a:\n  {HERE}:\n"));
        assert_eq!(first("a:\n  |b: 1\n"), format!("a:\n  {HERE}: 1\n"));
        assert_eq!(first("a: tosca.no|des\n"), format!("a: {HERE}\n"));
        assert_eq!(first("a: |"), format!("a: {HERE}"));
        assert_eq!(first("- b|\n"), format!("- {HERE}\n"));
        assert_eq!(first("a: {get_|}"), format!("a: {{{HERE}}}"));
        assert_eq!(first("a: OS::No|va::Server"), format!("a: {HERE}"));
    }

    #[test]
    fn brackets_are_closed_where_nothing_else_helps() {
        let (text, offset) = at("a: { get_param: |\nb: 1\n");
        let texts = Typed::at(&text, offset).unwrap().texts();
        let expected = format!("a: {{ get_param: {HERE}}}\n\nb: 1\n");
        assert!(texts.contains(&expected), "{texts:?}");
    }

    #[test]
    fn nothing_is_typed_in_comments() {
        let (text, offset) = at("a: 1 # b|");
        assert!(Typed::at(&text, offset).is_none());
    }

    proptest! {
        #[test]
        fn any_place_is_in_some_word(text in "[a-c:{}\\[\\] #\\-\nä'\"]{0,30}", at in 0usize..40) {
            let span = word(&text, at);
            prop_assert!(text.get(span.start..span.end).is_some(), "{span:?}");
            if let Some(typed) = Typed::at(&text, at) {
                prop_assert!(typed.texts().iter().all(|text| text.contains(HERE)));
            }
        }
    }
}
