//! Sizes, frequencies and times with their units, as tosca-parser and Tacker read them.

use crate::yaml::Node;

const SIZE: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("KiB", 1024.0),
    ("MB", 1e6),
    ("MiB", 1_048_576.0),
    ("GB", 1e9),
    ("GiB", 1_073_741_824.0),
    ("TB", 1e12),
    ("TiB", 1_099_511_627_776.0),
];
const FREQUENCY: &[(&str, f64)] = &[("Hz", 1.0), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)];
const TIME: &[(&str, f64)] = &[
    ("d", 86_400.0),
    ("h", 3600.0),
    ("m", 60.0),
    ("s", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("ns", 1e-9),
];

/// Returns the units of a scalar type such as `scalar-unit.size`, or nothing for other types.
pub(super) fn units(kind: &str) -> Option<&'static [(&'static str, f64)]> {
    match kind {
        "scalar-unit.size" => Some(SIZE),
        "scalar-unit.frequency" => Some(FREQUENCY),
        "scalar-unit.time" => Some(TIME),
        _ => None,
    }
}

/// Lists the units of a scalar type.
pub(in crate::tosca) fn unit_names(kind: &str) -> String {
    let names = units(kind)
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| *name);
    names.collect::<Vec<_>>().join(", ")
}

/// Returns the amount in the smallest unit, or nothing when the text is no such scalar. The
/// parser looks at the beginning of the text only: digits, perhaps spaces, a word.
pub(super) fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let number: f64 = digits.parse().ok()?;
    let word = &rest[..end];
    let factor = unit(word, units)?;
    Some(number * factor)
}

fn unit(word: &str, units: &[(&str, f64)]) -> Option<f64> {
    let exact = units.iter().find(|(name, _)| *name == word);
    let found = exact.or_else(|| {
        let lower = word.to_lowercase();
        units.iter().find(|(name, _)| name.to_lowercase() == lower)
    });
    found.map(|(_, factor)| *factor)
}

/// Tells whether Tacker can turn the size of an image into bytes: it wants one number and one
/// unit with space between, where tosca-parser does not.
pub(in crate::tosca) fn is_image_size(node: &Node) -> bool {
    let Some(text) = node.as_str() else {
        return false;
    };
    let parts: Vec<_> = text.split_whitespace().collect();
    let is_plain = text.trim() == text;
    match parts[..] {
        [number, word] => is_plain && number.parse::<f64>().is_ok() && unit(word, SIZE).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2 GB", Some(2e9))]
    #[case("2GB", Some(2e9))]
    #[case("1.5 gib", Some(1_610_612_736.0))]
    #[case("2 GB or more", Some(2e9))]
    #[case("2", None)]
    #[case("2 apples", None)]
    #[case("-2 GB", None)]
    #[case("two GB", None)]
    fn sizes_are_read_as_the_parser_does(#[case] text: &str, #[case] bytes: Option<f64>) {
        assert_eq!(amount(text, SIZE), bytes);
    }
}
