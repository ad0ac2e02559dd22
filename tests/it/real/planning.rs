//! VNFs as a file wants them, on a real Tacker: made, healed of a server that Nova lost, moved to the next
//! package, and replaced.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Person, Stage};
use crate::contract::target::{Target, real};

const PLAN: [&str; 3] = ["plan", "-f", "vnfs.yaml"];
const APPLY: [&str; 3] = ["apply", "-f", "vnfs.yaml"];

/// The names of a run, and the ids of its two VNFDs.
struct Run<'r> {
    me: &'r Person<'r>,
    name: String,
    vnfds: [String; 2],
}

impl<'r> Run<'r> {
    /// Writes the specs `old.yaml` and `new.yaml`.
    fn new(me: &'r Person<'r>) -> Self {
        let vnfds = [0, 1].map(|_| uuid::Uuid::new_v4().to_string());
        let name = format!("planned-{}", &vnfds[0][..8]);
        let spec = include_str!("../../../examples/web.yaml")
            .replace("name: web\n", &format!("name: {name}\n"))
            .replace("flavor: m1.tiny", "flavor: lab.fake");
        for (version, (file, vnfd)) in ["old.yaml", "new.yaml"].iter().zip(&vnfds).enumerate() {
            let text = spec
                .replace("1d0f7a0e-4d1c-4c53-9d5e-2f1f0b7f6a10", vnfd)
                .replace("version: \"1.0\"", &format!("version: \"{version}.0\""));
            std::fs::write(me.home.join(file), text).unwrap();
        }
        Self { me, name, vnfds }
    }

    fn wants(&self, vnf: &str) {
        let name = &self.name;
        let text = format!(
            "apiVersion: vnfctl/v1\nkind: VnfInstances\nvnfs:\n- {{name: {name}, {vnf}}}\n"
        );
        std::fs::write(self.me.home.join("vnfs.yaml"), text).unwrap();
    }

    /// Makes sure that neither the file nor the cloud asks for anything.
    fn is_settled(&self) {
        for args in [&PLAN[..], &["drift", &self.name]] {
            self.me.does(&[args, &["--detailed-exitcode"]].concat());
        }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let [old, new] = &self.vnfds;
        for args in [
            &["terminate", &self.name, "--delete"][..],
            &["package", "delete", old],
            &["package", "delete", new],
        ] {
            let said = self.me.run(args).stderr;
            let said = String::from_utf8_lossy(&said);
            eprintln!("cleaning up, vnfctl {args:?}: {said}");
        }
    }
}

/// Deletes a server behind Tacker's back, and waits until Nova has done so.
async fn delete(target: &Target, server: &str) {
    let url = format!("{}/servers/{server}", target.service("compute"));
    let ask = async |method: Method| {
        let request = reqwest::Client::new().request(method, &url);
        let answer = request.header("X-Auth-Token", &target.token).send();
        answer.await.unwrap().status()
    };
    assert_eq!(ask(Method::DELETE).await, StatusCode::NO_CONTENT);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while ask(Method::GET).await != StatusCode::NOT_FOUND {
        assert!(tokio::time::Instant::now() < deadline, "{server} stays");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_carried_out_on_a_real_tacker() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let run = Run::new(&me);
    run.wants("package: old.yaml, size: {machines: 2}, metadata: {site: north}");
    me.does(&APPLY);
    assert_eq!(me.vnfcs(&run.name).len(), 2);
    let shown = me.json(&["show", &run.name]);
    assert_eq!(shown["metadata"], json!({"site": "north"}));
    run.is_settled();
    let top = me.json(&["top"]);
    let glances = top["vnfs"].as_array().unwrap().iter();
    let own: Vec<_> = glances.filter(|one| one["name"] == *run.name).collect();
    assert_eq!(own[0]["vnfcs"], json!({"machine": 2}), "{top}");
    assert_eq!(own[0]["operation"]["state"], "COMPLETED", "{top}");

    let resource = &shown["instantiatedVnfInfo"]["vnfcResourceInfo"][0];
    let lost = resource["computeResource"]["resourceId"].as_str().unwrap();
    delete(&real(&stage.cloud).await, lost).await;
    let drift = me.run(&["drift", &run.name, "--detailed-exitcode", "-o", "json"]);
    assert_eq!(drift.status.code(), Some(11), "{drift:?}");
    let found: Value = serde_json::from_slice(&drift.stdout).unwrap();
    assert_eq!(found[0]["what"], format!("server {lost}"), "{found}");
    me.does(&[&PLAN[..], &["--out", "heal.plan"]].concat());
    me.does(&["apply", "heal.plan"]);
    run.is_settled();
    let again = me.run(&["apply", "heal.plan"]);
    assert_eq!(again.status.code(), Some(4), "{again:?}");

    run.wants("package: new.yaml, size: {machines: 1}");
    me.does(&APPLY);
    let moved = me.json(&["show", &run.name]);
    assert_eq!(moved["id"], shown["id"]);
    assert_eq!(moved["vnfdId"], run.vnfds[1]);
    assert_eq!(me.vnfcs(&run.name).len(), 1);
    run.is_settled();
}
