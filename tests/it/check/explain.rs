//! `vnfctl explain`: every code has its explanation, and a slip of the fingers its hint.

use std::process::Command;

use rstest::rstest;
use serde_json::Value;
use vnfctl::check::CATALOGUE;

use super::bench::Bench;

fn explain(words: &[&str]) -> (Option<i32>, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .arg("explain")
        .args(words)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

#[rstest]
#[case::lowerable("hot-absent", &["warning[hot-absent] (Heat)", "fails later", "vnfd_utils.py", "--allow hot-absent"])]
#[case::copied("[yaml-syntax]", &["error[yaml-syntax]", "rejects the upload", "always an error"])]
#[case::archive("archive-case", &["accepts it", "always an error"])]
#[case::spec("spec-cidr", &["never sees it", "never finds it"])]
fn a_code_is_explained(#[case] code: &str, #[case] parts: &[&str]) {
    let (exit, out, err) = explain(&[code]);
    assert_eq!((exit, err.as_str()), (Some(0), ""));
    for part in parts {
        assert!(out.contains(part), "no {part} in\n{out}");
    }
}

#[rstest]
#[case::slip("hot-absnt", "did you mean `hot-absent`?")]
#[case::part("link-without", "hot-link-without-network")]
#[case::nothing_near("qqqqqqqqqqqqqqqqqq", "`vnfctl explain` lists all codes")]
fn an_unknown_code_is_a_mistake_of_use(#[case] code: &str, #[case] hint: &str) {
    let (exit, out, err) = explain(&[code]);
    assert_eq!((exit, out.as_str()), (Some(2), ""));
    assert!(err.contains(hint), "{err}");
}

#[test]
fn an_example_is_shown_and_the_check_explains_as_well() {
    let (exit, out, _) = explain(&["manifest-algorithm"]);
    assert_eq!(exit, Some(0));
    for part in [
        "-Algorithm: SHA-256",
        "+Algorithm: SHA256",
        "error[manifest-algorithm]: ",
        "Fix:",
    ] {
        assert!(out.contains(part), "no {part} in\n{out}");
    }
    let said = Bench::new().validate(&["--explain", "[manifest-algorithm]"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), out.as_str()));
    assert_eq!(
        Bench::new()
            .validate(&["--explain", "manifest-algorith"])
            .code,
        Some(2)
    );
    assert_eq!(Bench::new().validate(&[]).code, Some(2));
}

#[test]
fn all_codes_are_listed() {
    let (exit, out, _) = explain(&["-o", "json"]);
    assert_eq!(exit, Some(0));
    let listed: Vec<Value> = serde_json::from_str(&out).unwrap();
    let codes = CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    let names: Vec<_> = codes.map(|code| code.name).collect();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(listed, names);
}
