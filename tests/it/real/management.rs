//! Alarms, measurements, packages and VIMs on a real Tacker: what python-tackerclient has commands for.

use std::path::Path;

use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::cnf::Cluster;
use super::{Cleanup, Person, Stage};

const WEBHOOK: &str = "http://127.0.0.1:9890/alert";

/// An address that Tacker may tell things.
async fn callback() -> MockServer {
    let server = MockServer::start().await;
    for verb in ["GET", "POST"] {
        Mock::given(method(verb))
            .respond_with(ResponseTemplate::new(204))
            .mount(&server)
            .await;
    }
    server
}

/// Tells Tacker what Alertmanager would of a fault of a pod.
async fn alert(vnf: &str, pod: &str, status: &str) {
    let alert = json!({
        "status": status, "fingerprint": "5ef77f1f8a3ecb8d",
        "startsAt": "2026-11-01T00:00:00.000Z", "endsAt": "2026-11-01T00:10:00.000Z",
        "labels": {"receiver_type": "tacker", "function_type": "vnffm", "vnf_instance_id": vnf,
            "pod": pod, "perceived_severity": "WARNING", "event_type": "PROCESSING_ERROR_ALARM"},
        "annotations": {"probable_cause": "The server cannot be connected.",
            "fault_type": "Server Down", "fault_details": "no answer"},
    });
    let message = json!({
        "version": "4", "status": status, "receiver": "tacker", "groupKey": "{}", "truncatedAlerts": 0,
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example", "alerts": [alert],
    });
    let answer = reqwest::Client::new().post(WEBHOOK).json(&message).send();
    assert_eq!(answer.await.unwrap().status(), 204);
}

