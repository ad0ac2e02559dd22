//! What is read, where it stands, and what is refused.

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
#[case::closed("a: [1\nb: 1\nc: {d: 2]\ne: f: g\nh: 1\n", &[": 1", "]", ": g"])]
#[case::of_an_anchor("a: &x {y: 1\nb: *x\nc: @\n", &[": *x", "@"])]
#[case::two_documents("a: 1\n---\nb: [\n", &["---"])]
fn what_follows_a_fault_is_read_too(#[case] text: &str, #[case] places: &[&str]) {
    let (node, sink) = read(text);
    assert!(node.is_none());
    let found = sink.diagnostics().iter();
    let found: Vec<_> = found
        .map(|d| &text[d.primary.span.unwrap().start..])
        .collect();
    assert_eq!(found.len(), places.len(), "{found:?}");
    for (found, place) in found.iter().zip(places) {
        assert!(found.starts_with(place), "{found:?} {place:?}");
    }
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

/// PyYAML reads each of these as it reads the other (asked of PyYAML 6.0).
#[rstest]
#[case("a:\n  b: [x,\ny ]\n  c: 1\n", "a:\n  b: [x, y]\n  c: 1\n")]
#[case("a:\n  b: [\n  x,\n  y\n]\nc: 1\n", "a:\n  b: [x, y]\nc: 1\n")]
#[case("a:\n  b: {\nx: 1,\n y: 2}\nc: é\n", "a:\n  b: {x: 1, y: 2}\nc: é\n")]
#[case("a:\n  b: \"x\ny\n\n  z\"\nc: 1\n", "a:\n  b: \"x y\\nz\"\nc: 1\n")]
#[case("é:\n  - 'x\ny'\n  - [a,\nb\n , c]\n", "é:\n  - x y\n  - [a, b, c]\n")]
#[case(
    "a:\n    b:\n        - [1,\n2,\n3]\n",
    "a:\n    b:\n        - [1, 2, 3]\n"
)]
fn lines_that_hang_are_read_as_pyyaml_reads_them(#[case] hanging: &str, #[case] same: &str) {
    let (node, sink) = read(hanging);
    let codes: Vec<_> = sink.diagnostics().iter().map(|one| one.code).collect();
    assert_eq!(codes, ["yaml-hanging-line"]);
    let node = node.unwrap();
    assert_eq!(node.to_json(), read(same).0.unwrap().to_json());
    // Places are those of the text as it is.
    let mut last = None;
    walk(&node, &mut |node| {
        if let Kind::Scalar { text, .. } = &node.kind {
            last = Some((node.span, text.clone()));
        }
    });
    let (span, text) = last.unwrap();
    assert!(hanging[span.start..span.end].ends_with(&text), "{span:?}");
    // What is proposed mends it.
    let mut mended = hanging.to_owned();
    let mut edits = sink.diagnostics()[0].edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        mended.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    let (node, sink) = read(&mended);
    assert!(sink.diagnostics().is_empty(), "{mended}");
    assert_eq!(node.unwrap().to_json(), read(same).0.unwrap().to_json());
}

fn walk(node: &Node, see: &mut impl FnMut(&Node)) {
    see(node);
    node.items().iter().for_each(|item| walk(item, see));
    for (key, value) in node.entries() {
        walk(key, see);
        walk(value, see);
    }
}

#[test]
fn what_is_broken_besides_a_hanging_line_keeps_its_place() {
    let text = "a:\n  b: [x,\ny ]\nc: [1\nd: 2\n";
    let (node, sink) = read(text);
    assert!(node.is_none());
    let found: Vec<_> = sink.diagnostics().iter().map(|one| one.code).collect();
    assert!(found.contains(&"yaml-syntax"), "{found:?}");
    let syntax = sink
        .diagnostics()
        .iter()
        .find(|one| one.code == "yaml-syntax");
    let at = syntax.unwrap().primary.span.unwrap().start;
    assert!((15..text.len()).contains(&at), "{at}");
}
