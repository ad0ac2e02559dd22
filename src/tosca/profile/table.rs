//! The table of what the versions of SOL001 say, as it is kept: a line for each fact, below the
//! type that it is about, with a mark for each version that says it.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::Set;

/// What some versions say of a type.
pub(super) struct Known<'t> {
    pub(super) versions: Set,
    /// What it is about.
    pub(super) about: &'t str,
    /// What is said of it.
    pub(super) says: &'t str,
}

/// What is known of all versions.
pub(super) struct Table<'t> {
    /// Their names, oldest first.
    pub(super) versions: Vec<&'t str>,
    pub(super) types: HashMap<&'t str, Vec<Known<'t>>>,
}

impl<'t> Table<'t> {
    pub(super) fn read(text: &'t str) -> Self {
        let mut table = Self {
            versions: Vec::new(),
            types: HashMap::new(),
        };
        let mut current = "";
        for line in text.lines() {
            if let Some(fact) = line.strip_prefix(' ') {
                if let Some(known) = known(fact) {
                    table.types.entry(current).or_default().push(known);
                }
            } else if let Some(versions) = line.strip_prefix("versions ") {
                table.versions = versions.split(' ').collect();
            } else if !line.starts_with('#') {
                current = line;
            }
        }
        table
    }
}

fn known(line: &str) -> Option<Known<'_>> {
    let (marks, rest) = line.split_once(' ')?;
    let (about, says) = rest.split_once(':')?;
    let marks = marks.bytes().enumerate();
    let versions = marks.fold(0, |set, (index, mark)| {
        set | if mark == b'x' { 1 << index } else { 0 }
    });
    let says = says.trim_start();
    Some(Known {
        versions,
        about,
        says,
    })
}

/// Writes the table.
pub(super) fn write(
    versions: &[&str],
    types: &BTreeMap<String, Vec<(Set, String, String)>>,
) -> String {
    let mut text = format!(
        "# What the types of ETSI GS NFV-SOL 001 say, and in which versions; made of ETSI's files.\n\
         versions {}\n",
        versions.join(" ")
    );
    for (name, facts) in types {
        text += name;
        text.push('\n');
        for (set, about, says) in facts {
            let marks = (0..versions.len()).map(|index| {
                let is_in = set & (1 << index) != 0;
                if is_in { 'x' } else { '.' }
            });
            let marks: String = marks.collect();
            let line = format!(" {marks} {about}: {says}");
            // Writing to a string does not fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}
