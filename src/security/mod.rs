//! What makes a package dangerous to hand out, or to run: secrets that anybody who has it can read,
//! and scripts that run what nobody has checked.
//!
//! Text is searched as text, whatever the language: a password is one in a shell script, in a Heat
//! template and in a comment. What is found is never shown: its characters are hidden from all
//! reports ([`Sources::conceal`]).

mod codes;
mod patterns;

use std::collections::HashSet;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::diagnose::{Diagnostic, Sink, Sources, Span};
use crate::package::tree::Tree;
use patterns::Pattern;

pub use codes::CODES;

/// Larger files are images and archives, not what people write; in bytes.
const LIMIT: u64 = 1 << 20;
/// Endings of files in which nothing is searched: what they hold is made by machines.
const PASSED: [&str; 9] = [
    "zip", "gz", "tgz", "xz", "qcow2", "img", "iso", "cms", "sig",
];

/// A file in which something was found.
#[derive(Debug)]
pub struct Suspect {
    path: Utf8PathBuf,
    text: String,
    findings: Vec<Diagnostic>,
    /// What of it must not be shown.
    secrets: Vec<Span>,
}

/// Searches all text files of a package. A file that cannot be read, or is no text, is the matter of
/// other rules.
#[must_use]
pub fn suspects(tree: &dyn Tree) -> Vec<Suspect> {
    let paths = tree.paths().into_iter();
    let searched = paths.filter(|path| {
        let is_passed = path.extension().is_some_and(|end| PASSED.contains(&end));
        !is_passed && tree.size(path).is_some_and(|size| size <= LIMIT)
    });
    let suspects = searched.filter_map(|path| {
        let text = tree.text(&path, LIMIT)?;
        let (findings, secrets) = search(&path, &text);
        (!findings.is_empty()).then_some(Suspect {
            path,
            text,
            findings,
            secrets,
        })
    });
    suspects.collect()
}

/// Checks what others may do with a package's files where its modes are kept, as `unzip` does.
pub fn modes(tree: &dyn Tree, sink: &mut Sink) {
    /// Writable for everybody.
    const WORLD: u32 = 0o002;
    /// Runs as its owner, or as its group.
    const SET_ID: u32 = 0o6000;
    for path in tree.paths() {
        let Some(mode) = tree.mode(&path) else {
            continue;
        };
        let what = match (mode & SET_ID > 0, mode & WORLD > 0) {
            (true, _) => "runs as its owner or group, whoever starts it",
            (false, true) => "can be written by everybody",
            (false, false) => continue,
        };
        let message = format!("the file {what} (mode {mode:04o})");
        let usual = if mode & 0o100 > 0 { "0755" } else { "0644" };
        sink.push(
            Diagnostic::file_warning("security-mode", &path, message)
                .why("Tacker does not keep modes; who unpacks the package with `unzip` does")
                .help(format!("`chmod {usual}` it before the package is packed")),
        );
    }
}

/// Tells what was found, and hides the secrets from all that is shown of the files.
pub fn report(suspects: Vec<Suspect>, sources: &mut Sources, sink: &mut Sink) {
    for suspect in suspects {
        if sources.get(&suspect.path).is_none() {
            sources.insert(suspect.path.clone(), suspect.text);
        }
        sources.conceal(&suspect.path, &suspect.secrets);
        for finding in suspect.findings {
            sink.push(finding);
        }
    }
}

/// What is shown instead of a secret in data.
const HIDDEN: &str = "(hidden)";

/// Puts `(hidden)` where a secret stands in data: under a key that is called so, as the default of a
/// parameter that is, or in a text of which it has the form.
pub fn hide(way: &[String], value: &mut Value) {
    let mut is_secret = false;
    for name in way {
        is_secret = below(is_secret, name);
    }
    hide_in(is_secret, value);
}

