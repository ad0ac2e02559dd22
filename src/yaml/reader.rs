//! Builds the tree of nodes from the parser's events.

use std::collections::{HashMap, HashSet};

use camino::Utf8Path;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::hanging::Indented;
use super::map::Seen;
use super::quoted::{self, stray_tab};
use super::resolve::resolve;
use super::{Kind, Node, Style, Value, sections};
use crate::diagnose::{Diagnostic, Sink, Span};

/// Nesting that no honest document reaches; deeper ones are refused before they fill the stack.
const MAX_DEPTH: usize = 128;
/// Nodes that aliases may add, so that a few lines cannot become gigabytes.
const MAX_NODES: usize = 1_000_000;

/// Reads one document; faults go to `sink` under the name `file`.
///
/// Returns nothing when the syntax is broken. Duplicate keys are reported and kept.
/// A file of several documents is reported, since `safe_load` refuses it.
pub fn parse(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<Node> {
    parse_part(file, text, 0, sink)
}

/// Reads one document that is a part of `file`, beginning at the byte `start` of it.
pub fn parse_part(file: &Utf8Path, text: &str, start: usize, sink: &mut Sink) -> Option<Node> {
    let offsets = Offsets::new(text, start);
    let mut builder = Builder {
        file,
        text,
        offsets: &offsets,
        sink,
        anchors: HashMap::new(),
        nodes: 0,
        quoted: Vec::new(),
    };
    let mut events = Parser::new_from_str(text);
    match builder.document(&mut events) {
        Ok(node) => builder.without_tabs(text).then_some(node)?,
        Err(fault) => {
            if let Some(indented) = Indented::of(text) {
                return parse_indented(file, &indented, start, sink);
            }
            let at = offsets.byte(fault.at);
            sink.push(fault.finding(file, at));
            if fault.is_local {
                rest(file, text, start, at - start, sink);
            }
            None
        }
    }
}

fn parse_indented(
    file: &Utf8Path,
    indented: &Indented,
    start: usize,
    sink: &mut Sink,
) -> Option<Node> {
    let mut found = Sink::default();
    let mut node = parse_part(file, &indented.text, start, &mut found);
    indented.report(found, file, start, sink);
    if let Some(node) = &mut node {
        indented.turn_back(node, start);
    }
    node
}

/// Reports what else is broken after a fault at the byte `at` of `text`: each section that follows
/// is read by itself, so that a person sees the faults of a file in one run.
fn rest(file: &Utf8Path, text: &str, start: usize, at: usize, sink: &mut Sink) {
    // A fault that a line above causes is noticed in the first one that does not fit.
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let mut next = sections::after(text, line);
    while let Some(begin) = next {
        let end = sections::after(text, begin + 1).unwrap_or(text.len());
        let part = &text[begin..end];
        let offsets = Offsets::new(part, start + begin);
        let mut found = Sink::default();
        let mut builder = Builder {
            file,
            text: part,
            offsets: &offsets,
            sink: &mut found,
            anchors: HashMap::new(),
            nodes: 0,
            quoted: Vec::new(),
        };
        match builder.document(&mut Parser::new_from_str(part)) {
            Ok(_) => {
                builder.without_tabs(part);
            }
            // An anchor of a section before is none of this one.
            Err(fault) if fault.message.contains("unknown anchor") => {}
            // One that its own line causes is told already.
            Err(fault) if offsets.byte(fault.at) == start + at => {}
            Err(fault) => {
                let at = offsets.byte(fault.at);
                builder.sink.push(fault.finding(file, at));
            }
        }
        sink.adopt(found, |code| code);
        next = (end < text.len()).then_some(end);
    }
}

/// Returns the places of all texts in quotes or blocks, where `#` begins no comment, whatever the
/// number of documents; nothing when the syntax is broken.
pub fn texts(text: &str) -> Option<Vec<Span>> {
    let offsets = Offsets::new(text, 0);
    let mut texts = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            let indented = Indented::of(text)?;
            return Some(indented.spans(self::texts(&indented.text)?));
        };
        if let Event::Scalar(_, style, ..) = event
            && style != ScalarStyle::Plain
        {
            let span = offsets.span(span.start, span.end);
            texts.push(quoted::place(style, span, text, 0));
        }
    }
    Some(texts)
}

/// Byte offsets by character index: the parser counts characters.
struct Offsets {
    bytes: Option<Vec<usize>>,
    len: usize,
    /// Where the text begins in its file.
    start: usize,
}

impl Offsets {
    fn new(text: &str, start: usize) -> Self {
        let bytes = (!text.is_ascii()).then(|| text.char_indices().map(|(i, _)| i).collect());
        Self {
            bytes,
            len: text.len(),
            start,
        }
    }

