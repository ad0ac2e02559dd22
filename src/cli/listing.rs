//! Lists: what is to be in them, which columns, in which order, and the forms that have columns.

use std::cmp::Ordering;

use clap::Args;
use comfy_table::{ColumnConstraint, Table, Width};
use serde::Serialize;
use serde_json::Value;

use super::format::Format;
use super::output::{self, Printing, cannot};
use super::stream::Stream;
use super::{Exit, Failure};
use crate::tacker::Condition;

/// A heading, and the JSON pointer of what stands below it.
pub(super) type Column<'a> = (&'a str, &'a str);

/// The columns of a list; the first one names the thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a> {
    /// Those of a table.
    pub(super) usual: &'a [Column<'a>],
    /// Those that a wide table and CSV have besides.
    pub(super) wide: &'a [Column<'a>],
}

/// The options of every command that prints a list.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Listing {
    #[command(flatten)]
    printing: Printing,
    /// Columns to show in this order, by heading or by JSON pointer into what -o json prints
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// Sort by this column, the highest first with `:desc`
    #[arg(long, value_name = "COLUMN[:desc]")]
    sort_by: Option<String>,
    /// Leave the headings out
    #[arg(long)]
    no_headers: bool,
}

/// What a list is to have in it.
#[derive(Debug, Args)]
pub(super) struct Conditions {
    /// List only what Tacker finds to meet this, such as vnfdId=ID or startTime>2026-01-01T00:00:00Z;
    /// operators are =, !=, >, <, >= and <=; all of several must be met
    #[arg(long = "where", value_name = "ATTRIBUTE=VALUE")]
    pub(super) all: Vec<Condition>,
}

impl Listing {
    /// Returns the plain list in `format`.
    pub(super) fn of(format: Format) -> Self {
        Self {
            printing: Printing { output: format },
            ..Self::default()
        }
    }

    /// Returns the form.
    pub(super) fn format(&self) -> &Format {
        &self.printing.output
    }

    /// Tells whether it may show more than the usual columns.
    pub(super) fn is_whole(&self) -> bool {
        *self.format() != Format::Table || !self.columns.is_empty() || self.sort_by.is_some()
    }

    /// Prints the list.
    ///
    /// # Errors
    /// `Usage` for a column that the list does not have, or columns where there are none.
    pub(super) fn print<T: Serialize>(
        &self,
        columns: Columns<'_>,
        rows: &[T],
    ) -> Result<(), Failure> {
        let rows = rows.iter().map(serde_json::to_value);
        let mut rows = rows.collect::<Result<Vec<_>, _>>().map_err(cannot)?;
        if let Some(by) = &self.sort_by {
            sort(&mut rows, columns, by)?;
        }
        let mut stream = Stream::new(self, columns)?;
        match self.has_rows() {
            true => stream.page(&rows),
            false => output::one(self.format().clone(), &Value::Array(rows)),
        }
    }

    /// Whether headings are wanted.
    pub(super) fn has_headings(&self) -> bool {
        !self.no_headers
    }

    /// Whether rows can be printed before all are there.
    pub(super) fn is_streamed(&self) -> bool {
        self.has_rows() && self.sort_by.is_none()
    }

    /// Whether the form has rows, and is not one text of all.
    fn has_rows(&self) -> bool {
        !matches!(
            self.format(),
            Format::Json | Format::Yaml | Format::JsonPath(_) | Format::GoTemplate(_)
        )
    }

    /// The members of a row that are shown or sorted by; nothing where that is the whole row.
    ///
    /// # Errors
    /// `Usage` for a column that the list does not have.
    pub(super) fn needed(&self, columns: Columns<'_>) -> Result<Option<Vec<String>>, Failure> {
        let mut pointers: Vec<String> = Vec::new();
        match self.format() {
            Format::Table | Format::Wide | Format::Csv => {}
            Format::Name => {
                let first = columns
                    .usual
                    .first()
                    .map(|(_, pointer)| (*pointer).to_owned());
                pointers.extend(first);
                pointers.push("/id".to_owned());
            }
            Format::Json | Format::Yaml | Format::JsonPath(_) | Format::GoTemplate(_) => {
                return Ok(None);
            }
        }
        if let Some(by) = &self.sort_by {
            pointers.push(column(columns, direction(by).0)?.1.to_owned());
        }
        let shown = self.chosen(columns)?;
        pointers.extend(shown.iter().map(|(_, pointer)| (*pointer).to_owned()));
        let member = |pointer: &String| {
            let first = pointer.trim_start_matches('/').split('/').next();
            // JSON pointers' own signs (RFC 6901).
            first
                .unwrap_or_default()
                .replace("~1", "/")
                .replace("~0", "~")
        };
        Ok(Some(pointers.iter().map(member).collect()))
    }

    pub(super) fn chosen<'a>(&'a self, columns: Columns<'a>) -> Result<Vec<Column<'a>>, Failure> {
        let has_columns = self.format().is_table() || *self.format() == Format::Csv;
        if !self.columns.is_empty() {
            if !has_columns {
                let message = "--columns is for -o table, wide and csv";
                return Err(Failure::new(Exit::Usage, message)
                    .hint("-o jsonpath=EXPR picks values out of the JSON"));
            }
            let chosen = self.columns.iter().map(|name| column(columns, name));
            return chosen.collect();
        }
        let mut chosen = columns.usual.to_vec();
        if *self.format() != Format::Table {
            chosen.extend(columns.wide);
        }
        Ok(chosen)
    }
}

