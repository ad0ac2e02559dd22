//! What a person sees of a VNF in one picture, and of a Tacker that may or may not be fit.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use serde_json::Value;

use crate::person::{Person, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_has_the_vnf_its_operation_and_its_parts() {
    let sandbox = sandbox(50, &["SCALE:PROCESSING:no room for web"]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let text = me.does(&["show", "web1", "--tree"]);
    let first = text.lines().next();
    assert_eq!(first, Some("web1: INSTANTIATED, flavour simple"), "{text}");
    assert!(
        text.contains("operation INSTANTIATE: COMPLETED ("),
        "{text}"
    );
    assert!(text.contains("VDU machine: 1\n"), "{text}");
    assert!(!text.contains("why: "), "{text}");

    me.fails(1, &["scale", "web1", "--out"]);
    let text = me.does(&["show", "web1", "--tree"]);
    assert!(text.contains("operation SCALE: FAILED_TEMP ("), "{text}");
    let why = text.lines().find(|line| line.contains("why: ")).unwrap();
    assert!(why.contains("no room for web"), "{text}");
    let picture = me.json(&["show", "web1", "--tree"]);
    assert_eq!(picture["operation"]["state"], "FAILED_TEMP");
    assert_eq!(picture["vdus"]["machine"][0]["vnfc"], me.vnfcs("web1")[0]);
}

fn verdict(findings: &Value, what: &str) -> String {
    let mut all = findings.as_array().unwrap().iter();
    let found = all.find(|one| one["what"] == *what);
    let found = found.unwrap_or_else(|| panic!("{what} is not in {findings}"));
    found["verdict"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_looks_at_everything_once() {
    let sandbox = sandbox(50, &[]).await;
    let me = Person::of_sandbox(&sandbox);
    let text = me.does(&["doctor"]);
    assert!(text.starts_with("good    login"), "{text}");
    let found = me.json(&["doctor"]);
    for what in ["login", "Tacker", "clock", "APIs", "journal"] {
        assert_eq!(verdict(&found, what), "good", "{found}");
    }
    assert_eq!(verdict(&found, "VIMs"), "warning", "{found}");
    assert_eq!(verdict(&found, "Barbican"), "warning", "{found}");

    let output = me.run(&["doctor", "--fix", "-o", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict(&found, "VIMs"), "good", "{found}");

    let wrong = me.env().iter().map(|(name, value)| match *name {
        "OS_PASSWORD" => (*name, "wrong".to_owned()),
        _ => (*name, value.clone()),
    });
    let stranger = Person::with(wrong.collect());
    let output = stranger.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("bad     login"), "{text}");
    assert!(text.contains("check user, password and project"), "{text}");
}
