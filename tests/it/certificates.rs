//! Certificates that `--ssh-ca` puts into requests, read by OpenSSH's own tool; the Tacker is
//! pretended, since only what is asked of it counts here.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::person::Person;

const VNF: &str = "0f3c5d4e-6f70-4a81-9b92-a3b4c5d6e7f8";
const API: &str = "/vnflcm/v2/vnf_instances";

/// A Tacker with one package, whose nodes are entered as `access` says, and one VNF of it.
struct Tacker {
    server: MockServer,
    keystone: MockServer,
}

impl Tacker {
    async fn with(access: Value) -> Self {
        let server = MockServer::start().await;
        let keystone = crate::keys::keystone(&server.uri(), "http://127.0.0.1:9").await;
        let tacker = Self { server, keystone };
        let package = json!({"id": "p1", "onboardingState": "ONBOARDED", "operationalState": "ENABLED",
            "usageState": "IN_USE", "vnfdId": "d1", "vnfProductName": "edge"});
        let vnf = json!({"id": VNF, "vnfInstanceName": "edge1", "vnfdId": "d1",
            "instantiationState": "INSTANTIATED", "instantiatedVnfInfo": {"flavourId": "simple",
                "scaleStatus": [{"aspectId": "worker", "scaleLevel": 0}],
                "maxScaleLevels": [{"aspectId": "worker", "scaleLevel": 3}]}});
        let cluster = json!({"access": access, "vdus": {}});
        tacker
            .answers("/vnfpkgm/v1/vnf_packages", json!([package]))
            .await;
        tacker.answers("/vnfpkgm/v1/vnf_packages/p1", package).await;
        let file = "/vnfpkgm/v1/vnf_packages/p1/artifacts/Scripts/cluster.yaml";
        tacker.answers(file, cluster).await;
        tacker.answers(API, json!([vnf])).await;
        tacker.answers(&format!("{API}/{VNF}"), vnf).await;
        tacker
            .answers("/vnflcm/v2/vnf_lcm_op_occs", json!([]))
            .await;
        tacker
            .answers(
                "/v1.0/vims",
                json!({"vims": [{"id": "v", "name": "v", "type": "openstack",
            "auth_url": "http://k", "is_default": true}]}),
            )
            .await;
        let created = json!({"id": VNF, "vnfdId": "d1", "instantiationState": "NOT_INSTANTIATED"});
        tacker.takes(API, 201, created).await;
        for operation in ["instantiate", "scale", "heal"] {
            tacker
                .takes(&format!("{API}/{VNF}/{operation}"), 202, json!({}))
                .await;
        }
        tacker
    }

    async fn answers(&self, at: &str, body: Value) {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        let mock = Mock::given(method("GET")).and(path(at));
        mock.respond_with(answer).mount(&self.server).await;
    }

    async fn takes(&self, at: &str, status: u16, body: Value) {
        let location = format!("{}/vnflcm/v2/vnf_lcm_op_occs/op1", self.server.uri());
        let answer = ResponseTemplate::new(status).insert_header("Location", location);
        let mock = Mock::given(method("POST")).and(path(at));
        mock.respond_with(answer.set_body_json(body))
            .mount(&self.server)
            .await;
    }

    fn person(&self, agent: Option<&Path>) -> Person {
        let mut env = crate::keys::account(&self.keystone);
        let socket = agent.map_or_else(String::new, |path| path.display().to_string());
        env.push(("SSH_AUTH_SOCK", socket));
        Person::with(env)
    }

    /// What was asked of the operation, once.
    async fn asked(&self, operation: &str) -> Value {
        let requests = self.server.received_requests().await.unwrap();
        let end = format!("/{operation}");
        let mut bodies = requests
            .iter()
            .filter(|one| one.method.as_str() == "POST" && one.url.path().ends_with(&end))
            .map(|one| serde_json::from_slice(&one.body).unwrap());
        let body = bodies.next().unwrap();
        assert!(bodies.next().is_none(), "asked twice");
        body
    }

