//! The forms in which data is printed, as `-o` names them.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use serde_json_path::JsonPath;

/// What comes before the expression of a JSONPath.
const JSONPATH: &str = "jsonpath=";

/// What comes before a Go template.
const GO_TEMPLATE: &str = "go-template=";

/// The forms that are a plain word, with what they are.
const WORDS: [(&str, Format, &str); 6] = [
    ("table", Format::Table, "columns for a person"),
    ("wide", Format::Wide, "the same with more columns"),
    ("json", Format::Json, "JSON as the API has it"),
    ("yaml", Format::Yaml, "YAML of the same"),
    ("csv", Format::Csv, "all columns, comma separated"),
    ("name", Format::Name, "names only, one per line"),
];

/// How to print data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Format {
    /// Columns for a person.
    #[default]
    Table,
    /// The same with more columns.
    Wide,
    /// JSON as the API has it.
    Json,
    /// YAML of the same.
    Yaml,
    /// All columns as comma-separated values (RFC 4180).
    Csv,
    /// Names only, one per line.
    Name,
    /// What an expression finds in the JSON (RFC 9535), one value per line.
    JsonPath(Box<JsonPath>),
    /// What a Go template makes of the JSON.
    GoTemplate(String),
}

impl Format {
    /// Tells whether it is a table for a person.
    pub(super) fn is_table(&self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(expression) = text.strip_prefix(JSONPATH) {
            let path = JsonPath::parse(expression);
            return match path {
                Ok(path) => Ok(Self::JsonPath(Box::new(path))),
                Err(error) => Err(format!(
                    "`{expression}` is no JSONPath (RFC 9535): {}, at character {}; \
                     an expression begins with $, such as $[*].id",
                    error.message(),
                    error.position() + 1
                )),
            };
        }
        if let Some(template) = text.strip_prefix(GO_TEMPLATE) {
            return match gtmpl::Template::default().parse(template) {
                Ok(()) => Ok(Self::GoTemplate(template.to_owned())),
                Err(error) => Err(format!("`{template}` is no Go template: {error}")),
            };
        }
        let known = WORDS.into_iter().find(|(word, ..)| *word == text);
        known.map(|(_, format, _)| format).ok_or_else(|| {
            let words = WORDS.map(|(word, ..)| word).join(", ");
            format!("known are {words}, {JSONPATH}EXPR and {GO_TEMPLATE}TEMPLATE")
        })
    }
}

/// Reads a form, and names the forms to shells that complete.
#[derive(Debug, Clone)]
pub(super) struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = Format;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Format, clap::Error> {
        let parser = StringValueParser::new().try_map(|text| text.parse::<Format>());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let words = WORDS.into_iter();
        let words = words.map(|(word, _, help)| PossibleValue::new(word).help(help));
        let path = PossibleValue::new(JSONPATH).help("what an expression finds (RFC 9535)");
        let template = PossibleValue::new(GO_TEMPLATE).help("what a Go template makes of it");
        Some(Box::new(words.chain([path, template])))
    }
}
