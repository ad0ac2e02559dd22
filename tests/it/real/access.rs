//! How the management driver gets into the nodes on a real Tacker, and that what it gets in with
//! is nowhere to be read.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use super::lab::{self, CLUSTER, Sweep, agrees, end, machines, nodes, on, onboard, stops};
use super::{Person, cloud};
use crate::contract::target::{Target, real};

/// Runs what asks a service.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// The part of a private key's file that holds its secret number.
fn secret_part(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().nth(4).unwrap();
    line[..40].to_owned()
}

/// Puts a text into Barbican and returns the secret's address.
async fn store(target: &Target, name: &str, payload: &str) -> String {
    let url = format!("{}/v1/secrets", target.service("key-manager"));
    let body = json!({"name": name, "payload": payload, "secret_type": "private",
        "payload_content_type": "text/plain"});
    let answer = reqwest::Client::new()
        .post(url)
        .header("X-Auth-Token", &target.token)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let body: Value = answer.json().await.unwrap();
    body["secret_ref"].as_str().unwrap().to_owned()
}

/// The lab's private key in Barbican, under a name of its own.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) address: String,
    target: Target,
}

impl Stored {
    pub(super) fn of_the_lab(cloud: &str) -> Self {
        let target = wait(real(cloud));
        let name = format!("key-{}", uuid::Uuid::new_v4().simple());
        let key = std::fs::read_to_string(lab::folder().join("data/userKey")).unwrap();
        let address = wait(store(&target, &name, &key));
        Self {
            name,
            address,
            target,
        }
    }

    pub(super) fn delete(&self) {
        wait(delete(&self.target, &self.address));
    }
}

async fn delete(target: &Target, url: &str) {
    let request = reqwest::Client::new().delete(url);
    let answer = request.header("X-Auth-Token", &target.token).send().await;
    assert_eq!(answer.unwrap().status(), 204);
}

/// What Heat tells of the cluster's stack.
async fn told_by_heat(target: &Target, vnf: &str) -> String {
    let base = format!("{}/stacks/vnf-{vnf}", target.service("orchestration"));
    let mut told = String::new();
    for part in ["", "/resources?nested_depth=3", "/events?nested_depth=3"] {
        let request = reqwest::Client::new().get(format!("{base}{part}"));
        let answer = request.header("X-Auth-Token", &target.token).send().await;
        let answer = answer.unwrap();
        let url = answer.url().to_string();
        assert_eq!(answer.status(), 200, "{url}");
        told += &answer.text().await.unwrap();
        if part.is_empty() {
            for more in ["template", "environment", "files"] {
                let request = reqwest::Client::new().get(format!("{url}/{more}"));
                let answer = request.header("X-Auth-Token", &target.token).send().await;
                told += &answer.unwrap().text().await.unwrap();
            }
        }
    }
    told
}

/// Looks at the arguments and environments of all processes, those in servers included, until told
/// to stop; returns those with the secret.
fn watch(secret: &str, stop: &AtomicBool) -> Vec<String> {
    let mut found = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            for file in ["cmdline", "environ"] {
                // A process may end while it is looked at.
                let bytes = std::fs::read(process.path().join(file)).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                if text.contains(secret) {
                    found.push(text.into_owned());
                }
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    found
}

#[test]
fn a_key_in_barbican_opens_the_nodes_and_is_nowhere_else_on_a_real_tacker() {
    let Some(cloud) = cloud() else { return };
    if !nodes() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let me = Person {
        cloud: &cloud,
        home: home.path(),
    };
    let key = lab::folder().join("data/userKey");
    let secret = secret_part(&key);
    let stored = Stored::of_the_lab(&cloud);
    let file = format!("keyFile: {}", key.display());
    let archive = onboard(&me, &[(&file, &format!("keySecret: {}", stored.name))]);
    let _sweep = Sweep(&me);

    let stop = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&secret, &stop));
        let output = me.run(&[
            "instantiate",
            CLUSTER,
            "--name",
            CLUSTER,
            "--flavour",
            "simple",
        ]);
        stop.store(true, Ordering::Relaxed);
        let seen = watching.join().unwrap();
        assert!(output.status.success(), "{output:?}");
        seen
    });
    assert_eq!(seen, Vec::<String>::new());
    // Without parameters: the VNF remembers under which UUID the key is.
    me.does(&["scale", CLUSTER, "--out", "1"]);
    agrees(&me, 1, 2);

    let shown = me.json(&["show", CLUSTER]);
    let remembered = &shown["instantiatedVnfInfo"]["metadata"]["vnfctlSshKeySecret"];
    assert!(
        stored.address.ends_with(remembered.as_str().unwrap()),
        "{shown}"
    );
    let vnf = shown["id"].as_str().unwrap();
    let mut places = vec![
        ("the VNF".to_owned(), shown.to_string()),
        ("Heat".to_owned(), wait(told_by_heat(&stored.target, vnf))),
        ("the databases".to_owned(), databases()),
    ];
    for op in me.json(&["op", "list", CLUSTER]).as_array().unwrap() {
        let shown = me.json(&["op", "show", op["id"].as_str().unwrap()]);
        places.push(("an operation".to_owned(), shown.to_string()));
    }
    for machine in machines() {
        let kept = "sudo sh -c 'cat /var/log/vnfctl-node.log /opt/vnfctl/*; journalctl --no-pager'";
        places.push((machine.clone(), on(&machine, kept)));
    }
    for file in std::fs::read_dir(lab::folder().join("log")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            places.push((path.display().to_string(), text));
        }
    }
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let text = std::io::read_to_string(&mut entry).unwrap();
        places.push((entry.name().unwrap().into_owned(), text));
    }
    for (place, text) in &places {
        assert!(
            !text.is_empty() || place.ends_with(".out"),
            "{place} is empty"
        );
        assert!(!text.contains(&secret), "{place} has the private key");
    }

    end(&me);
    stored.delete();
}

