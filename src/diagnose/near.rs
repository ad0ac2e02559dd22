//! Proposes what a person may have meant by a name that nothing has.

/// Returns the known name that is nearest to `given`, if one is near enough to be meant.
#[must_use]
pub fn nearest<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = given.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .min()
        .filter(|(far, name)| *far <= 1 + name.len() / 4)
        .map(|(_, name)| name)
}

/// Proposes the nearest known name, or lists them all.
#[must_use]
pub fn suggestion<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match nearest(given, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "nothing may stand here".to_owned(),
        None => {
            let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("known here: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_and_case_are_near_and_other_words_are_not() {
        assert_eq!(nearest("cuont", ["name", "count"]), Some("count"));
        assert_eq!(nearest("COUNT", ["name", "count"]), Some("count"));
        assert_eq!(nearest("levels", ["name", "count"]), None);
        assert_eq!(suggestion("x", ["a", "b"]), "did you mean `a`?");
        assert_eq!(suggestion("long", ["a", "b"]), "known here: `a`, `b`");
        assert_eq!(suggestion("x", []), "nothing may stand here");
    }
}