    fn byte(&self, marker: Marker) -> usize {
        let index = marker.index();
        let byte = match &self.bytes {
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.len),
            None => index.min(self.len),
        };
        self.start + byte
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        let (start, end) = (self.byte(start), self.byte(end));
        Span {
            start,
            end: end.max(start),
        }
    }
}

struct Fault {
    at: Marker,
    message: String,
    /// Whether what follows can be read without it.
    is_local: bool,
}

impl Fault {
    /// Of the document as a whole, or of what several parts of it have to do with each other.
    fn whole(at: Marker, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            is_local: false,
        }
    }

    fn finding(&self, file: &Utf8Path, at: usize) -> Diagnostic {
        let span = Span { start: at, end: at };
        Diagnostic::error("yaml-syntax", file, span, self.message.as_str())
            .why("the file cannot be read as YAML")
    }
}

impl From<ScanError> for Fault {
    fn from(error: ScanError) -> Self {
        Self {
            at: *error.marker(),
            message: error.info().to_owned(),
            is_local: true,
        }
    }
}

type Events<'i> = Parser<'i, saphyr_parser::StrInput<'i>>;

struct Builder<'a> {
    file: &'a Utf8Path,
    text: &'a str,
    offsets: &'a Offsets,
    sink: &'a mut Sink,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    /// Places of scalars in quotes or blocks, in the order of the file.
    quoted: Vec<Span>,
}

impl Builder<'_> {
    /// Reports the first tab that PyYAML's own scanner stumbles over: any that is neither in
    /// quotes, nor in a block scalar, nor in a comment. YAML 1.2 and libyaml allow most of them.
    fn without_tabs(&mut self, text: &str) -> bool {
        let Some(at) = stray_tab(text, &self.quoted, self.offsets.start) else {
            return true;
        };
        let start = self.offsets.start + at;
        let span = Span {
            start,
            end: start + 1,
        };
        let message = "a tab stands where only spaces may";
        self.sink.push(
            Diagnostic::error("yaml-tab", self.file, span, message)
                .why("PyYAML, with which Tacker and Heat read, ends there with an error")
                .help("write spaces, or put the text into quotes"),
        );
        false
    }

    fn document(&mut self, events: &mut Events<'_>) -> Result<Option<Node>, Fault> {
        let mut root = None;
        while let Some(event) = events.next_event() {
            let (event, span) = event?;
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    let message = "a second document starts here, and only one may be in a file";
                    return Err(Fault::whole(span.start, message));
                }
                Event::DocumentStart(_) => {}
                event => root = Some(self.node(event, span, events, 0)?),
            }
        }
        Ok(Some(root.unwrap_or(Node {
            span: Span {
                start: self.offsets.start,
                end: self.offsets.start,
            },
            kind: null(),
        })))
    }

    fn node(
        &mut self,
        event: Event<'_>,
        span: saphyr_parser::Span,
        events: &mut Events<'_>,
        depth: usize,
    ) -> Result<Node, Fault> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            let message = "the document is nested too deeply or too large";
            return Err(Fault::whole(span.start, message));
        }
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let place = self.offsets.span(span.start, span.end);
                let place = quoted::place(style, place, self.text, self.offsets.start);
                if style != ScalarStyle::Plain {
                    self.quoted.push(place);
                }
                (
                    anchor,
                    scalar(text.into_owned(), style, tag.as_deref(), place),
                )
            }
            Event::SequenceStart(anchor, _) => (anchor, self.sequence(span, events, depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.mapping(span, events, depth)?),
            Event::Alias(id) => return self.alias(id, span.start),
            other => {
                return Err(Fault::whole(span.start, format!("unexpected {other:?}")));
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, at: Marker) -> Result<Node, Fault> {
        let node = self.anchors.get(&id).cloned().ok_or_else(|| {
            let message = "the anchor that this alias names contains the alias itself";
            Fault::whole(at, message)
        })?;
        self.nodes += count(&node);
        if self.nodes > MAX_NODES {
            return Err(Fault::whole(at, "aliases make the document too large"));
        }
        Ok(node)
    }

    fn sequence(
        &mut self,
        start: saphyr_parser::Span,
        events: &mut Events<'_>,
        depth: usize,
    ) -> Result<Node, Fault> {
        let mut items = Vec::new();
        loop {
            let (event, span) = next(events, start.start)?;
            if matches!(event, Event::SequenceEnd) {
                let end = items
                    .last()
                    .map_or_else(|| self.offsets.byte(span.end), |n: &Node| n.span.end);
                let span = self.block(start.start, end.max(self.offsets.byte(span.end).min(end)));
                return Ok(Node {
                    span,
                    kind: Kind::Sequence(items),
                });
            }
            items.push(self.node(event, span, events, depth + 1)?);
        }
    }

    fn mapping(
        &mut self,
        start: saphyr_parser::Span,
        events: &mut Events<'_>,
        depth: usize,
    ) -> Result<Node, Fault> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut seen = Seen::default();
        loop {
            let (event, span) = next(events, start.start)?;
            if matches!(event, Event::MappingEnd) {
                let end = entries
                    .last()
                    .map_or_else(|| self.offsets.byte(span.end), |(_, v)| v.span.end);
                let span = self.block(start.start, end);
                self.warn_of_merging(&entries);
                return Ok(Node {
                    span,
                    kind: Kind::Mapping(merged(entries).into()),
                });
            }
            let key = self.node(event, span, events, depth + 1)?;
            let (event, span) = next(events, start.start)?;
            let value = self.node(event, span, events, depth + 1)?;
            self.check_duplicate(&mut seen, &entries, &key);
            entries.push((key, value));
        }
    }

    fn block(&self, start: Marker, end: usize) -> Span {
        let start = self.offsets.byte(start);
        Span {
            start,
            end: end.max(start),
        }
    }

    /// Warns of merge keys, which YAML 1.2 no longer has.
    fn warn_of_merging(&mut self, entries: &[(Node, Node)]) {
        if let Some((key, _)) = entries.iter().find(|(key, _)| is_merge(key)) {
            let message = "`<<` merges maps in YAML 1.1 alone";
            self.sink.push(
                Diagnostic::warning("yaml-merge-key", self.file, key.span, message)
                    .why("PyYAML, with which Tacker and Heat read, merges; to YAML 1.2 it is a key like any other")
                    .help("write out what is merged, if other programs are to read the file"),
            );
        }
    }

    fn check_duplicate(&mut self, seen: &mut Seen, entries: &[(Node, Node)], key: &Node) {
        let Some(text) = key.text() else { return };
        if text == "<<" {
            return;
        }
        if let Some((first, _)) = seen.add(entries, text).and_then(|at| entries.get(at)) {
            self.sink.push(
                Diagnostic::error(
                    "yaml-duplicate-key",
                    self.file,
                    key.span,
                    format!("the key `{text}` is given twice"),
                )
                .label(self.file, first.span, "first given here")
                .why("PyYAML silently keeps the last one and drops the others")
                .help("remove one of them"),
            );
        }
    }
}

