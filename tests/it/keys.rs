//! Key pairs whose private half goes into Barbican: on a pretended one, and on the lab's.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use serde_json::{Value, json};
use vnfctl::sandbox::{Options, Sandbox};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::person::Person;

/// A Keystone whose catalog has Tacker and Barbican.
pub(crate) async fn keystone(tacker: &str, barbican: &str) -> MockServer {
    let services = [("nfv-orchestration", tacker), ("key-manager", barbican)];
    crate::weather::keystone_of(&services).await
}

/// An account there, for somebody who wants to know everything.
pub(crate) fn account(keystone: &MockServer) -> Vec<(&'static str, String)> {
    vec![
        ("OS_AUTH_URL", format!("{}/v3", keystone.uri())),
        ("OS_USERNAME", "u".into()),
        ("OS_PASSWORD", "p".into()),
        ("OS_PROJECT_NAME", "p".into()),
        ("VNFCTL_LOG", "trace".into()),
    ]
}

/// Somebody whose cloud has this Barbican, and no Tacker that anybody would ask.
async fn person(barbican: &str) -> (Person, MockServer) {
    let keystone = keystone("http://127.0.0.1:9", barbican).await;
    (Person::with(account(&keystone)), keystone)
}

/// A Barbican that has `there` and stores anything, or refuses with `status`.
async fn barbican(there: &[&str], status: u16) -> MockServer {
    let server = MockServer::start().await;
    let base = format!("{}/v1/secrets", server.uri());
    let secrets: Vec<Value> = there
        .iter()
        .map(|name| json!({"secret_ref": format!("{base}/id-of-{name}"), "name": name, "created": "2026-01-01T00:00:00"}))
        .collect();
    let listed = move |request: &Request| {
        let query: Vec<_> = request.url.query_pairs().into_owned().collect();
        let name = query.iter().find(|(key, _)| key == "name");
        let found: Vec<&Value> = secrets
            .iter()
            .filter(|one| name.is_none_or(|(_, name)| one["name"] == name.as_str()))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"secrets": found, "total": found.len()}))
    };
    Mock::given(method("GET"))
        .and(path("/v1/secrets"))
        .respond_with(listed)
        .mount(&server)
        .await;
    let stored = ResponseTemplate::new(status).set_body_json(json!({
        "secret_ref": format!("{base}/new"), "title": "Forbidden", "description": "no"}));
    Mock::given(method("POST"))
        .and(path("/v1/secrets"))
        .respond_with(stored)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .and(path_regex("^/v1/secrets/"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    server
}

async fn posted(barbican: &MockServer) -> Vec<Value> {
    let requests = barbican.received_requests().await.unwrap();
    let posts = requests.iter().filter(|one| one.method.as_str() == "POST");
    posts
        .map(|one| serde_json::from_slice(&one.body).unwrap())
        .collect()
}

/// What ssh-keygen says of a private key, which it wants as a file.
fn public_of(private: &str) -> String {
    use std::os::unix::fs::OpenOptionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    let mut options = std::fs::OpenOptions::new();
    let mut open = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .unwrap();
    std::io::Write::write_all(&mut open, private.as_bytes()).unwrap();
    let said = std::process::Command::new("ssh-keygen")
        .args(["-y", "-f", file.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[rstest::rstest]
#[case::bare("")]
#[case::versioned("/v1")]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_stored_whole_and_only_there(#[case] suffix: &str) {
    let barbican = barbican(&["other"], 201).await;
    let (me, _keystone) = person(&format!("{}{suffix}", barbican.uri())).await;
    let output = me.run(&["key", "create", "edge", "--public-key-out", "edge.pub"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let line = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        std::fs::read_to_string(me.home().join("edge.pub")).unwrap(),
        line
    );

    let posts = posted(&barbican).await;
    assert_eq!(posts.len(), 1);
    let stored = &posts[0];
    assert_eq!(stored["name"], "edge");
    assert_eq!(stored["payload_content_type"], "text/plain");
    let private = stored["payload"].as_str().unwrap();
    assert_eq!(public_of(private), line);
    // The body of the private half: no line of it anywhere else.
    for part in private.lines().filter(|part| !part.starts_with("-----")) {
        assert!(!said.contains(part) && !line.contains(part), "{said}");
        for file in walk(me.home()) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(!text.contains(part), "{}", file.display());
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|one| one.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_refused_and_leaves_no_file() {
    let barbican = barbican(&["edge"], 201).await;
    let (me, _keystone) = person(&barbican.uri()).await;
    let said = me.fails(
        4,
        &["key", "create", "edge", "--public-key-out", "edge.pub"],
    );
    assert!(
        said.contains("a secret `edge` already (id-of-edge)"),
        "{said}"
    );
    assert!(posted(&barbican).await.is_empty());
    assert!(!me.home().join("edge.pub").exists());
    // A file that is there is nobody's to overwrite, and then nothing is stored either.
    std::fs::write(me.home().join("edge.pub"), "mine").unwrap();
    me.fails(4, &["key", "create", "new", "--public-key-out", "edge.pub"]);
    assert!(posted(&barbican).await.is_empty());
    assert_eq!(
        std::fs::read_to_string(me.home().join("edge.pub")).unwrap(),
        "mine"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_repeats_no_private_half() {
    let barbican = barbican(&[], 403).await;
    let (me, _keystone) = person(&barbican.uri()).await;
    let said = me.fails(5, &["key", "create", "edge"]);
    assert!(said.contains("answered 403"), "{said}");
    assert!(!said.contains("PRIVATE KEY"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_and_deleted_by_name() {
    let barbican = barbican(&["edge", "twice", "twice"], 201).await;
    let (me, _keystone) = person(&barbican.uri()).await;
    assert_eq!(
        me.does(&["key", "list", "-o", "name"]),
        "edge\ntwice\ntwice\n"
    );
    me.does(&["key", "delete", "edge"]);
    me.fails(3, &["key", "delete", "nothing"]);
    let said = me.fails(4, &["key", "delete", "twice"]);
    assert!(said.contains("by its UUID"), "{said}");
    let requests = barbican.received_requests().await.unwrap();
    let deleted: Vec<&str> = requests
        .iter()
        .filter(|one| one.method.as_str() == "DELETE")
        .map(|one| one.url.path())
        .collect();
    assert_eq!(deleted, ["/v1/secrets/id-of-edge"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_barbican_one_sentence_says_so() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    let said = me.fails(2, &["key", "list"]);
    assert!(
        said.contains("no service of type key-manager (Barbican)"),
        "{said}"
    );
    assert!(said.contains("access.keyFile"), "{said}");
}

#[test]
fn the_labs_barbican_keeps_a_key() {
    let Some(me) = Person::of_test_cloud() else {
        return;
    };
    let name = format!("key-{}", uuid::Uuid::new_v4().simple());
    let line = me.does(&["key", "create", &name]);
    assert!(line.starts_with("ssh-ed25519 "), "{line}");
    assert!(
        me.does(&["key", "list", "-o", "name"])
            .lines()
            .any(|one| one == name)
    );
    me.fails(4, &["key", "create", &name]);
    me.does(&["key", "delete", &name]);
    me.fails(3, &["key", "delete", &name]);
}
