//! Keystone's tokens, and what Tacker says to a request without a good one.

use reqwest::Method;
use serde_json::json;
use vnfctl::sandbox::Options;

use super::target::{Target, expect, header, sandbox, targets};

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";

async fn assert_refused(target: &Target, token: Option<&str>) {
    let mut request = target
        .bare(Method::GET, INSTANCES)
        .header("Version", "2.0.0");
    if let Some(token) = token {
        request = request.header("X-Auth-Token", token);
    }
    let answer = request.send().await.unwrap();
    let challenge = format!("Keystone uri=\"{}\"", target.auth_url);
    assert_eq!(header(&answer, "www-authenticate"), challenge);
    let message = "The request you have made requires authentication.";
    assert_eq!(
        expect(answer, 401, "application/json").await,
        json!({"error": {"code": 401, "title": "Unauthorized", "message": message}})
    );
}

#[tokio::test]
async fn no_token_and_an_unknown_token_are_refused_as_keystone_does() {
    for target in targets().await {
        assert_refused(&target, None).await;
        assert_refused(&target, Some("nonsense")).await;
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let target = sandbox(Options::default()).await;
    let answer = reqwest::Client::new()
        .delete(format!("{}/auth/tokens", target.auth_url))
        .header("X-Auth-Token", &target.token)
        .header("X-Subject-Token", &target.token)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_refused(&target, Some(&target.token)).await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let options = Options {
        token_seconds: 0,
        ..Options::default()
    };
    let target = sandbox(options).await;
    assert_refused(&target, Some(&target.token)).await;
}