/// Finds a column by its heading or by a JSON pointer.
fn column<'a>(columns: Columns<'a>, name: &'a str) -> Result<Column<'a>, Failure> {
    if name.starts_with('/') {
        return Ok((name.trim_start_matches('/'), name));
    }
    let mut all = columns.usual.iter().chain(columns.wide);
    let known = all.clone().map(|(title, _)| *title).collect::<Vec<_>>();
    all.find(|(title, _)| title.eq_ignore_ascii_case(name.trim()))
        .copied()
        .ok_or_else(|| {
            Failure::new(Exit::Usage, format!("the list has no column `{name}`")).hint(format!(
                "it has {}; a JSON pointer such as /id takes anything of -o json",
                known.join(", ")
            ))
        })
}

/// The column that is sorted by, and whether the highest comes first.
fn direction(by: &str) -> (&str, bool) {
    match by.rsplit_once(':') {
        Some((name, "desc")) => (name, true),
        Some((name, "asc")) => (name, false),
        _ => (by, false),
    }
}

/// Keeps the members of a row that are needed: ten thousand whole ones would fill the memory.
pub(super) fn only(row: Value, needed: Option<&[String]>) -> Value {
    match (needed, row) {
        (Some(needed), Value::Object(mut members)) => {
            let kept = needed
                .iter()
                .filter_map(|name| members.remove_entry(name))
                .collect();
            Value::Object(kept)
        }
        (_, row) => row,
    }
}

fn sort(rows: &mut [Value], columns: Columns<'_>, by: &str) -> Result<(), Failure> {
    let (name, descending) = direction(by);
    let (_, pointer) = column(columns, name)?;
    rows.sort_by(|one, other| {
        let (one, other) = (one.pointer(pointer), other.pointer(pointer));
        match (is_there(one), is_there(other)) {
            // What has no value comes last, whatever the direction.
            (false, false) => Ordering::Equal,
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) if descending => compare(other, one),
            (true, true) => compare(one, other),
        }
    });
    Ok(())
}

fn is_there(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Null))
}

/// Numbers by size, everything else by its text.
fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => text(one).cmp(&text(other)),
    }
}

pub(super) fn name(row: &Value, columns: Columns<'_>) -> String {
    let pointer = columns.usual.first().map_or("/id", |(_, pointer)| pointer);
    match cell(row, pointer).as_str() {
        "-" => cell(row, "/id") + "\n",
        name => format!("{name}\n"),
    }
}

/// Returns rows as a table for a person.
pub(super) fn table(columns: &[Column<'_>], rows: &[Value], headings: bool) -> String {
    spaced(columns, rows, headings, &mut Vec::new())
}

/// The same with columns as wide as those of an earlier part at least, which are noted in `widths`.
pub(super) fn spaced(
    columns: &[Column<'_>],
    rows: &[Value],
    headings: bool,
    widths: &mut Vec<u16>,
) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    if headings {
        table.set_header(columns.iter().map(|(title, _)| *title));
    }
    for row in rows {
        table.add_row(columns.iter().map(|(_, pointer)| cell(row, pointer)));
    }
    for (column, width) in table.column_iter_mut().zip(&*widths) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(*width)));
    }
    let mut before = widths.iter().copied();
    let now = table.column_max_content_widths().into_iter();
    *widths = now
        .map(|now| now.max(before.next().unwrap_or_default()))
        .collect();
    let lines = table.to_string();
    let lines = lines.lines().map(|line| line.trim().to_owned() + "\n");
    // A table without anything is one empty line.
    lines.filter(|line| line != "\n").collect()
}

pub(super) fn csv(
    columns: &[Column<'_>],
    rows: &[Value],
    headings: bool,
) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if headings {
        let titles = columns.iter().map(|(title, _)| *title);
        writer.write_record(titles).map_err(cannot)?;
    }
    for row in rows {
        let cells = columns
            .iter()
            .map(|(_, pointer)| text(row.pointer(pointer)));
        writer.write_record(cells).map_err(cannot)?;
    }
    let bytes = writer.into_inner().map_err(cannot)?;
    String::from_utf8(bytes).map_err(cannot)
}

fn cell(row: &Value, pointer: &str) -> String {
    match row.pointer(pointer) {
        None | Some(Value::Null) => "-".into(),
        // A row is one line, and a terminal obeys nothing of what a server says.
        found => text(found).replace(char::is_control, " "),
    }
}

/// A value as it stands in a cell: texts bare, nothing for null.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn csv_quotes_what_would_be_taken_for_its_own_signs() {
        let columns = [("A", "/a"), ("B", "/b/c")];
        let rows = [
            json!({"a": "x, \"y\"\nz", "b": {"c": 1}}),
            json!({"a": null, "b": {"c": [1, 2]}}),
        ];
        let text = csv(&columns, &rows, true).unwrap();
        assert_eq!(text, "A,B\n\"x, \"\"y\"\"\nz\",1\n,\"[1,2]\"\n");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let first = reader.records().next().unwrap().unwrap();
        assert_eq!(&first[0], "x, \"y\"\nz");
    }

    #[test]
    fn numbers_are_sorted_by_size_and_what_is_missing_comes_last() {
        let columns = Columns {
            usual: &[("N", "/n")],
            wide: &[],
        };
        let mut rows = [json!({"n": 10}), json!({}), json!({"n": 9})];
        sort(&mut rows, columns, "n").unwrap();
        assert_eq!(rows, [json!({"n": 9}), json!({"n": 10}), json!({})]);
        sort(&mut rows, columns, "/n:desc").unwrap();
        assert_eq!(rows, [json!({"n": 10}), json!({"n": 9}), json!({})]);
    }
}
