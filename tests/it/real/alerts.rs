//! A cluster on a real Tacker that heals and scales itself by the rules that `vnfctl` writes: a dead
//! worker is replaced and the cluster sized by real Prometheus and Alertmanager, with nobody there.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::access::{Stored, wait};
use super::exporter::Exporter;
use super::lab::{self, CLUSTER, Sweep, agrees, end, machines_of, onboard};
use super::{Person, Stage};

const PROMETHEUS: &str = "http://127.0.0.1:9090";
const ALERTMANAGER: &str = "http://127.0.0.1:9093";
/// Longer than a node takes to be NotReady, an alert to be told and Tacker to gather VNFCs to heal.
const UNTIL_BEGUN: Duration = Duration::from_secs(120);
const UNTIL_OVER: Duration = Duration::from_secs(60);

fn operations(me: &Person<'_>) -> Vec<Value> {
    let listed = me.json(&["op", "list", CLUSTER]);
    listed.as_array().unwrap().clone()
}

/// Changes something and waits for the end of the operation that Tacker then begins by itself, which
/// must be of this kind and have no parameters of its own.
fn sets_off(me: &Person<'_>, kind: &str, change: impl FnOnce()) -> Value {
    let id = |op: &Value| op["id"].as_str().unwrap().to_owned();
    let before: BTreeSet<_> = operations(me).iter().map(id).collect();
    change();
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
        let alerts = asked("alerts");
        assert!(Instant::now() < deadline, "no {kind}; alerts: {alerts}");
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(begun["operation"], kind);
    me.does(&["op", "wait", &id(&begun)]);
    let shown = me.json(&["op", "show", &id(&begun)]);
    assert_eq!(shown["operationState"], "COMPLETED", "{shown}");
    assert_eq!(shown["isAutomaticInvocation"], true, "{shown}");
    let parameters = &shown["operationParams"]["additionalParams"];
    assert!(parameters.is_null(), "{shown}");
    shown
}

/// Asks Prometheus.
fn asked(what: &str) -> Value {
    let url = format!("{PROMETHEUS}/api/v1/{what}");
    wait(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
}

/// Waits until no alert for Tacker is pending or firing.
fn calm() {
    let deadline = Instant::now() + UNTIL_OVER;
    loop {
        let alerts = asked("alerts");
        let alerts = alerts["data"]["alerts"].as_array().unwrap().clone();
        if !alerts
            .iter()
            .any(|one| one["labels"]["receiver_type"] == "tacker")
        {
            return;
        }
        assert!(Instant::now() < deadline, "still there: {alerts:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn reload(service: &str) -> Result<(), reqwest::Error> {
    let request = reqwest::Client::new().post(format!("{service}/-/reload"));
    wait(async { request.send().await?.error_for_status() }).map(drop)
}

/// The lab's Alertmanager with the configuration that `vnfctl` prints; its own comes back.
struct Monitoring {
    alertmanager: PathBuf,
    before: String,
    rules: PathBuf,
}

impl Monitoring {
    fn with(printed: &str) -> Self {
        let alertmanager = lab::folder().join("etc/monitoring/alertmanager.yml");
        let before = std::fs::read_to_string(&alertmanager).unwrap();
        std::fs::write(&alertmanager, printed).unwrap();
        let made = Self {
            alertmanager,
            before,
            rules: lab::folder().join("monitoring/rules"),
        };
        reload(ALERTMANAGER).unwrap();
        made
    }

    fn rule_files(&self) -> Vec<PathBuf> {
        let all = std::fs::read_dir(&self.rules).unwrap();
        let all = all.map(|entry| entry.unwrap().path());
        all.filter(|path| path.to_string_lossy().contains(CLUSTER))
            .collect()
    }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        std::fs::write(&self.alertmanager, &self.before).unwrap();
        for file in self.rule_files() {
            std::fs::remove_file(file).unwrap();
        }
        for service in [ALERTMANAGER, PROMETHEUS] {
            if let Err(error) = reload(service) {
                eprintln!("cleaning up: {error}");
            }
        }
    }
}

#[test]
fn a_cluster_heals_and_scales_itself_by_written_rules_on_a_real_tacker() {
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
    let monitoring = Monitoring::with(&me.does(&["autoheal", "alertmanager"]));
    let exporter = Exporter::of(machines_of("control-plane").remove(0));
    let rules = monitoring.rules.to_str().unwrap();
    let size = "--max 2 --metric memory --out-above 80 --in-below 30 --stabilization 8s";
    for (verb, more) in [("autoheal", ""), ("autoscale", size)] {
        assert_eq!(me.does(&[verb, "status", CLUSTER]), "disabled\n");
        let mut args = vec![verb, "enable", CLUSTER, "--rules", rules, "--for", "4s"];
        args.extend(more.split_whitespace());
        me.does(&args);
        let status = me.does(&[verb, "status", CLUSTER, "--rules", rules]);
        assert!(status.starts_with("enabled\n"), "{status}");
    }
    reload(PROMETHEUS).unwrap();

    let worker = machines_of("worker").remove(0);
    let shown = sets_off(&me, "HEAL", || {
        lab::lab(&["fault", "server-dead", &worker]);
    });
    let healed = agrees(&me, 1, 1);
    assert_eq!(healed.names, made.names, "a healed node keeps its name");
    let replaced: Vec<_> = made.servers.difference(&healed.servers).collect();
    let vnfc = format!("worker-{}", replaced[0]);
    assert_eq!(replaced.len(), 1, "{replaced:?}");
    assert_eq!(shown["operationParams"]["vnfcInstanceId"], json!([vnfc]));
    calm();

    let step = |way: &str, shown: &Value| {
        assert_eq!(shown["operationParams"]["type"], way, "{shown}");
        assert_eq!(shown["operationParams"]["aspectId"], "workers", "{shown}");
    };
    step("SCALE_OUT", &sets_off(&me, "SCALE", || exporter.load(95)));
    agrees(&me, 1, 2);
    // At the most there is nothing left to ask for, whatever the load.
    calm();
    step("SCALE_IN", &sets_off(&me, "SCALE", || exporter.load(10)));
    agrees(&me, 1, 1);
    calm();

    // By the rules of the beginning, which fit what is there now; and once each.
    for verb in ["autoheal", "autoscale"] {
        let status = me.does(&[verb, "status", CLUSTER, "--rules", rules]);
        assert!(status.ends_with("the rules fit the VNF\n"), "{status}");
        me.does(&[verb, "disable", CLUSTER, "--rules", rules]);
    }
    assert_eq!(monitoring.rule_files(), Vec::<PathBuf>::new());
    let mut kinds: Vec<_> = operations(&me)
        .iter()
        .map(|op| op["operation"].as_str().unwrap().to_owned())
        .filter(|kind| kind != "MODIFY_INFO")
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["HEAL", "INSTANTIATE", "SCALE", "SCALE"]);

    end(&me);
}
