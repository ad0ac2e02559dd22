//! The types of SOL001 in the versions that packages carry, and which of them a package's own copy
//! is.
//!
//! Every package has its own copy of ETSI's types, and every orchestrator but Tacker puts its own
//! in the place of it. So a copy that says something else than its version misleads whoever
//! relies on it. The table holds facts alone: names, types and bounds.

mod facts;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::documents::Documents;
use super::types::At;
use crate::diagnose::{Sink, Span};
use crate::yaml;
pub(super) use facts::{Definition, Fact, definitions};

/// Which versions say what.
static TABLE: LazyLock<table::Table<'static>> =
    LazyLock::new(|| table::Table::read(include_str!("table.txt")));

/// A set of versions, one bit for each, the oldest lowest.
pub(super) type Set = u16;

/// Returns all versions that are known here, oldest first.
#[must_use]
pub fn versions() -> &'static [&'static str] {
    &TABLE.versions
}

/// Returns the versions that have a type of ETSI's, oldest first.
#[must_use]
pub fn with_type(name: &str) -> Vec<&'static str> {
    let facts = TABLE.types.get(name).into_iter().flatten();
    together(facts)
}

/// Returns the versions in which a type of ETSI's has a property, oldest first.
#[must_use]
pub fn with_property(name: &str, property: &str) -> Vec<&'static str> {
    let facts = TABLE.types.get(name).into_iter().flatten();
    together(facts.filter(|fact| fact.about.strip_prefix("property ") == Some(property)))
}

fn together<'t>(facts: impl Iterator<Item = &'t table::Known<'static>>) -> Vec<&'static str> {
    named(facts.fold(0, |set, fact| set | fact.versions)).collect()
}

/// Whose types a file of a package has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The file.
    pub file: Utf8PathBuf,
    /// The version of SOL001 that it says its types are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// The versions that its types come closest to; several, where what it has does not differ
    /// between them.
    pub nearest: Vec<&'static str>,
    /// Whether its types are those, and not only like them.
    pub exact: bool,
}

/// Returns the files with ETSI's types that a package's top file reaches, and their versions.
#[must_use]
pub fn origins(documents: &Documents) -> Vec<Origin> {
    let reached = documents.reached().into_iter();
    let copies = reached.filter_map(|document| Copy::of(document.place()));
    copies
        .map(|copy| Origin {
            file: copy.file.to_owned(),
            says: copy.says.map(|(says, _)| says.to_owned()),
            nearest: named(copy.nearest).collect(),
            exact: copy.is_exact,
        })
        .collect()
}

/// A file's copy of ETSI's types.
pub(super) struct Copy<'d> {
    pub(super) file: &'d Utf8Path,
    /// The version that it says it has, and where.
    pub(super) says: Option<(&'d str, Span)>,
    /// The versions that it comes closest to.
    pub(super) nearest: Set,
    /// Whether it is exactly those, as far as it goes.
    pub(super) is_exact: bool,
    definitions: Vec<Definition<'d>>,
}

/// How a type's copy differs from what a version says.
pub(super) struct Difference<'c> {
    pub(super) name: &'c str,
    /// Where the copy has its name.
    pub(super) key: Span,
    /// What the copy says, and what the version says in its place, if anything.
    pub(super) other: Vec<(&'c Fact, Option<&'static str>)>,
    /// What the version says and the copy does not: what it is about, and what is said of it.
    pub(super) lacking: Vec<(&'static str, &'static str)>,
}

impl Difference<'_> {
    fn count(&self) -> usize {
        self.other.len() + self.lacking.len()
    }
}

impl<'d> Copy<'d> {
    /// Reads a file; nothing when it defines none of ETSI's types.
    pub(super) fn of(root: At<'d>) -> Option<Self> {
        let definitions = definitions(root, |name| TABLE.types.contains_key(name));
        if definitions.is_empty() {
            return None;
        }
        let version = root.at(&["metadata", "template_version"]);
        let says = version.and_then(|at| Some((at.node.text()?, at.node.span)));
        let mut copy = Self {
            file: root.file,
            says,
            nearest: 0,
            is_exact: false,
            definitions,
        };
        if let Some(said) = copy.said()
            && copy.against(said).next().is_none()
        {
            copy.is_exact = true;
            copy.nearest = 1 << said;
            return Some(copy);
        }
        let differences = |version| copy.against(version).map(|one| one.count()).sum();
        let counts: Vec<usize> = (0..TABLE.versions.len()).map(differences).collect();
        let least = counts.iter().copied().min().unwrap_or_default();
        copy.is_exact = least == 0;
        for (version, count) in counts.into_iter().enumerate() {
            if count == least {
                copy.nearest |= 1 << version;
            }
        }
        Some(copy)
    }

