//! The types of resources that Heat has: what they take and answer, and what a value may be.
//!
//! `types.txt` is printed by `scripts/dev/heat_types.py` from Heat itself, which also says how to
//! read it. A type is taken apart when somebody asks for it: templates use a few of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

/// The release whose types are known.
pub(in crate::hot) const HEAT: &str = "Heat 19";

/// A type as it is kept, and as it is once it has been asked for.
struct Entry {
    lines: &'static str,
    parsed: OnceLock<Type>,
}

static TYPES: LazyLock<BTreeMap<&str, Entry>> = LazyLock::new(|| {
    let text = include_str!("../types.txt");
    let mut types = BTreeMap::new();
    let mut rest = text;
    while let Some((name, below)) = rest.split_once('\n') {
        let end = end_of_block(below);
        let parsed = OnceLock::new();
        let lines = &below[..end];
        types.insert(name, Entry { lines, parsed });
        rest = &below[end..];
    }
    types
});

/// Returns the length of the lines that begin with a space.
fn end_of_block(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if !line.starts_with(' ') {
            break;
        }
        end += line.len();
    }
    end
}

/// The types by their names without case and colons.
static BARE: LazyLock<BTreeMap<String, &str>> =
    LazyLock::new(|| TYPES.keys().map(|name| (bare(name), *name)).collect());

fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A type of resources.
#[derive(Debug)]
pub struct Type {
    pub(super) properties: BTreeMap<&'static str, Property>,
    /// It takes others, too.
    pub(super) takes_any: bool,
    pub(super) attributes: BTreeSet<&'static str>,
    /// It answers to others, too.
    pub(super) answers_any: bool,
}

/// What a type takes, or what a value of it consists of.
#[derive(Debug)]
pub struct Property {
    /// It must be given.
    pub is_required: bool,
    /// Heat makes the resource anew when it changes.
    pub is_replacing: bool,
    pub(super) is_hidden: bool,
    pub(super) kind: Kind,
    pub(super) bounds: Vec<Bound<'static>>,
    /// What a map's keys may be, or, as `.`, what a list's items may be; empty when nothing is
    /// asked of them.
    pub(super) below: BTreeMap<&'static str, Property>,
}

/// The type of a value (`heat.engine.constraints.Schema`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    List,
    Map,
    Any,
}

/// What a value must fulfil.
#[derive(Debug)]
pub(super) enum Bound<'b> {
    In(Vec<&'b str>),
    Range(Option<f64>, Option<f64>),
    Length(Option<f64>, Option<f64>),
    Step(f64, f64),
    Pattern(&'b str),
}

impl Type {
    fn of(lines: &'static str) -> Self {
        let mut known = Self {
            properties: BTreeMap::new(),
            takes_any: false,
            attributes: BTreeSet::new(),
            answers_any: false,
        };
        let mut lines = lines.lines().peekable();
        if let Some(attributes) = lines.next().and_then(|line| line.strip_prefix(" =")) {
            known.attributes = attributes.split_whitespace().collect();
        }
        known.answers_any = known.attributes.remove("?");
        known.properties = level(&mut lines, 1);
        known.takes_any = known.properties.remove("?").is_some();
        known
    }

    /// Tells whether nothing is asked of what a resource of the type is given.
    pub(in crate::hot) fn takes_any(&self) -> bool {
        self.takes_any
    }

    /// Returns all that a resource of the type can be given.
    pub(in crate::hot) fn schema(&self) -> &BTreeMap<&'static str, Property> {
        &self.properties
    }

    /// Returns the properties that people should use.
    pub fn properties(&self) -> impl Iterator<Item = (&'static str, &Property)> {
        let shown = self.properties.iter().filter(|(_, it)| !it.is_hidden);
        shown.map(|(name, property)| (*name, property))
    }

    /// Returns the names of what a template can ask a resource of the type for.
    pub fn attributes(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().copied()
    }

    /// Tells whether Heat refuses to be asked for an attribute.
    pub(in crate::hot) fn refuses(&self, attribute: &str) -> bool {
        !self.answers_any && !self.attributes.contains(attribute)
    }
}

type Lines = std::iter::Peekable<std::str::Lines<'static>>;

/// Reads the properties of one depth, and what is below them.
fn level(lines: &mut Lines, depth: usize) -> BTreeMap<&'static str, Property> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut properties = BTreeMap::new();
    while lines.peek().is_some_and(|line| indent(line) == depth) {
        let Some((name, mut property)) = lines.next().and_then(|line| one(line.trim_start()))
        else {
            continue;
        };
        property.below = level(lines, depth + 1);
        properties.insert(name, property);
    }
    properties
}

