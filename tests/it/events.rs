//! What becomes of VNFs, told as it happens.

use std::time::Duration;

use serde_json::Value;
use vnfctl::sandbox::{Options, Sandbox};

use crate::person::Person;

#[tokio::test(flavor = "multi_thread")]
async fn states_are_told_in_their_order_by_who_asks_again_and_again() {
    let options = Options {
        duration: Duration::from_millis(1500),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    me.does(&["instantiate", "web", "--name", "web1"]);
    let watching = me.starts(&["events", "web1", "--count", "2", "-o", "json", "-v"]);
    // It tells of what comes after its first look, which -v shows.
    let mut watching = watching;
    let mut said = std::io::BufReader::new(watching.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("vnf_lcm_op_occs") {
        line.clear();
        let read = std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        assert!(read > 0, "it ended");
    }
    me.does(&["scale", "web1", "--out"]);
    let output = watching.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.len(), 2, "{text}");
    for event in &events {
        assert_eq!(event["vnfInstanceName"], "web1");
        assert_eq!(event["operation"], "SCALE");
    }
    assert_eq!(events[0]["vnfLcmOpOccId"], events[1]["vnfLcmOpOccId"]);
    assert_ne!(events[0]["operationState"], events[1]["operationState"]);
}