/// Waits for the alarms of a VNF to be as they should.
async fn until(me: &Person<'_>, vnf: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let alarms = me.json(&["alarm", "list", vnf]);
        if is_right(&alarms) {
            return alarms;
        }
        assert!(tokio::time::Instant::now() < deadline, "{alarms}");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn alarms(me: &Person<'_>, name: &str, pod: &str) {
    let server = callback().await;
    let create = [
        "subscription",
        "create",
        &server.uri(),
        "--alarms",
        "--severity",
        "WARNING",
    ];
    let made = me.json(&[&create[..], &["--vnf", name]].concat());
    let id = made["id"].as_str().unwrap();
    let listed = me.does(&["subscription", "list", "--alarms"]);
    assert!(listed.contains(id), "{listed}");
    assert!(!me.does(&["subscription", "list"]).contains(id));

    let vnf = me.json(&["show", name])["id"].clone();
    let vnf = vnf.as_str().unwrap();
    alert(vnf, pod, "firing").await;
    let all = until(me, name, |all| all.as_array().unwrap().len() == 1).await;
    let alarm = all[0]["id"].as_str().unwrap();
    assert_eq!(all[0]["perceivedSeverity"], "WARNING");
    let where_ = [
        "alarm",
        "list",
        "--where",
        "perceivedSeverity=CRITICAL",
        "-o",
        "json",
    ];
    assert_eq!(me.does(&where_).trim(), "[]");
    let state = || me.json(&["alarm", "show", &alarm[..8]])["ackState"].clone();
    me.does(&["alarm", "ack", &alarm[..8]]);
    assert_eq!(state(), "ACKNOWLEDGED");
    assert_eq!(me.run(&["alarm", "ack", alarm]).status.code(), Some(4));
    me.does(&["alarm", "unack", alarm]);
    assert_eq!(state(), "UNACKNOWLEDGED");
    alert(vnf, pod, "resolved").await;
    until(me, name, |all| all[0]["alarmClearedTime"].is_string()).await;

    me.does(&["subscription", "delete", "--alarms", id]);
    let told = server.received_requests().await.unwrap();
    let told = told.iter().filter(|one| one.method.as_str() == "POST");
    let kinds: Vec<Value> = told
        .map(|one| one.body_json::<Value>().unwrap()["notificationType"].clone())
        .collect();
    assert_eq!(kinds.first(), Some(&json!("AlarmNotification")));
}

async fn measurements(me: &Person<'_>, name: &str) {
    let server = callback().await;
    let uri = server.uri();
    let create = ["pm", "job", "create", &uri, "--vnf", name];
    let nothing = me.run(&create);
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
    let metric = ["--metric", "VCpuUsageMeanVnf"];
    let job = me.json(&[&create[..], &metric].concat());
    let id = job["id"].as_str().unwrap();
    let vnf = me.json(&["show", name])["id"].clone();
    let metrics = json!([format!("VCpuUsageMeanVnf.{}", vnf.as_str().unwrap())]);
    let job = me.json(&["pm", "job", "show", &id[..8]]);
    assert_eq!(job["criteria"]["performanceMetric"], metrics, "{job}");
    assert!(me.does(&["pm", "job", "list"]).contains(id));
    assert_eq!(me.run(&["pm", "job", "report", id]).status.code(), Some(3));
    let other = format!("{uri}/other");
    me.does(&["pm", "job", "update", id, &other]);
    assert_eq!(me.json(&["pm", "job", "show", id])["callbackUri"], other);
    me.does(&["pm", "job", "delete", id]);

    let create = ["pm", "threshold", "create", &uri, "--vnf", name];
    let value = ["--value", "80", "--hysteresis", "5"];
    let threshold = me.json(&[&create[..], &metric, &value].concat());
    let id = threshold["id"].as_str().unwrap();
    let shown = me.json(&["pm", "threshold", "show", &id[..8]]);
    let details = &shown["criteria"]["simpleThresholdDetails"];
    assert_eq!(details["thresholdValue"], 80.0, "{shown}");
    me.does(&["pm", "threshold", "update", id, &other]);
    assert!(me.does(&["pm", "threshold", "list"]).contains(&other));
    me.does(&["pm", "threshold", "delete", id]);
    assert_eq!(
        me.run(&["pm", "threshold", "show", id]).status.code(),
        Some(3)
    );
}

fn packages(me: &Person<'_>, name: &str, archive: &Path) {
    let there = format!("{name}-1.0.zip");
    me.does(&["package", "download", name, "--to", &there]);
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert_eq!(read(&me.home.join(&there)), read(archive));
    let again = me.run(&["package", "download", name, "--to", &there]);
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    me.does(&["package", "download", name, "--vnfd", "--to", "vnfd.zip"]);
    let vnfd = std::fs::File::open(me.home.join("vnfd.zip")).unwrap();
    assert!(zip::ZipArchive::new(vnfd).unwrap().len() > 1);
    let path = "Files/kubernetes/20-service.yaml";
    let text = me.does(&["package", "artifact", name, path, "--to", "-"]);
    assert!(text.contains("kind: Service"), "{text}");

    let data = || me.json(&["package", "show", name])["id"].clone();
    let id = data();
    let shown = || {
        let path = format!("/vnfpkgm/v1/vnf_packages/{}", id.as_str().unwrap());
        let text = me.does(&["api", "GET", &path]);
        serde_json::from_str::<Value>(&text).unwrap()["userDefinedData"].clone()
    };
    me.does(&[
        "package",
        "update",
        name,
        "--data",
        "owner=lab",
        "--data",
        "ticket=7",
    ]);
    me.does(&["package", "update", name, "--data", "ticket=8"]);
    assert_eq!(shown(), json!({"owner": "lab", "ticket": "8"}));
    me.does(&["package", "disable", name]);
    me.does(&["package", "enable", name]);
    assert_eq!(me.run(&["package", "enable", name]).status.code(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_python_tackerclient_has_commands_for_works_on_a_real_tacker() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let (cluster, _vim) = Cluster::registered(&me, "managed");
    let name = cluster.namespace.clone();
    me.does(&["vim", "update", &name, "--description", "in the cellar"]);
    assert_eq!(
        me.json(&["vim", "show", &name])["description"],
        "in the cellar"
    );

    me.does(&["package", "new", "cnf-sample", &name]);
    me.does(&["package", "build", &format!("{name}.yaml")]);
    let archive = me.home.join(format!("{name}.zip"));
    // From an address, as a site's own server would have it.
    let server = MockServer::start().await;
    let bytes = std::fs::read(&archive).unwrap();
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(bytes, "application/zip"))
        .mount(&server)
        .await;
    me.does(&["package", "push", &format!("{}/{name}.zip", server.uri())]);
    let _cleanup = Cleanup(&me, &name);
    packages(&me, &name, &archive);

    me.does(&["instantiate", &name, "--name", &name, "--vim", &name]);
    let pod = cluster.pods().swap_remove(0);
    alarms(&me, &name, &pod).await;
    measurements(&me, &name).await;
    me.does(&["heal", &name, "--cause", "a drill"]);
    assert_eq!(
        me.json(&["op", "show", &name])["operationParams"]["cause"],
        "a drill"
    );
    me.does(&["terminate", &name, "--graceful", "1s", "--delete"]);
    me.does(&["package", "delete", &name]);
}
