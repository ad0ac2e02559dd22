//! Comments in a package's YAML files by which its author lets findings pass:
//! `# vnfctl: allow(CODE) reason`, at the end of the line concerned, or alone above it.

use std::sync::LazyLock;

use camino::Utf8Path;
use regex::Regex;

use super::code;
use super::policy::{is_lowerable, is_of_packages, of_packages};
use crate::diagnose::{Diagnostic, Sink, Sources, Span, instead_of};
use crate::yaml;

/// One code that a comment allows at one line.
#[derive(Debug)]
struct Suppression {
    code: &'static str,
    /// The line that it is about, from 1.
    line: usize,
    reason: String,
    span: Span,
    used: bool,
}

/// A comment that speaks to this program, and what it says.
static COMMENT: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"#[ \t]*vnfctl:[ \t]*([^\r\n]*)"));
static ALLOW: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"^allow\(([^()]*)\)[ \t]*(.*)$"));

/// Takes the findings that comments allow out of `sink` and returns them with the reasons;
/// comments that allow nothing become findings themselves.
pub(super) fn apply(sources: &Sources, sink: &mut Sink) -> Vec<(Diagnostic, String)> {
    let mut allowed = Vec::new();
    let mut remarks = Sink::default();
    for (file, text) in sources.iter() {
        // Few files have such comments, and a word is found sooner than the pattern is made.
        if !matches!(file.extension(), Some("yaml" | "yml")) || !text.contains("vnfctl:") {
            continue;
        }
        let mut suppressions = read(file, text, sources, &mut remarks);
        if suppressions.is_empty() {
            continue;
        }
        allowed.extend(sink.take(|finding| {
            let place = &finding.primary;
            let line = place
                .span
                .filter(|_| place.file == file)
                .and_then(|span| sources.position(file, span.start))
                .map(|(line, _)| line)?;
            let fitting = suppressions
                .iter_mut()
                .find(|one| one.line == line && one.code == finding.code)?;
            fitting.used = true;
            Some(fitting.reason.clone())
        }));
        for unused in suppressions.iter().filter(|one| !one.used) {
            let message = format!(
                "no `{}` is found in line {} for this comment to allow",
                unused.code, unused.line
            );
            remarks.push(
                Diagnostic::warning("suppression-unused", file, unused.span, message)
                    .why("it would hide the next one at this place, which nobody has judged")
                    .help("take the comment away"),
            );
        }
    }
    sink.adopt(remarks, |code| code);
    allowed
}

