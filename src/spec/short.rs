//! Sections that may be written short: `hubble: true` instead of `hubble: {enabled: true}`.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, Error, IntoDeserializer as _, MapAccess, Visitor};

/// A section whose most important value may stand for the whole.
pub(super) trait Short: DeserializeOwned + JsonSchema {
    /// The type of that value.
    type Name: DeserializeOwned + JsonSchema;
    /// What may stand there, for a person.
    const EXPECTED: &'static str;
    /// Returns the section with this value and the defaults of all others.
    fn of(name: Self::Name) -> Self;
}

/// Reads a section written short or in full; faults keep their place in both.
pub(super) fn either<'de, D: Deserializer<'de>, T: Short>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Either(PhantomData))
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Short> Visitor<'de> for Either<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::Name::deserialize(value.into_deserializer()).map(T::of)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        T::Name::deserialize(value.into_deserializer()).map(T::of)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Describes both forms, the short one first.
pub(super) fn schema<T: Short>(generator: &mut SchemaGenerator) -> Schema {
    let short = generator.subschema_for::<T::Name>();
    let long = generator.subschema_for::<T>();
    json_schema!({"anyOf": [short, long]})
}
