//! Several packages by one command, and those that lie below a folder.

use std::fs;

use super::bench::Bench;

const UNUSED: &str = "  spare: {type: string, default: a}\n";

/// Three packages below `tree`: one with a warning, one without, one that is none.
fn tree() -> Bench {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("tree/below")).unwrap();
    fs::rename(bench.build(UNUSED), bench.path("tree/below/warned.zip")).unwrap();
    bench.build("");
    bench.unpack();
    fs::rename(bench.path("web"), bench.path("tree/folder")).unwrap();
    bench
}

#[test]
fn a_folder_without_a_package_stands_for_those_below() {
    let bench = tree();
    let said = bench.validate(&["tree"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for line in [
        "tree/below/warned.zip: 1 warning\n",
        "tree/folder: no faults found\n",
        "2 packages: 1 warning\n",
    ] {
        assert!(said.err.contains(line), "{}", said.err);
    }
    let said = bench.validate(&["tree", "--deny-warnings"]);
    assert_eq!(said.code, Some(1));
    bench.write("tree/none.zip", "text");
    let said = bench.validate(&["tree"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(
        said.err.contains("3 packages: 1 error, 1 warning\n"),
        "{}",
        said.err
    );
}

#[test]
fn reports_have_each_package_once_in_the_order_in_which_it_was_named() {
    let bench = tree();
    let named = ["web.zip", "tree/below", "web.zip"];
    let report = bench
        .validate(&[&named[..], &["-o", "json"]].concat())
        .json();
    let packages = report["packages"].as_array().unwrap().iter();
    let packages: Vec<_> = packages
        .map(|one| one["package"].as_str().unwrap())
        .collect();
    assert_eq!(packages, ["web.zip", "tree/below/warned.zip"]);
    assert_eq!(
        (&report["errors"], &report["warnings"]),
        (&0.into(), &1.into())
    );
    let log = bench.validate(&["tree", "-o", "sarif"]).json();
    let run = &log["runs"][0];
    assert_eq!(run["artifacts"].as_array().unwrap().len(), 2);
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("tree/below/warned.zip!/BaseHOT/"), "{uri}");
    let said = bench.validate(&["tree", "-o", "junit"]);
    assert!(
        said.out.contains(r#"<testsuite name="tree/folder""#),
        "{}",
        said.out
    );
    assert!(said.out.contains(r#"tests="2""#), "{}", said.out);
}

#[test]
fn one_baseline_is_not_for_several() {
    let bench = tree();
    let said = bench.validate(&["tree", "--write-baseline", "known.yaml"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(!bench.path("known.yaml").exists());
    assert!(said.err.contains("one by one"), "{}", said.err);
}
