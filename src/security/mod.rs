//! What makes a package dangerous to hand out, or to run: secrets that anybody who has it can read,
//! and scripts that run what nobody has checked.
//!
//! Text is searched as text, whatever the language: a password is one in a shell script, in a Heat
//! template and in a comment. What is found is never shown: its characters are hidden from all
//! reports ([`Sources::conceal`]).

mod codes;
mod patterns;

use std::ops::Range;

use camino::Utf8Path;

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

/// Searches all text files of a package.
pub fn check(tree: &dyn Tree, sources: &mut Sources, sink: &mut Sink) {
    for path in tree.paths() {
        let is_passed = path.extension().is_some_and(|end| PASSED.contains(&end));
        if is_passed || tree.size(&path).is_none_or(|size| size > LIMIT) {
            continue;
        }
        // A file that cannot be read, or is no text, is other rules' matter.
        let text = tree.read(&path, LIMIT).ok().map(String::from_utf8);
        if let Some(Ok(text)) = text {
            search(&path, text, sources, sink);
        }
    }
}

fn search(path: &Utf8Path, text: String, sources: &mut Sources, sink: &mut Sink) {
    let mut findings = Vec::new();
    for pattern in patterns::possible(path, &text) {
        for (range, secret) in pattern.found(&text) {
            findings.push((finding(path, range.clone(), pattern), secret));
        }
    }
    if findings.is_empty() {
        return;
    }
    if sources.get(path).is_none() {
        sources.insert(path, text);
    }
    for (finding, secret) in findings {
        if let Some(Range { start, end }) = secret {
            sources.conceal(path, Span { start, end });
        }
        let is_new =
            |known: &Diagnostic| known.primary != finding.primary || known.code != finding.code;
        if sink.diagnostics().iter().rev().take(64).all(is_new) {
            sink.push(finding);
        }
    }
}

fn finding(path: &Utf8Path, range: Range<usize>, pattern: &Pattern) -> Diagnostic {
    let span = Span {
        start: range.start,
        end: range.end,
    };
    let code = pattern.code;
    Diagnostic::warning(code, path, span, pattern.message)
        .why(pattern.why)
        .help(pattern.help)
}
