//! Lists and single things as a table, JSON or YAML on stdout.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use comfy_table::Table;
use serde::Serialize;
use serde_json::Value;

use super::{Exit, Failure};
use crate::diagnose::{self, Sink, Sources};

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// Columns for a person
    #[default]
    Table,
    /// JSON as the API has it
    Json,
    /// YAML of the same
    Yaml,
    /// Names only, one per line
    Name,
}

/// The option of every command that prints data.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Printing {
    /// How to print data: table, json, yaml, or name (names only, one per line)
    #[arg(
        short,
        long,
        value_enum,
        default_value = "table",
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(super) output: Format,
}

/// Prints a list; `columns` are headings and JSON pointers, the first one names the thing.
pub(super) fn list<T: Serialize>(
    format: Format,
    columns: &[(&str, &str)],
    rows: &[T],
) -> Result<(), Failure> {
    let rows = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(cannot)?;
    let text = match format {
        Format::Json | Format::Yaml => return one(format, &Value::Array(rows)),
        Format::Name => rows
            .iter()
            .map(|row| match cell(row, columns[0].1).as_str() {
                "-" => cell(row, "/id") + "\n",
                name => format!("{name}\n"),
            })
            .collect(),
        Format::Table => table(columns, &rows),
    };
    put(&text)
}

/// Names of single things, as lists print them.
const NAMES: [&str; 4] = ["/vnfInstanceName", "/vnfProductName", "/name", "/id"];

/// Prints one thing as JSON or YAML; a table falls back to YAML, which reads well.
pub(super) fn one<T: Serialize>(format: Format, thing: &T) -> Result<(), Failure> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(thing).map_err(cannot)? + "\n",
        Format::Name => {
            let thing = serde_json::to_value(thing).map_err(cannot)?;
            let name = NAMES.iter().find_map(|name| thing.pointer(name)?.as_str());
            format!("{}\n", name.unwrap_or("-"))
        }
        _ => serde_yaml::to_string(thing).map_err(cannot)?,
    };
    put(&text)
}

/// Returns rows as a table for a person.
pub(super) fn table(columns: &[(&str, &str)], rows: &[Value]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(columns.iter().map(|(title, _)| *title));
    for row in rows {
        table.add_row(columns.iter().map(|(_, pointer)| cell(row, pointer)));
    }
    let lines = table.to_string();
    lines
        .lines()
        .map(|line| line.trim().to_owned() + "\n")
        .collect()
}

fn cell(row: &Value, pointer: &str) -> String {
    match row.pointer(pointer) {
        None | Some(Value::Null) => "-".into(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn cannot(error: impl std::error::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot print the data").caused_by(error)
}

/// Shows findings on stderr, with colour where that can have it.
pub(super) fn findings(sink: &Sink, sources: &Sources) {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    anstream::eprint!("{}", diagnose::human(sink.diagnostics(), sources, colour));
}

/// Writes to stdout; a reader that has gone, as `head` does, is no error.
pub(super) fn put(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(cannot(error)),
        _ => Ok(()),
    }
}
