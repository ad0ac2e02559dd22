//! What a person is told of an operation that failed, and the ways out of it.

use crate::person::{Person, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_explained_and_tried_again_until_it_works() {
    let fault = "SCALE:PROCESSING:no room";
    let sandbox = sandbox(150, &[fault, fault, fault]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.fails(1, &["scale", "web1", "--out"]);

    let told = me.does(&["op", "explain", "web1"]);
    for words in [
        "SCALE of VNF ",
        "in FAILED_TEMP for ",
        "it failed, and blocks every other operation",
        "no room",
        "rollback  takes away what was added",
        "recommended: rollback",
        "  vnfctl op rollback ",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    let told = me.json(&["op", "explain", "web1"]);
    assert_eq!(told["recommended"]["strategy"], "rollback");
    assert_eq!(told["ways"].as_array().unwrap().len(), 3);

    let retry = ["op", "recover", "web1", "--strategy", "retry"];
    let said = me.fails(1, &retry);
    assert!(said.contains("no room"), "{said}");
    me.does(&[&retry[..], &["--times", "2"]].concat());
    assert_eq!(me.vnfcs("web1").len(), 2);
    let told = me.does(&["op", "explain", "web1"]);
    assert!(told.contains("it is done"), "{told}");
    assert!(!told.contains("recommended"), "{told}");
    me.fails(4, &retry);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_leads_nowhere_is_not_gone() {
    let sandbox = sandbox(150, &["HEAL:PROCESSING:gone", "SCALE:PROCESSING:no room"]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.fails(1, &["heal", "web1"]);
    let recover = |strategy| ["op", "recover", "web1", "--strategy", strategy];
    let said = me.fails(4, &recover("rollback"));
    assert!(said.contains("leads nowhere"), "{said}");
    let op = me.json(&["op", "show", "web1"]);
    assert_eq!(op["operationState"], "FAILED_TEMP", "nothing was asked for");
    me.does(&recover("fail"));
    assert_eq!(me.json(&["op", "show", "web1"])["operationState"], "FAILED");

    me.fails(1, &["scale", "web1", "--out"]);
    me.does(&recover("rollback"));
    assert_eq!(me.vnfcs("web1").len(), 1);
}
