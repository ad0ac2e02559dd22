//! A list that is printed while it comes: each page as soon as it is there, and then forgotten.

use serde_json::Value;

use super::format::Format;
use super::listing::{self, Column, Columns, Listing};
use super::{Failure, output};

/// A list under way.
pub(super) struct Stream<'s> {
    listing: &'s Listing,
    columns: Columns<'s>,
    shown: Vec<Column<'s>>,
    /// How wide the columns were so far.
    widths: Vec<u16>,
    is_begun: bool,
}

impl<'s> Stream<'s> {
    /// Begins a list in a form that has rows.
    ///
    /// # Errors
    /// `Usage` for a column that the list does not have.
    pub(super) fn new(listing: &'s Listing, columns: Columns<'s>) -> Result<Self, Failure> {
        Ok(Self {
            listing,
            columns,
            shown: listing.chosen(columns)?,
            widths: Vec::new(),
            is_begun: false,
        })
    }

    /// Prints a page; the first one, which may be empty, has the headings.
    ///
    /// # Errors
    /// Those of printing.
    pub(super) fn page(&mut self, rows: &[Value]) -> Result<(), Failure> {
        let headings = self.listing.has_headings() && !self.is_begun;
        self.is_begun = true;
        let text = match self.listing.format() {
            Format::Name => {
                let names = rows.iter().map(|row| listing::name(row, self.columns));
                names.collect()
            }
            Format::Csv => listing::csv(&self.shown, rows, headings)?,
            _ => listing::spaced(&self.shown, rows, headings, &mut self.widths),
        };
        output::put(&text)
    }
}
