//! Places as editors count them: lines and columns from 0, columns in the units that were agreed.

use std::path::Path;
use std::str::FromStr as _;

use camino::{Utf8Path, Utf8PathBuf};
use line_index::{LineCol, LineIndex, TextSize, WideEncoding, WideLineCol};
use lsp_types::{ClientCapabilities, Position, PositionEncodingKind, Range, Uri};
use url::Url;

use crate::diagnose::Span;

/// The units of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Words of UTF-16, as every editor knows them.
    Utf16,
}

impl Encoding {
    /// Returns the cheapest that an editor offers.
    pub(super) fn agreed(client: &ClientCapabilities) -> Self {
        let general = client.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref());
        match offered.is_some_and(|known| known.contains(&PositionEncodingKind::UTF8)) {
            true => Self::Utf8,
            false => Self::Utf16,
        }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }
}

/// A text's lines.
pub(super) struct Lines<'t> {
    text: &'t str,
    index: LineIndex,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, encoding: Encoding) -> Self {
        let index = LineIndex::new(text);
        Self {
            text,
            index,
            encoding,
        }
    }

    /// Returns the place of a byte; of one within a character, that character's.
    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let place = self.index.line_col(size(offset));
        let wide = match self.encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16 => self.index.to_wide(WideEncoding::Utf16, place),
        };
        let column = wide.map_or(place.col, |wide| wide.col);
        Position::new(place.line, column)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        Range::new(self.position(span.start), self.position(span.end))
    }

    /// Returns the byte that a place means. Behind a line's end, that end is meant, and behind the
    /// text's last line the text's end (LSP 3.17, "Position").
    pub(super) fn offset(&self, position: Position) -> usize {
        let Some(line) = self.index.line(position.line) else {
            return self.text.len();
        };
        let start = usize::from(line.start());
        let written = self.text[start..usize::from(line.end())].trim_end_matches(['\n', '\r']);
        let place = LineCol {
            line: position.line,
            col: position.character,
        };
        let place = match self.encoding {
            Encoding::Utf8 => Some(place),
            Encoding::Utf16 => {
                let wide = WideLineCol {
                    line: place.line,
                    col: place.col,
                };
                // Only of columns that the line has is the conversion defined.
                let units = written.encode_utf16().count();
                let is_within = usize::try_from(place.col).is_ok_and(|column| column < units);
                is_within.then(|| self.index.to_utf8(WideEncoding::Utf16, wide))
            }
            .flatten(),
        };
        let column = place.and_then(|place| usize::try_from(place.col).ok());
        let column = column.unwrap_or(written.len()).min(written.len());
        start + written.floor_char_boundary(column)
    }

    /// Returns the bytes between two places.
    pub(super) fn span(&self, range: Range) -> Span {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        Span {
            start,
            end: end.max(start),
        }
    }
}

/// Texts of more than 4 GiB are read by nobody here.
fn size(offset: usize) -> TextSize {
    TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
}

/// Returns the file that an editor means; nothing for what is no file, or has no name in UTF-8.
pub(super) fn path(uri: &Uri) -> Option<Utf8PathBuf> {
    let path = Url::parse(uri.as_str()).ok()?.to_file_path().ok()?;
    Utf8PathBuf::from_path_buf(path).ok()
}

/// Returns how an editor is told of a file; nothing for a path that is not absolute.
pub(super) fn uri(path: &Utf8Path) -> Option<Uri> {
    let url = Url::from_file_path(Path::new(path.as_str())).ok()?;
    Uri::from_str(url.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_counted_in_the_agreed_units() {
        let text = "aä😀b\r\nc";
        let narrow = Lines::new(text, Encoding::Utf8);
        let wide = Lines::new(text, Encoding::Utf16);
        let b = text.find('b').unwrap();
        assert_eq!(narrow.position(b), Position::new(0, 7));
        assert_eq!(wide.position(b), Position::new(0, 4));
        assert_eq!(narrow.offset(Position::new(0, 7)), b);
        assert_eq!(wide.offset(Position::new(0, 4)), b);
        // Within a character, behind a line, behind the text.
        assert_eq!(narrow.offset(Position::new(0, 5)), 3);
        assert_eq!(wide.offset(Position::new(0, 99)), b + 1);
        assert_eq!(wide.offset(Position::new(9, 0)), text.len());
        assert_eq!(wide.position(5), wide.position(3));
    }

    #[test]
    fn files_have_one_name_each() {
        let file = Utf8Path::new("/tmp/ein Päckchen/TOSCA-Metadata/a#b%.yaml");
        assert_eq!(path(&uri(file).unwrap()).as_deref(), Some(file));
        assert_eq!(uri("a/b".into()), None);
        assert_eq!(path(&Uri::from_str("untitled:Untitled-1").unwrap()), None);
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(text in "[a-cäß😀\\n\r]{0,40}", wide: bool) {
            let encoding = if wide { Encoding::Utf16 } else { Encoding::Utf8 };
            let lines = Lines::new(&text, encoding);
            for (offset, _) in text.char_indices() {
                let there = lines.offset(lines.position(offset));
                // Line ends belong to their line's end.
                let line = &text[there..offset];
                prop_assert!(line.chars().all(|c| matches!(c, '\n' | '\r')), "{there} {offset}");
            }
        }

        #[test]
        fn any_place_is_one_in_the_text(text in "[a-cä😀\\n\r]{0,40}", line in 0u32..9, column in 0u32..99) {
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let offset = Lines::new(&text, encoding).offset(Position::new(line, column));
                prop_assert!(text.is_char_boundary(offset));
            }
        }
    }
}
