//! Builds the tree of nodes from the parser's events.

use std::collections::{HashMap, HashSet};

use camino::Utf8Path;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::map::Seen;
use super::resolve::resolve;
use super::{Kind, Node, Style, Value};
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
            let span = offsets.span(fault.at, fault.at);
            builder.sink.push(
                Diagnostic::error("yaml-syntax", file, span, fault.message)
                    .why("the file cannot be read as YAML"),
            );
            None
        }
    }
}

/// Returns the places of all texts in quotes or blocks, where `#` begins no comment, whatever the
/// number of documents; nothing when the syntax is broken.
pub fn texts(text: &str) -> Option<Vec<Span>> {
    let offsets = Offsets::new(text, 0);
    let mut texts = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        if let Event::Scalar(_, style, ..) = event
            && style != ScalarStyle::Plain
        {
            texts.push(offsets.span(span.start, span.end));
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
}

impl From<ScanError> for Fault {
    fn from(error: ScanError) -> Self {
        Self {
            at: *error.marker(),
            message: error.info().to_owned(),
        }
    }
}

type Events<'i> = Parser<'i, saphyr_parser::StrInput<'i>>;

struct Builder<'a> {
    file: &'a Utf8Path,
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
                    return Err(Fault {
                        at: span.start,
                        message: "a second document starts here, and only one may be in a file"
                            .into(),
                    });
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
            return Err(Fault {
                at: span.start,
                message: "the document is nested too deeply or too large".into(),
            });
        }
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let place = self.offsets.span(span.start, span.end);
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
                return Err(Fault {
                    at: span.start,
                    message: format!("unexpected {other:?}"),
                });
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, at: Marker) -> Result<Node, Fault> {
        let node = self.anchors.get(&id).cloned().ok_or_else(|| Fault {
            at,
            message: "the anchor that this alias names contains the alias itself".into(),
        })?;
        self.nodes += count(&node);
        if self.nodes > MAX_NODES {
            return Err(Fault {
                at,
                message: "aliases make the document too large".into(),
            });
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
        None => Err(Fault {
            at,
            message: "the document ends in the middle of this".into(),
        }),
    }
}

/// Returns the first tab outside `quoted`, whose places count from the start of the file.
fn stray_tab(text: &str, quoted: &[Span], start: usize) -> Option<usize> {
    if !text.contains('\t') {
        return None;
    }
    let mut quoted = quoted.iter().peekable();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(span) = quoted.next_if(|span| span.start <= start + at) {
            at = at.max(span.end - start);
            continue;
        }
        match bytes[at] {
            b'\t' => return Some(at),
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
            }
            _ => at += 1,
        }
    }
    None
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
        Value::Str(text.clone())
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
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(text: &str) -> (Option<Node>, Sink) {
        let mut sink = Sink::default();
        let node = parse(Utf8Path::new("t.yaml"), text, &mut sink);
        (node, sink)
    }

    #[test]
    fn spans_are_bytes_even_after_wide_characters() {
        let text = "é: 1\nkey: value\n";
        let (node, _) = read(text);
        let span = node.unwrap().get("key").unwrap().span;
        assert_eq!(&text[span.start..span.end], "value");
    }

    #[test]
    fn duplicate_keys_are_reported_at_the_second() {
        let text = "a: 1\nb: 2\na: 3\n";
        let (node, sink) = read(text);
        assert_eq!(sink.diagnostics()[0].code, "yaml-duplicate-key");
        assert_eq!(sink.diagnostics()[0].primary.span.unwrap().start, 10);
        assert_eq!(node.unwrap().get("a").unwrap().as_i64(), Some(3));
    }

    #[test]
    fn merge_keys_are_applied_and_own_keys_win() {
        let (node, _) = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n");
        let node = node.unwrap();
        assert_eq!(node.at(&["use", "x"]).unwrap().as_i64(), Some(1));
        assert_eq!(node.at(&["use", "y"]).unwrap().as_i64(), Some(3));
    }

    #[test]
    fn broken_syntax_has_a_place() {
        let (node, sink) = read("a: [1, 2\nb: 3\n");
        assert!(node.is_none());
        assert_eq!(sink.diagnostics()[0].code, "yaml-syntax");
    }

    #[rstest]
    #[case("a: b\t\n", Some(4))]
    #[case("a: b\tc\n", Some(4))]
    #[case("a: 1\t# c\n", Some(4))]
    #[case("a: [b,\tc]\n", Some(6))]
    #[case("a: 'b\tc'\n", None)]
    #[case("a: |\n  x\ty\nb: 1\n", None)]
    #[case("a: b#c 1 #\tc\n", None)]
    #[case("#\tx\na: 1\n", None)]
    fn tabs_are_refused_where_pyyaml_does(#[case] text: &str, #[case] at: Option<usize>) {
        let (node, sink) = read(text);
        let found = sink.diagnostics().first();
        assert_eq!(found.map(|d| d.code), at.map(|_| "yaml-tab"));
        assert_eq!(found.map(|d| d.primary.span.unwrap().start), at);
        assert_eq!(node.is_none(), at.is_some());
    }

    #[test]
    fn alias_bombs_are_refused() {
        let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for i in 1..9 {
            let prev = i - 1;
            let refs = vec![format!("*a{prev}"); 10].join(",");
            text.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
        }
        let (node, sink) = read(&text);
        assert!(node.is_none());
        assert!(sink.has_errors());
    }

    #[test]
    fn quoted_scalars_stay_strings() {
        let (node, _) = read("a: \"yes\"\nb: yes\n");
        let node = node.unwrap();
        assert_eq!(node.get("a").unwrap().as_str(), Some("yes"));
        assert_eq!(node.get("b").unwrap().as_str(), None);
    }
}
