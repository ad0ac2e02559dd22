//! vnfpkgm v1: package resources.

use reqwest::Method;
use serde_json::json;

use super::target::{expect, header, targets};

const PACKAGES: &str = "/vnfpkgm/v1/vnf_packages";

#[tokio::test]
async fn a_new_package_is_created_disabled_shown_and_deleted() {
    for target in targets().await {
        let request = target.request(Method::POST, PACKAGES);
        let body = json!({"userDefinedData": {"key": "value"}});
        let answer = request.json(&body).send().await.unwrap();
        let location = header(&answer, "location").to_owned();
        assert!(!answer.headers().contains_key("version"), "{}", target.name);
        let package = expect(answer, 201, "application/json").await;
        let id = package["id"].as_str().unwrap();
        let path = format!("{PACKAGES}/{id}");
        assert_eq!(location, format!("{}{path}", target.endpoint));
        assert_eq!(
            package,
            json!({
                "id": id, "usageState": "NOT_IN_USE", "onboardingState": "CREATED",
                "operationalState": "DISABLED", "userDefinedData": {"key": "value"},
                "_links": {"self": {"href": path},
                    "packageContent": {"href": format!("{path}/package_content")}},
            })
        );
        let answer = target.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(expect(answer, 200, "application/json").await, package);
        let answer = target.request(Method::GET, PACKAGES).send().await.unwrap();
        let listed = expect(answer, 200, "application/json").await;
        let mut entry = package.clone();
        entry
            .as_object_mut()
            .unwrap()
            .shift_remove("userDefinedData");
        assert!(
            listed.as_array().unwrap().contains(&entry),
            "{}",
            target.name
        );
        let request = target.request(Method::DELETE, &path);
        assert_eq!(request.send().await.unwrap().status(), 204);
        let answer = target.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{}", target.name);
    }
}

#[tokio::test]
async fn an_unknown_package_is_a_problem_whatever_its_id_looks_like() {
    for target in targets().await {
        for id in ["b8d7c5d3-985d-4554-ae70-f4b75d30631d", "nope"] {
            let path = format!("{PACKAGES}/{id}");
            let answer = target.request(Method::GET, &path).send().await.unwrap();
            let detail = format!("Can not find requested vnf package: {id}");
            assert_eq!(
                expect(answer, 404, "application/problem+json; charset=UTF-8").await,
                json!({"title": "Not Found", "status": 404, "detail": detail})
            );
        }
    }
}
