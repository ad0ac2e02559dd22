//! A real Tacker tells by itself what becomes of VNFs.

use serde_json::Value;

use super::Stage;
use crate::person::Person;

fn subscriptions(me: &Person) -> usize {
    let all = me.json(&["subscription", "list"]);
    let own = |one: &&Value| one["callbackUri"].as_str().unwrap().contains("/vnfctl-");
    all.as_array().unwrap().iter().filter(own).count()
}

#[test]
fn a_real_tacker_tells_of_the_end_and_of_each_state() {
    let Some(_stage) = Stage::new() else { return };
    let me = Person::of_test_cloud().unwrap();
    let name = format!("told-{}", &uuid::Uuid::new_v4().simple().to_string()[..6]);
    me.pushes_example(&name);
    let vnf = format!("{name}-vnf");
    let here = ["--notify", "127.0.0.1"];
    let instantiate = ["instantiate", &name, "--name", &vnf];
    me.does(&[&instantiate[..], &here].concat());
    assert_eq!(subscriptions(&me), 0, "none is left");

    let events = ["events", &vnf, "--count", "3", "-o", "json"];
    let mut told = me.starts(&[&events[..], &here].concat());
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while subscriptions(&me) == 0 {
        assert!(std::time::Instant::now() < deadline, "no subscription");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    me.does(&["scale", &vnf, "--out"]);
    let output = told.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let states = text.lines().map(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&event["operation"], &event["vnfInstanceName"]),
            (&"SCALE".into(), &vnf.clone().into())
        );
        event["operationState"].as_str().unwrap().to_owned()
    });
    let states: Vec<String> = states.collect();
    assert_eq!(states, ["STARTING", "PROCESSING", "COMPLETED"]);
    assert_eq!(subscriptions(&me), 0, "none is left");

    // What a killed run leaves would hold each operation up, and is ended by the next one.
    told = me.starts(&[&["events"][..], &here].concat());
    while subscriptions(&me) == 0 {
        assert!(std::time::Instant::now() < deadline + std::time::Duration::from_secs(60));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    told.kill().unwrap();
    told.wait().unwrap();
    assert_eq!(subscriptions(&me), 1);
    let terminate = ["terminate", &vnf, "--delete"];
    me.does(&[&terminate[..], &here].concat());
    assert_eq!(subscriptions(&me), 0, "the killed run's is gone as well");
    me.does(&["package", "delete", &name]);
}
