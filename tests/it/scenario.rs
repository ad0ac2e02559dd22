//! The newcomer's command: a scenario on the embedded VNFM, by the program itself.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::Command;

use rstest::rstest;

fn run(scenario: &str, junit: &std::path::Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(["test", "run", scenario, "--sandbox", "--junit"])
        .arg(junit)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("XDG_STATE_HOME", junit.parent().unwrap())
        .output()
        .unwrap()
}

#[rstest]
#[case("scenarios/first-cluster.yaml", 8)]
#[case("scenarios/first-vnf.yaml", 9)]
fn the_first_scenarios_are_green_on_the_sandbox(#[case] scenario: &str, #[case] steps: u32) {
    let dir = tempfile::tempdir().unwrap();
    let junit = dir.path().join("report.xml");
    let output = run(scenario, &junit);
    let table = String::from_utf8_lossy(&output.stdout);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{table}{talk}");
    assert!(table.contains("scale out by 2") && table.contains("passed"));
    assert!(
        !talk.contains(".."),
        "paths as a person writes them: {talk}"
    );
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(
        xml.contains(&format!("tests=\"{steps}\" ")) && xml.contains("failures=\"0\""),
        "{xml}"
    );
}

#[test]
fn an_expectation_that_does_not_hold_fails_the_run_and_skips_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let scenario = dir.path().join("wrong.yaml");
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml");
    std::fs::write(
        &scenario,
        format!("name: wrong\nspec: {spec}\nsteps:\n- build: {{}}\n- push: {{}}\n- instantiate: {{expect: {{vnfcs: {{machine: 7}}}}}}\n- scale: {{out: 1}}\n"),
    )
    .unwrap();
    let junit = dir.path().join("report.xml");
    let output = run(scenario.to_str().unwrap(), &junit);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("VDU `machine` has 1 VNFCs, but 7 were expected"),
        "{words}"
    );
    assert!(!words.contains("not taken away"), "{words}");
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains("failures=\"1\""), "{xml}");
}
