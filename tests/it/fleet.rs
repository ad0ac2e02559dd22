//! One operation on many VNFs.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use vnfctl::sandbox::Sandbox;

use crate::person::{Person, sandbox};

/// Somebody with this many VNFs, `web1` to `web9`.
async fn somebody(sandbox: &Sandbox, count: usize) -> Person {
    let me = Person::of_sandbox(sandbox);
    me.pushes_example("web");
    let made: Vec<_> = (1..=count)
        .map(|number| me.starts(&["instantiate", "web", "--name", &format!("web{number}")]))
        .collect();
    for run in made {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    me
}

fn sizes(me: &Person, count: usize) -> Vec<usize> {
    let size = |number| me.vnfcs(&format!("web{number}")).len();
    (1..=count).map(size).collect()
}

fn said(output: std::process::Output) -> String {
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn vnfs_are_meant_by_names_conditions_and_labels() {
    let sandbox = sandbox(100, &[]).await;
    let me = somebody(&sandbox, 3).await;
    let output = me.run(&["modify", "web1", "web3", "web1", "--metadata", "site=edge"]);
    assert!(output.status.success());
    let words = said(output);
    assert!(words.contains("all 2 done"), "{words}");

    let words = said(me.run(&["scale", "--label", "site=edge", "--out"]));
    assert!(words.contains("all 2 done"), "{words}");
    for name in ["web1", "web3"] {
        let line = words
            .lines()
            .find(|line| line.starts_with(&format!("{name}: ")));
        let line = line.unwrap_or_else(|| panic!("{name} is not in {words}"));
        assert!(line.contains("COMPLETED after"), "{line}");
        assert!(line.ends_with("VNFCs of machine: 1 added"), "{line}");
    }
    assert_eq!(sizes(&me, 3), [2, 1, 2]);

    let words = said(me.run(&["scale", "--where", "vnfProductName=web", "--to", "2"]));
    assert!(words.contains("web1: has that size already"), "{words}");
    assert_eq!(sizes(&me, 3), [2, 2, 2]);
    let dry = me.does(&["scale", "web1", "web2", "--in", "--dry-run"]);
    let sent: Vec<serde_json::Value> = serde_json::Deserializer::from_str(&dry)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let scale = serde_json::json!({"type": "SCALE_IN", "aspectId": "machines", "numberOfSteps": 1});
    assert_eq!(sent, [scale.clone(), scale]);
    let vnfc = me.vnfcs("web1").swap_remove(0);
    let dry = me.json(&["show", "web1"]);
    let heal = [
        "heal",
        "web1",
        "--vnfc",
        &vnfc,
        "--cause",
        "a drill",
        "--dry-run",
    ];
    let sent: serde_json::Value = serde_json::from_str(&me.does(&heal)).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"cause": "a drill", "vnfcInstanceId": [vnfc]})
    );
    let gone = [
        "terminate",
        "web1",
        "--delete",
        "--graceful",
        "5s",
        "--dry-run",
    ];
    let sent: serde_json::Value = serde_json::from_str(&me.does(&gone)).unwrap();
    assert_eq!(sent["gracefulTerminationTimeout"], 5);
    let made = ["instantiate", "web", "--name", "web9", "--dry-run"];
    let sent: serde_json::Value = serde_json::from_str(&me.does(&made)).unwrap();
    assert_eq!(sent, serde_json::json!({"flavourId": "simple"}));
    assert_eq!(me.json(&["show", "web1"]), dry, "nothing was sent");
    me.fails(3, &["heal", "--label", "site=none"]);
    me.fails(2, &["heal"]);
    me.fails(2, &["heal", "web1", "--label", "site=edge"]);

    me.does(&["terminate", "--where", "vnfProductName=web", "--delete"]);
    assert_eq!(me.json(&["list"]), serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_stops_no_other_unless_told_so() {
    let fault = "SCALE:PROCESSING:no room";
    let sandbox = sandbox(100, &[fault, fault]).await;
    let me = somebody(&sandbox, 3).await;
    let scale = ["scale", "web1", "web2", "web3", "nobody", "--out"];
    let words = me.fails(1, &[&scale[..], &["--parallel", "1"]].concat());
    for part in [
        "web1: error: scale web1 out by 1 ended in FAILED_TEMP",
        "caused by: nobody, web1, web2",
        "1 of 4 done, 3 failed",
        "nobody: error: there is no VNF `nobody`",
        "web3: COMPLETED",
    ] {
        assert!(words.contains(part), "{part} is not in {words}");
    }
    assert_eq!(sizes(&me, 3)[2], 2);

    // The first two still wait for somebody to decide.
    let heal = ["heal", "web1", "web3", "--parallel", "1", "--fail-fast"];
    let words = me.fails(4, &heal);
    assert!(words.contains("0 of 2 done, 1 failed"), "{words}");
    assert!(words.contains("1 were not begun"), "{words}");
    let all = me.json(&["op", "list"]);
    let heals = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["operation"] == "HEAL");
    assert_eq!(heals.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn vnfs_move_to_another_package_together() {
    let sandbox = sandbox(50, &[]).await;
    let me = somebody(&sandbox, 3).await;
    me.pushes_example_with("next", "name: next\n", "name: next\n");
    let next = me.json(&["package", "show", "next"])["vnfdId"].clone();
    let id = next.as_str().unwrap();
    let words = said(me.run(&["change-vnfpkg", "web1", "web3", id]));
    assert!(words.contains("all 2 done"), "{words}");
    let of = |name| me.json(&["show", name])["vnfdId"].clone();
    assert_eq!((of("web1"), of("web3")), (next.clone(), next.clone()));
    assert_ne!(of("web2"), next);
    let words = said(me.run(&["change-vnfpkg", "--where", "vnfInstanceName=web2", id]));
    assert!(words.contains("change package of web2"), "{words}");
    assert_eq!(of("web2"), next);
    for (args, why) in [
        (&["change-vnfpkg", id][..], "say which VNF"),
        (&["change-vnfpkg", "web1", id, "--label", "a=b"], "not both"),
    ] {
        let words = me.fails(2, args);
        assert!(words.contains(why), "{words}");
    }
}
