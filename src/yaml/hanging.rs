//! Lines that hang further left than YAML allows, and that PyYAML reads all the same.
//!
//! Inside brackets and quotes PyYAML does not look at indentation; YAML 1.2 §7.3.1 and §7.4 want
//! each line to be indented more than what holds it. ETSI's own types in the samples of Tacker
//! have such a line, so what is read here must be able to have one. The text is read as if these
//! lines were indented, and every place is turned back into one of the text as it is.

use saphyr_parser::{Parser, ScanError};

use super::{Kind, Node};
use crate::diagnose::{Diagnostic, Label, Sink, Span};

/// So many lines may hang; each costs another reading of the text.
const MOST: usize = 64;
/// What the parser says of them.
const FAULTS: [&str; 3] = [
    "invalid indentation",
    "invalid indentation in flow construct",
    "invalid indentation in quoted scalar",
];

/// A text whose lines have all the room that they need.
pub(super) struct Indented {
    pub(super) text: String,
    /// What was put in: where it begins in the text as it was, and how many spaces.
    room: Vec<(usize, usize)>,
}

impl Indented {
    /// Indents the lines of a text that hang; nothing when none does, or too many.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut indented = Self {
            text: text.to_owned(),
            room: Vec::new(),
        };
        let mut last = (usize::MAX, 1);
        for _ in 0..MOST {
            let Some(fault) = hanging(&indented.text) else {
                return (!indented.room.is_empty()).then_some(indented);
            };
            let (at, spaces) = indented.lacking(&fault)?;
            // A line that still hangs needs more room than it was given.
            let spaces = if last.0 == at { last.1 * 2 } else { spaces };
            if spaces > 1 << 10 {
                return None;
            }
            last = (at, spaces);
            indented.put(at, spaces);
        }
        None
    }

    /// Returns the line that a fault is about, and the spaces that it lacks.
    fn lacking(&self, fault: &ScanError) -> Option<(usize, usize)> {
        let text = &self.text;
        let place = fault.marker().index();
        let place = text
            .char_indices()
            .nth(place)
            .map_or(text.len(), |(at, _)| at);
        let line = text[..place].rfind('\n').map_or(0, |end| end + 1);
        if !fault.info().ends_with("quoted scalar") {
            let before = text[..line]
                .lines()
                .rev()
                .find(|line| !line.trim().is_empty());
            return Some((line, indent(before.unwrap_or_default()) + 1));
        }
        // Of a text in quotes the parser names the first line.
        let least = indent(&text[line..]) + 1;
        let mut start = line;
        for found in text[line..].split_inclusive('\n') {
            if start > line && !found.trim().is_empty() && indent(found) < least {
                return Some((start, least - indent(found)));
            }
            start += found.len();
        }
        None
    }

    fn put(&mut self, at: usize, spaces: usize) {
        self.text.insert_str(at, &" ".repeat(spaces));
        let original = self.original(at);
        match self.room.iter_mut().find(|(place, _)| *place == original) {
            Some((_, count)) => *count += spaces,
            None => self.room.push((original, spaces)),
        }
        self.room.sort_unstable();
    }

    /// Returns the place in the text as it was.
    fn original(&self, at: usize) -> usize {
        let mut put = 0;
        for (place, count) in &self.room {
            if place + put > at {
                break;
            }
            put += (*count).min(at - (place + put));
        }
        at - put
    }

    fn span(&self, span: Span, start: usize) -> Span {
        let back = |at: usize| start + self.original(at.saturating_sub(start));
        Span {
            start: back(span.start),
            end: back(span.end),
        }
    }

    /// Turns the places of a node, and of all that it holds, back; `start` is where the text begins
    /// in its file.
    pub(super) fn turn_back(&self, node: &mut Node, start: usize) {
        node.span = self.span(node.span, start);
        match &mut node.kind {
            Kind::Scalar { .. } => {}
            Kind::Sequence(items) => items
                .iter_mut()
                .for_each(|item| self.turn_back(item, start)),
            Kind::Mapping(entries) => entries.each_mut(|(key, value)| {
                self.turn_back(key, start);
                self.turn_back(value, start);
            }),
        }
    }

    /// Passes on what was found, with its places turned back, and what hangs.
    pub(super) fn report(
        &self,
        found: Sink,
        file: &camino::Utf8Path,
        start: usize,
        sink: &mut Sink,
    ) {
        if let Some(((first, _), others)) = self.room.split_first() {
            let line = |at: usize| Span {
                start: start + at,
                end: start + at,
            };
            let message = "this line hangs further left than what it belongs to";
            let mut finding = Diagnostic::warning("yaml-hanging-line", file, line(*first), message)
                .why("PyYAML, with which Tacker and Heat read, does not mind; other parsers end here with an error")
                .help("indent it more than the line on which the bracket or quote opens");
            for (at, _) in others {
                finding = finding.label(file, line(*at), "and this one");
            }
            for (at, spaces) in &self.room {
                finding = finding.edit(file, line(*at), " ".repeat(*spaces));
            }
            sink.push(finding);
        }
        for mut finding in found.into_diagnostics() {
            let turn = |label: &mut Label| {
                label.span = label.span.map(|span| self.span(span, start));
            };
            turn(&mut finding.primary);
            finding.secondary.iter_mut().for_each(turn);
            for edit in &mut finding.edits {
                edit.span = self.span(edit.span, start);
            }
            sink.push(finding);
        }
    }

    /// Turns back the places of texts.
    pub(super) fn spans(&self, spans: Vec<Span>) -> Vec<Span> {
        spans.into_iter().map(|span| self.span(span, 0)).collect()
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Returns the first fault of a text when it is about a line that hangs.
fn hanging(text: &str) -> Option<ScanError> {
    let fault = Parser::new_from_str(text).find_map(Result::err)?;
    FAULTS.contains(&fault.info()).then_some(fault)
}
