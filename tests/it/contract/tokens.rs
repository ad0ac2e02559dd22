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

#[tokio::test]
async fn a_token_got_by_a_token_expires_with_it() {
    for target in targets().await {
        let url = format!("{}/auth/tokens", target.auth_url);
        let original = reqwest::Client::new()
            .get(&url)
            .header("X-Auth-Token", &target.token)
            .header("X-Subject-Token", &target.token)
            .send()
            .await
            .unwrap();
        let original = expect(original, 200, "application/json").await;
        let identity = json!({"methods": ["token"], "token": {"id": target.token}});
        let request = json!({"auth": {"identity": identity}});
        let answer = reqwest::Client::new().post(&url).json(&request);
        let answer = answer.send().await.unwrap();
        let renewed = expect(answer, 201, "application/json").await;
        assert_eq!(
            renewed["token"]["expires_at"], original["token"]["expires_at"],
            "{}",
            target.name
        );
    }
}