fn next<'i>(
    events: &mut Events<'i>,
    at: Marker,
) -> Result<(Event<'i>, saphyr_parser::Span), Fault> {
    match events.next_event() {
        Some(event) => Ok(event?),
        None => Err(Fault::whole(at, "the document ends in the middle of this")),
    }
}

fn null() -> Kind {
    Kind::Scalar {
        value: Value::Null,
        text: String::new(),
        style: Style::Plain,
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Node {
    let style = if style == ScalarStyle::Plain {
        Style::Plain
    } else {
        Style::Quoted
    };
    let is_str_tag = tag.is_some_and(|tag| tag.suffix == "str");
    let value = if style == Style::Plain && !is_str_tag {
        resolve(&text)
    } else {
        Value::Str
    };
    Node {
        span,
        kind: Kind::Scalar { value, text, style },
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar { .. } => 0,
        Kind::Sequence(items) => items.iter().map(count).sum(),
        Kind::Mapping(entries) => entries.iter().map(|(k, v)| count(k) + count(v)).sum(),
    }
}

/// Applies merge keys: entries of `<<` stand before the map's own, which win.
fn merged(entries: Vec<(Node, Node)>) -> Vec<(Node, Node)> {
    if !entries.iter().any(|(k, _)| is_merge(k)) {
        return entries;
    }
    let (merges, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(k, _)| is_merge(k));
    let mut result: Vec<(Node, Node)> = Vec::new();
    let taken = own.iter().map(|(key, _)| key.text().map(str::to_owned));
    let mut taken: HashSet<_> = taken.collect();
    let mut add = |entries: &[(Node, Node)]| {
        for (key, value) in entries {
            if taken.insert(key.text().map(str::to_owned)) {
                result.push((key.clone(), value.clone()));
            }
        }
    };
    for (_, value) in &merges {
        add(value.entries());
        for item in value.items() {
            add(item.entries());
        }
    }
    result.extend(own);
    result
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar { text, style: Style::Plain, .. } if text == "<<")
}

#[cfg(test)]
mod tests;
