//! What is looked at before a VNF is made: nothing may exist after a refusal.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::time::Duration;

use serde_json::json;
use vnfctl::sandbox::{Options, Sandbox};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::person::{Cleanup, Person};

async fn sandbox(lacks: &[&str]) -> Sandbox {
    let options = Options {
        duration: Duration::from_millis(150),
        lacks: lacks.iter().map(|name| (*name).to_owned()).collect(),
        ..Options::default()
    };
    Sandbox::start(options).await.unwrap()
}

fn nothing_was_made(me: &Person) {
    assert_eq!(me.json(&["list"]), json!([]));
    assert_eq!(me.json(&["vim", "list"]), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_the_cloud_lacks_is_told_at_once() {
    let sandbox = sandbox(&["lab.fake", "net0", "cirros-0.5.2-x86_64-disk"]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    let words = me.fails(2, &["instantiate", "web", "--name", "web1"]);
    for part in [
        "what the package asks for is not there; nothing was begun",
        "there is no flavor `lab.fake`, which resource `machine` of BaseHOT/simple/nested/machine.yaml asks for",
        "there is no image `cirros-0.5.2-x86_64-disk`",
        "there is no network `net0`, which resource `machineCp`",
    ] {
        assert!(words.contains(part), "{words} lacks {part}");
    }
    nothing_was_made(&me);
    me.does(&["instantiate", "web", "--name", "web1", "--skip-checks"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flavour_or_level_that_is_not_there_is_refused_with_those_that_are() {
    let sandbox = sandbox(&[]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    let instantiate = ["instantiate", "web", "--name", "web1"];
    let words = me.fails(2, &[&instantiate[..], &["--flavour", "simpel"]].concat());
    assert!(
        words.contains("no flavour `simpel`; did you mean `simple`?"),
        "{words}"
    );
    let words = me.fails(2, &[&instantiate[..], &["--level", "huge"]].concat());
    assert!(
        words.contains("no instantiation level `huge`; there are: "),
        "{words}"
    );
    nothing_was_made(&me);
    let said = me.run(&instantiate).stderr;
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains("warning"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_of_the_request_is_looked_for_too() {
    let sandbox = sandbox(&[]).await;
    let me = Person::of_sandbox(&sandbox);
    me.pushes_example("web");
    let request = json!({"extVirtualLinks": [
        {"id": "1", "resourceId": "net1", "extCps": [{"cpdId": "machineCp", "cpConfig": {"cp": {}}}]}]});
    std::fs::write(me.home().join("request.yaml"), request.to_string()).unwrap();
    let words = me.fails(
        2,
        &["instantiate", "web", "--name", "w", "-f", "request.yaml"],
    );
    assert!(
        words.contains(
            "no network `net1`, which the request's extVirtualLinks asks for; did you mean `net0`?"
        ),
        "{words}"
    );
    nothing_was_made(&me);
}

/// A cloud whose services other than Tacker refuse to list anything.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_listed_is_a_warning_and_no_obstacle() {
    let sandbox = sandbox(&[]).await;
    let cloud = MockServer::start().await;
    let version = json!({"version": {"id": "v2.1", "status": "CURRENT",
        "links": [{"rel": "self", "href": format!("{}/c/", cloud.uri())}]}});
    Mock::given(method("GET"))
        .and(path("/c"))
        .respond_with(ResponseTemplate::new(200).set_body_json(version))
        .mount(&cloud)
        .await;
    Mock::given(path_regex("^/c/"))
        .respond_with(ResponseTemplate::new(403))
        .mount(&cloud)
        .await;
    let service = |kind: &str, url: String| {
        json!({"type": kind, "endpoints": [
            {"interface": "public", "region": "R", "region_id": "R", "url": url}]})
    };
    let token = reqwest_token(&sandbox).await;
    let catalog = json!([
        service("nfv-orchestration", sandbox.endpoint().to_owned()),
        service("compute", format!("{}/c", cloud.uri())),
    ]);
    let body = json!({"token": {"expires_at": "2099-01-01T00:00:00Z", "catalog": catalog}});
    Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(
            ResponseTemplate::new(201)
                .insert_header("X-Subject-Token", token)
                .set_body_json(body),
        )
        .mount(&cloud)
        .await;
    let me = Person::with(vec![
        ("OS_AUTH_URL", format!("{}/v3", cloud.uri())),
        ("OS_USERNAME", Sandbox::USER.into()),
        ("OS_PASSWORD", sandbox.password().into()),
        ("OS_PROJECT_NAME", Sandbox::PROJECT.into()),
    ]);
    me.pushes_example("web");
    let output = me.run(&["instantiate", "web", "--name", "web1"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{words}");
    for part in [
        "warning: flavors are not checked: the compute service",
        "warning: images are not checked: the catalog has no image service",
        "warning: networks are not checked: the catalog has no network service",
    ] {
        assert!(words.contains(part), "{words} lacks {part}");
    }
}

/// A token of the sandbox.
async fn reqwest_token(sandbox: &Sandbox) -> String {
    let user = json!({"name": Sandbox::USER, "password": sandbox.password(),
        "domain": {"name": "Default"}});
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
    let answer = reqwest::Client::new()
        .post(format!("{}/auth/tokens", sandbox.auth_url()))
        .json(&body)
        .send()
        .await
        .unwrap();
    answer.headers()["x-subject-token"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn what_a_real_cloud_lacks_is_told_before_anything_is_made() {
    let Some(me) = Person::of_test_cloud() else {
        return;
    };
    let id = uuid::Uuid::new_v4().simple().to_string();
    let name = format!("before-{}", &id[..8]);
    me.pushes_example(&name);
    let _cleanup = Cleanup(&me, &name);
    let request = json!({"extVirtualLinks": [
        {"id": "1", "resourceId": "nett0", "extCps": [{"cpdId": "machineCp", "cpConfig": {"cp": {}}}]}]});
    std::fs::write(me.home().join("request.yaml"), request.to_string()).unwrap();
    let instantiate = ["instantiate", &name, "--name", &name];
    let words = me.fails(2, &[&instantiate[..], &["-f", "request.yaml"]].concat());
    assert!(words.contains("no network `nett0`"), "{words}");
    assert!(words.contains("did you mean `net0`?"), "{words}");
    let words = me.fails(2, &[&instantiate[..], &["--flavour", "simpel"]].concat());
    assert!(words.contains("did you mean `simple`?"), "{words}");
    me.fails(3, &["show", &name]);
    let said = me.run(&[&instantiate[..], &["--no-wait"]].concat());
    let words = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.status.success() && !words.contains("warning"),
        "{words}"
    );
    let op = String::from_utf8(said.stdout).unwrap();
    me.does(&["op", "wait", op.trim()]);
    me.does(&["terminate", &name, "--delete"]);
    me.does(&["package", "delete", &name]);
}
