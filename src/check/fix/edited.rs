//! The texts that edits make of others.

use crate::diagnose::Edit;

/// Applies edits to a text. Returns it and where each text is now that stands for another, or
/// nothing if two edits are about the same place.
pub(super) fn edited(text: &str, edits: &[&Edit]) -> Option<(String, Vec<usize>)> {
    let mut order: Vec<_> = edits.to_vec();
    order.sort_by_key(|edit| (edit.span.start, edit.span.end));
    order.dedup();
    let mut after = String::with_capacity(text.len());
    let (mut copied, mut places) = (0, Vec::new());
    for edit in order {
        let between = text.get(copied..edit.span.start)?;
        text.get(edit.span.start..edit.span.end)?;
        after.push_str(between);
        // Lines that are parted or joined may well have something to be told of.
        if !edit.text.is_empty() && edit.span.start < edit.span.end {
            places.push(after.len());
        }
        after.push_str(&edit.text);
        copied = edit.span.end;
    }
    after.push_str(&text[copied..]);
    Some((after, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Span;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit {
            file: "a".into(),
            span: Span { start, end },
            text: text.into(),
        }
    }

    #[test]
    fn edits_are_applied_together_and_keep_all_else() {
        let [first, second, put_in] = [edit(0, 1, "ä"), edit(3, 4, ""), edit(6, 6, "!")];
        let edits = [&put_in, &first, &second, &first];
        let expected = ("äbcef!".to_owned(), vec![0]);
        assert_eq!(edited("abcdef", &edits), Some(expected));
    }

    #[test]
    fn two_minds_about_one_place_are_no_edit() {
        let [first, second] = [edit(0, 3, "x"), edit(2, 4, "y")];
        assert_eq!(edited("abcdef", &[&first, &second]), None);
        assert_eq!(edited("é", &[&edit(1, 2, "")]), None);
    }
}
