//! How an example is shown: its change as a diff, without what differs from build to build.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use sha2::{Digest as _, Sha256};
use similar::TextDiff;

use super::Example;

/// A file that is not the same in two packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Change {
    pub(in crate::check) file: String,
    /// Nothing when it is added.
    pub(in crate::check) before: Option<String>,
    /// Nothing when it is taken away.
    pub(in crate::check) after: Option<String>,
    /// Its permission bits before and after.
    pub(in crate::check) modes: Option<[u32; 2]>,
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// Makes an example of what was changed and said.
pub(super) fn shown(
    changes: &[Change],
    run: Vec<String>,
    said: &str,
    also: Vec<String>,
) -> Example {
    let mut digests = Digests::default();
    let change = digests.replaced(&diff(changes));
    let said = without_today(&digests.replaced(said.trim()), &[&run.join(""), &change]);
    Example {
        change,
        run,
        said,
        also,
        mended: false,
    }
}

/// Changes as a diff. A file that is taken away or moved is named and not repeated.
pub(super) fn diff(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        if let Some([old, new]) = change.modes.filter(|[old, new]| old != new) {
            text += &format!(
                "{}\nold mode 100{old:03o}\nnew mode 100{new:03o}\n",
                change.file
            );
            if change.before == change.after {
                continue;
            }
        }
        let gone = |other: &Change| other.after.is_none() && other.before == change.after;
        text += &match (&change.before, &change.after) {
            (Some(_), None) if is_moved(change, changes) => continue,
            (Some(_), None) => format!("--- {}\n+++ /dev/null\n", change.file),
            (None, Some(after)) => match changes.iter().find(|other| gone(other)) {
                Some(from) => format!("--- {}\n+++ {}\n", from.file, change.file),
                None => hunks("", after, "/dev/null", &change.file),
            },
            (before, after) => hunks(
                before.as_deref().unwrap_or_default(),
                after.as_deref().unwrap_or_default(),
                &change.file,
                &change.file,
            ),
        };
    }
    // What cannot be seen would be taken for no change at all.
    text.replace('\r', "␍").replace('\t', "⇥")
}

fn is_moved(change: &Change, changes: &[Change]) -> bool {
    let mut others = changes.iter();
    others.any(|other| other.before.is_none() && other.after == change.before)
}

fn hunks(before: &str, after: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    let text = unified
        .context_radius(CONTEXT)
        .header(old, new)
        .missing_newline_hint(false)
        .to_string();
    let (head, body) = text.split_at(text.find("@@").unwrap_or(text.len()));
    let body = body.strip_suffix('\n').unwrap_or(body);
    let lines: Vec<_> = body.split('\n').filter(|line| !line.is_empty()).collect();
    let runs = lines.chunk_by(|one, other| one.get(..1) == other.get(..1));
    let shown = runs.flat_map(|run| match run.len() {
        0..LONG => run.to_vec(),
        _ => [&run[..SHOWN], &["…"], &run[run.len() - 1..]].concat(),
    });
    let shown: Vec<_> = shown.flat_map(|line| [line, "\n"]).collect();
    format!("{head}{}", shown.concat())
}

/// Lines added or taken away in a row that nobody reads all of.
const LONG: usize = 20;
/// How many of them are shown.
const SHOWN: usize = 6;

/// Puts one day in the place of those that nobody wrote: of certificates made a moment ago.
fn without_today(said: &str, written: &[&str]) -> String {
    static TIME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap());
    let day = |time: &Captures<'_>| match written.iter().any(|text| text.contains(&time[0])) {
        true => time[0].to_owned(),
        false => "2027-06-01T12:00:00Z".to_owned(),
    };
    TIME.replace_all(said, day).into_owned()
}

/// Stand-ins of digests, which would change with every change of a template: one each, in the
/// order in which they come up.
#[derive(Default)]
struct Digests(BTreeMap<String, String>);

impl Digests {
    fn replaced(&mut self, text: &str) -> String {
        static DIGEST: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\b([0-9a-f]{64}|[0-9A-F]{64})\b").unwrap());
        let stand_in = |digits: &Captures<'_>| {
            let count = self.0.len();
            let digest = self.0.entry(digits[0].to_lowercase());
            let digest = digest.or_insert_with(|| hex::encode(Sha256::digest(count.to_string())));
            match digits[0].chars().any(|c| c.is_ascii_uppercase()) {
                true => digest.to_uppercase(),
                false => digest.clone(),
            }
        };
        DIGEST.replace_all(text, stand_in).into_owned()
    }
}