    async fn asked_nothing(&self) -> bool {
        let requests = self.server.received_requests().await.unwrap();
        !requests.iter().any(|one| one.method.as_str() == "POST")
    }
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a key pair with OpenSSH's own tool, and returns its public line.
fn key(folder: &Path, name: &str, kind: &str, passphrase: &str) -> String {
    let file = folder.join(name);
    let file = file.to_str().unwrap();
    run(
        "ssh-keygen",
        &["-q", "-t", kind, "-N", passphrase, "-C", name, "-f", file],
    );
    std::fs::read_to_string(format!("{file}.pub"))
        .unwrap()
        .trim()
        .to_owned()
}

/// A folder with an authority `ca` and the key `nodes`, and their public lines.
fn keys(kind: &str, passphrase: &str) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let authority = key(folder.path(), "ca", kind, passphrase);
    let public = key(folder.path(), "nodes", "ed25519", "");
    (folder, authority, public)
}

/// What ssh-keygen reads in a certificate, line by line.
fn shown(folder: &Path, certificate: &Value) -> Vec<String> {
    let file = folder.join("shown-cert.pub");
    std::fs::write(&file, certificate.as_str().unwrap()).unwrap();
    let said = run("ssh-keygen", &["-L", "-f", file.to_str().unwrap()]);
    said.lines().map(|line| line.trim().to_owned()).collect()
}

fn fingerprint(folder: &Path, name: &str) -> String {
    let file = folder.join(format!("{name}.pub"));
    let said = run("ssh-keygen", &["-l", "-f", file.to_str().unwrap()]);
    said.split_whitespace().nth(1).unwrap().to_owned()
}

