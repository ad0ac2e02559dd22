//! Findings as text for a person and as JSON for a program.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Label, Severity, Sources};

/// Renders findings as rustc does: message, place, source line with a caret, reason, cure.
#[must_use]
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in diagnostics {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}\n", renderer.render(&[group(diagnostic, sources)]));
    }
    out
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(
        level
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code),
    );
    let (here, elsewhere): (Vec<&Label>, Vec<&Label>) = diagnostic
        .secondary
        .iter()
        .partition(|label| label.file == diagnostic.primary.file);
    group = match snippet(&diagnostic.primary, &here, AnnotationKind::Primary, sources) {
        Some(snippet) => group.element(snippet),
        None => group.element(annotate_snippets::Origin::path(
            diagnostic.primary.file.as_str(),
        )),
    };
    for label in elsewhere {
        if let Some(snippet) = snippet(label, &[], AnnotationKind::Context, sources) {
            group = group.element(snippet);
        }
    }
    if let Some(why) = &diagnostic.why {
        group = group.element(Level::NOTE.message(why.as_str()));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn snippet<'a>(
    main: &'a Label,
    others: &[&'a Label],
    kind: AnnotationKind,
    sources: &'a Sources,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let text = sources.get(&main.file)?;
    let labels = || {
        let others = others.iter().map(|label| (*label, AnnotationKind::Context));
        std::iter::once((main, kind)).chain(others)
    };
    let mut spans = Vec::new();
    for (label, kind) in labels() {
        let span = label.span?;
        let start = span.start.min(text.len());
        // A span over many lines would print the whole block: its first line says enough.
        let end = span.end.clamp(start, text.len());
        let end = text[start..end].find('\n').map_or(end, |at| start + at);
        spans.push((start..end, label, kind));
    }
    let first = spans.iter().map(|(span, ..)| span.start).min()?;
    let last = spans.iter().map(|(span, ..)| span.end).max()?;
    // The renderer looks at all that it is given, for each finding.
    let (text, number, begin) = sources.window(&main.file, first, last)?;
    let mut snippet = Snippet::source(text)
        .line_start(number)
        .path(main.file.as_str());
    for (span, label, kind) in spans {
        let annotation = kind.span(span.start - begin..span.end - begin);
        snippet = snippet.annotation(if label.text.is_empty() {
            annotation
        } else {
            annotation.label(label.text.as_str())
        });
    }
    Some(snippet)
}

/// Renders findings as a JSON array; lines and columns count from 1.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    diagnostics
        .iter()
        .map(|d| {
            json!({
                "code": d.code,
                "severity": d.severity,
                "message": d.message,
                "place": place(&d.primary, sources),
                "related": d.secondary.iter().map(|l| place(l, sources)).collect::<Vec<_>>(),
                "why": d.why,
                "help": d.help,
            })
        })
        .collect()
}

fn place(label: &Label, sources: &Sources) -> Value {
    let start = label
        .span
        .and_then(|span| sources.position(&label.file, span.start));
    let end = label
        .span
        .and_then(|span| sources.position(&label.file, span.end));
    json!({
        "file": label.file,
        "line": start.map(|p| p.0),
        "column": start.map(|p| p.1),
        "endLine": end.map(|p| p.0),
        "endColumn": end.map(|p| p.1),
        "label": (!label.text.is_empty()).then_some(&label.text),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::*;
    use camino::Utf8Path;

    fn sample() -> (Vec<Diagnostic>, Sources) {
        let file = Utf8Path::new("vnfd.yaml");
        let mut sources = Sources::default();
        sources.insert(file, "a: 1\nkind: wrong\n");
        let d = Diagnostic::error(
            "kind-unknown",
            file,
            Span { start: 11, end: 16 },
            "unknown kind",
        )
        .label(file, Span { start: 0, end: 1 }, "begun here")
        .why("Tacker ignores it")
        .help("write `right`");
        (vec![d], sources)
    }

    #[test]
    fn human_output_has_place_caret_reason_and_cure() {
        let (diagnostics, sources) = sample();
        insta::assert_snapshot!(human(&diagnostics, &sources, false));
    }

    #[test]
    fn json_counts_from_one() {
        let (diagnostics, sources) = sample();
        let json = json(&diagnostics, &sources);
        assert_eq!(
            (&json[0]["place"]["line"], &json[0]["place"]["column"]),
            (&2.into(), &7.into())
        );
    }
}
