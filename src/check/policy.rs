//! What is to become of the findings of a code: denied, warned of, or allowed.
//!
//! Nobody can allow what makes a package useless: an error for which Tacker certainly rejects the
//! upload, or for which the archive is not even read, stays an error. Who wants to lower it by its
//! name is told so; a pattern that fits it among others passes over it.

use thiserror::Error;

use super::{CATALOGUE, code};
use crate::diagnose::{Code, Severity, Verdict, instead_of};

/// What a person wants to become of a code's findings; the words are those of rustc and clippy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// They are errors.
    Deny,
    /// They are warnings.
    Warn,
    /// They are not counted.
    Allow,
}

/// Why levels cannot be had as they are asked for.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LevelError {
    /// No code has that name, or fits that pattern.
    #[error("there is no code `{name}` that a package can have: {instead}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        instead: String,
    },
    /// One pattern is given two levels.
    #[error("`{0}` is given two levels")]
    Twice(String),
    /// The code's findings cannot be anything but errors.
    #[error("`{0}` is always an error: nothing would come of the package")]
    Firm(&'static str),
}

/// Tells whether findings of a code may be taken for less than the errors that they are.
#[must_use]
pub fn is_lowerable(code: &Code) -> bool {
    let refused = code.name.starts_with("archive-");
    code.severity != Severity::Error || !(refused || code.verdict == Verdict::Rejected)
}

/// Tells whether a package can have findings of a code; others are about what commands are given.
#[must_use]
pub fn is_of_packages(code: &Code) -> bool {
    let subject = code.name.split('-').next();
    !matches!(subject, Some("spec" | "scenario" | "devstack"))
}

/// Returns the codes that a package can have.
pub(super) fn of_packages() -> impl Iterator<Item = &'static Code> {
    let codes = CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    codes.filter(|code| is_of_packages(code))
}

/// Levels by code or family of codes.
#[derive(Debug, Default)]
pub struct Levels(Vec<(String, Level)>);

impl Levels {
    /// Gives a level to a code, or to all whose names begin as `pattern` does before its `*`.
    ///
    /// # Errors
    /// A pattern that fits no code, has another level already, or names a code that stays an error.
    pub fn set(&mut self, pattern: &str, level: Level) -> Result<(), LevelError> {
        if !of_packages().any(|code| fits(pattern, code.name)) {
            let names: Vec<_> = of_packages().map(|code| code.name).collect();
            return Err(LevelError::Unknown {
                name: pattern.to_owned(),
                instead: instead_of(pattern, &names),
            });
        }
        if let Some(code) = code(pattern).filter(|code| level != Level::Deny && !is_lowerable(code))
        {
            return Err(LevelError::Firm(code.name));
        }
        match self.0.iter().find(|(known, _)| known == pattern) {
            Some((_, known)) if *known != level => Err(LevelError::Twice(pattern.to_owned())),
            _ => {
                self.0.push((pattern.to_owned(), level));
                Ok(())
            }
        }
    }

    /// Returns the level of a code, if it is given one: the longest pattern counts, so that the
    /// order of the options does not.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Level> {
        let firm = code(name).is_some_and(|code| !is_lowerable(code));
        if firm {
            return None;
        }
        let fitting = self.0.iter().filter(|(pattern, _)| fits(pattern, name));
        let nearest = fitting.max_by_key(|(pattern, _)| (pattern == name, pattern.len()));
        nearest.map(|(_, level)| *level)
    }
}

/// Tells whether a code's name fits a pattern, which may end in `*`.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(given: &[(&str, Level)]) -> Result<Levels, LevelError> {
        let mut levels = Levels::default();
        for (pattern, level) in given {
            levels.set(pattern, *level)?;
        }
        Ok(levels)
    }

    #[test]
    fn the_longest_pattern_counts_in_any_order() {
        for given in [
            [("hot-*", Level::Allow), ("hot-absent", Level::Deny)],
            [("hot-absent", Level::Deny), ("hot-*", Level::Allow)],
        ] {
            let levels = levels(&given).unwrap();
            assert_eq!(levels.of("hot-absent"), Some(Level::Deny));
            assert_eq!(levels.of("hot-version"), Some(Level::Allow));
            assert_eq!(levels.of("vnfd-version"), None);
        }
    }

    #[test]
    fn what_tacker_rejects_stays_an_error() {
        let firm = levels(&[("yaml-syntax", Level::Allow)]);
        assert_eq!(firm.err(), Some(LevelError::Firm("yaml-syntax")));
        let archive = levels(&[("archive-case", Level::Warn)]);
        assert_eq!(archive.err(), Some(LevelError::Firm("archive-case")));
        let family = levels(&[("yaml-*", Level::Allow)]).unwrap();
        assert_eq!(family.of("yaml-syntax"), None);
        assert_eq!(family.of("yaml-duplicate-key"), Some(Level::Allow));
    }

    #[test]
    fn a_slip_and_two_minds_are_refused() {
        let slip = levels(&[("hot-absnt", Level::Allow)]).unwrap_err();
        assert!(slip.to_string().contains("`hot-absent`"), "{slip}");
        assert!(levels(&[("hit-*", Level::Allow)]).is_err());
        let twice = levels(&[("hot-*", Level::Allow), ("hot-*", Level::Warn)]);
        assert_eq!(twice.err(), Some(LevelError::Twice("hot-*".to_owned())));
    }
}
