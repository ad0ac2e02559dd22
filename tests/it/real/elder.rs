//! VNFs of vnflcm v1 on a real Tacker, which v2 does not know.

use std::path::Path;
use std::process::Output;

use reqwest::Method;
use serde_json::{Value, json};

use super::moving::{asked, pack};
use super::{Person, Stage, lab};
use crate::contract::target::real;

/// The words of a command about v1.
fn of_v1<'w>(words: &[&'w str]) -> Vec<&'w str> {
    [words, &["--os-tacker-api-version", "1"]].concat()
}

/// A package as v1 makes a VNF of: it uploads the image by itself, whose checksum it takes as SHA-512 only.
fn package(me: &Person<'_>, name: &str) {
    let image = me.home.join("tiny.img");
    std::fs::write(&image, vec![0; 1 << 20]).unwrap();
    let spec = include_str!("../../../examples/web.yaml")
        .replace("name: web\n", &format!("name: {name}\n"))
        .replace("flavor: m1.tiny", "flavor: lab.fake")
        .replace(
            "1d0f7a0e-4d1c-4c53-9d5e-2f1f0b7f6a10",
            &uuid::Uuid::new_v4().to_string(),
        )
        .replace(
            "name: cirros-0.5.2-x86_64-disk",
            &format!("name: {name}\n  file: tiny.img\n  diskFormat: raw"),
        );
    std::fs::write(me.home.join("elder.yaml"), spec).unwrap();
    me.does(&["package", "build", "elder.yaml"]);
    me.does(&["package", "extract", "elder.zip"]);
    let vnfd = me.home.join("elder/Definitions/df_simple.yaml");
    let text = std::fs::read_to_string(&vnfd).unwrap();
    let lines = text.lines().map(|line| {
        let (key, indent) = (line.trim_start(), line.len() - line.trim_start().len());
        let value = match key.split_once(':') {
            Some(("algorithm", _)) => "algorithm: sha-512".to_owned(),
            Some(("hash", _)) => format!("hash: {}", vnfctl::package::checksum(&image).unwrap()),
            // The lab's flavors have no disk.
            Some(("min_disk", _)) => "min_disk: 0 GB".to_owned(),
            _ => key.to_owned(),
        };
        format!("{}{value}\n", " ".repeat(indent))
    });
    std::fs::write(&vnfd, lines.collect::<String>()).unwrap();
    me.does(&["package", "validate", "elder", "--fix"]);
    pack(&me.home.join("elder"));
    me.does(&["package", "push", "elder.zip"]);
}

/// Takes away what was made, however the test ends.
struct Cleanup<'a>(&'a Person<'a>, &'a str);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let Self(me, name) = self;
        let said = |output: Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let gone = me.run(&of_v1(&["terminate", name, "--delete"]));
        eprintln!("cleaning up: {}", said(gone));
        eprintln!(
            "cleaning up: {}",
            said(me.run(&["package", "delete", name]))
        );
    }
}

fn writes(path: &Path, request: &Value) {
    std::fs::write(path, request.to_string()).unwrap();
}

/// An operation that nobody works on any more, because the conductor was killed, is cancelled once Tacker takes
/// that, and given up.
async fn cancelled(me: &Person<'_>, name: &str) {
    let op = me.does(&of_v1(&["heal", name, "--no-wait"]));
    let op = op.trim();
    let state = || {
        let shown = me.json(&of_v1(&["op", "show", op]));
        shown["operationState"].as_str().unwrap().to_owned()
    };
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    let pause = std::time::Duration::from_millis(300);
    while state() != "PROCESSING" {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{op} does not begin"
        );
        tokio::time::sleep(pause).await;
    }
    lab::lab(&["fault", "conductor-killed"]);
    while !me.run(&of_v1(&["op", "cancel", op])).status.success() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "{op} is in {}",
            state()
        );
        tokio::time::sleep(pause).await;
    }
    let words = me.does(&of_v1(&["op", "explain", op]));
    assert!(words.contains("in FAILED_TEMP"), "{words}");
    me.does(&of_v1(&["op", "fail", op]));
    assert_eq!(state(), "FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_of_v1_lives_its_life() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let name = format!("elder-{}", &uuid::Uuid::new_v4().to_string()[..8]);
    package(&me, &name);
    let _cleanup = Cleanup(&me, &name);
    let target = real(&stage.cloud).await;
    let networks = asked(&target, Method::GET, "network", "/v2.0/networks?name=net0").await;
    let network = networks["networks"][0]["id"].as_str().unwrap();
    let request = json!({"extVirtualLinks": [
        {"id": network, "resourceId": network, "extCps": [{"cpdId": "machineCp", "cpConfig": {
            "cp": {"cpProtocolData": [{"layerProtocol": "IP_OVER_ETHERNET"}]}}}]}]});
    writes(&me.home.join("request.json"), &request);
    me.does(&of_v1(&[
        "instantiate",
        &name,
        "--name",
        &name,
        "-f",
        "request.json",
    ]));

    let own = me.does(&of_v1(&["list", "-o", "name"]));
    assert!(own.lines().any(|line| line == name), "{own}");
    let others = me.does(&["list", "-o", "name"]);
    assert!(!others.lines().any(|line| line == name), "{others}");
    let picture = me.json(&of_v1(&["show", &name, "--tree"]));
    let part = &picture["vdus"]["machine"][0];
    assert_eq!(part["status"], "ACTIVE", "{picture}");

    // One VNFC alone v1 heals with user data of its own kind, which this package does not have.
    me.does(&of_v1(&["heal", &name]));
    let healed = me.json(&of_v1(&["show", &name, "--tree"]));
    let (was, is) = (&part["resource"], &healed["vdus"]["machine"][0]["resource"]);
    assert_ne!(was, is, "{healed}");

    me.does(&of_v1(&[
        "modify",
        &name,
        "--description",
        "of another age",
    ]));
    let shown = me.json(&of_v1(&["show", &name]));
    assert_eq!(shown["vnfInstanceDescription"], "of another age");
    let operations = me.json(&of_v1(&["op", "list", &name]));
    let operations = operations.as_array().unwrap().iter();
    let kinds: Vec<_> = operations
        .map(|one| one["operation"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["INSTANTIATE", "HEAL", "MODIFY_INFO"]);

    // What is over cannot be cancelled; that is Tacker's to say.
    let refused = me.run(&of_v1(&["op", "cancel", &name]));
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let refused = me.run(&["op", "cancel", &name]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    if lab::nodes() {
        cancelled(&me, &name).await;
    }
    me.does(&of_v1(&["terminate", &name, "--delete"]));
    let gone = me.run(&of_v1(&["show", &name]));
    assert_eq!(gone.status.code(), Some(3), "{gone:?}");
}
