//! `vnfctl subscription`: what Tacker is asked for, and what a person is told.

use rstest::rstest;
use serde_json::json;
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use super::api::world;

const SUBSCRIPTIONS: &str = "/vnflcm/v2/subscriptions";
const CALLBACK: &str = "http://192.0.2.1:9890/";

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_narrowed_to_what_was_named() {
    let (server, me) = world().await;
    Mock::given(path("/vnflcm/v2/vnf_instances"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([{
            "id": "0c7d5e1c-6a0c-4a5e-8d0e-0b1d6a1f5f11", "vnfInstanceName": "edge1",
            "vnfdId": "d", "instantiationState": "NOT_INSTANTIATED"}])))
        .mount(&server)
        .await;
    let whole = json!({"id": "0c7d5e1c-6a0c-4a5e-8d0e-0b1d6a1f5f11", "vnfdId": "d",
        "vnfInstanceName": "edge1", "instantiationState": "NOT_INSTANTIATED"});
    Mock::given(path(
        "/vnflcm/v2/vnf_instances/0c7d5e1c-6a0c-4a5e-8d0e-0b1d6a1f5f11",
    ))
    .respond_with(ResponseTemplate::new(200).set_body_json(whole))
    .mount(&server)
    .await;
    let asked = json!({"callbackUri": CALLBACK, "verbosity": "SHORT",
        "authentication": {"authType": ["BASIC"],
            "paramsBasic": {"userName": "vnfm", "password": "only-in-the-request"}},
        "filter": {
            "vnfInstanceSubscriptionFilter":
                {"vnfInstanceIds": ["0c7d5e1c-6a0c-4a5e-8d0e-0b1d6a1f5f11"]},
            "operationTypes": ["HEAL"], "operationStates": ["FAILED_TEMP", "COMPLETED"]}});
    let made = json!({"id": "s1", "callbackUri": CALLBACK, "verbosity": "SHORT"});
    Mock::given(method("POST"))
        .and(path(SUBSCRIPTIONS))
        .and(body_json(&asked))
        .respond_with(ResponseTemplate::new(201).set_body_json(&made))
        .expect(1)
        .mount(&server)
        .await;
    std::fs::write(me.home().join("password"), "only-in-the-request\n").unwrap();
    let create = ["subscription", "create", CALLBACK];
    let narrow = "--vnf edge1 --operation HEAL --state FAILED_TEMP --state COMPLETED --short";
    let login = "--user vnfm --password-file password -o json -vv";
    let args: Vec<_> = create
        .into_iter()
        .chain(narrow.split(' '))
        .chain(login.split(' '))
        .collect();
    let output = me.run(&args);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\"password\":\"***\""), "{told}");
    assert!(!told.contains("only-in-the-request"), "{told}");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, made);
    me.fails(2, &[&create[..], &["--user", "vnfm"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_are_listed_and_ended() {
    let (server, me) = world().await;
    let one = json!({"id": "s1", "callbackUri": CALLBACK, "verbosity": "FULL",
        "filter": {"operationTypes": ["HEAL", "SCALE"]}});
    Mock::given(method("GET"))
        .and(path(SUBSCRIPTIONS))
        .and(query_param(
            "filter",
            format!("(eq,callbackUri,{CALLBACK})"),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([one])))
        .mount(&server)
        .await;
    let gone = |id: &str, status| {
        Mock::given(method("DELETE"))
            .and(path(format!("{SUBSCRIPTIONS}/{id}")))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
    };
    gone("s1", 204).mount(&server).await;
    gone("s2", 404).mount(&server).await;
    let condition = format!("callbackUri={CALLBACK}");
    let table = me.does(&["subscription", "list", "--where", &condition, "-o", "wide"]);
    assert!(table.contains("OPERATIONS"), "{table}");
    assert!(table.contains("[\"HEAL\",\"SCALE\"]"), "{table}");
    me.fails(3, &["subscription", "delete", "s1", "s2"]);
    let words = me.fails(2, &["subscription", "list", "--where", "callback=x"]);
    assert!(words.contains("`callbackUri`"), "{words}");
}

/// As Tacker 16 answers when the address does, and when nobody is there.
#[rstest]
#[case(422, "Can't get from notification callback Uri.")]
#[case(
    500,
    "Unable to establish connection to http://192.0.2.1:9890/: refused"
)]
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_not_answer_is_told(#[case] status: u16, #[case] detail: &str) {
    let (server, me) = world().await;
    let problem = json!({"status": status, "detail": detail});
    Mock::given(method("POST"))
        .and(path(SUBSCRIPTIONS))
        .respond_with(ResponseTemplate::new(status).set_body_json(problem))
        .mount(&server)
        .await;
    let exit = if status == 422 { 2 } else { 1 };
    let words = me.fails(exit, &["subscription", "create", CALLBACK]);
    assert!(words.contains("must answer a GET"), "{words}");
}
