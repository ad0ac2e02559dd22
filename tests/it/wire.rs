//! The client against servers that answer badly: what a person is told, and what is not sent.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vnfctl::lifecycle::{Observed, State};
use vnfctl::tacker::cloud::{Cloud, Credentials, Interface};
use vnfctl::tacker::{Client, Kind, Session};
use wiremock::matchers::{any, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

const PASSWORD: &str = "correct-horse";
const INSTANCES: &str = "/vnflcm/v2/vnf_instances";

fn account(keystone: &str) -> Cloud {
    Cloud {
        name: "test".into(),
        auth_url: format!("{keystone}/v3").parse().unwrap(),
        credentials: Credentials::Password {
            user: "u".into(),
            user_domain: "Default".into(),
            password: PASSWORD.to_owned().into(),
        },
        project: Some("p".into()),
        project_domain: "Default".into(),
        project_id: None,
        interface: Interface::Public,
        region: None,
        cacert: None,
        insecure: false,
    }
}

/// A Keystone that gives these tokens, one after another, and knows Tacker at `tacker`.
async fn keystone(tacker: &str, tokens: &[&str]) -> MockServer {
    let server = MockServer::start().await;
    let catalog = json!([{"type": "nfv-orchestration", "endpoints": [
        {"interface": "public", "region": "R", "url": tacker}]}]);
    for token in tokens {
        let body = json!({"token": {"expires_at": "2099-01-01T00:00:00Z", "catalog": catalog}});
        Mock::given(method("POST"))
            .and(path("/v3/auth/tokens"))
            .respond_with(
                ResponseTemplate::new(201)
                    .insert_header("X-Subject-Token", *token)
                    .set_body_json(body),
            )
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    server
}

/// A client of a Tacker at `tacker`, which gets these tokens; Keystone lives as long as its guard.
async fn client(tacker: &str, tokens: &[&str]) -> (Client, MockServer) {
    let keystone = keystone(tacker, tokens).await;
    let session = Session::new(account(&keystone.uri()), None).unwrap();
    (Client::new(session), keystone)
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let tacker = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&tacker).await;
    tacker
}

/// A server that reads a request's head, writes these bytes and hangs up.
async fn hanging_up_after(bytes: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once_and_the_new_one_is_kept() {
    let tacker = MockServer::start().await;
    let ok = ResponseTemplate::new(200).set_body_json(json!([]));
    Mock::given(header("X-Auth-Token", "new"))
        .and(header("Version", "2.0.0"))
        .respond_with(ok)
        .expect(2)
        .mount(&tacker)
        .await;
    Mock::given(header("X-Auth-Token", "revoked"))
        .respond_with(ResponseTemplate::new(401))
        .expect(1)
        .mount(&tacker)
        .await;
    let keystone = keystone(&tacker.uri(), &["revoked", "new"]).await;
    let cache = tempfile::tempdir().unwrap();
    let session = || Session::new(account(&keystone.uri()), Some(cache.path().into())).unwrap();
    Client::new(session()).instances().await.unwrap();
    Client::new(session()).instances().await.unwrap();
    assert_eq!(keystone.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_refused_twice_is_an_authentication_failure_and_not_a_loop() {
    let tacker = answering(ResponseTemplate::new(401)).await;
    let (client, _keystone) = client(&tacker.uri(), &["one", "two", "three"]).await;
    let error = client.instances().await.unwrap_err();
    assert_eq!(error.kind, Kind::Auth);
    assert_eq!(tacker.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_redirect_gets_neither_followed_nor_the_token() {
    let elsewhere = answering(ResponseTemplate::new(200)).await;
    let to = format!("{}/x", elsewhere.uri());
    let tacker = answering(ResponseTemplate::new(302).insert_header("Location", to)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let error = client.instances().await.unwrap_err();
    assert_eq!(error.kind, Kind::NotUnderstood);
    assert!(
        error.to_string().contains("redirects are not followed"),
        "{error}"
    );
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[rstest::rstest]
#[case(404, Kind::NotFound)]
#[case(406, Kind::NotUnderstood)]
#[case(409, Kind::Conflict)]
#[case(422, Kind::Invalid)]
#[case(500, Kind::Server)]
#[tokio::test]
async fn a_refusal_keeps_the_servers_words(#[case] status: u16, #[case] kind: Kind) {
    let body = json!({"status": status, "detail": "the very reason"});
    let answer = ResponseTemplate::new(status)
        .set_body_json(body)
        .insert_header("X-Openstack-Request-Id", "req-7");
    let tacker = answering(answer).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let error = client.instances().await.unwrap_err();
    assert_eq!(error.kind, kind);
    let text = error.to_string();
    for part in ["GET ", INSTANCES, "the very reason", "req-7"] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
}

#[rstest::rstest]
#[case("", "the answer is empty")]
#[case("<html>login</html>", "not what the API promises")]
#[case("{\"id\": 1}", "not what the API promises")]
#[tokio::test]
async fn a_success_without_the_promised_json_is_not_understood(
    #[case] body: &str,
    #[case] words: &str,
) {
    let tacker = answering(ResponseTemplate::new(200).set_body_string(body)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let error = client.instances().await.unwrap_err();
    assert_eq!(error.kind, Kind::NotUnderstood);
    assert!(error.to_string().contains(words), "{error}");
}

#[rstest::rstest]
#[case::nothing("")]
#[case::half_a_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"id\"")]
#[tokio::test]
async fn a_lost_connection_is_unreachable(#[case] bytes: &'static str) {
    let tacker = hanging_up_after(bytes).await;
    let (client, _keystone) = client(&tacker, &["t"]).await;
    assert_eq!(
        client.instances().await.unwrap_err().kind,
        Kind::Unreachable
    );
}

#[tokio::test]
async fn a_refusal_whose_reason_is_cut_off_is_still_a_refusal() {
    let cut = "HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n{\"deta";
    let (client, _keystone) = client(&hanging_up_after(cut).await, &["t"]).await;
    assert_eq!(client.instances().await.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test]
async fn nobody_listening_is_unreachable_and_names_the_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (to_tacker, _keystone) = client(&format!("http://{address}"), &["t"]).await;
    let session = Session::new(account(&format!("http://{address}")), None).unwrap();
    for client in [to_tacker, Client::new(session)] {
        let error = client.instances().await.unwrap_err();
        assert_eq!(error.kind, Kind::Unreachable);
        assert!(error.to_string().contains(&address), "{error}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_without_the_password() {
    let keystone = answering(ResponseTemplate::new(401).set_body_json(json!({"error":
        {"code": 401, "title": "Unauthorized", "message": "The password is wrong."}})))
    .await;
    let session = Session::new(account(&keystone.uri()), None).unwrap();
    let client = Client::new(session);
    let error = client.instances().await.unwrap_err();
    assert_eq!(error.kind, Kind::Auth);
    assert!(!format!("{error} {error:?} {client:?}").contains(PASSWORD));
}

#[tokio::test]
async fn a_token_is_in_no_description_of_the_client() {
    let tacker = answering(ResponseTemplate::new(500)).await;
    let (client, _keystone) = client(&tacker.uri(), &["tell-nobody"]).await;
    let error = client.instances().await.unwrap_err();
    assert!(!format!("{error} {error:?} {client:?}").contains("tell-nobody"));
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page_from_the_catalogs_host() {
    let tacker = MockServer::start().await;
    let page =
        |id: &str| json!([{"id": id, "vnfdId": "d", "instantiationState": "NOT_INSTANTIATED"}]);
    let marker = "nextpage_opaque_marker";
    Mock::given(path(INSTANCES))
        .and(query_param_is_missing(marker))
        .respond_with(ResponseTemplate::new(200).set_body_json(page("1")).insert_header(
            "Link",
            "<http://10.255.255.1:1/vnflcm/v2/vnf_instances?nextpage_opaque_marker=a%20b>;rel=\"next\"",
        ))
        .mount(&tacker)
        .await;
    Mock::given(path(INSTANCES))
        .and(query_param(marker, "a b"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page("2")))
        .mount(&tacker)
        .await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let ids: Vec<_> = client
        .instances()
        .await
        .unwrap()
        .into_iter()
        .map(|vnf| vnf.id)
        .collect();
    assert_eq!(ids, ["1", "2"]);
}

#[tokio::test]
async fn an_upload_tells_its_length_and_is_sent_again_whole_after_a_401() {
    let tacker = MockServer::start().await;
    Mock::given(header("X-Auth-Token", "old"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&tacker)
        .await;
    Mock::given(method("PUT"))
        .and(path("/vnfpkgm/v1/vnf_packages/i/package_content"))
        .and(header("Content-Type", "application/zip"))
        .respond_with(ResponseTemplate::new(202))
        .mount(&tacker)
        .await;
    let (client, _keystone) = client(&tacker.uri(), &["old", "new"]).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let content = vec![7; 1_000_000];
    std::fs::write(file.path(), &content).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = told.clone();
    let progress = Arc::new(move |sent| telling.lock().unwrap().push(sent));
    client
        .upload_package("i", file.path(), progress)
        .await
        .unwrap();
    let requests = tacker.received_requests().await.unwrap();
    let last = requests.last().unwrap();
    assert_eq!(last.body, content);
    assert_eq!(last.headers["content-length"], "1000000");
    assert!(!last.headers.contains_key("transfer-encoding"));
    let told = told.lock().unwrap();
    let restarts = told.windows(2).filter(|two| two[1] < two[0]).count();
    assert_eq!(restarts, 1, "the second try is told from its beginning");
    assert!(told.iter().all(|sent| *sent <= 1_000_000), "{told:?}");
    assert_eq!(told.last(), Some(&1_000_000));
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_uploaded_is_named() {
    let tacker = answering(ResponseTemplate::new(202)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![7; 4_000_000]).unwrap();
    let handle = file.reopen().unwrap();
    let progress = Arc::new(move |_| handle.set_len(300_000).unwrap());
    let error = client
        .upload_package("i", file.path(), progress)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&*file.path().to_string_lossy()), "{text}");
    assert!(text.contains("changed while it was uploaded"), "{text}");
}

#[tokio::test]
async fn a_vim_that_refuses_the_credentials_is_no_server_failure() {
    let body: Value = json!({"TackerError": {"type": "VimUnauthorizedException",
        "message": "Authorization failed", "detail": ""}});
    let tacker = answering(ResponseTemplate::new(500).set_body_json(body)).await;
    let (client, keystone) = client(&tacker.uri(), &["t"]).await;
    let error = client
        .add_vim("v", &account(&keystone.uri()), true)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Auth);
    assert!(!error.to_string().contains(PASSWORD));
}

#[rstest::rstest]
#[case("scale-out-2-op", State::Completed, None)]
#[case("op-failed-temp", State::FailedTemp, Some("Unable to find network"))]
#[tokio::test]
async fn occurrences_of_a_real_tacker_are_understood(
    #[case] transcript: &str,
    #[case] state: State,
    #[case] reason: Option<&str>,
) {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/fixtures/transcripts/{transcript}.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, answer) = text.split_once("--- response").unwrap();
    let body = answer.split_once("\n\n").unwrap().1.trim();
    let tacker = answering(ResponseTemplate::new(200).set_body_string(body)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let seen: Observed = client.occurrence("x").await.unwrap();
    assert_eq!(seen.state, state);
    match reason {
        None => assert_eq!(seen.error, None),
        Some(reason) => assert!(seen.error.unwrap().detail.contains(reason)),
    }
}

/// A real Tacker answers 500 when it is given one: "got an unexpected keyword argument 'body'".
#[rstest::rstest]
#[tokio::test]
async fn what_becomes_of_a_failed_operation_is_asked_without_a_body(
    #[values("retry", "rollback", "fail")] how: &str,
) {
    let tacker = answering(ResponseTemplate::new(202)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    client.resolve("op", how).await.unwrap();
    let requests = tacker.received_requests().await.unwrap();
    assert!(requests[0].body.is_empty());
    assert!(requests[0].url.path().ends_with(&format!("/op/{how}")));
}

#[tokio::test]
async fn a_clusters_token_goes_into_the_request_and_into_no_error() {
    let refusal = json!({"TackerError": {"type": "VimUnauthorizedException",
        "message": "(401) Reason: Unauthorized", "detail": ""}});
    let tacker = answering(ResponseTemplate::new(500).set_body_json(refusal)).await;
    let (client, _keystone) = client(&tacker.uri(), &["t"]).await;
    let cluster = vnfctl::tacker::KubernetesVim {
        server: "https://10.0.0.5:6443",
        token: &"eyJ-secret".into(),
        authority: "PEM",
        namespace: "default",
    };
    let error = client.add_kubernetes_vim("pods", &cluster, false).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind, Kind::Auth);
    assert!(!format!("{error:?} {error} {cluster:?}").contains("eyJ-secret"));
    let requests = tacker.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let credentials = json!({"bearer_token": "eyJ-secret", "ssl_ca_cert": "PEM"});
    assert_eq!(body["vim"]["auth_cred"], credentials);
    assert_eq!(body["vim"]["type"], "kubernetes");
    assert_eq!(body["vim"]["auth_url"], "https://10.0.0.5:6443");
}
