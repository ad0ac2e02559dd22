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
    keystone_of(&[("nfv-orchestration", tacker)]).await
}

/// A Keystone that knows these services, by type and address.
pub(crate) async fn keystone_of(services: &[(&str, &str)]) -> MockServer {
    let server = MockServer::start().await;
    let entry = |(kind, url): &(&str, &str)| {
        json!({"type": kind, "endpoints": [
            {"interface": "public", "region": "R", "region_id": "R", "url": url}]})
    };
    let catalog: Vec<_> = services.iter().map(entry).collect();
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
    // A port that was free a moment ago may be another test's; nobody is given this one.
    let catalog = keystone("http://127.0.0.1:1").await;
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
    let words = "there is no operation, and no VNF, `nope`";
    assert!(said.contains(words), "{said}");
    let unknown = uuid::Uuid::new_v4().to_string();
    let said = me.fails(3, &["op", "wait", &unknown]);
    let words = format!("cannot look at operation {unknown}");
    assert!(said.contains(&words), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failed_operation_leaves_is_named_with_the_way_out() {
    let faults = ["INSTANTIATE:STARTING", "SCALE:PROCESSING:b'one\\ntwo'"];
    let options = Options {
        duration: Duration::from_millis(150),
        faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    let instantiate = ["instantiate", "web", "--name", "a"];
    let said = me.fails(1, &instantiate);
    assert!(
        said.contains("--delete` removes the VNF's record"),
        "{said}"
    );
    let said = me.fails(4, &instantiate);
    assert!(
        said.contains("`vnfctl terminate a --delete` removes it"),
        "{said}"
    );
    let said = me.fails(4, &["terminate", "a"]);
    assert!(said.contains("VNF `a` has no resources"), "{said}");
    me.does(&["terminate", "a", "--delete"]);

    me.does(&instantiate);
    let said = me.fails(1, &["scale", "a", "--out"]);
    assert!(said.contains("one\n    two"), "{said}");
    let said = me.fails(4, &["heal", "a"]);
    let (_, op) = said.split_once("`vnfctl op fail ").unwrap();
    let op = op.split('`').next().unwrap();
    let ops = me.json(&["op", "list", "a"]);
    let mut ops = ops.as_array().unwrap().iter();
    let failed = ops.find(|one| one["operationState"] == "FAILED_TEMP");
    assert_eq!(failed.unwrap()["id"], op);
    me.does(&["op", "fail", op]);
    me.does(&["heal", "a"]);
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

#[test]
fn a_spec_that_cannot_be_written_leaves_no_half() {
    let home = tempfile::tempdir().unwrap();
    // No file may grow, which is what a full disk looks like.
    let script = r#"trap "" XFSZ; ulimit -f 0; exec "$0" package new plain-vm web"#;
    let output = std::process::Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_vnfctl")])
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write web.yaml"), "{said}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
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

/// A Tacker that shows the package in these states, one look after another.
async fn onboarding(states: &[&str], uploads: u64) -> MockServer {
    let tacker = MockServer::start().await;
    let packages = "/vnfpkgm/v1/vnf_packages";
    let package = |state: &str| {
        json!({"id": "p1", "onboardingState": state, "operationalState": "DISABLED",
            "usageState": "NOT_IN_USE"})
    };
    let answers = |verb: &str, at: String, answer: ResponseTemplate| {
        Mock::given(method(verb)).and(path(at)).respond_with(answer)
    };
    let ok = |status: u16| ResponseTemplate::new(status);
    let one = format!("{packages}/p1");
    let content = format!("{one}/package_content");
    let nothing = ok(200).set_body_json(json!([]));
    let made = ok(201).set_body_json(package("CREATED"));
    answers("GET", packages.into(), nothing)
        .mount(&tacker)
        .await;
    answers("POST", packages.into(), made).mount(&tacker).await;
    answers("PUT", content, ok(202))
        .expect(uploads)
        .mount(&tacker)
        .await;
    answers("DELETE", one.clone(), ok(204)).mount(&tacker).await;
    for state in states {
        let seen = ok(200).set_body_json(package(state));
        answers("GET", one.clone(), seen)
            .up_to_n_times(1)
            .mount(&tacker)
            .await;
    }
    tacker
}

/// Tacker's parser takes a good package down with a bad one of the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_sound_package_that_tacker_dropped_is_sent_once_more() {
    let states = ["PROCESSING", "CREATED", "PROCESSING", "ONBOARDED"];
    let tacker = onboarding(&states, 2).await;
    let keystone = keystone(&tacker.uri()).await;
    let me = person(&keystone);
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml");
    me.does(&["package", "build", spec, "--out", "web.zip"]);
    let shown = me.json(&["package", "push", "web.zip"]);
    assert_eq!(shown["onboardingState"], "ONBOARDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_package_that_is_dropped_twice_is_a_failure() {
    let states = ["PROCESSING", "CREATED", "PROCESSING", "CREATED"];
    let tacker = onboarding(&states, 2).await;
    let keystone = keystone(&tacker.uri()).await;
    let me = person(&keystone);
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml");
    me.does(&["package", "build", spec, "--out", "web.zip"]);
    let said = me.fails(1, &["package", "push", "web.zip"]);
    assert!(said.contains("refused the package (p1)"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_package_that_tacker_dropped_is_not_sent_again() {
    let tacker = onboarding(&["PROCESSING", "CREATED"], 1).await;
    let keystone = keystone(&tacker.uri()).await;
    let me = person(&keystone);
    std::fs::write(me.home().join("any.zip"), b"any").unwrap();
    let said = me.fails(1, &["package", "push", "any.zip", "--skip-checks"]);
    assert!(said.contains("refused the package (p1)"), "{said}");
}
