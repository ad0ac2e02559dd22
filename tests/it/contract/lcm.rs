//! vnflcm v2: header rules and problems.

use reqwest::Method;
use serde_json::json;

use super::target::{expect, header, targets};

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";
const PROBLEM: &str = "application/problem+json";

#[tokio::test]
async fn a_missing_version_is_refused_with_400_and_an_unknown_one_with_406() {
    for target in targets().await {
        let answer = target.request(Method::GET, INSTANCES).send().await.unwrap();
        assert_eq!(header(&answer, "version"), "2.0.0", "{}", target.name);
        assert_eq!(header(&answer, "accept-ranges"), "none");
        let detail = "'Version' HTTP header missing.";
        assert_eq!(
            expect(answer, 400, PROBLEM).await,
            json!({"status": 400, "detail": detail, "title": "Bad Request"})
        );
        for version in ["9.9.9", "1.3.0"] {
            let request = target.request(Method::GET, INSTANCES);
            let answer = request.header("Version", version).send().await.unwrap();
            let detail = format!("Version {version} not supported.");
            assert_eq!(
                expect(answer, 406, PROBLEM).await,
                json!({"status": 406, "detail": detail, "title": "Not Acceptable"})
            );
        }
    }
}

#[tokio::test]
async fn the_implementation_suffix_is_accepted() {
    for target in targets().await {
        let request = target.request(Method::GET, INSTANCES);
        let request = request.header("Version", "2.0.0-impl:vnfctl");
        let answer = request.send().await.unwrap();
        assert!(expect(answer, 200, "application/json").await.is_array());
    }
}

#[tokio::test]
async fn api_versions_needs_no_version_header() {
    for target in targets().await {
        let request = target.request(Method::GET, "/vnflcm/v2/api_versions");
        let answer = request.send().await.unwrap();
        assert_eq!(header(&answer, "version"), "2.0.0", "{}", target.name);
        assert_eq!(
            expect(answer, 200, "application/json").await,
            json!({"uriPrefix": "/vnflcm/v2",
                "apiVersions": [{"version": "2.0.0", "isDeprecated": false}]})
        );
    }
}

#[tokio::test]
async fn an_unknown_instance_is_a_problem_and_an_unknown_path_is_html() {
    let id = "b8085a30-d060-4344-ad5b-2af6f63fbebb";
    for target in targets().await {
        let path = format!("{INSTANCES}/{id}");
        let answer = target.v2(Method::GET, &path).send().await.unwrap();
        let detail = format!("VnfInstance {id} not found.");
        assert_eq!(
            expect(answer, 404, PROBLEM).await,
            json!({"status": 404, "detail": detail, "title": "Not Found"})
        );
        let request = target.v2(Method::GET, "/vnflcm/v2/nothing");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 404, "{}", target.name);
        assert_eq!(header(&answer, "content-type"), "text/html; charset=UTF-8");
        assert!(!answer.headers().contains_key("version"));
        assert!(answer.text().await.unwrap().contains("404 Not Found"));
    }
}

#[tokio::test]
async fn put_on_the_collection_is_405() {
    for target in targets().await {
        let request = target.v2(Method::PUT, INSTANCES).json(&json!({}));
        let answer = request.send().await.unwrap();
        let detail = "Method PUT is not supported.";
        assert_eq!(
            expect(answer, 405, PROBLEM).await,
            json!({"status": 405, "detail": detail, "title": "Method Not Allowed"})
        );
    }
}
