//! The command in a pipeline: reports for other programs, and findings that are not to count.

use rstest::rstest;
use serde_json::Value;
use vnfctl::check::{CATALOGUE, is_of_packages};

use super::bench::{Bench, TEMPLATE};

const UNUSED: &str = "hot-parameter-unused";

const TWO: &str = "  spare: {type: string, default: a}\n  other: {type: string, default: b}\n";

/// Members that the schema published with SARIF 2.1.0 asks for, or allows no other value of.
#[test]
fn sarif_has_what_the_standard_asks_for_and_points_into_the_archive() {
    let bench = Bench::new();
    bench.build(TWO);
    let said = bench.validate(&["web.zip", "-o", "sarif", "--allow", UNUSED]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let waved = said.json();
    let said = bench.validate(&["web.zip", "-o", "sarif", "--deny-warnings"]);
    assert_eq!(said.code, Some(1));
    let log = said.json();
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .contains("sarif-schema-2.1.0")
    );
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "vnfctl");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules = driver["rules"].as_array().unwrap();
    let codes = CATALOGUE.iter().flat_map(|(_, codes)| *codes);
    let codes = codes.filter(|code| is_of_packages(code));
    assert_eq!(rules.len(), codes.count());
    for rule in rules {
        assert!(rule["id"].is_string());
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for (result, name) in results.iter().zip(["spare", "other"]) {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(
            (&rule["id"], &result["ruleId"]),
            (&UNUSED.into(), &UNUSED.into())
        );
        assert_eq!(result["level"], "warning");
        assert!(result["message"]["text"].as_str().unwrap().contains(name));
        let place = &result["locations"][0]["physicalLocation"];
        let uri = format!("web.zip!/{TEMPLATE}");
        assert_eq!(place["artifactLocation"]["uri"], Value::from(uri));
        let region = &place["region"];
        assert_eq!(
            (&region["startColumn"], &region["endColumn"]),
            (&3.into(), &8.into())
        );
        assert!(result.get("suppressions").is_none());
    }
    let first = &waved["runs"][0]["results"][0];
    assert_eq!(first["suppressions"][0]["kind"], "external");
    assert_eq!(
        first["partialFingerprints"],
        results[0]["partialFingerprints"]
    );
}

