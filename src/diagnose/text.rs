//! A file's text with the places where its lines begin, so that the thousandth finding in a large
//! file is placed as fast as the first.

use std::sync::OnceLock;

/// A text whose lines can be found.
#[derive(Debug, Default, Clone)]
pub(super) struct Text {
    text: String,
    /// The text with secrets hidden, where there are any; as long, and with the same lines.
    shown: Option<String>,
    /// Offsets of the lines' first bytes; found when first asked for.
    begins: OnceLock<Vec<usize>>,
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self {
            text,
            shown: None,
            begins: OnceLock::new(),
        }
    }
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text as it may be shown.
    pub(super) fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.text)
    }

    /// Hides what lies between two offsets; lines stay where they are.
    pub(super) fn conceal(&mut self, start: usize, end: usize) {
        let shown = self.shown();
        let (Some(before), Some(secret), Some(after)) =
            (shown.get(..start), shown.get(start..end), shown.get(end..))
        else {
            return;
        };
        let is_kept = |byte: u8| byte == b'\n' || byte == b'\r';
        let hidden = secret
            .bytes()
            .map(|byte| if is_kept(byte) { char::from(byte) } else { '*' });
        self.shown = Some(before.chars().chain(hidden).chain(after.chars()).collect());
    }

    /// Returns the number of the line that a byte lies in, from 1, and where the line begins.
    pub(super) fn line_at(&self, offset: usize) -> (usize, usize) {
        let begins = self.begins.get_or_init(|| {
            let ends = self.text.bytes().enumerate();
            let ends = ends.filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect()
        });
        let number = begins.partition_point(|begin| *begin <= offset);
        // The first line begins at 0, so that there is one for each offset.
        (number, begins.get(number - 1).copied().unwrap_or(0))
    }

    /// Returns where the line that a byte lies in ends, before its line feed.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |at| offset + at)
    }
}
