//! Bad weather, as a person at the terminal meets it: the exit code, the words, and no secret.

use std::time::Duration;

use serde_json::json;
use vnfctl::sandbox::{Options, Sandbox};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::person::Person;

const PASSWORD: &str = "correct-horse";
const TOKEN: &str = "gAAAA-token";

/// A Keystone that knows Tacker at `tacker`.
async fn keystone(tacker: &str) -> MockServer {
    let server = MockServer::start().await;
    let catalog = json!([{"type": "nfv-orchestration", "endpoints": [
        {"interface": "public", "region": "R", "region_id": "R", "url": tacker}]}]);
    let body = json!({"token": {"expires_at": "2099-01-01T00:00:00Z", "catalog": catalog}});
    let answer = ResponseTemplate::new(201).insert_header("X-Subject-Token", TOKEN);
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(answer.set_body_json(body))
        .mount(&server)
        .await;
    server
}

/// Somebody with an account there, who wants to know everything.
fn person(keystone: &MockServer) -> Person {
    Person::with(vec![
        ("OS_AUTH_URL", format!("{}/v3", keystone.uri())),
        ("OS_USERNAME", "u".into()),
        ("OS_PASSWORD", PASSWORD.into()),
        ("OS_PROJECT_NAME", "p".into()),
        ("VNFCTL_LOG", "trace".into()),
        ("RUST_LOG", "trace".into()),
    ])
}

