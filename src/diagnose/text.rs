//! A file's text with the places where its lines begin, so that the thousandth finding in a large
//! file is placed as fast as the first.

use std::sync::OnceLock;

use super::Span;

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

    /// Hides what lies in spans; lines stay where they are. A span that cuts a letter is no secret
    /// of this text.
    pub(super) fn conceal(&mut self, secrets: &[Span]) {
        let mut shown = self.shown().as_bytes().to_vec();
        for secret in secrets {
            let is_here = self.text.get(secret.start..secret.end).is_some();
            let bytes = shown.get_mut(secret.start..secret.end).filter(|_| is_here);
            for byte in bytes.into_iter().flatten() {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b'*';
                }
            }
        }
        // Whole letters alone are replaced, so that nothing is lost here.
        self.shown = Some(String::from_utf8_lossy(&shown).into_owned());
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