fn one(line: &'static str) -> Option<(&'static str, Property)> {
    let (line, pattern) = match line.split_once(" pattern=") {
        Some((line, pattern)) => (line, Some(Bound::Pattern(pattern))),
        None => (line, None),
    };
    let (name, rest) = line.split_once(' ')?;
    let (kind, bounds) = rest.split_once(' ').unwrap_or((rest, ""));
    let (name, marks) = name.split_at(name.trim_end_matches(['!', '*', '-']).len());
    let property = Property {
        is_required: marks.contains('!'),
        is_replacing: marks.contains('*'),
        is_hidden: marks.contains('-'),
        kind: match kind {
            "String" => Kind::String,
            "Integer" => Kind::Integer,
            "Number" => Kind::Number,
            "Boolean" => Kind::Boolean,
            "List" => Kind::List,
            "Map" => Kind::Map,
            _ => Kind::Any,
        },
        bounds: self::bounds(bounds).chain(pattern).collect(),
        below: BTreeMap::new(),
    };
    Some((name, property))
}

fn bounds(text: &'static str) -> impl Iterator<Item = Bound<'static>> {
    // Values may have spaces in them, names of bounds do not.
    let mut starts: Vec<usize> = ["in=", "range=", "length=", "step="]
        .iter()
        .filter_map(|name| text.find(name))
        .filter(|at| *at == 0 || text.as_bytes()[at - 1] == b' ')
        .collect();
    starts.sort_unstable();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    let words = starts.into_iter().zip(ends);
    words.filter_map(move |(start, end)| {
        let (name, value) = text[start..end].trim_end().split_once('=')?;
        let two = || {
            let (low, high) = value.split_once("..")?;
            Some((low.parse().ok(), high.parse().ok()))
        };
        Some(match name {
            "in" => Bound::In(value.split('|').collect()),
            "range" => two().map(|(low, high)| Bound::Range(low, high))?,
            "length" => two().map(|(low, high)| Bound::Length(low, high))?,
            _ => two().and_then(|(step, offset)| Some(Bound::Step(step?, offset?)))?,
        })
    })
}

/// Returns the type of that name, if Heat has it.
#[must_use]
pub fn known(name: &str) -> Option<&'static Type> {
    let entry = TYPES.get(name)?;
    Some(entry.parsed.get_or_init(|| Type::of(entry.lines)))
}

/// Returns the types that Heat has, by name.
pub fn types() -> impl Iterator<Item = (&'static str, &'static Type)> {
    TYPES.keys().filter_map(|name| Some((*name, known(name)?)))
}

/// Returns the type that has the same letters as a name, and the names of all.
pub(in crate::hot) fn nearest(
    name: &str,
) -> (
    Option<&'static str>,
    impl Iterator<Item = &'static str> + use<>,
) {
    (BARE.get(&bare(name)).copied(), TYPES.keys().copied())
}

/// Tells whether Heat deletes a resource of a type and makes another when a property changes
/// (`update_allowed` of its schema); for a server's user data, as the policy has it that holds
/// where the template gives none.
#[must_use]
pub fn is_replacing(kind: &str, property: &str) -> bool {
    if (kind, property) == ("OS::Nova::Server", "user_data") {
        return true;
    }
    let property = known(kind).and_then(|known| known.properties.get(property));
    property.is_some_and(|property| property.is_replacing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let server = known("OS::Nova::Server").unwrap();
        assert!(server.properties["flavor"].is_required);
        assert!(!server.properties["flavor"].is_replacing);
        assert!(server.properties["key_name"].is_replacing);
        assert!(!server.refuses("first_address") && server.refuses("nothing"));
        let network = &server.properties["networks"].below["."];
        assert_eq!(network.kind, Kind::Map);
        assert_eq!(network.below["fixed_ip"].kind, Kind::String);
        let port = known("OS::Neutron::Port").unwrap();
        assert!(port.properties["network_id"].is_hidden);
        assert!(!port.properties["network"].is_hidden);
        let size = &known("OS::Cinder::Volume").unwrap().properties["size"];
        assert!(matches!(size.bounds[..], [Bound::Range(Some(1.0), None)]));
        assert!(
            !known("OS::Heat::AutoScalingGroup")
                .unwrap()
                .refuses("outputs.x")
        );
        assert!(known("OS::Heat::None").unwrap().takes_any);
        assert_eq!(types().count(), 181);
    }

    #[test]
    fn what_is_replaced_is_what_heat_cannot_change() {
        assert!(is_replacing("OS::Nova::Server", "user_data"));
        assert!(is_replacing("OS::Neutron::Port", "network"));
        assert!(!is_replacing("OS::Neutron::Port", "security_groups"));
        assert!(!is_replacing("Some::Other::Type", "name"));
    }
}
