//! Requests in one's own words, and exchanges told of: neither shows a secret.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::process::Output;

use serde_json::{Value, json};
use vnfctl::sandbox::{Options, Sandbox};
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::person::Person;

const TOKEN: &str = "a-token-that-nobody-may-see";
const PASSWORD: &str = "a-password-that-nobody-may-see";

/// A Keystone and a Tacker in one, and somebody who has an account there.
pub(crate) async fn world() -> (MockServer, Person) {
    let server = MockServer::start().await;
    let catalog = json!([{"type": "nfv-orchestration", "endpoints": [
        {"interface": "public", "region": "R", "url": server.uri()}]}]);
    let body = json!({"token": {"expires_at": "2099-01-01T00:00:00Z", "catalog": catalog}});
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("X-Subject-Token", TOKEN)
                .set_body_json(body),
        )
        .mount(&server)
        .await;
    let me = Person::with(vec![
        ("OS_AUTH_URL", format!("{}/v3", server.uri())),
        ("OS_USERNAME", "u".into()),
        ("OS_PASSWORD", PASSWORD.into()),
        ("OS_PROJECT_NAME", "p".into()),
    ]);
    (server, me)
}

fn words(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_sent_as_it_is_worded() {
    let (server, me) = world().await;
    let asked = json!({"callbackUri": "http://192.0.2.1/"});
    Mock::given(method("POST"))
        .and(path("/vnflcm/v2/subscriptions"))
        .and(header("Version", "2.0.0"))
        .and(header("X-Auth-Token", TOKEN))
        .and(body_json(&asked))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("x-openstack-request-id", "req-1")
                .set_body_json(json!({"id": "s"})),
        )
        .expect(3)
        .mount(&server)
        .await;
    let post = ["api", "post", "/vnflcm/v2/subscriptions"];
    let text = asked.to_string();
    let answer = me.does(&[&post[..], &["--data", &text]].concat());
    assert_eq!(answer, "{\"id\":\"s\"}\n");
    std::fs::write(me.home().join("asked.json"), &text).unwrap();
    let answer = me.does(&[&post[..], &["-f", "asked.json", "-i"]].concat());
    assert!(answer.starts_with("201 Created\n"), "{answer}");
    assert!(
        answer.contains("x-openstack-request-id: req-1\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\n\n{\"id\":\"s\"}\n"), "{answer}");
    let output = me.run(&[&post[..], &["--data", &text, "-i", "-vv"]].concat());
    let (stdout, stderr) = words(&output);
    for secret in [TOKEN, PASSWORD] {
        assert!(
            !stdout.contains(secret) && !stderr.contains(secret),
            "{stderr}"
        );
    }
    let words = me.fails(2, &[&post[..], &["--data", "{"]].concat());
    assert!(words.contains("is not JSON; nothing was sent"), "{words}");
    let words = me.fails(2, &["api", "GET", "http://elsewhere/"]);
    assert!(words.contains("no path at Tacker"), "{words}");
    me.fails(3, &[&post[..], &["-f", "missing.json"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_and_other_bytes_pass_as_they_are() {
    let (server, me) = world().await;
    Mock::given(path("/vnffm/v1/alarms"))
        .and(header("Version", "9.9.9"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(vec![0, 255, 10, 7], "application/zip"),
        )
        .mount(&server)
        .await;
    let output = me.run(&["api", "GET", "/vnffm/v1/alarms", "--version", "9.9.9"]);
    assert_eq!(output.stdout, [0, 255, 10, 7]);
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_tells_of_the_status_and_the_answer_is_printed() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    assert_eq!(me.does(&["api", "GET", "/vnflcm/v2/vnf_instances"]), "[]\n");
    let missing = ["api", "GET", "/vnflcm/v2/vnf_instances/none"];
    let output = me.run(&missing);
    assert_eq!(output.status.code(), Some(3));
    let (stdout, stderr) = words(&output);
    let problem: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(problem["status"], 404);
    assert!(stderr.contains("answered 404"), "{stderr}");
    me.fails(
        2,
        &["api", "POST", "/vnflcm/v2/vnf_instances", "--data", "{}"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanges_are_told_of_without_their_secrets() {
    let (server, me) = world().await;
    let vim = json!({"id": "v", "name": "site", "type": "openstack", "auth_url": "http://k/v3",
        "auth_cred": {"username": "u", "password": PASSWORD}});
    Mock::given(method("POST"))
        .and(path("/v1.0/vims"))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("x-openstack-request-id", "req-7")
                .set_body_json(json!({"vim": vim})),
        )
        .mount(&server)
        .await;
    let quiet = me.run(&["vim", "add", "site"]);
    assert_eq!(words(&quiet).1, "");
    let (_, told) = words(&me.run(&["vim", "add", "site", "-v"]));
    let line = format!("POST {}/v1.0/vims: 201 Created, ", server.uri());
    assert!(told.contains(&line) && told.contains(" ms req-7"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    std::fs::remove_dir_all(me.home().join(".cache")).unwrap();
    let (_, told) = words(&me.run(&["-vv", "vim", "add", "site"]));
    assert!(told.contains("/v3: logged in, "), "{told}");
    assert!(told.contains("\"auth_cred\":\"***\""), "{told}");
    assert!(told.contains("\"name\":\"site\""), "{told}");
    assert!(!told.contains(PASSWORD) && !told.contains(TOKEN), "{told}");
}

#[test]
fn a_login_that_fails_is_told_of_too() {
    // Nobody listens any more where this one did.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let me = Person::with(vec![
        ("OS_AUTH_URL", format!("http://{address}/v3")),
        ("OS_USERNAME", "u".into()),
        ("OS_PASSWORD", PASSWORD.into()),
        ("OS_PROJECT_NAME", "p".into()),
    ]);
    let told = me.fails(6, &["list", "-vv"]);
    assert!(told.contains("/v3: not logged in, "), "{told}");
    assert!(!told.contains(PASSWORD), "{told}");
}
