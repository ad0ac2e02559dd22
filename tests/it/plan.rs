//! VNFs as a file wants them: planned, carried out, and found to have drifted.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;

use serde_json::Value;
use vnfctl::sandbox::Sandbox;

use crate::person::{Person, sandbox};

const VNFD: &str = "1d0f7a0e-4d1c-4c53-9d5e-2f1f0b7f6a10";

/// Somebody with the spec `web.yaml`, its successor `web-2.yaml`, and a spec of another product.
fn somebody(sandbox: &Sandbox) -> Person {
    let me = Person::of_sandbox(sandbox);
    let spec = include_str!("../../examples/web.yaml");
    let write = |name: &str, text: &str| std::fs::write(me.home().join(name), text).unwrap();
    write("web.yaml", spec);
    let id = |number: u8| VNFD.replace("4d1c", &format!("4d0{number}"));
    let next = spec
        .replace(VNFD, &id(2))
        .replace("version: \"1.0\"", "version: \"2.0\"");
    write("web-2.yaml", &next);
    let other = spec
        .replace(VNFD, &id(3))
        .replace("name: web\n", "name: other\n");
    write("other.yaml", &other);
    me
}

/// Has the file `vnfs.yaml` want this.
fn wants(me: &Person, vnfs: &str) {
    let text = format!("apiVersion: vnfctl/v1\nkind: VnfInstances\nvnfs:\n{vnfs}");
    std::fs::write(me.home().join("vnfs.yaml"), text).unwrap();
}

const PLAN: [&str; 3] = ["plan", "-f", "vnfs.yaml"];
const APPLY: [&str; 3] = ["apply", "-f", "vnfs.yaml"];

fn plan(me: &Person) -> String {
    me.does(&PLAN)
}