#[rstest::rstest]
#[case::unauthorized(401, "{}", 5, "answered 401")]
#[case::forbidden(403, r#"{"detail": "not allowed"}"#, 5, "not allowed")]
#[case::not_found(404, r#"{"detail": "no such thing"}"#, 3, "no such thing")]
#[case::other_version(
    406,
    r#"{"detail": "Version 2.0.0 not supported."}"#,
    1,
    "not supported"
)]
#[case::conflict(409, r#"{"detail": "busy"}"#, 4, "busy")]
#[case::unprocessable(422, r#"{"detail": "no VIM"}"#, 2, "no VIM")]
#[case::server(500, r#"{"detail": "a bug"}"#, 1, "a bug")]
#[case::gateway(502, "<html><h1>Bad Gateway</h1></html>", 1, "Bad Gateway")]
#[case::html(200, "<html>login</html>", 1, "not what the API promises")]
#[case::nothing(200, "", 1, "the answer is empty")]
#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_exit_code_and_tells_no_secret(
    #[case] status: u16,
    #[case] body: &str,
    #[case] exit: i32,
    #[case] words: &str,
) {
    let tacker = MockServer::start().await;
    let answer = ResponseTemplate::new(status).set_body_string(body);
    Mock::given(any()).respond_with(answer).mount(&tacker).await;
    let keystone = keystone(&tacker.uri()).await;
    let me = person(&keystone);
    std::fs::write(me.home().join("any.zip"), b"any").unwrap();
    for command in [
        &["list"][..],
        &["package", "push", "any.zip", "--skip-checks"],
        &["instantiate", "web", "--name", "w"],
        &["op", "wait", "1"],
    ] {
        // A server's failure may pass, so that waiting for an operation goes on through it.
        if status >= 500 && command[0] == "op" {
            continue;
        }
        let said = me.fails(exit, command);
        assert!(said.contains(words), "{command:?}: {said}");
        for secret in [PASSWORD, TOKEN] {
            assert!(!said.contains(secret), "{command:?}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_and_a_cut_answer_are_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    let catalog = keystone(&format!("http://{gone}")).await;
    let said = person(&catalog).fails(6, &["list"]);
    assert!(said.contains("hint: check the address"), "{said}");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cutting = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"id\"";
            let _ = stream.write_all(half).await;
        }
    });
    let catalog = keystone(&format!("http://{cutting}")).await;
    person(&catalog).fails(6, &["list"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_while_waiting_is_renewed_unnoticed() {
    let options = Options {
        duration: Duration::from_millis(3500),
        token_seconds: 1,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    let output = me.run(&["instantiate", "web", "--name", "web1"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("COMPLETED"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_and_an_ambiguous_beginning_are_told_apart() {
    let options = Options {
        duration: Duration::from_millis(150),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    for name in ["web1", "web2"] {
        me.does(&["instantiate", "web", "--name", name]);
    }
    let said = me.fails(2, &["terminate", "we"]);
    assert!(said.contains("may mean several VNFs"), "{said}");
    assert!(said.contains("web1 (") && said.contains("web2 ("), "{said}");
    let said = me.fails(3, &["terminate", "wbe1"]);
    assert!(
        said.contains("there is no VNF `wbe1`; did you mean `web1`?"),
        "{said}"
    );
    assert_eq!(me.json(&["list"]).as_array().unwrap().len(), 2);
    let said = me.fails(4, &["package", "push", "web.zip"]);
    assert!(said.contains("is onboarded already"), "{said}");
    let said = me.fails(3, &["op", "wait", "nope"]);
    assert!(said.contains("cannot look at operation nope"), "{said}");
}

#[test]
fn what_is_no_file_is_not_replaced_by_a_package() {
    let me = Person::with(Vec::new());
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml");
    let (socket, folder) = (me.home().join("socket"), me.home().join("folder"));
    let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::create_dir(&folder).unwrap();
    for out in ["socket", "folder"] {
        let said = me.fails(1, &["package", "build", spec, "--out", out]);
        assert!(said.contains("is there and is no file"), "{said}");
    }
    assert!(!socket.metadata().unwrap().is_file() && folder.is_dir());
    let said = me.fails(3, &["package", "build", "nope.yaml"]);
    assert!(said.contains("cannot read nope.yaml"), "{said}");
    me.fails(3, &["package", "push", "nope.zip"]);
    me.fails(2, &["package", "push", "folder"]);
}

#[test]
fn a_template_that_is_not_there_is_told_with_those_that_are() {
    let me = Person::with(Vec::new());
    let said = me.fails(2, &["package", "new", "plain-wm", "x"]);
    assert!(said.contains("plain-vm"), "{said}");
    let spec = include_str!("../../examples/web.yaml");
    let spec = spec.replace("template: plain-vm", "template: plain-wm");
    std::fs::write(me.home().join("web.yaml"), spec).unwrap();
    let said = me.fails(2, &["package", "build", "web.yaml"]);
    assert!(
        said.contains("no template `plain-wm`; did you mean `plain-vm`?"),
        "{said}"
    );
    let left = std::fs::read_dir(me.home()).unwrap().count();
    assert_eq!(left, 1, "only the spec is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_interrupted_leaves_no_package() {
    let tacker = MockServer::start().await;
    let package = json!({"id": "p1", "onboardingState": "CREATED", "operationalState": "DISABLED",
        "usageState": "NOT_IN_USE"});
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(201).set_body_json(&package))
        .mount(&tacker)
        .await;
    let slow = ResponseTemplate::new(202).set_delay(Duration::from_secs(60));
    Mock::given(method("PUT"))
        .respond_with(slow)
        .mount(&tacker)
        .await;
    Mock::given(method("DELETE"))
        .and(path("/vnfpkgm/v1/vnf_packages/p1"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&tacker)
        .await;
    let keystone = keystone(&tacker.uri()).await;
    let me = person(&keystone);
    std::fs::write(me.home().join("any.zip"), b"any").unwrap();
    let child = me.starts(&["package", "push", "any.zip", "--skip-checks"]);
    // The upload has begun once Tacker has been asked for it.
    let begun = async {
        loop {
            let requests = tacker.received_requests().await.unwrap();
            if requests.iter().any(|one| one.method.as_str() == "PUT") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, begun).await.unwrap();
    let id = child.id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(
        said.contains("the onboarding of package p1 was stopped"),
        "{said}"
    );
}