    /// Returns the version that it says it has, if that is known here.
    pub(super) fn said(&self) -> Option<usize> {
        let (says, _) = self.says?;
        TABLE.versions.iter().position(|version| *version == says)
    }

    /// Returns how its types differ from those of a version.
    pub(super) fn against(&self, version: usize) -> impl Iterator<Item = Difference<'_>> {
        self.definitions
            .iter()
            .filter_map(move |definition| difference(definition, 1 << version))
    }
}

fn difference<'c>(copy: &'c Definition<'_>, version: Set) -> Option<Difference<'c>> {
    let standard = TABLE.types.get(copy.name)?;
    let in_version = || standard.iter().filter(|fact| fact.versions & version != 0);
    let (mut other, mut lacking) = (Vec::new(), Vec::new());
    for fact in &copy.facts {
        let theirs = in_version().find(|known| known.about == fact.about);
        if theirs.is_none_or(|known| known.says != fact.says && !is_relaxed(fact, known.says)) {
            other.push((fact, theirs.map(|known| known.says)));
        }
    }
    for known in in_version() {
        if copy.facts.iter().all(|fact| fact.about != known.about) {
            lacking.push((known.about, known.says));
        }
    }
    let difference = Difference {
        name: copy.name,
        key: copy.key,
        other,
        lacking,
    };
    (difference.count() > 0).then_some(difference)
}

/// Tells whether a requirement asks for less than the standard, and for nothing else.
///
/// tosca-parser 2.13 and later count what fulfils a requirement, and cannot be satisfied where
/// SOL001 means a requirement to be fulfilled from outside; Tacker's own copies let it be absent.
fn is_relaxed(fact: &Fact, standard: &str) -> bool {
    let occurrences = "occurrences [";
    let without = |says: &str| -> String {
        let parts = says.split(", occurrences [");
        let rest = parts.map(|part| part.split_once("], ").map_or(part, |(_, rest)| rest));
        rest.collect::<Vec<_>>().join(", ")
    };
    fact.about.starts_with("requirement ")
        && fact.says.contains(&format!("{occurrences}0,"))
        && without(&fact.says) == without(standard)
}

/// Returns the versions in a set.
pub(super) fn named(set: Set) -> impl Iterator<Item = &'static str> {
    let versions = TABLE.versions.iter().enumerate();
    versions.filter_map(move |(index, name)| (set & (1 << index) != 0).then_some(*name))
}

/// Makes the table of ETSI's own files: of each version, oldest first, its name and the texts of
/// its files.
///
/// # Errors
/// What is wrong with a text that is no YAML.
pub fn table(versions: &[(&str, Vec<String>)]) -> Result<String, String> {
    let mut said: BTreeMap<String, Vec<(Set, String, String)>> = BTreeMap::new();
    for (index, (version, texts)) in versions.iter().enumerate() {
        for text in texts {
            let file = Utf8Path::new("types.yaml");
            let mut sink = Sink::default();
            let root = yaml::parse(file, text, &mut sink);
            let root = root.ok_or_else(|| format!("{version}: {:?}", sink.diagnostics()))?;
            let node = &root;
            for one in definitions(At { file, node }, |name| name.contains(".nfv.")) {
                let known = said.entry(one.name.to_owned()).or_default();
                for Fact { about, says, .. } in one.facts {
                    let same = known.iter_mut().find(|(_, a, s)| *a == about && *s == says);
                    match same {
                        Some((set, ..)) => *set |= 1 << index,
                        None => known.push((1 << index, about, says)),
                    }
                }
            }
        }
    }
    let names: Vec<_> = versions.iter().map(|(name, _)| *name).collect();
    Ok(table::write(&names, &said))
}