/// Makes sure that nothing is left to do.
fn is_as_wanted(me: &Person) {
    let output = me.run(&[&PLAN[..], &["--detailed-exitcode"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
}

/// Deletes the server of a VNF's first VNFC, as somebody with an account in Nova may; returns its id.
async fn loses_a_server(sandbox: &Sandbox, me: &Person, vnf: &str) -> String {
    let shown = me.json(&["show", vnf]);
    let resource = &shown["instantiatedVnfInfo"]["vnfcResourceInfo"][0];
    let id = resource["computeResource"]["resourceId"].as_str().unwrap();
    let auth = serde_json::json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": Sandbox::USER, "domain": {"id": "default"}, "password": sandbox.password()}}},
        "scope": {"project": {"name": Sandbox::PROJECT, "domain": {"id": "default"}}},
    }});
    let http = reqwest::Client::new();
    let tokens = format!("{}/auth/tokens", sandbox.auth_url());
    let answer = http.post(tokens).json(&auth).send().await.unwrap();
    let token = answer.headers()["x-subject-token"].clone();
    let base = sandbox.auth_url().replace("/v3", "");
    let server = format!("{base}/compute/v2.1/servers/{id}");
    let gone = http.delete(server).header("X-Auth-Token", token);
    assert_eq!(gone.send().await.unwrap().status(), 204);
    id.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_wants_is_made_and_then_there_is_nothing_to_do() {
    let sandbox = sandbox(50, &[]).await;
    let me = somebody(&sandbox);
    wants(
        &me,
        "- {name: web1, package: web.yaml, size: {machines: 3}, metadata: {site: edge}}\n\
         - {name: web2, package: web.yaml}\n",
    );
    let text = plan(&me);
    assert!(
        text.starts_with("+ push package web 1.0\n+ web1: create\n"),
        "{text}"
    );
    assert!(
        text.contains("scale machines from 1 to 3 VNFCs\n"),
        "{text}"
    );
    assert!(
        text.ends_with("2 to create, 0 to change, 0 to replace, 0 as wanted\n"),
        "{text}"
    );
    assert_eq!(
        me.json(&["list"]),
        Value::Array(Vec::new()),
        "a plan changes nothing"
    );

    me.does(&APPLY);
    assert_eq!((me.vnfcs("web1").len(), me.vnfcs("web2").len()), (3, 1));
    assert_eq!(me.json(&["show", "web1"])["metadata"]["site"], "edge");
    is_as_wanted(&me);
    // The package is there by now, and so is a name for it.
    wants(
        &me,
        "- {name: web1, package: web, size: {machines: 2}, description: smaller}\n",
    );
    let output = me.run(&[&PLAN[..], &["--detailed-exitcode"]].concat());
    assert_eq!(output.status.code(), Some(11));
    me.does(&APPLY);
    assert_eq!(me.vnfcs("web1").len(), 2);
    let shown = me.json(&["show", "web1"]);
    assert_eq!(shown["vnfInstanceDescription"], "smaller");
    assert_eq!(shown["metadata"]["site"], "edge", "what is not said stays");
    is_as_wanted(&me);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_server_is_found_and_healed() {
    let sandbox = sandbox(50, &[]).await;
    let me = somebody(&sandbox);
    wants(&me, "- {name: web1, package: web.yaml}\n");
    me.does(&APPLY);
    let output = me.run(&["drift", "--detailed-exitcode"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let lost = loses_a_server(&sandbox, &me, "web1").await;
    let output = me.run(&["drift", "--detailed-exitcode", "-o", "json"]);
    assert_eq!(output.status.code(), Some(11));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found[0]["what"], format!("server {lost}"), "{found}");
    assert_eq!(found[0]["seen"], "is DELETED", "{found}");

    let text = plan(&me);
    let heal = format!("    heal 1 VNFC: machine {lost} is DELETED\n");
    assert!(text.contains(&heal), "{text}");
    let before = me.vnfcs("web1");
    me.does(&APPLY);
    assert_ne!(me.vnfcs("web1"), before);
    is_as_wanted(&me);
    me.does(&["drift", "web1", "--detailed-exitcode"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_moves_to_the_next_package_and_is_replaced_only_when_that_is_agreed() {
    let sandbox = sandbox(50, &[]).await;
    let me = somebody(&sandbox);
    wants(&me, "- {name: web1, package: web.yaml}\n");
    me.does(&APPLY);
    let id = me.json(&["show", "web1"])["id"].clone();

    wants(
        &me,
        "- {name: web1, package: web-2.yaml, size: {machines: 2}}\n",
    );
    let text = plan(&me);
    assert!(
        text.contains("+ push package web 2.0\n~ web1: change\n"),
        "{text}"
    );
    assert!(
        text.contains("    change package to web 2.0: VNFD"),
        "{text}"
    );
    me.does(&APPLY);
    let shown = me.json(&["show", "web1"]);
    assert_eq!((&shown["id"], &shown["vnfdVersion"]), (&id, &"2.0".into()));
    assert_eq!(me.vnfcs("web1").len(), 2);

    wants(&me, "- {name: web1, package: other.yaml}\n");
    let text = plan(&me);
    assert!(
        text.contains("! web1: replace\n    terminate: it is another product"),
        "{text}"
    );
    let words = me.fails(4, &APPLY);
    assert!(words.contains("`--replace web1` agrees"), "{words}");
    assert_eq!(me.json(&["show", "web1"])["id"], id, "nothing was begun");
    let listed = me.json(&["package", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2, "nothing was pushed");
    me.does(&[&APPLY[..], &["--replace", "web1"]].concat());
    let shown = me.json(&["show", "web1"]);
    assert_eq!(shown["vnfProductName"], "other");
    assert_ne!(shown["id"], id);
    is_as_wanted(&me);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_is_carried_out_once_and_refused_when_the_world_has_moved() {
    let sandbox = sandbox(50, &[]).await;
    let me = somebody(&sandbox);
    let saves = [&PLAN[..], &["--out", "web.plan"]].concat();
    wants(
        &me,
        "- {name: web1, package: web.yaml, parameters: {secret: s3cret}}\n",
    );
    me.does(&saves);
    let file = me.home().join("web.plan");
    assert_eq!(mode(&file), 0o600);
    me.does(&["apply", "web.plan"]);
    let words = me.fails(4, &["apply", "web.plan"]);
    assert!(
        words.contains("things have moved since web.plan was made"),
        "{words}"
    );
    assert!(!words.contains("s3cret"), "{words}");

    wants(
        &me,
        "- {name: web1, package: web.yaml, size: {machines: 3}}\n",
    );
    me.does(&saves);
    me.does(&["scale", "web1", "--out"]);
    let words = me.fails(4, &["apply", "web.plan"]);
    assert!(words.contains("levels: machines was 0 and is 1"), "{words}");
    assert_eq!(me.vnfcs("web1").len(), 2, "nothing was begun");

    me.does(&saves);
    let spec = std::fs::read_to_string(me.home().join("web.yaml")).unwrap();
    let spec = spec.replace("provider: Example", "provider: Another");
    std::fs::write(me.home().join("web.yaml"), spec).unwrap();
    let words = me.fails(4, &["apply", "web.plan"]);
    assert!(words.contains("web.yaml has other content"), "{words}");
    let words = me.fails(4, &PLAN);
    assert!(words.contains("needs another vnfdId"), "{words}");
}

fn mode(file: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_told_of_all_vnfs_at_once() {
    let sandbox = sandbox(50, &["SCALE:PROCESSING:no room"]).await;
    let me = somebody(&sandbox);
    wants(&me, "- {name: web1, package: web.yaml}\n");
    me.does(&APPLY);
    me.fails(1, &["scale", "web1", "--out"]);
    wants(
        &me,
        "- {name: web1, package: web.yaml, size: {machines: 2}}\n\
         - {name: web2, package: web.yaml, size: {machines: 9}}\n\
         - {name: web3, package: web.yaml, size: {machine: 2}}\n\
         - {name: web4, package: web.yaml, flavour: large}\n\
         - {name: web5, package: web.yaml, vim: nowhere}\n\
         - {name: web6, package: web.yaml, connections: {machineCq: net1}}\n",
    );
    let words = me.fails(4, &PLAN);
    for fault in [
        "web1: its SCALE is in FAILED_TEMP; `vnfctl op explain",
        "web2: aspect `machines` cannot have 9 VNFCs: it has 1, and goes from 1 to 5 by 1",
        "web3: flavour `simple` of `web` has no scaling aspect `machine`; did you mean `machines`?",
        "web4: package `web` has no flavour `large`",
        "web5: there is no VIM `nowhere`",
        "web6: there is no connection point `machineCq`; did you mean `machineCp`?",
    ] {
        assert!(words.contains(fault), "{fault} is not in {words}");
    }
    let words = me.fails(4, &APPLY);
    assert!(words.contains("nothing was begun"), "{words}");
    assert_eq!(me.json(&["list"]).as_array().unwrap().len(), 1);
    wants(&me, "- {name: web1, package: nothing}\n");
    let words = me.fails(3, &PLAN);
    assert!(words.contains("there is no package `nothing`"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_keeps_none_of_the_others_up() {
    let sandbox = sandbox(50, &["SCALE:PROCESSING:no room"]).await;
    let me = somebody(&sandbox);
    wants(
        &me,
        "- {name: web1, package: web.yaml, size: {machines: 2}}\n- {name: web2, package: web.yaml}\n",
    );
    let words = me.fails(1, &APPLY);
    assert!(words.contains("no room"), "{words}");
    assert!(words.contains("1 of 2 done, 1 failed"), "{words}");
    assert_eq!(me.vnfcs("web2").len(), 1);
    // Once somebody has decided, the same file goes on where it stopped.
    me.does(&["op", "rollback", "web1"]);
    me.does(&APPLY);
    assert_eq!(me.vnfcs("web1").len(), 2);
    is_as_wanted(&me);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_does_what_its_documentation_shows() {
    let sandbox = sandbox(50, &[]).await;
    let me = Person::of_sandbox(&sandbox);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/vnfs.yaml");
    let page = include_str!("../../docs/planning.md");
    let shown = page.split("```").nth(1).unwrap();
    let shown = shown
        .strip_prefix("console\n$ vnfctl plan -f vnfs.yaml\n")
        .unwrap();
    let shown = shown.strip_suffix("$ vnfctl apply -f vnfs.yaml\n").unwrap();
    assert_eq!(me.does(&["plan", "-f", example]), shown);
    let spec = page.split("```yaml\n").nth(1).unwrap();
    let spec = spec.split("```").next().unwrap();
    let text = std::fs::read_to_string(example).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    assert_eq!(lines.collect::<Vec<_>>(), spec.lines().collect::<Vec<_>>());
    me.does(&["apply", "-f", example]);
    me.does(&["plan", "-f", example, "--detailed-exitcode"]);
}
