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
    for what in ["login", "Tacker", "clock", "security", "APIs", "journal"] {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_has_the_nodes_that_a_kubeconfig_shows() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = sandbox(50, &[]).await;
    let bin = tempfile::tempdir().unwrap();
    let path = format!(
        "{}:{}",
        bin.path().display(),
        std::env::var("PATH").unwrap()
    );
    let me = Person::of_sandbox(&sandbox).and("PATH", path);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let picture = me.json(&["show", "web1", "--tree"]);
    let node = picture["vdus"]["machine"][0]["name"].as_str().unwrap();
    let nodes = serde_json::json!({"items": [{"metadata": {"name": node}, "status": {
        "nodeInfo": {"kubeletVersion": "v1.36.5"},
        "conditions": [{"type": "Ready", "status": "False", "message": "cni plugin not initialized"}]}}]});
    let pods = serde_json::json!({"items": [{"metadata": {"name": "cilium-x"},
        "spec": {"nodeName": node}, "status": {"phase": "Pending", "containerStatuses": []}}]});
    // A kubectl that knows these lists, and reads the kubeconfig that it is given.
    let kubectl = bin.path().join("kubectl");
    let script = format!(
        "#!/bin/sh\ncat \"$2\" >/dev/null || exit 1\n\
         case \"$4\" in nodes) echo '{nodes}' ;; pods) echo '{pods}' ;; *) exit 2 ;; esac\n"
    );
    std::fs::write(&kubectl, script).unwrap();
    std::fs::set_permissions(&kubectl, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(me.home().join("edge.conf"), "").unwrap();
    let text = me.does(&["show", "web1", "--tree", "--kubeconfig", "edge.conf"]);
    assert!(
        text.contains("node v1.36.5 not Ready: cni plugin not initialized"),
        "{text}"
    );
    assert!(text.contains("Cilium Pending, not ready"), "{text}");
    let text = me.does(&["show", "web1", "--tree", "--kubeconfig", "nowhere"]);
    assert!(
        text.contains("not seen: the nodes: `kubectl get` failed"),
        "{text}"
    );
    me.fails(2, &["show", "web1", "--kubeconfig", "edge.conf"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_vnf_is_drawn_until_its_operation_is_over() {
    let sandbox = sandbox(400, &["SCALE:PROCESSING:no room for web"]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1", "--no-wait"]);
    let text = me.does(&["watch", "web1"]);
    let pictures: Vec<&str> = text.split("\n\n").collect();
    assert!(pictures.len() > 1, "{text}");
    assert!(pictures[0].contains("operation INSTANTIATE: "), "{text}");
    let last = pictures.last().unwrap();
    assert!(last.contains("operation INSTANTIATE: COMPLETED"), "{text}");
    assert!(last.contains("VDU machine: 1"), "{text}");
    me.does(&["scale", "web1", "--out", "--no-wait"]);
    let output = me.run(&["watch", "web1"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("why: ") && text.contains("no room for web"),
        "{text}"
    );
    me.fails(3, &["watch", "web9"]);
}
