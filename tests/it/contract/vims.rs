//! The legacy API's VIMs.

use reqwest::Method;
use serde_json::{Value, json};
use vnfctl::sandbox::Options;

use super::target::{expect, sandbox, targets};

const VIMS: &str = "/v1.0/vims";
const JSON: &str = "application/json";

#[tokio::test]
async fn a_registration_that_lacks_something_is_refused() {
    for target in targets().await {
        for (body, message) in [
            (json!({"nope": 1}), "Unable to find 'vim' in request body"),
            (
                json!({"vim": {"name": "x"}}),
                "Failed to parse request. Required attribute 'type' not specified",
            ),
        ] {
            let request = target.request(Method::POST, VIMS).json(&body);
            let error = json!({"type": "HTTPBadRequest", "message": message, "detail": ""});
            assert_eq!(
                expect(request.send().await.unwrap(), 400, JSON).await,
                json!({"TackerError": error}),
                "{}",
                target.name
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_vim_is_a_server_error() {
    let id = "b8d7c5d3-985d-4554-ae70-f4b75d30631d";
    for target in targets().await {
        let request = target.request(Method::GET, &format!("{VIMS}/{id}"));
        let answer = expect(request.send().await.unwrap(), 500, JSON).await;
        let message =
            format!("Specified VIM id {id} is invalid. Please verify and pass a valid VIM id");
        let error = json!({"type": "VimNotFoundException", "message": message, "detail": ""});
        assert_eq!(answer, json!({"TackerError": error}), "{}", target.name);
    }
}

#[tokio::test]
async fn a_vim_is_registered_without_its_password_changed_and_deleted() {
    let target = sandbox(Options::default()).await;
    let send = async |method: Method, path: &str, body: Value| {
        let request = target.request(method, path).json(&body);
        request.send().await.unwrap()
    };
    let vim = json!({"name": "a", "type": "openstack", "auth_url": "http://127.0.0.1:5000/v3",
        "auth_cred": {"username": "u", "password": "p"}, "vim_project": {"name": "p"},
        "is_default": true});
    let answer = send(Method::POST, VIMS, json!({"vim": vim})).await;
    let created = expect(answer, 201, JSON).await["vim"].take();
    assert_eq!(
        created["auth_cred"],
        json!({"username": "u", "password": "***"})
    );
    assert_eq!(
        (&created["status"], &created["is_default"]),
        (&json!("ACTIVE"), &json!(true))
    );

    let second = send(Method::POST, VIMS, json!({"vim": vim})).await;
    let error = expect(second, 500, JSON).await;
    assert_eq!(error["TackerError"]["type"], "VimDefaultDuplicateException");

    let path = format!("{VIMS}/{}", created["id"].as_str().unwrap());
    let answer = send(Method::PUT, &path, json!({"vim": {"name": "b"}})).await;
    assert_eq!(expect(answer, 200, JSON).await["vim"]["name"], "b");
    let listed = send(Method::GET, VIMS, json!({})).await;
    let listed = expect(listed, 200, JSON).await;
    assert_eq!(listed["vims"].as_array().unwrap().len(), 1);
    assert_eq!(send(Method::DELETE, &path, json!({})).await.status(), 204);
    let listed = send(Method::GET, VIMS, json!({})).await;
    assert_eq!(expect(listed, 200, JSON).await, json!({"vims": []}));
}
