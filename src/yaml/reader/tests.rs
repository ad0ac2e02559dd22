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
