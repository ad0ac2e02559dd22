//! The commands on the embedded VNFM, by the program as a person runs it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use serde_json::Value;
use vnfctl::sandbox::{Options, Sandbox};

use crate::person::{Cleanup, Person};

/// Operations that take no longer than a test needs to see their states.
async fn sandbox() -> Sandbox {
    let options = Options {
        duration: Duration::from_millis(150),
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

/// The names of a VNF's servers as the sandbox's Nova has them, in the order of its VNFCs.
fn servers(shown: &Value) -> Vec<String> {
    let resources = shown["instantiatedVnfInfo"]["vnfcResourceInfo"].as_array();
    let name = |one: &Value| {
        let id = one["computeResource"]["resourceId"].as_str().unwrap();
        format!("machine-{}", &id[..8])
    };
    resources.unwrap().iter().map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_healed_by_the_names_of_their_servers() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.does(&["scale", "web1", "--out", "2"]);
    let before = me.vnfcs("web1");
    let names = servers(&me.json(&["show", "web1"]));
    let shown = me.does(&["show", "web1"]);
    assert!(
        shown.starts_with("web1 is INSTANTIATED, flavour simple\n"),
        "{shown}"
    );
    for part in names.iter().chain(&before) {
        assert!(shown.contains(part.as_str()), "{shown} lacks {part}");
    }

    let words = me.fails(3, &["heal", "web1", "--node", "machine"]);
    assert!(
        words.contains("VNF `web1` has no node `machine`"),
        "{words}"
    );
    assert!(names.iter().all(|name| words.contains(name)), "{words}");
    me.fails(2, &["heal", "web1", "--all", "--node", &names[0]]);
    assert_eq!(me.vnfcs("web1"), before);

    me.does(&["heal", "web1", "--node", &names[1], "--vnfc", &before[1]]);
    let after = me.vnfcs("web1");
    let changed: Vec<_> = (0..3).filter(|at| before[*at] != after[*at]).collect();
    assert_eq!(changed, [1], "{before:?} {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_is_scaled_to_a_number_of_vnfcs_or_to_a_level() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example_with("web", "max: 5}", "max: 7, step: 2}");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.does(&["scale", "web1", "--to", "5"]);
    assert_eq!(me.vnfcs("web1").len(), 5);
    me.does(&["scale", "web1", "--to", "5"]);
    let words = me.fails(2, &["scale", "web1", "--to", "4"]);
    assert!(
        words.contains("cannot have 4 VNFCs of `machine`") && words.contains("nearest are 3 and 5"),
        "{words}"
    );
    let words = me.fails(2, &["scale", "web1", "--to", "8"]);
    assert!(words.contains("from 1 to 7; nearest is 7"), "{words}");
    me.does(&["scale", "web1", "--to", "1"]);
    assert_eq!(me.vnfcs("web1").len(), 1);
    me.does(&["scale", "web1", "--level", "3"]);
    assert_eq!(me.vnfcs("web1").len(), 7);
    me.fails(2, &["scale", "web1", "--level", "1", "--to", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alerts_may_do_is_switched_on_and_off() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let vnfcs = me.vnfcs("web1");
    for (verb, member) in [
        ("autoheal", "isAutohealEnabled"),
        ("autoscale", "isAutoscaleEnabled"),
    ] {
        assert_eq!(me.does(&[verb, "status", "web1"]), "disabled\n");
        me.does(&[verb, "enable", "web1"]);
        assert_eq!(me.does(&[verb, "status", "web1"]), "enabled\n");
        let shown = me.json(&["show", "web1"]);
        assert_eq!(shown["vnfConfigurableProperties"][member], true, "{shown}");
        let begun = me.json(&["op", "list", "web1"]).as_array().unwrap().len();
        me.does(&[verb, "enable", "web1"]);
        let after = me.json(&["op", "list", "web1"]).as_array().unwrap().len();
        assert_eq!(begun, after, "what is so already needs no operation");
    }
    me.does(&["autoheal", "disable", "web1"]);
    assert_eq!(me.does(&["autoheal", "status", "web1"]), "disabled\n");
    // One switch leaves the other and the resources alone.
    assert_eq!(me.does(&["autoscale", "status", "web1"]), "enabled\n");
    assert_eq!(me.vnfcs("web1"), vnfcs);
    me.fails(3, &["autoheal", "enable", "nobody"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_meant_by_its_beginning_or_by_its_vnf() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.does(&["scale", "web1", "--out"]);
    let all = me.json(&["op", "list", "web1"]);
    let ids: Vec<_> = all.as_array().unwrap().iter().collect();
    let kind = |id: &str| me.json(&["op", "show", id])["operation"].clone();
    assert_eq!(kind("web1"), "SCALE", "the newest");
    for one in ids {
        let id = one["id"].as_str().unwrap();
        assert_eq!(kind(&id[..13]), one["operation"]);
    }
    me.does(&["op", "wait", "web1"]);
    let words = me.fails(4, &["op", "retry", "web1"]);
    assert!(words.contains("not FAILED_TEMP"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_moves_to_another_package() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let before = me.json(&["show", "web1"]);
    me.pushes_example("web");
    let packages = me.json(&["package", "list"]);
    let mut packages = packages.as_array().unwrap().iter();
    let new = packages.find(|one| one["vnfdId"] != before["vnfdId"]);
    let new = new.unwrap()["vnfdId"].as_str().unwrap();

    let said = me.fails(2, &["change-vnfpkg", "web1", "web"]);
    assert!(said.contains("may mean several packages"), "{said}");
    let old = before["vnfdId"].as_str().unwrap();
    me.does(&["change-vnfpkg", "web1", old]);
    assert_eq!(
        me.json(&["show", "web1"]),
        before,
        "there is nothing to move"
    );
    let said = me.fails(3, &["change-vnfpkg", "web1", new, "--vdu", "machin"]);
    assert!(said.contains("did you mean `machine`"), "{said}");

    let dry = me.does(&["change-vnfpkg", "web1", new, "--dry-run"]);
    let dry: serde_json::Value = serde_json::from_str(&dry).unwrap();
    let params = serde_json::json!({
        "upgrade_type": "RollingUpdate", "vdu_params": [{"vdu_id": "machine"}],
    });
    assert_eq!(dry["additionalParams"], params);
    assert_eq!(me.json(&["show", "web1"]), before, "nothing was sent");

    let file = me.home().join("change.yaml");
    std::fs::write(&file, "additionalParams: [a]\n").unwrap();
    let said = me.fails(2, &["change-vnfpkg", "web1", new, "-f", "change.yaml"]);
    assert!(said.contains("change.yaml:1:19"), "{said}");
    std::fs::write(&file, "vdus: [machine]\n").unwrap();
    let said = me.fails(2, &["change-vnfpkg", "web1", new, "-f", "change.yaml"]);
    assert!(said.contains("unknown key `vdus`"), "{said}");
    std::fs::write(&file, "additionalParams: {vdu_params: []}\n").unwrap();
    me.does(&["change-vnfpkg", "web1", new, "-f", "change.yaml"]);
    let after = me.json(&["show", "web1"]);
    assert_eq!(after["vnfdId"], new);
    assert_eq!(me.vnfcs("web1").len(), 1);
    let op = me.json(&["op", "show", "web1"]);
    assert_eq!(op["operation"], "CHANGE_VNFPKG");
    let sent = &op["operationParams"]["additionalParams"];
    assert_eq!(
        sent["vdu_params"],
        serde_json::json!([]),
        "as the file says"
    );
    assert_eq!(sent["upgrade_type"], "RollingUpdate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vnf_is_connected_to_another_network() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let said = me.fails(3, &["change-ext-conn", "web1", "--cp", "machineCp=net9"]);
    assert!(said.contains("there is no network `net9`"), "{said}");
    let said = me.fails(3, &["change-ext-conn", "web1", "--cp", "machine=net0"]);
    assert!(said.contains("did you mean `machineCp`?"), "{said}");
    me.fails(2, &["change-ext-conn", "web1"]);
    me.does(&["change-ext-conn", "web1", "--cp", "machineCp=net0"]);
    let shown = me.json(&["show", "web1"]);
    let links = &shown["instantiatedVnfInfo"]["extVirtualLinkInfo"];
    assert_eq!(links[0]["currentVnfExtCpData"][0]["cpdId"], "machineCp");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_noted_about_a_vnf_is_changed() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.does(&[
        "modify",
        "web1",
        "--name",
        "web2",
        "--description",
        "for a while",
        "--metadata",
        "owner=lab",
        "--metadata",
        "racks=[1, 2]",
    ]);
    let shown = me.json(&["show", "web2"]);
    assert_eq!(shown["vnfInstanceDescription"], "for a while");
    let noted = serde_json::json!({"owner": "lab", "racks": [1, 2]});
    assert_eq!(shown["metadata"], noted);
    me.does(&["modify", "web2", "--metadata", "racks=null"]);
    let left = serde_json::json!({"owner": "lab"});
    assert_eq!(me.json(&["show", "web2"])["metadata"], left);
    let said = me.fails(2, &["modify", "web2"]);
    assert!(said.contains("nothing is to be changed"), "{said}");
}

/// A name for what a test makes in a real cloud.
fn own(prefix: &str) -> String {
    format!(
        "{prefix}-{}",
        &uuid::Uuid::new_v4().simple().to_string()[..8]
    )
}

#[test]
fn nodes_of_a_real_cloud_are_healed_by_the_names_of_their_servers() {
    let Some(me) = Person::of_test_cloud() else {
        return;
    };
    let name = own("nodes");
    me.pushes_example(&name);
    let _cleanup = Cleanup(&me, &name);
    me.does(&["instantiate", &name, "--name", &name]);
    me.does(&["scale", &name, "--out", "2"]);
    let before = me.vnfcs(&name);

    let words = me.fails(3, &["heal", &name, "--node", &name]);
    let (_, names) = words.trim().split_once("it has: ").unwrap();
    let names: Vec<_> = names.split(", ").collect();
    assert_eq!(names.len(), 3, "{words}");
    assert!(names.iter().all(|one| one.starts_with(&name)), "{words}");
    me.does(&["heal", &name, "--node", names[0], names[1]]);
    let after = me.vnfcs(&name);
    let kept = before.iter().filter(|id| after.contains(id)).count();
    assert_eq!((after.len(), kept), (3, 1), "{before:?} {after:?}");

    me.does(&["terminate", &name, "--delete"]);
    me.does(&["package", "delete", &name]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_come_from_the_environment_and_the_log_is_json_where_wanted() {
    let sandbox = sandbox().await;
    let me = Person::of_sandbox(&sandbox);
    let set = |pairs: &[(&'static str, &str)]| {
        let mut env = me.env().to_vec();
        env.extend(
            pairs
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        Person::with(env)
    };
    let asked = set(&[
        ("VNFCTL_LIST_OUTPUT", "json"),
        ("VNFCTL_OP_LIST_OUTPUT", ""),
    ]);
    assert_eq!(asked.does(&["list"]).trim(), "[]");
    assert!(asked.does(&["list", "-o", "table"]).starts_with("NAME"));
    assert!(asked.does(&["op", "list"]).starts_with("ID"));
    let wrong = set(&[("VNFCTL_LIST_OUTPUT", "prose")]).fails(2, &["list"]);
    assert!(wrong.contains("'prose'"), "{wrong}");

    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let keep = set(&[("VNFCTL_TERMINATE_DELETE", "false")]);
    keep.does(&["terminate", "web1"]);
    assert_eq!(me.json(&["list"]).as_array().unwrap().len(), 1);
    let delete = set(&[("VNFCTL_TERMINATE_DELETE", "1")]);
    delete.does(&["terminate", "web1"]);
    assert_eq!(me.json(&["list"]), serde_json::json!([]));

    let output = me.run(&["list", "-v", "--log", "json"]);
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!log.is_empty());
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            event["timestamp"].is_string() && event["level"] == "INFO",
            "{line}"
        );
        assert!(
            event["message"].as_str().unwrap().contains("200 OK")
                || event["message"].as_str().unwrap().contains("logged in"),
            "{line}"
        );
    }
}
