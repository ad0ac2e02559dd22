//! All faults in one run: what cannot be read hides nothing that can be.

use rstest::rstest;

use super::bench::Bench;

const TOP: &str = "web/Definitions/web.vnfd.yaml";
const TYPES: &str = "web/Definitions/web_types.yaml";
const FLAVOUR: &str = "web/Definitions/df_simple.yaml";
const HOT: &str = "web/BaseHOT/simple/simple.yaml";
const NESTED: &str = "web/BaseHOT/simple/nested/machine.yaml";

/// The codes of what is found beside digests.
fn found(bench: &Bench) -> Vec<String> {
    bench.validate(&["web", "--fix"]);
    let report = bench.validate(&["web", "-o", "json"]).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let codes = findings.map(|one| one["code"].as_str().unwrap().to_owned());
    codes.collect()
}

/// Each broken file is told once, beside the fault of another, and nothing that only follows from
/// it is.
#[rstest]
#[case::top(&[TOP], NESTED, &["hot-parameter-unknown", "hot-parameter-unused", "yaml-syntax"])]
#[case::types(&[TYPES], NESTED, &["hot-parameter-unknown", "hot-parameter-unused", "yaml-syntax"])]
#[case::flavour(&[FLAVOUR], NESTED, &["hot-parameter-unknown", "hot-parameter-unused", "yaml-syntax"])]
#[case::top_template(&[HOT], NESTED, &["hot-unreadable", "hot-parameter-unknown", "hot-parameter-unused"])]
#[case::nested(&[NESTED], HOT, &["hot-unreadable", "hot-parameter-unknown"])]
#[case::several(&[TYPES, FLAVOUR, HOT], NESTED, &["hot-unreadable", "hot-parameter-unknown", "hot-parameter-unused", "yaml-syntax", "yaml-syntax"])]
fn a_broken_file_hides_no_other(
    #[case] broken: &[&str],
    #[case] faulty: &str,
    #[case] codes: &[&str],
) {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    for file in broken {
        let text = bench.read(file);
        bench.write(file, &format!("{text}last: [\n"));
    }
    let text = bench.read(faulty);
    let from = match faulty {
        HOT => "get_resource: machineSecurityGroup",
        _ => "get_param: security_group",
    };
    assert!(text.contains(from));
    bench.write(faulty, &text.replacen(from, "get_param: quite_another", 1));
    let mut found = found(&bench);
    found.sort();
    let mut codes = codes.to_vec();
    codes.sort_unstable();
    assert_eq!(found, codes);
}

/// Sections of one file are read each by itself once one is broken.
#[test]
fn a_broken_section_hides_no_other() {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let text = bench.read(HOT);
    let text = text.replacen(
        "\nconditions:\n",
        "\nconditions: {a: [b}\nmore: c: d\nrest:\n",
        1,
    );
    bench.write(HOT, &text);
    let found = found(&bench);
    assert_eq!(found, ["hot-unreadable"; 2], "{text}");
}