#[test]
fn junit_fails_what_fails_the_check_and_skips_what_does_not_count() {
    let bench = Bench::new();
    bench.build(TWO);
    let said = bench.validate(&["web.zip", "-o", "junit"]);
    assert_eq!(said.code, Some(0));
    assert!(
        said.out.contains(r#"tests="2" skipped="0" failures="0""#),
        "{}",
        said.out
    );
    assert!(said.out.contains("<system-out>warning: "), "{}", said.out);
    let said = bench.validate(&["web.zip", "-o", "junit", "--deny", UNUSED]);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains(r#"failures="2""#), "{}", said.out);
    let said = bench.validate(&["web.zip", "-o", "junit", "--allow", UNUSED]);
    assert!(
        said.out.contains(r#"skipped="2" failures="0""#),
        "{}",
        said.out
    );
    bench.build("");
    let said = bench.validate(&["web.zip", "-o", "junit"]);
    assert!(said.out.contains(r#"tests="1""#), "{}", said.out);
    assert!(said.out.contains("no faults found"), "{}", said.out);
}

#[test]
fn github_is_told_file_line_and_column() {
    let bench = Bench::new();
    bench.build("  spare: {type: string, default: a}\n");
    bench.unpack();
    let line = bench
        .read(&format!("web/{TEMPLATE}"))
        .lines()
        .position(|line| line.contains("spare"))
        .unwrap()
        + 1;
    for (package, file) in [("web", "web/"), ("web.zip", "web.zip!/")] {
        let said = bench.validate(&[package, "-o", "github", "--deny", UNUSED]);
        assert_eq!(said.code, Some(1));
        let begin = format!(
            "::error file={file}{TEMPLATE},line={line},endLine={line},col=3,endColumn=8,title={UNUSED}::"
        );
        assert!(said.out.starts_with(&begin), "{}", said.out);
        assert_eq!(said.out.lines().count(), 1, "{}", said.out);
        assert!(said.out.contains("%0Anote: "), "{}", said.out);
        assert_eq!(said.err, format!("{package}: 1 error\n"));
    }
}

#[rstest]
#[case::nothing(&[], 0)]
#[case::denied(&["--deny", "hot-parameter-unused"], 1)]
#[case::family(&["--deny=hot-*"], 1)]
#[case::allowed(&["--allow", "hot-absent,hot-parameter-unused", "--deny-warnings"], 0)]
#[case::exception(&["--deny", "hot-*", "--allow", "hot-parameter-unused"], 0)]
#[case::exception_first(&["--allow", "hot-parameter-unused", "--deny", "hot-*"], 0)]
#[case::warned(&["--warn", "hot-*", "--deny-warnings"], 1)]
#[case::slip(&["--allow", "hot-parameter-unusd"], 2)]
#[case::spec(&["--allow", "spec-cidr"], 2)]
#[case::spec_family(&["--allow", "spec-*"], 2)]
#[case::firm(&["--allow", "manifest-digest"], 2)]
#[case::firm_archive(&["--warn", "archive-case"], 2)]
#[case::contradiction(&["--allow", "hot-*", "--warn", "hot-*"], 2)]
fn levels_decide_the_exit_code(#[case] options: &[&str], #[case] code: i32) {
    let bench = Bench::new();
    bench.build(TWO);
    let said = bench.validate(&[&["web.zip"], options].concat());
    assert_eq!(said.code, Some(code), "{}", said.err);
}

#[test]
fn what_tacker_rejects_cannot_be_waved_through() {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let text = bench.read(&format!("web/{TEMPLATE}"));
    let comment = "# vnfctl: allow(manifest-digest) it will do\n";
    bench.write(&format!("web/{TEMPLATE}"), &format!("{comment}{text}"));
    let said = bench.validate(&[
        "web",
        "--allow",
        "manifest-*",
        "--write-baseline",
        "known.yaml",
    ]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("error[manifest-digest]"), "{}", said.err);
    // The comment's own finding is all that may be known.
    assert!(
        said.err.contains("known.yaml: 1 finding is known"),
        "{}",
        said.err
    );
    assert!(!bench.read("known.yaml").contains("manifest-digest"));
    let said = bench.validate(&["web", "--baseline", "known.yaml", "-o", "json"]);
    assert_eq!(said.code, Some(1));
    let report = said.json();
    assert_eq!(report["findings"][0]["code"], "manifest-digest");
    assert_eq!(report["notCounted"][0]["code"], "suppression-firm");
}

#[test]
fn baseline_hides_what_it_knows_and_nothing_else() {
    let bench = Bench::new();
    bench.build("  spare: {type: string, default: a}\n");
    let said = bench.validate(&["web.zip", "--write-baseline", "known.yaml"]);
    assert_eq!(said.code, Some(0));
    let known = bench.read("known.yaml");
    assert!(known.contains("version: 1\n"), "{known}");
    // The same fault further down, and in a folder, is still known; another one is not.
    bench.build(&format!("  # Not in use.\n\n{TWO}"));
    bench.unpack();
    for package in ["web.zip", "web"] {
        let said = bench.validate(&[package, "--baseline", "known.yaml", "--deny-warnings"]);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains("`other`"), "{}", said.err);
        assert!(!said.err.contains("`spare`"), "{}", said.err);
        assert!(
            said.err.ends_with(": 1 warning; 1 not counted\n"),
            "{}",
            said.err
        );
    }
    bench.build("");
    let said = bench.validate(&["web.zip", "--baseline", "known.yaml", "--deny-warnings"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("note[baseline-stale]"), "{}", said.err);
    let deny = ["--deny", "baseline-stale"];
    let said = bench.validate(&[&["web.zip", "--baseline", "known.yaml"], &deny[..]].concat());
    assert_eq!(said.code, Some(1), "{}", said.err);
}

#[rstest]
#[case::gone(None, 3)]
#[case::other("version: 7\nfindings: []\n".into(), 2)]
#[case::none("- a\n".into(), 2)]
fn a_baseline_that_cannot_be_used_is_said(#[case] text: Option<&str>, #[case] code: i32) {
    let bench = Bench::new();
    bench.build("");
    if let Some(text) = text {
        bench.write("known.yaml", text);
    }
    let said = bench.validate(&["web.zip", "--baseline", "known.yaml"]);
    assert_eq!(said.code, Some(code), "{}", said.err);
    assert!(said.err.contains("known.yaml"), "{}", said.err);
}

#[rstest]
#[case::at_the_end("  spare: {type: string, default: a} # vnfctl: allow(hot-parameter-unused) kept\n", &[])]
#[case::above("  # vnfctl: allow(hot-parameter-unused) kept\n  spare: {type: string, default: a}\n", &[])]
#[case::without_reason(
    "  # vnfctl: allow(hot-parameter-unused)\n  spare: {type: string, default: a}\n",
    &["suppression-reason", "hot-parameter-unused"]
)]
#[case::misspelt(
    "  # vnfctl: allow(hot-parameter-unusd) kept\n  spare: {type: string, default: a}\n",
    &["suppression-code", "hot-parameter-unused"]
)]
#[case::unused("  # vnfctl: allow(hot-parameter-unused) kept\n", &["suppression-unused"])]
fn a_comment_with_a_reason_lets_a_finding_pass(#[case] lines: &str, #[case] codes: &[&str]) {
    let bench = Bench::new();
    bench.build(lines);
    let said = bench.validate(&["web.zip", "-o", "json", "--deny-warnings"]);
    let report = said.json();
    let found = report["findings"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(found, codes);
    assert_eq!(said.code, Some(i32::from(!codes.is_empty())));
    if codes.is_empty() {
        assert_eq!(report["notCounted"][0]["because"], "kept");
        let log = bench.validate(&["web.zip", "-o", "sarif"]).json();
        let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
        assert_eq!(suppression["kind"], "inSource");
        assert_eq!(suppression["justification"], "kept");
    }
}

/// Code scanners' readers write what the rule says, where it stands.
#[test]
fn sarif_says_how_to_mend() {
    let bench = Bench::new();
    bench.build("  spare: {type: string, default: {get_param: nvf}}\n");
    let log = bench.validate(&["web.zip", "-o", "sarif"]).json();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |code: &str| results.iter().find(|one| one["ruleId"] == code).unwrap();
    assert!(of(UNUSED).get("fixes").is_none());
    let result = of("hot-parameter-unknown");
    let place = &result["locations"][0]["physicalLocation"];
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"], place["artifactLocation"]);
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["deletedRegion"], place["region"]);
    assert_eq!(replacement["insertedContent"]["text"], "nfv");
}
