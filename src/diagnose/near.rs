//! What somebody may have meant by a name that nothing has.

use std::cell::Cell;

/// Returns the known name that is nearest to `given`, if it is near enough to be a slip of the
/// fingers; upper and lower case are the same.
#[must_use]
pub fn nearest<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    near(given, known).min().map(|(_, name)| name)
}

/// Returns the one known name that `given` can be a slip of; nothing when another is hardly
/// farther, or when `given` is so short that anything is near it.
#[must_use]
pub fn only_near<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let mut names: Vec<_> = near(given, known).collect();
    names.sort_unstable();
    names.dedup();
    let letters = given.chars().count();
    let (far, name) = *names.first()?;
    let is_slip = letters >= SHORTEST && far <= 1 + usize::from(letters >= LONG);
    let is_alone = names.get(1).is_none_or(|(other, _)| *other > 2 * far);
    (is_slip && is_alone).then_some(name)
}

/// So many names are looked at before nobody is helped any more. A file of some megabytes can have as
/// many wrong names as right ones, each to be compared with each; people have a few.
const PATIENCE: usize = 1_000_000;

thread_local! {
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// Begins to count anew what is compared on this thread, before another package is looked at.
pub(crate) fn be_patient() {
    COMPARED.set(0);
}

/// Counts a name, and tells whether there is patience left for it.
fn is_patient() -> bool {
    COMPARED.set(COMPARED.get() + 1);
    COMPARED.get() <= PATIENCE
}

/// The known names that are near, and how far they are.
fn near<'n>(
    given: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> impl Iterator<Item = (usize, &'n str)> {
    let given = given.to_lowercase();
    let letters = given.chars().count();
    let known = known.into_iter().take_while(|_| is_patient());
    known.filter_map(move |name| {
        let lower = name.to_lowercase();
        let allowed = 1 + name.len() / 4;
        // No two names are nearer than their lengths, and there may be thousands to compare.
        if letters.abs_diff(lower.chars().count()) > allowed {
            return None;
        }
        let far = strsim::osa_distance(&given, &lower);
        (far <= allowed).then_some((far, name))
    })
}

/// Letters of a name that is no accident.
const SHORTEST: usize = 3;
/// Letters of a name in which two slips are believed.
const LONG: usize = 10;

/// Says which of `known` may have been meant by `given`, and otherwise what there is.
#[must_use]
pub fn instead_of(given: &str, known: &[&str]) -> String {
    if let Some(name) = nearest(given, known.iter().copied()) {
        return format!("did you mean `{name}`?");
    }
    let mut names = known.to_vec();
    names.sort_unstable();
    names.dedup();
    match names.is_empty() {
        true => "there is none".to_owned(),
        false => format!("there are: {}", cut(&names, |name| name.to_owned())),
    }
}

/// Lists as many names as a person reads.
fn cut(names: &[&str], shown: impl Fn(&str) -> String) -> String {
    let first: Vec<_> = names.iter().take(SHOWN).map(|name| shown(name)).collect();
    let first = first.join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        rest => format!("{first} and {rest} more"),
    }
}

/// Proposes the nearest known name, or lists them all.
#[must_use]
pub fn suggestion<'n>(given: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match nearest(given, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "nothing may stand here".to_owned(),
        None => format!("known here: {}", cut(&known, |name| format!("`{name}`"))),
    }
}

/// How many names a person reads.
const SHOWN: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::swap("simpel", "did you mean `simple`?")]
    #[case::case("Simple", "did you mean `simple`?")]
    #[case::far("ha-cluster", "there are: other, simple")]
    fn a_slip_is_mended_and_anything_else_listed(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(instead_of(given, &["simple", "other"]), expected);
    }

    #[rstest]
    #[case::one("simpel", Some("simple"))]
    #[case::two("machineC", None)]
    #[case::far("machineCps", Some("machineCp"))]
    #[case::case("MACHINE", Some("machine"))]
    #[case::short("sa", None)]
    fn a_slip_is_sure_when_one_name_is_near(#[case] given: &str, #[case] meant: Option<&str>) {
        let known = ["machine", "simple", "machineCp", "sb", "simple"];
        assert_eq!(only_near(given, known), meant);
    }

    #[test]
    fn a_long_list_is_cut_and_an_empty_one_said() {
        let names: Vec<_> = (0..22).map(|n| format!("name-{n:02}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let words = instead_of("completely different", &names);
        assert!(words.ends_with("name-19 and 2 more"), "{words}");
        assert_eq!(instead_of("x", &[]), "there is none");
    }

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
