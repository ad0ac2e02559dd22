//! Runs that are killed in the middle of an operation on a real Tacker.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Person, Stage};
use crate::person;

/// Starts a command that will not live to its end.
fn starts(me: &Person<'_>, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vnfctl"))
        .args(args)
        .env("OS_CLOUD", me.cloud)
        .env("HOME", me.home)
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_STATE_HOME")
        .current_dir(me.home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn operations(me: &Person<'_>, vnf: &str, kind: &str) -> Vec<Value> {
    let all = me.json(&["op", "list"]);
    let shown = me.json(&["list"]);
    let mut vnfs = shown.as_array().unwrap().iter();
    let Some(id) = vnfs.find(|one| one["vnfInstanceName"] == *vnf) else {
        return Vec::new();
    };
    let all = all.as_array().unwrap().iter();
    let own = all.filter(|one| one["vnfInstanceId"] == id["id"] && one["operation"] == kind);
    own.cloned().collect()
}

/// Kills a run once Tacker has its operation.
fn killed_at(me: &Person<'_>, mut run: Child, vnf: &str, kind: &str) {
    let began = Instant::now();
    while operations(me, vnf, kind).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "no {kind}");
        sleep(Duration::from_millis(50));
    }
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn killed_runs_are_gone_on_with_on_a_real_tacker() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let other = person::Person::of_test_cloud().unwrap();
    let name = format!("killed-{}", &uuid::Uuid::new_v4().simple().to_string()[..6]);
    other.pushes_example(&name);

    let vnf = format!("{name}-vnf");
    let instantiate = ["instantiate", &name, "--name", &vnf];
    killed_at(&me, starts(&me, &instantiate), &vnf, "INSTANTIATE");
    me.does(&instantiate);
    assert_eq!(operations(&me, &vnf, "INSTANTIATE").len(), 1);
    assert_eq!(me.vnfcs(&vnf).len(), 1);

    killed_at(&me, starts(&me, &["scale", &vnf, "--out"]), &vnf, "SCALE");
    let open = me.json(&["op", "history"]);
    assert_ne!(open[0]["standing"], "over", "{open}");
    me.does(&["op", "resume"]);
    assert_eq!(operations(&me, &vnf, "SCALE").len(), 1);
    assert_eq!(me.vnfcs(&vnf).len(), 2);
    let told = me.does(&["op", "explain", &vnf]);
    assert!(
        told.contains("SCALE of VNF ") && told.contains("it is done"),
        "{told}"
    );
    let history = me.json(&["op", "history"]);
    assert!(
        history
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["outcome"] == "COMPLETED")
    );

    let tree = me.does(&["show", &vnf, "--tree"]);
    let parts = tree
        .lines()
        .filter(|line| line.contains(" ACTIVE ") && line.contains("(VNFC "));
    assert_eq!(parts.count(), 2, "{tree}");
    assert!(!tree.contains("not seen"), "{tree}");
    let found = me.json(&["doctor"]);
    let bad = found
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["verdict"] != "good");
    assert_eq!(bad.collect::<Vec<_>>(), Vec::<&Value>::new());

    me.does(&["terminate", &vnf, "--delete"]);
    other.does(&["package", "delete", &name]);
}