fn hide_in(is_secret: bool, value: &mut Value) {
    match value {
        Value::String(text) if is_secret || patterns::holds_secret(text) => {
            HIDDEN.clone_into(text);
        }
        Value::Array(items) => {
            for item in items {
                hide_in(is_secret, item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                hide_in(below(is_secret, name), member);
            }
        }
        _ => {}
    }
}

/// Tells whether a text under this key is a secret.
fn below(is_secret: bool, name: &str) -> bool {
    const VALUES: [&str; 2] = ["default", "value"];
    let name = name.to_lowercase();
    let is_called_so = patterns::NAMES.iter().any(|end| name.ends_with(end));
    is_called_so || is_secret && VALUES.contains(&name.as_str())
}

/// Returns what is to be said of a text, once of each place, and what of it must not be shown.
fn search(path: &Utf8Path, text: &str) -> (Vec<Diagnostic>, Vec<Span>) {
    let mut said = HashSet::new();
    let (mut findings, mut secrets) = (Vec::new(), Vec::new());
    for pattern in patterns::possible(path, text) {
        for (place, secret) in pattern.found(text) {
            if said.insert((pattern.code, place.start, place.end)) {
                findings.push(finding(path, span(place), pattern));
            }
            secrets.extend(secret.map(span));
        }
    }
    (findings, secrets)
}

fn span(range: Range<usize>) -> Span {
    Span {
        start: range.start,
        end: range.end,
    }
}

fn finding(path: &Utf8Path, span: Span, pattern: &Pattern) -> Diagnostic {
    let code = pattern.code;
    Diagnostic::warning(code, path, span, pattern.message)
        .why(pattern.why)
        .help(pattern.help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Files by their modes.
    struct Modes(&'static [(&'static str, Option<u32>)]);

    impl Tree for Modes {
        fn paths(&self) -> Vec<Utf8PathBuf> {
            self.0.iter().map(|(path, _)| (*path).into()).collect()
        }

        fn size(&self, _path: &Utf8Path) -> Option<u64> {
            Some(0)
        }

        fn mode(&self, path: &Utf8Path) -> Option<u32> {
            self.0.iter().find(|(known, _)| *known == path)?.1
        }

        fn open(&self, _path: &Utf8Path) -> std::io::Result<Box<dyn std::io::Read + '_>> {
            Ok(Box::new(std::io::empty()))
        }
    }

    #[test]
    fn modes_that_let_others_in_are_told() {
        let mut sink = Sink::default();
        let files = Modes(&[
            ("a", Some(0o644)),
            ("b", Some(0o666)),
            ("c", Some(0o4755)),
            ("d", Some(0o755)),
            ("e", None),
        ]);
        modes(&files, &mut sink);
        let said: Vec<_> = sink
            .diagnostics()
            .iter()
            .map(|finding| (finding.primary.file.as_str(), finding.message.as_str()))
            .collect();
        let expected = [
            ("b", "the file can be written by everybody (mode 0666)"),
            (
                "c",
                "the file runs as its owner or group, whoever starts it (mode 4755)",
            ),
        ];
        assert_eq!(said, expected);
        let help = sink.diagnostics()[1].help.as_deref();
        assert_eq!(help, Some("`chmod 0755` it before the package is packed"));
    }

    #[test]
    fn secrets_in_data_are_hidden_and_nothing_else() {
        let mut data = json!({
            "admin_password": {"type": "string", "default": "hunter22", "description": "of root"},
            "items": [{"passwd": "hunter22"}, "https://me:hunter22@example.org/"],
            "password": {"get_param": "password"},
            "size": 3,
        });
        hide(&[], &mut data);
        let text = data.to_string();
        assert!(!text.contains("hunter22"), "{text}");
        assert!(
            text.contains("of root") && text.contains("get_param"),
            "{text}"
        );
        assert_eq!(data["password"]["get_param"], "password");
        let mut value = json!("hunter22");
        hide(
            &["parameters".into(), "password".into(), "default".into()],
            &mut value,
        );
        assert_eq!(value, "(hidden)");
    }
}
