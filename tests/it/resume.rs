//! What `op resume` and the next command say of what earlier runs left open.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use crate::person::{Person, sandbox};

/// Changes the journal as a crash would have left it.
fn journal(me: &Person, sql: &str) {
    let file = me.home().join(".local/state/vnfctl/journal.db");
    let changed = rusqlite::Connection::open(file).unwrap().execute(sql, []);
    assert_eq!(changed.unwrap(), 1, "{sql}");
}

fn said(me: &Person, args: &[&str]) -> String {
    let output = me.run(args);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{args:?}: {words}");
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_open_is_said_and_waited_for() {
    let sandbox = sandbox(100, &[]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    assert_eq!(said(&me, &["op", "resume"]), "nothing is left open\n");

    let op = me.does(&["scale", "web1", "--out", "--no-wait"]);
    let words = said(&me, &["op", "resume", "web1"]);
    assert!(words.contains("scale web1 out by 1"), "{words}");
    assert!(words.contains("COMPLETED"), "{words}");
    assert!(words.contains(op.trim()), "{words}");
    assert_eq!(said(&me, &["op", "resume"]), "nothing is left open\n");

    // Killed before the request left: the journal has it, and Tacker has nothing.
    let lost = "INSERT INTO entry SELECT NULL, server, '2026-11-01T00:00:00Z', vnf, name, operation, \
                'scale web1 out by 9', 'x', known || ' ' || op, NULL, 'asked', NULL \
                FROM entry WHERE operation = 'SCALE'";
    journal(&me, lost);
    let words = said(&me, &["op", "resume"]);
    assert!(
        words.contains("scale web1 out by 9: Tacker has nothing of it"),
        "{words}"
    );
    assert_eq!(me.json(&["op", "history"])[0]["outcome"], "NEVER_ARRIVED");

    // Killed once it had arrived, and told to nobody: the next command says it.
    journal(
        &me,
        "UPDATE entry SET standing = 'asked', op = NULL, outcome = NULL WHERE summary LIKE '%by 1'",
    );
    let words = said(&me, &["heal", "web1"]);
    assert!(
        words.contains("`scale web1 out by 1` of an earlier run ended in COMPLETED"),
        "{words}"
    );
    // The same command is not carried out again, once.
    journal(
        &me,
        "UPDATE entry SET standing = 'asked', op = NULL, outcome = NULL WHERE summary LIKE '%by 1'",
    );
    let words = said(&me, &["scale", "web1", "--out"]);
    assert!(words.contains("had asked for this already"), "{words}");
    assert_eq!(me.vnfcs("web1").len(), 2);
    said(&me, &["scale", "web1", "--out"]);
    assert_eq!(me.vnfcs("web1").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_resources_is_gone_on_with() {
    let sandbox = sandbox(100, &[]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.does(&["terminate", "web1"]);
    me.fails(4, &["instantiate", "web", "--name", "web1"]);

    // A record of which the journal knows that an earlier run made it, and not for what.
    me.does(&["terminate", "web1", "--delete"]);
    let vnfd = me.json(&["package", "list"])[0]["vnfdId"].clone();
    let body = serde_json::json!({"vnfdId": vnfd, "vnfInstanceName": "web1"}).to_string();
    me.does(&["api", "POST", "/vnflcm/v2/vnf_instances", "--data", &body]);
    journal(
        &me,
        "UPDATE entry SET standing = 'asked', op = NULL, outcome = NULL WHERE operation = 'CREATE'",
    );
    let words = said(&me, &["op", "resume"]);
    assert!(words.contains("was made and has no resources"), "{words}");
    said(&me, &["instantiate", "web", "--name", "web1"]);
    assert_eq!(me.vnfcs("web1").len(), 1);
    assert_eq!(me.json(&["list"]).as_array().unwrap().len(), 1);
    assert_eq!(said(&me, &["op", "resume"]), "nothing is left open\n");
    // What it was made for is over, though its own entry says nothing of that.
    journal(
        &me,
        "UPDATE entry SET standing = 'accepted', outcome = NULL WHERE operation = 'CREATE'",
    );
    assert_eq!(said(&me, &["op", "resume"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_never_arrived_is_told_from_one_that_did() {
    let fault = "SCALE:PROCESSING:no room";
    let sandbox = sandbox(100, &[fault]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    me.fails(1, &["scale", "web1", "--out"]);
    let failed = me.json(&["op", "show", "web1"]);
    let (op, entered) = (
        failed["id"].as_str().unwrap(),
        failed["stateEnteredTime"].as_str().unwrap(),
    );
    let asked = |entered: &str| {
        format!(
            "INSERT INTO entry SELECT NULL, server, asked_at, vnf, name, 'RETRY', 'retry it', 'x', '{entered}', \
             '{op}', 'asked', NULL FROM entry WHERE operation = 'SCALE'"
        )
    };
    journal(&me, &asked(entered));
    let output = me.run(&["op", "resume"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "the scale waits for a decision: {words}"
    );
    assert!(
        words.contains("retry it: Tacker has nothing of it"),
        "{words}"
    );
    me.does(&["op", "retry", "web1"]);
    journal(&me, &asked(entered));
    let words = said(&me, &["op", "resume"]);
    assert!(words.contains("retry it: COMPLETED"), "{words}");
}