/// The seconds between a certificate's beginning and end, and from now until its end.
fn lasts(lines: &[String]) -> (i64, i64) {
    let valid = lines
        .iter()
        .find(|line| line.starts_with("Valid: from"))
        .unwrap();
    let words: Vec<&str> = valid.split_whitespace().collect();
    // ssh-keygen shows local time, and `run` has it be UTC.
    let second = |text: &str| {
        let time: jiff::Timestamp = format!("{text}Z").parse().unwrap();
        time.as_second()
    };
    let (from, to) = (second(words[2]), second(words[4]));
    (to - from, to - jiff::Timestamp::now().as_second())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_brings_a_certificate_of_its_own() {
    let (folder, authority, public) = keys("ed25519", "");
    let folder = folder.path();
    let access = json!({"user": "debian", "publicKey": public, "certificateAuthority": authority});
    let tacker = Tacker::with(access).await;
    let me = tacker.person(None);
    let ca = folder.join("ca");
    let ca = ca.to_str().unwrap();
    let sign = |rest: &[&str]| me.does(&[rest, &["--no-wait", "--ssh-ca", ca]].concat());
    sign(&[
        "instantiate",
        "edge",
        "--name",
        "new",
        "--skip-checks",
        "--set",
        "a=b",
    ]);
    sign(&[
        "scale",
        "edge1",
        "--out",
        "1",
        "--ssh-cert-lifetime",
        "1h",
        "--set",
        "c=d",
    ]);
    sign(&["heal", "edge1", "--all"]);

    for (operation, name, lifetime) in [
        ("instantiate", "new", 15 * 60),
        ("scale", "edge1", 60 * 60),
        ("heal", "edge1", 15 * 60),
    ] {
        let request = tacker.asked(operation).await;
        let lines = shown(folder, &request["additionalParams"]["sshCertificate"]);
        let has = |line: &str| assert!(lines.iter().any(|one| one == line), "{line}: {lines:#?}");
        has("Type: ssh-ed25519-cert-v01@openssh.com user certificate");
        has(&format!(
            "Public key: ED25519-CERT {}",
            fingerprint(folder, "nodes")
        ));
        has(&format!(
            "Signing CA: ED25519 {} (using ssh-ed25519)",
            fingerprint(folder, "ca")
        ));
        has(&format!("Key ID: \"vnfctl {operation} {name} ({VNF})\""));
        has(&format!("vnf-{VNF}"));
        has("Critical Options: (none)");
        has("Extensions: (none)");
        let (whole, left) = lasts(&lines);
        assert_eq!(whole, lifetime + 60, "{lines:#?}");
        assert!(
            (lifetime - 30..=lifetime).contains(&left),
            "{left} s: {lines:#?}"
        );
    }
    // Beside the certificate stands what the person sets, and what the operation needs.
    assert_eq!(
        tacker.asked("instantiate").await["additionalParams"]["a"],
        "b"
    );
    assert_eq!(tacker.asked("scale").await["additionalParams"]["c"], "d");
    assert_eq!(tacker.asked("heal").await["additionalParams"]["all"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nodes_would_refuse_is_not_made() {
    let (folder, authority, public) = keys("ed25519", "");
    let folder = folder.path();
    key(folder, "other", "ecdsa", "");
    key(folder, "old", "rsa", "");
    let trusting =
        json!({"user": "debian", "publicKey": public, "certificateAuthority": authority});
    for (access, ca, words) in [
        (
            json!({"user": "debian", "publicKey": public}),
            "ca",
            "without access.certificateAuthority",
        ),
        (
            json!({"user": "debian", "certificateAuthority": authority}),
            "ca",
            "which key is to be certified",
        ),
        (trusting.clone(), "other", "another certificate authority"),
        (trusting.clone(), "old", "is an RSA key"),
        (trusting, "nothing", "cannot read"),
    ] {
        let tacker = Tacker::with(access).await;
        let me = tacker.person(None);
        let ca = folder.join(ca);
        let said = me.fails(
            2,
            &[
                "scale",
                "edge1",
                "--out",
                "--no-wait",
                "--ssh-ca",
                ca.to_str().unwrap(),
            ],
        );
        assert!(said.contains(words), "{words}: {said}");
        assert!(tacker.asked_nothing().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifetime_is_some_time_and_a_day_at_most() {
    let me = Person::with(vec![]);
    for (lifetime, words) in [
        ("0", "must last some time"),
        ("25h", "a day at most"),
        ("soon", "is not a time"),
    ] {
        let args = [
            "heal",
            "x",
            "--ssh-ca",
            "ca",
            "--ssh-cert-lifetime",
            lifetime,
        ];
        let said = me.fails(2, &args);
        assert!(said.contains(words), "{said}");
    }
    me.fails(2, &["heal", "x", "--ssh-cert-lifetime", "5m"]);
}

/// An ssh-agent that ends with the test.
struct Agent(std::process::Child, tempfile::TempDir);

impl Agent {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        let child = Command::new("ssh-agent")
            .args(["-D", "-a", socket.to_str().unwrap()])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !socket.exists() {
            assert!(std::time::Instant::now() < deadline, "no ssh-agent");
            std::thread::yield_now();
        }
        Self(child, folder)
    }

    fn socket(&self) -> std::path::PathBuf {
        self.1.path().join("agent")
    }

    /// Adds a key whose passphrase is `passphrase`.
    fn add(&self, file: &Path, passphrase: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let asked = self.1.path().join("asked");
        std::fs::write(&asked, format!("#!/bin/sh\necho '{passphrase}'\n")).unwrap();
        std::fs::set_permissions(&asked, std::fs::Permissions::from_mode(0o700)).unwrap();
        let added = Command::new("ssh-add")
            .arg(file)
            .env("SSH_AUTH_SOCK", self.socket())
            .env("SSH_ASKPASS", &asked)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .output()
            .unwrap();
        assert!(added.status.success(), "{added:?}");
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[rstest::rstest]
#[case::protected_ed25519("ed25519", "ca", "ED25519", "ssh-ed25519")]
#[case::public_half_of_an_ecdsa("ecdsa", "ca.pub", "ECDSA", "ecdsa-sha2-nistp256")]
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_with_a_passphrase_signs_through_the_agent(
    #[case] kind: &str,
    #[case] file: &str,
    #[case] called: &str,
    #[case] algorithm: &str,
) {
    let (folder, authority, public) = keys(kind, "correct horse");
    let folder = folder.path();
    let access = json!({"user": "debian", "publicKey": public, "certificateAuthority": authority});
    let tacker = Tacker::with(access).await;
    let ca = folder.join(file);
    let scale = [
        "scale",
        "edge1",
        "--out",
        "--no-wait",
        "--ssh-ca",
        ca.to_str().unwrap(),
    ];

    let said = tacker.person(None).fails(2, &scale);
    assert!(said.contains("there is no SSH_AUTH_SOCK"), "{said}");
    let agent = Agent::start();
    let me = tacker.person(Some(&agent.socket()));
    let said = me.fails(2, &scale);
    assert!(
        said.contains("ssh-agent does not have the key of"),
        "{said}"
    );
    assert!(tacker.asked_nothing().await);

    agent.add(&folder.join("ca"), "correct horse");
    me.does(&scale);
    let request = tacker.asked("scale").await;
    let lines = shown(folder, &request["additionalParams"]["sshCertificate"]);
    let by = format!(
        "Signing CA: {called} {} (using {algorithm})",
        fingerprint(folder, "ca")
    );
    assert!(lines.contains(&by), "{by}: {lines:#?}");
}
