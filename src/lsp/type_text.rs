//! A type in an editor's words.

use std::fmt::Write as _;

use super::offer::{Kind, Offer};
use crate::tosca::catalogue::{Part, Type};

pub(super) fn type_offer(known: &Type) -> Offer<'_> {
    let place = known.file.clone().map(|file| (file, Some(known.span)));
    Offer::new(&known.name, Kind::Type, format!("{} type", known.kind))
        .text(type_text(known))
        .at(place)
}

/// Returns what is to be known of a type to use it, as Markdown.
pub(super) fn type_text(known: &Type) -> String {
    let mut text = known.description.clone().unwrap_or_default();
    if !known.derived_from.is_empty() {
        let parents: Vec<_> = known
            .derived_from
            .iter()
            .map(|it| format!("`{it}`"))
            .collect();
        text += &format!("\n\nDerived from {}.", parents.join(", "));
    }
    if !known.properties.is_empty() {
        text += "\n\nProperties:\n";
        for property in &known.properties {
            let needed = match property.required && property.default.is_none() {
                true => ", needed",
                false => "",
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n- `{}`: {}{needed}", property.name, property.r#type);
        }
    }
    parts(&mut text, "Capabilities", &known.capabilities);
    parts(&mut text, "Requirements", &known.requirements);
    parts(&mut text, "Interfaces", &known.interfaces);
    text.trim().to_owned()
}

fn parts(text: &mut String, what: &str, parts: &[Part]) {
    if !parts.is_empty() {
        let names: Vec<_> = parts
            .iter()
            .map(|part| format!("`{}`", part.name))
            .collect();
        *text += &format!("\n\n{what}: {}", names.join(", "));
    }
}
