//! What commands print: data on stdout in the form that was asked for, findings on stderr.

use std::io::Write as _;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

pub(super) use super::format::Format;
use super::format::FormatParser;
use super::listing::{Columns, Listing};
use super::{Exit, Failure, listing};
use crate::diagnose::{self, Sink, Sources};

/// The option of every command that prints data.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Printing {
    /// How to print data: table, wide, json, yaml, csv, name (names only, one per line),
    /// jsonpath=EXPR (RFC 9535, one value per line) or go-template=TEMPLATE
    #[arg(
        short,
        long,
        value_parser = FormatParser,
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
    let columns = Columns {
        usual: columns,
        wide: &[],
    };
    Listing::of(format).print(columns, rows)
}

/// Names of single things, as lists print them.
const NAMES: [&str; 4] = ["/vnfInstanceName", "/vnfProductName", "/name", "/id"];

/// Prints one thing; a table falls back to YAML, which reads well, and CSV has a line of it under
/// the names of its members.
pub(super) fn one<T: Serialize>(format: Format, thing: &T) -> Result<(), Failure> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(thing).map_err(cannot)? + "\n",
        Format::Name => {
            let thing = serde_json::to_value(thing).map_err(cannot)?;
            let name = NAMES.iter().find_map(|name| thing.pointer(name)?.as_str());
            format!("{}\n", name.unwrap_or("-"))
        }
        Format::JsonPath(path) => {
            let thing = serde_json::to_value(thing).map_err(cannot)?;
            let found = path.query(&thing).all();
            let lines = found.into_iter();
            lines
                .map(|value| match value {
                    Value::String(text) => format!("{text}\n"),
                    other => format!("{other}\n"),
                })
                .collect()
        }
        Format::GoTemplate(template) => {
            let thing = serde_json::to_value(thing).map_err(cannot)?;
            rendered(&template, &thing)?
        }
        Format::Csv => return members(&serde_json::to_value(thing).map_err(cannot)?),
        Format::Table | Format::Wide | Format::Yaml => {
            serde_yaml::to_string(thing).map_err(cannot)?
        }
    };
    put(&text)
}

/// What a Go template, which was parsed when it was given, makes of the JSON.
fn rendered(template: &str, thing: &Value) -> Result<String, Failure> {
    gtmpl::template(template, plain(thing)).map_err(|error| {
        let message = format!("the template does not fit the data: {error}");
        Failure::new(Exit::Usage, message).hint("`-o json` shows the data")
    })
}

/// JSON in the words of the library.
fn plain(value: &Value) -> gtmpl::Value {
    match value {
        Value::Null => gtmpl::Value::Nil,
        Value::Bool(is) => gtmpl::Value::Bool(*is),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => gtmpl::Value::String(text.clone()),
        Value::Array(items) => gtmpl::Value::Array(items.iter().map(plain).collect()),
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(key, value)| (key.clone(), plain(value)));
            gtmpl::Value::Object(members.collect())
        }
    }
}

fn members(thing: &Value) -> Result<(), Failure> {
    let names = thing
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys());
    let columns: Vec<_> = names
        .map(|name| {
            let pointer = name.replace('~', "~0").replace('/', "~1");
            (name.as_str(), format!("/{pointer}"))
        })
        .collect();
    let columns: Vec<_> = columns
        .iter()
        .map(|(name, pointer)| (*name, pointer.as_str()))
        .collect();
    list(Format::Csv, &columns, std::slice::from_ref(thing))
}

/// Returns rows as a table for a person.
pub(super) fn table(columns: &[(&str, &str)], rows: &[Value]) -> String {
    listing::table(columns, rows, true)
}

pub(super) fn cannot(error: impl std::error::Error) -> Failure {
    Failure::new(Exit::Failed, "cannot print the data").caused_by(error)
}

/// Shows findings on stderr, with colour where that can have it.
pub(super) fn findings(sink: &Sink, sources: &Sources) {
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    anstream::eprint!("{}", diagnose::human(sink.diagnostics(), sources, colour));
}

/// Writes to stdout; a reader that has gone, as `head` does, is no error.
pub(super) fn put(text: &str) -> Result<(), Failure> {
    put_bytes(text.as_bytes())
}

/// The same of what may be no text.
pub(super) fn put_bytes(bytes: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(cannot(error)),
        _ => Ok(()),
    }
}
