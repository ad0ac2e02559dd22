//! How the management driver gets into the nodes on a real Tacker, and that what it gets in with
//! is nowhere to be read.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use super::lab::{self, CLUSTER, Sweep, end, machines, on, onboard};
use super::{Person, Stage};
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

/// The lab's private key in Barbican, under a name of its own.
pub(super) struct Stored {
    pub(super) name: String,
    /// The secret's address.
    address: String,
    /// A part of the key that nobody else may have.
    secret: String,
    target: Target,
}

impl Stored {
    pub(super) fn new(cloud: &str) -> Self {
        let target = wait(real(cloud));
        let file = lab::folder().join("data/userKey");
        let name = format!("key-{}", uuid::Uuid::new_v4().simple());
        let address = wait(store(
            &target,
            &name,
            &std::fs::read_to_string(&file).unwrap(),
        ));
        Self {
            name,
            address,
            secret: secret_part(&file),
            target,
        }
    }

    /// Does something while all processes are watched, none of which may show the key.
    pub(super) fn unseen<T: Send>(&self, work: impl FnOnce() -> T) -> T {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| watch(&self.secret, &stop));
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            stop.store(true, Ordering::Relaxed);
            assert_eq!(watching.join().unwrap(), Vec::<String>::new());
            done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Asserts that the VNF remembers the secret, and that the key is nowhere to be read.
    pub(super) fn is_nowhere_else(&self, me: &Person<'_>, archive: &Path) {
        let shown = me.json(&["show", CLUSTER]);
        let remembered = &shown["instantiatedVnfInfo"]["metadata"]["vnfctlSshKeySecret"];
        assert!(self.address.ends_with(remembered.as_str().unwrap()));
        let vnf = shown["id"].as_str().unwrap();
        let mut places = vec![
            ("the VNF".to_owned(), shown.to_string()),
            ("Heat".to_owned(), wait(told_by_heat(&self.target, vnf))),
            ("the databases".to_owned(), databases()),
        ];
        for op in me.json(&["op", "list", CLUSTER]).as_array().unwrap() {
            let shown = me.json(&["op", "show", op["id"].as_str().unwrap()]);
            places.push(("an operation".to_owned(), shown.to_string()));
        }
        for machine in machines() {
            let kept = "sudo sh -c 'cat /var/log/vnfctl-node.log /opt/vnfctl/*; journalctl'";
            places.push((machine.clone(), on(&machine, kept)));
        }
        places.extend(files_of(archive));
        for (place, text) in &places {
            assert!(!text.is_empty(), "nothing was read of {place}");
        }
        places.extend(logs());
        for (place, text) in &places {
            assert!(!text.contains(&self.secret), "{place} has the private key");
        }
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let request = reqwest::Client::new().delete(&self.address);
        let request = request.header("X-Auth-Token", &self.target.token);
        let gone = wait(request.send()).map(|answer| answer.status());
        if !std::thread::panicking() {
            assert_eq!(gone.unwrap(), 204);
        }
    }
}

/// The files of a package.
fn files_of(archive: &Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).unwrap();
            let text = std::io::read_to_string(&mut entry).unwrap();
            (entry.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// The logs of the lab's daemons.
fn logs() -> Vec<(String, String)> {
    let folder = std::fs::read_dir(lab::folder().join("log")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (path.display().to_string(), text)
        })
        .collect()
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
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let authority = me.home.join("ca");
    let authority = authority.to_str().unwrap();
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f", authority]);
    let public = std::fs::read_to_string(format!("{authority}.pub")).unwrap();
    let trusted = format!("certificateAuthority: {}\n  keyFile:", public.trim());
    onboard(&me, &[("keyFile:", &trusted)]);
    let _sweep = Sweep(&me);

    let target = wait(real(me.cloud));
    if me.json(&["vim", "list"]).as_array().unwrap().is_empty() {
        me.does(&["vim", "add", "nfv-default", "--default"]);
    }
    let vnfd = &me.json(&["package", "show", CLUSTER])["vnfdId"];
    let wanted = json!({"vnfdId": vnfd, "vnfInstanceName": CLUSTER});
    let instances = "/vnflcm/v2/vnf_instances";
    let made = wait(target.v2(Method::POST, instances).json(&wanted).send()).unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = wait(made.json()).unwrap();
    let vnf = made["id"].as_str().unwrap();
    let public = me.home.join("key.pub");
    std::fs::copy(lab::folder().join("data/userKey.pub"), &public).unwrap();
    let principal = format!("vnf-{vnf}");
    let public = public.to_str().unwrap();
    let instantiate_with = |validity: &str| {
        keygen(&[
            "-q", "-s", authority, "-I", "test", "-n", &principal, "-V", validity, public,
        ]);
        let certificate = std::fs::read_to_string(me.home.join("key-cert.pub")).unwrap();
        let request = json!({"flavourId": "single",
            "additionalParams": {"sshCertificate": certificate.trim()}});
        let path = format!("{instances}/{vnf}/instantiate");
        let answer = wait(target.v2(Method::POST, &path).json(&request).send()).unwrap();
        assert_eq!(answer.status(), 202);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        location.rsplit('/').next().unwrap().to_owned()
    };
    let expired = instantiate_with("-30m:-5m");
    let words = lab::stops(&me, &["op", "wait", &expired]);
    for part in [
        "the request's certificate ended at",
        "a retry repeats the request with the same certificate",
    ] {
        assert!(words.contains(part), "{words}");
    }
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
