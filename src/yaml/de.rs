//! Typed reading of a tree of nodes, so that each fault of a person's file has its place.

use std::fmt;

use camino::Utf8Path;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer as _, Visitor};

use super::{Kind, Node, Value};
use crate::diagnose::{Diagnostic, Sink, Span, suggestion};

/// Reads `node` as a `T`; a fault goes to `sink` with the exact key or value it belongs to.
pub fn from_node<T: DeserializeOwned>(node: &Node, file: &Utf8Path, sink: &mut Sink) -> Option<T> {
    match T::deserialize(De(node)) {
        Ok(value) => Some(value),
        Err(error) => {
            let span = error.span.unwrap_or(node.span);
            let mut diagnostic = Diagnostic::error(error.code, file, span, error.message);
            diagnostic.help = error.help;
            sink.push(diagnostic);
            None
        }
    }
}

/// A fault with the place where it was first known.
#[derive(Debug)]
struct Fault {
    code: &'static str,
    message: String,
    help: Option<String>,
    span: Option<Span>,
}

impl Fault {
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            help: None,
            span: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("spec-value", message.to_string())
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new("spec-type", format!("expected {expected}, found {found}"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let mut fault = Self::new("spec-unknown-key", format!("unknown key `{field}`"));
        fault.help = Some(suggestion(field, expected.iter().copied()));
        fault
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut fault = Self::new("spec-value", format!("unknown value `{variant}`"));
        fault.help = Some(suggestion(variant, expected.iter().copied()));
        fault
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("spec-missing-key", format!("the key `{field}` is missing"))
    }
}

struct De<'n>(&'n Node);

impl De<'_> {
    fn unexpected(&self) -> de::Unexpected<'_> {
        match &self.0.kind {
            Kind::Sequence(_) => de::Unexpected::Seq,
            Kind::Mapping(_) => de::Unexpected::Map,
            Kind::Scalar { value, text, .. } => match value {
                Value::Null => de::Unexpected::Other("nothing"),
                Value::Bool(b) => de::Unexpected::Bool(*b),
                Value::Int(i) => de::Unexpected::Signed(*i),
                Value::Float(f) => de::Unexpected::Float(*f),
                Value::Timestamp => de::Unexpected::Other("a date"),
                Value::Str => de::Unexpected::Str(text),
            },
        }
    }
}

impl<'de> de::Deserializer<'de> for De<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let span = self.0.span;
        match &self.0.kind {
            Kind::Scalar { value, text, .. } => match value {
                Value::Null => visitor.visit_unit(),
                Value::Bool(b) => visitor.visit_bool(*b),
                Value::Int(i) if *i >= 0 => visitor.visit_u64(i.unsigned_abs()),
                Value::Int(i) => visitor.visit_i64(*i),
                Value::Float(f) => visitor.visit_f64(*f),
                Value::Timestamp | Value::Str => visitor.visit_str(text),
            },
            Kind::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Kind::Mapping(entries) => visitor.visit_map(Entries {
                rest: entries.iter(),
                value: None,
            }),
        }
        .map_err(|fault: Fault| fault.at(span))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let span = self.0.span;
        if let Kind::Scalar { value, text, .. } = &self.0.kind
            && matches!(
                value,
                Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Timestamp
            )
        {
            let mut fault: Fault = de::Error::invalid_type(self.unexpected(), &visitor);
            fault.help = Some(format!("quote it: \"{text}\""));
            return Err(fault.at(span));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let span = self.0.span;
        visitor
            .visit_newtype_struct(self)
            .map_err(|fault: Fault| fault.at(span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let span = self.0.span;
        match &self.0.kind {
            Kind::Scalar {
                value: Value::Str,
                text,
                ..
            } => visitor.visit_enum(text.as_str().into_deserializer()),
            Kind::Mapping(entries) if entries.len() == 1 => visitor.visit_enum(Variant {
                key: &entries[0].0,
                value: &entries[0].1,
            }),
            _ => Err(de::Error::invalid_type(
                self.unexpected(),
                &"a name, or a map with one key",
            )),
        }
        .map_err(|fault: Fault| fault.at(span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'n>(std::slice::Iter<'n, Node>);

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        self.0
            .next()
            .map(|node| {
                seed.deserialize(De(node))
                    .map_err(|fault| fault.at(node.span))
            })
            .transpose()
    }
}

struct Entries<'n> {
    rest: std::slice::Iter<'n, (Node, Node)>,
    value: Option<&'n Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        // Keys are names whatever YAML makes of them: a map key `on` or `10` is meant as written.
        let name = key.text().ok_or_else(|| {
            Fault::new(
                "spec-type",
                format!("a key must be a name, not {}", key.type_name()),
            )
            .at(key.span)
        })?;
        seed.deserialize(name.into_deserializer())
            .map(Some)
            .map_err(|fault: Fault| fault.at(key.span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(value) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(De(value))
            .map_err(|fault| fault.at(value.span))
    }
}

struct Variant<'n> {
    key: &'n Node,
    value: &'n Node,
}

impl<'de, 'n> de::EnumAccess<'de> for Variant<'n> {
    type Error = Fault;
    type Variant = Content<'n>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'n>), Fault> {
        let name = self.key.text().unwrap_or_default();
        let variant = seed
            .deserialize(name.into_deserializer())
            .map_err(|fault: Fault| fault.at(self.key.span))?;
        Ok((variant, Content(self.value)))
    }
}

struct Content<'n>(&'n Node);

impl<'de> de::VariantAccess<'de> for Content<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.0.is_null() || (self.0.is_mapping() && self.0.entries().is_empty()) {
            return Ok(());
        }
        Err(Fault::new("spec-type", "nothing may stand under this name".to_owned()).at(self.0.span))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(De(self.0))
            .map_err(|fault| fault.at(self.0.span))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(De(self.0), visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        de::Deserializer::deserialize_any(De(self.0), visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Spec {
        name: String,
        #[serde(default)]
        count: Option<u32>,
    }

    fn fault(text: &str) -> (String, String) {
        let file = Utf8Path::new("s.yaml");
        let mut sink = Sink::default();
        let node = super::super::parse(file, text, &mut sink).unwrap();
        assert!(from_node::<Spec>(&node, file, &mut sink).is_none());
        let d = &sink.diagnostics()[0];
        let span = d.primary.span.unwrap();
        (d.message.clone(), text[span.start..span.end].to_owned())
    }

    #[test]
    fn reads_what_is_right() {
        let file = Utf8Path::new("s.yaml");
        let mut sink = Sink::default();
        let node = super::super::parse(file, "name: a\ncount: 3\n", &mut sink).unwrap();
        let spec: Spec = from_node(&node, file, &mut sink).unwrap();
        assert_eq!((spec.name.as_str(), spec.count), ("a", Some(3)));
    }

    #[test]
    fn unknown_keys_are_marked_where_they_stand() {
        assert_eq!(
            fault("name: a\ncuont: 3\n"),
            ("unknown key `cuont`".into(), "cuont".into())
        );
    }

    #[test]
    fn wrong_types_are_marked_at_the_value() {
        let (message, place) = fault("name: a\ncount: many\n");
        assert!(
            message.starts_with("expected u32, found string"),
            "{message}"
        );
        assert_eq!(place, "many");
    }

    #[test]
    fn unquoted_versions_are_not_taken_for_strings() {
        let (message, place) = fault("name: 1.36\n");
        assert!(message.contains("expected a string"), "{message}");
        assert_eq!(place, "1.36");
    }
}
