//! `--sandbox`: one command after another without a cloud or a server.

use serde_json::json;
use vnfctl::sandbox::{Options, Sandbox};

use crate::person::Person;

/// Somebody without any cloud.
fn nobody() -> Person {
    Person::with(Vec::new())
}

fn pushes(me: &Person) {
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml");
    me.does(&["--sandbox", "package", "build", spec, "--out", "web.zip"]);
    me.does(&["--sandbox", "package", "push", "web.zip"]);
}

#[test]
fn commands_follow_one_another_on_what_earlier_ones_made() {
    let me = nobody();
    pushes(&me);
    me.does(&["instantiate", "web", "--name", "web1", "--sandbox"]);
    let op = me.does(&["--sandbox", "scale", "web1", "--to", "3", "--no-wait"]);
    let shown = me.json(&["--sandbox", "op", "show", op.trim()]);
    assert_eq!(shown["operationState"], "COMPLETED");
    let shown = me.json(&["--sandbox", "show", "web1"]);
    assert_eq!(
        shown["instantiatedVnfInfo"]["vnfcInfo"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    // The address is another in each command, the VIM is still the sandbox.
    let words = me.fails(
        2,
        &[
            "--sandbox",
            "instantiate",
            "web",
            "--name",
            "w",
            "--flavour",
            "x",
        ],
    );
    assert!(words.contains("no flavour `x`"), "{words}");
    me.does(&["--sandbox", "terminate", "web1", "--delete"]);
    me.does(&["--sandbox", "package", "delete", "web"]);
    assert_eq!(me.json(&["--sandbox", "package", "list"]), json!([]));
}

#[test]
fn a_package_that_tacker_would_drop_is_told_without_tacker() {
    let me = nobody();
    std::fs::write(me.home().join("broken.zip"), b"this is no archive").unwrap();
    let push = ["--sandbox", "package", "push", "broken.zip"];
    let words = me.fails(2, &push);
    assert!(words.contains("nothing was uploaded"), "{words}");
    let words = me.fails(1, &[&push[..], &["--skip-checks"]].concat());
    assert!(
        words.contains("not onboarded: it has faults: it is not a whole zip archive"),
        "{words}"
    );
    assert!(words.contains("refused the package"), "{words}");
    assert_eq!(me.json(&["--sandbox", "package", "list"]), json!([]));
}

#[tokio::test]
async fn two_at_once_do_not_share_a_state() {
    let me = nobody();
    let folder = me.home().join(".local/state/vnfctl/sandbox");
    std::fs::create_dir_all(&folder).unwrap();
    let file = camino::Utf8PathBuf::from_path_buf(folder.join("sandbox.db")).unwrap();
    let options = Options {
        data: Some(&file),
        ..Options::default()
    };
    let running = Sandbox::start(options).await.unwrap();
    let words = me.fails(4, &["--sandbox", "list"]);
    assert!(words.contains("another sandbox uses"), "{words}");
    drop(running);
    me.does(&["--sandbox", "list"]);
}

#[test]
fn a_scenario_takes_it_in_either_place_and_leaves_nothing() {
    let me = nobody();
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/first-vnf.yaml");
    let before = me.does(&["--sandbox", "test", "run", scenario]);
    assert!(before.contains("heal"), "{before}");
    assert_eq!(me.json(&["--sandbox", "package", "list"]), json!([]));
}