/// All that the lab's databases hold, Tacker's, Heat's and Barbican's among them.
fn databases() -> String {
    let settings = lab::folder().join("etc/mariadb-client.cnf");
    let output = Command::new("mariadb-dump")
        .arg(format!("--defaults-file={}", settings.display()))
        .args(["--all-databases", "--single-transaction"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("vnfctlHostKeys"), "Tacker's is not there");
    text
}

fn keygen(args: &[&str]) {
    let output = Command::new("ssh-keygen").args(args).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn nodes_open_to_a_certificate_of_minutes_only_on_a_real_tacker() {
    let Some(cloud) = cloud() else { return };
    if !nodes() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let me = Person {
        cloud: &cloud,
        home: home.path(),
    };
    let authority = home.path().join("ca");
    let authority = authority.to_str().unwrap();
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f", authority]);
    let public = std::fs::read_to_string(format!("{authority}.pub")).unwrap();
    let trusted = format!("certificateAuthority: {}\n  keyFile:", public.trim());
    onboard(&me, &[("keyFile:", &trusted)]);
    let _sweep = Sweep(&me);

    let instantiate = [
        "instantiate",
        CLUSTER,
        "--name",
        CLUSTER,
        "--flavour",
        "single",
    ];
    let words = stops(&me, &instantiate);
    assert!(
        words.contains("has no additionalParams.sshCertificate"),
        "{words}"
    );
    me.does(&["op", "rollback", &lab::stopped(&me)]);

    let vnf = me.json(&["show", CLUSTER])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let public = home.path().join("key.pub");
    std::fs::copy(lab::folder().join("data/userKey.pub"), &public).unwrap();
    let principal = format!("vnf-{vnf}");
    let public = public.to_str().unwrap();
    let target = wait(real(&cloud));
    let path = format!("/vnflcm/v2/vnf_instances/{vnf}/instantiate");
    let instantiate_with = |validity: &str| {
        keygen(&[
            "-q", "-s", authority, "-I", "test", "-n", &principal, "-V", validity, public,
        ]);
        let certificate = std::fs::read_to_string(home.path().join("key-cert.pub")).unwrap();
        let request = json!({"flavourId": "single",
            "additionalParams": {"sshCertificate": certificate.trim()}});
        let answer = wait(target.v2(Method::POST, &path).json(&request).send()).unwrap();
        assert_eq!(answer.status(), 202);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        location.rsplit('/').next().unwrap().to_owned()
    };
    let expired = instantiate_with("-30m:-5m");
    let words = stops(&me, &["op", "wait", &expired]);
    assert!(
        words.contains("the request's certificate ended at"),
        "{words}"
    );
    assert!(
        words.contains("a retry repeats the request with the same certificate"),
        "{words}"
    );
    me.does(&["op", "rollback", &expired]);
    me.does(&["op", "wait", &instantiate_with("-1m:+15m")]);

    // The lab's own way in is the same key, without a certificate.
    let machine = machines().remove(0);
    let refused = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab"))
        .args(["ssh", &machine, "true"])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(words.contains("Permission denied"), "{words}");

    end(&me);
}