fn read(file: &Utf8Path, text: &str, sources: &Sources, remarks: &mut Sink) -> Vec<Suppression> {
    let Ok(comment) = &*COMMENT else {
        return Vec::new();
    };
    let places: Vec<_> = comment.captures_iter(text).collect();
    if places.is_empty() {
        return Vec::new();
    }
    // A file that is no YAML has a finding already, and its comments cannot be told apart.
    let Some(texts) = yaml::texts(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for captures in &places {
        let (Some(whole), Some(said)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let begins = text[..whole.start()].rfind('\n').map_or(0, |at| at + 1);
        let before = &text[begins..whole.start()];
        let is_comment = before.is_empty() || before.ends_with([' ', '\t']);
        let is_within = |span: &Span| (span.start..span.end).contains(&whole.start());
        if !is_comment || texts.iter().any(is_within) {
            continue;
        }
        let Some((line, _)) = sources.position(file, whole.start()) else {
            continue;
        };
        let line = match before.trim().is_empty() {
            true => line + comments_at(&text[begins..]),
            false => line,
        };
        let span = Span {
            start: whole.start(),
            end: whole.end(),
        };
        found.extend(understood(file, said.as_str().trim(), line, span, remarks));
    }
    found
}

/// Returns how many lines of comments alone `text` begins with.
fn comments_at(text: &str) -> usize {
    let lines = text.lines();
    lines
        .take_while(|line| line.trim_start().starts_with('#'))
        .count()
}

/// Reads what follows `vnfctl:`.
fn understood(
    file: &Utf8Path,
    said: &str,
    line: usize,
    span: Span,
    remarks: &mut Sink,
) -> Vec<Suppression> {
    let captures = ALLOW.as_ref().ok().and_then(|allow| allow.captures(said));
    let Some(captures) = captures else {
        remarks.push(
            Diagnostic::warning(
                "suppression-syntax",
                file,
                span,
                format!("`{said}` is not `allow(CODE) reason`"),
            )
            .why("it looks as if something were allowed, and nothing is")
            .help("write `# vnfctl: allow(CODE) reason`, several codes with commas between them"),
        );
        return Vec::new();
    };
    let reason = captures[2].trim_start_matches([':', '-', ' ']).trim();
    if reason.is_empty() {
        remarks.push(
            Diagnostic::warning(
                "suppression-reason",
                file,
                span,
                format!("`{said}` does not say why"),
            )
            .why("the finding stays until there is a reason")
            .help("write why it may stay behind the bracket"),
        );
        return Vec::new();
    }
    let names = captures[1].split(',').map(str::trim);
    names
        .filter_map(|name| {
            Some(Suppression {
                code: allowable(file, name, span, remarks)?,
                line,
                reason: reason.to_owned(),
                span,
                used: false,
            })
        })
        .collect()
}

/// Returns the code if findings of it may be allowed, and otherwise says why not.
fn allowable(file: &Utf8Path, name: &str, span: Span, remarks: &mut Sink) -> Option<&'static str> {
    let known = code(name).filter(|code| is_of_packages(code));
    let Some(known) = known else {
        let names: Vec<_> = of_packages().map(|code| code.name).collect();
        let message = format!("there is no code `{name}` that a package can have");
        remarks.push(
            Diagnostic::warning("suppression-code", file, span, message)
                .why("it allows nothing")
                .help(instead_of(name, &names)),
        );
        return None;
    };
    if !is_lowerable(known) {
        let message = format!("`{name}` cannot be allowed");
        remarks.push(
            Diagnostic::warning("suppression-firm", file, span, message)
                .why("nothing would come of the package")
                .help("mend the fault, and take the comment away"),
        );
        return None;
    }
    Some(known.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str, offset: usize) -> (Vec<String>, Vec<&'static str>) {
        let file = Utf8Path::new("a.yaml");
        let mut sources = Sources::default();
        sources.insert(file, text);
        let span = Span {
            start: offset,
            end: offset + 1,
        };
        let mut sink = Sink::default();
        sink.push(Diagnostic::warning("hot-parameter-unused", file, span, "x"));
        let reasons = apply(&sources, &mut sink);
        let reasons = reasons.into_iter().map(|(_, reason)| reason).collect();
        let left = sink.diagnostics().iter().map(|d| d.code).collect();
        (reasons, left)
    }

    #[test]
    fn a_comment_counts_for_its_line_or_for_the_next_one_that_is_none() {
        let end = "b: 1 # vnfctl: allow(hot-parameter-unused) kept for later\n";
        assert_eq!(allowed(end, 0), (vec!["kept for later".to_owned()], vec![]));
        let above = "# vnfctl: allow(hot-parameter-unused) kept\n# more\nb: 1\n";
        let at = above.find("b:").unwrap();
        assert_eq!(allowed(above, at), (vec!["kept".to_owned()], vec![]));
        let far = "# vnfctl: allow(hot-parameter-unused) kept\na: 2\nb: 1\n";
        let at = far.find("b:").unwrap();
        let left = vec!["hot-parameter-unused", "suppression-unused"];
        assert_eq!(allowed(far, at), (vec![], left));
    }

    #[test]
    fn a_text_is_no_comment_and_a_comment_behind_a_text_is_one() {
        for text in [
            "b: 'x # vnfctl: allow(hot-parameter-unused) why'\n",
            "b: |\n  # vnfctl: allow(hot-parameter-unused) why\n  b\n",
            "b: x#vnfctl: allow(hot-parameter-unused) why\n",
        ] {
            let at = text.rfind('b').unwrap().min(text.len() - 1);
            let (reasons, left) = allowed(text, if text.contains('|') { at } else { 0 });
            assert_eq!(
                (reasons.len(), left),
                (0, vec!["hot-parameter-unused"]),
                "{text}"
            );
        }
        let second = "b: 1\n---\n# vnfctl: allow(hot-parameter-unused) why\nb: 1\n";
        let at = second.rfind("b: 1").unwrap();
        assert_eq!(allowed(second, at), (vec!["why".to_owned()], vec![]));
        let behind = "a: |\n  x\n\n# vnfctl: allow(hot-parameter-unused) why\nb: 1\n";
        let at = behind.find("b: 1").unwrap();
        assert_eq!(allowed(behind, at), (vec!["why".to_owned()], vec![]));
    }

    #[test]
    fn what_allows_nothing_is_said() {
        for (comment, code) in [
            ("allow(hot-parameter-unused)", "suppression-reason"),
            ("alow(hot-parameter-unused) why", "suppression-syntax"),
            ("allow(hot-parameter-unsed) why", "suppression-code"),
            ("allow(spec-cidr) why", "suppression-code"),
            ("allow(yaml-syntax) why", "suppression-firm"),
        ] {
            let (reasons, left) = allowed(&format!("b: 1 # vnfctl: {comment}\n"), 0);
            assert_eq!(
                (reasons.len(), left),
                (0, vec!["hot-parameter-unused", code])
            );
        }
    }
}
