//! What alerts set off on a real Tacker: a dead worker replaced and the cluster sized, with nobody
//! there to give parameters.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::access::{Stored, wait};
use super::lab::{self, CLUSTER, Sweep, agrees, end, machines_of, onboard};
use super::{Person, Stage};

const ALERTMANAGER: &str = "http://127.0.0.1:9093/api/v2/alerts";
/// Longer than Tacker gathers VNFCs to heal.
const UNTIL_BEGUN: Duration = Duration::from_secs(60);

/// Has Alertmanager fire an alert of the VNF with these labels, which is over before the operation
/// that it sets off: the next one would repeat it.
fn fire(vnf: &str, labels: &Value) {
    let now = jiff::Timestamp::now();
    let mut alert = json!({
        "labels": {"alertname": "Proof", "receiver_type": "tacker", "vnf_instance_id": vnf},
        "annotations": {}, "startsAt": now.to_string(),
        "endsAt": (now + jiff::SignedDuration::from_secs(5)).to_string(),
    });
    for (name, value) in labels.as_object().unwrap() {
        alert["labels"][name] = value.clone();
    }
    let request = reqwest::Client::new().post(ALERTMANAGER);
    let answer = wait(async { request.json(&json!([alert])).send().await.unwrap() });
    assert_eq!(answer.status(), 200);
}

fn operations(me: &Person<'_>) -> Vec<Value> {
    let listed = me.json(&["op", "list", CLUSTER]);
    listed.as_array().unwrap().clone()
}

/// Fires an alert and waits for the end of the operation that Tacker begins for it, which must be
/// of this kind and have no parameters of its own.
fn sets_off(me: &Person<'_>, kind: &str, vnf: &str, labels: &Value) {
    let id = |op: &Value| op["id"].as_str().unwrap().to_owned();
    let before: BTreeSet<_> = operations(me).iter().map(id).collect();
    fire(vnf, labels);
    let deadline = Instant::now() + UNTIL_BEGUN;
    let begun = loop {
        let new: Vec<_> = operations(me)
            .into_iter()
            .filter(|op| !before.contains(&id(op)))
            .collect();
        if let [op] = new.as_slice() {
            break op.clone();
        }
        assert!(new.is_empty(), "one alert, several operations: {new:?}");
        assert!(Instant::now() < deadline, "no operation for {labels}");
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(begun["operation"], kind);
    me.does(&["op", "wait", &id(&begun)]);
    let shown = me.json(&["op", "show", &id(&begun)]);
    assert_eq!(shown["operationState"], "COMPLETED", "{shown}");
    let parameters = &shown["operationParams"]["additionalParams"];
    assert!(parameters.is_null(), "{shown}");
}

#[test]
fn alerts_heal_and_scale_a_cluster_without_parameters_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let secret = Stored::new(me.cloud);
    let file = format!("keyFile: {}", lab::folder().join("data/userKey").display());
    onboard(&me, &[(&file, &format!("keySecret: {}", secret.name))]);
    let _sweep = Sweep(&me);

    me.does(&[
        "instantiate",
        CLUSTER,
        "--name",
        CLUSTER,
        "--flavour",
        "simple",
    ]);
    let made = agrees(&me, 1, 1);
    for verb in ["autoheal", "autoscale"] {
        assert_eq!(me.does(&[verb, "status", CLUSTER]), "disabled\n");
        me.does(&[verb, "enable", CLUSTER]);
        assert_eq!(me.does(&[verb, "status", CLUSTER]), "enabled\n");
    }

    let shown = me.json(&["show", CLUSTER]);
    let vnf = shown["id"].as_str().unwrap();
    let vnfcs = shown["instantiatedVnfInfo"]["vnfcInfo"].as_array().unwrap();
    let worker = vnfcs.iter().find(|vnfc| vnfc["vduId"] == "worker").unwrap();
    lab::lab(&["fault", "server-dead", &machines_of("worker")[0]]);
    let dead = json!({"function_type": "auto_heal", "vnfc_info_id": worker["id"]});
    sets_off(&me, "HEAL", vnf, &dead);
    let healed = agrees(&me, 1, 1);
    assert_eq!(healed.names, made.names, "a healed node keeps its name");
    let replaced: Vec<_> = made.servers.difference(&healed.servers).collect();
    assert_eq!(replaced, [worker["vnfcResourceInfoId"].as_str().unwrap()]);

    let sized = |way: &str| json!({"function_type": "auto_scale", "aspect_id": "workers", "auto_scale_type": way});
    sets_off(&me, "SCALE", vnf, &sized("SCALE_OUT"));
    agrees(&me, 1, 2);
    sets_off(&me, "SCALE", vnf, &sized("SCALE_IN"));
    agrees(&me, 1, 1);

    end(&me);
}
