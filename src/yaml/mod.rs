//! YAML with the place of every node, read as Tacker's PyYAML reads it (YAML 1.1).
//!
//! Tacker, Heat and tosca-parser load with `yaml.safe_load`, for which `on` is a boolean
//! and `0755` is 493. A checker that reads otherwise would judge another document, so one
//! reader serves the person's own files and the files of a package alike.

mod codes;
mod de;
mod hanging;
mod map;
mod quoted;
mod reader;
mod resolve;
mod sections;

pub use codes::CODES;
pub use de::from_node;
pub use map::Entries;
pub use reader::{parse, parse_part, texts};

use crate::diagnose::Span;

/// What a scalar means to PyYAML's safe loader. What a string or a date says is the scalar's text, so
/// that two of them are equal here whatever they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// Decimal, octal, hexadecimal, binary and base-60 integers.
    Int(i64),
    /// Floating-point numbers.
    Float(f64),
    /// A date or a time, which PyYAML turns into an object that is not a string.
    Timestamp,
    /// Everything else: what the text says.
    Str,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; only such scalars are resolved to other types.
    Plain,
    /// In quotes, or as a block.
    Quoted,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A single value.
    Scalar {
        /// Its meaning.
        value: Value,
        /// Its text, quotes and escapes resolved.
        text: String,
        /// How it is written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A map.
    Mapping(Entries),
}

/// A node and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its bytes in the file. Nodes that come from an alias keep the anchor's place.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

impl Node {
    /// Returns the value under `key`; of duplicates the last, as PyYAML does.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Returns the value that `path` leads to through nested maps.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns the place of `key` itself.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Span> {
        self.entry(key).map(|(key, _)| key.span)
    }

    fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        match &self.kind {
            Kind::Mapping(entries) => entries.find(key).map(|(key, value)| (key, value)),
            _ => None,
        }
    }

    /// Returns the map's entries, or none when this is not a map.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Tells whether the map's entry at `position` is the one that counts of those with its key.
    pub(crate) fn counts(&self, position: usize) -> bool {
        match &self.kind {
            Kind::Mapping(entries) => entries.counts(position),
            _ => false,
        }
    }

    /// Returns what it says as JSON; keys that are no strings are as they are written.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.kind {
            Kind::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Kind::Mapping(_) => {
                let entries = self.entries().iter();
                let named = entries.map(|(key, value)| {
                    let key = key.text().unwrap_or_default().to_owned();
                    (key, value.to_json())
                });
                Json::Object(named.collect())
            }
            Kind::Scalar { value, text, .. } => match value {
                Value::Null => Json::Null,
                Value::Bool(is) => Json::Bool(*is),
                Value::Int(number) => Json::from(*number),
                Value::Float(number) => Json::from(*number),
                Value::Str | Value::Timestamp => Json::String(text.clone()),
            },
        }
    }

    /// Returns the list's items, or none when this is not a list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Returns the scalar's text whatever its type.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the string, if this is one to PyYAML.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar {
                value: Value::Str,
                text,
                ..
            } => Some(text),
            _ => None,
        }
    }

    /// Returns the integer, if this is one to PyYAML.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match &self.kind {
            Kind::Scalar {
                value: Value::Int(number),
                ..
            } => Some(*number),
            _ => None,
        }
    }

    /// Tells whether this is a map.
    #[must_use]
    pub fn is_mapping(&self) -> bool {
        matches!(self.kind, Kind::Mapping(_))
    }

    /// Tells whether this is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Sequence(_))
    }

    /// Tells whether this is null or empty.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(
            self.kind,
            Kind::Scalar {
                value: Value::Null,
                ..
            }
        )
    }

    /// Names the node's type as a person would.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a map",
            Kind::Scalar { value, .. } => match value {
                Value::Null => "nothing",
                Value::Bool(_) => "a boolean",
                Value::Int(_) => "an integer",
                Value::Float(_) => "a number",
                Value::Timestamp => "a date",
                Value::Str => "a string",
            },
        }
    }
}
