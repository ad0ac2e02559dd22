//! vnfpkgm v1: content, the states after it, and what blocks a deletion.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use uuid::Uuid;

use super::fixture;
use super::target::{Target, expect, header, targets};

const PACKAGES: &str = "/vnfpkgm/v1/vnf_packages";
const PROBLEM: &str = "application/problem+json; charset=UTF-8";

/// Creates a package resource and returns its path.
pub(crate) async fn create(target: &Target) -> String {
    let request = target.request(Method::POST, PACKAGES).json(&json!({}));
    let package = expect(request.send().await.unwrap(), 201, "application/json").await;
    format!("{PACKAGES}/{}", package["id"].as_str().unwrap())
}

async fn upload(target: &Target, path: &str, content: Vec<u8>) {
    let answer = put(target, path, content).await;
    assert_eq!(answer.status(), 202, "{}", target.name);
    assert_eq!(header(&answer, "content-type"), "application/zip");
    assert_eq!(answer.text().await.unwrap(), "");
}

async fn put(target: &Target, path: &str, content: Vec<u8>) -> reqwest::Response {
    let request = target.request(Method::PUT, &format!("{path}/package_content"));
    let request = request.header("Content-Type", "application/zip");
    request.body(content).send().await.unwrap()
}

async fn show(target: &Target, path: &str) -> Value {
    let answer = target.request(Method::GET, path).send().await.unwrap();
    expect(answer, 200, "application/json").await
}

/// The package when it is neither uploading nor processing.
async fn settled(target: &Target, path: &str) -> Value {
    // Tacker may answer the upload before it leaves CREATED, so CREATED counts once
    // another state was seen or has had the time to appear.
    let begun = std::time::Instant::now();
    let mut moved = false;
    let wait = async {
        loop {
            let package = show(target, path).await;
            match package["onboardingState"].as_str().unwrap() {
                "UPLOADING" | "PROCESSING" => moved = true,
                "CREATED" if !moved && begun.elapsed() < Duration::from_secs(3) => {}
                _ => return package,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, wait).await.unwrap()
}

async fn patch(target: &Target, path: &str, body: &Value) -> reqwest::Response {
    let request = target.request(Method::PATCH, path).json(body);
    request.send().await.unwrap()
}

async fn delete(target: &Target, path: &str) -> reqwest::Response {
    let request = target.request(Method::DELETE, path);
    request.send().await.unwrap()
}

/// Onboards the fixture; returns the package's path and the VNFD's id.
pub(crate) async fn onboard(target: &Target) -> (String, String) {
    let descriptor = Uuid::new_v4().to_string();
    let path = create(target).await;
    upload(target, &path, fixture::package(&descriptor)).await;
    let package = settled(target, &path).await;
    assert_eq!(package["onboardingState"], "ONBOARDED", "{}", target.name);
    (path, descriptor)
}

/// Disables and deletes an onboarded package.
pub(crate) async fn discard(target: &Target, path: &str) {
    let disabled = json!({"operationalState": "DISABLED"});
    assert_eq!(patch(target, path, &disabled).await.status(), 200);
    assert_eq!(delete(target, path).await.status(), 204, "{}", target.name);
}

#[tokio::test]
async fn a_good_package_is_onboarded_enabled_and_deleted_only_when_disabled() {
    for target in targets().await {
        let descriptor = Uuid::new_v4().to_string();
        let content = fixture::package(&descriptor);
        let path = create(&target).await;
        let id = path.rsplit('/').next().unwrap();
        upload(&target, &path, content.clone()).await;
        let package = settled(&target, &path).await;
        assert_eq!(package["onboardingState"], "ONBOARDED", "{}", target.name);
        assert_eq!(package["operationalState"], "ENABLED");
        assert_eq!(package["vnfdId"], descriptor.as_str());
        assert_eq!(package["vnfProvider"], "Acme");
        assert_eq!(package["vnfProductName"], "Sample");
        assert_eq!(package["vnfSoftwareVersion"], "1.0");
        assert_eq!(package["vnfdVersion"], "1.1");
        let hash = hex::encode(Sha512::digest(&content));
        let checksum = json!({"algorithm": "sha512", "hash": hash});
        assert_eq!(package["checksum"], checksum, "{}", target.name);

        let again = put(&target, &path, content.clone()).await;
        let detail = format!("VNF Package {id} onboarding state is not CREATED");
        assert_eq!(
            expect(again, 409, "application/problem+json").await,
            json!({"title": "Conflict", "detail": detail, "status": 409})
        );
        let request = target.request(Method::GET, &format!("{path}/package_content"));
        let answer = request.send().await.unwrap();
        assert_eq!(header(&answer, "content-type"), "application/zip");
        assert!(answer.bytes().await.unwrap() == content, "{}", target.name);

        let enabled = json!({"operationalState": "ENABLED"});
        let detail = format!("VNF Package {id} is already in ENABLED operational state");
        assert_eq!(
            expect(patch(&target, &path, &enabled).await, 409, PROBLEM).await,
            json!({"title": "Conflict", "status": 409, "detail": detail})
        );
        let refused = expect(delete(&target, &path).await, 409, PROBLEM).await;
        let detail = format!(
            "VNF Package {id} cannot be deleted as it's operational state is ENABLED \
             and usage state is NOT_IN_USE."
        );
        assert_eq!(refused["detail"], detail, "{}", target.name);
        let disabled = json!({"operationalState": "DISABLED"});
        let answer = patch(&target, &path, &disabled).await;
        assert_eq!(expect(answer, 200, "application/json").await, disabled);
        assert_eq!(delete(&target, &path).await.status(), 204);
    }
}

#[tokio::test]
async fn a_bad_package_falls_back_to_created_without_a_word() {
    for target in targets().await {
        let contents = [
            b"not a zip".to_vec(),
            fixture::archive(&[("Definitions/top.yaml", "a: b\n")]),
        ];
        for content in contents {
            let path = create(&target).await;
            let before = show(&target, &path).await;
            upload(&target, &path, content).await;
            assert_eq!(settled(&target, &path).await, before, "{}", target.name);
            assert_eq!(
                delete(&target, &path).await.status(),
                StatusCode::NO_CONTENT
            );
        }
    }
}

#[tokio::test]
async fn a_second_package_of_the_same_vnfd_falls_back_to_created() {
    for target in targets().await {
        let content = fixture::package(&Uuid::new_v4().to_string());
        let first = create(&target).await;
        upload(&target, &first, content.clone()).await;
        let onboarded = settled(&target, &first).await;
        assert_eq!(onboarded["onboardingState"], "ONBOARDED");
        let second = create(&target).await;
        let before = show(&target, &second).await;
        upload(&target, &second, content).await;
        assert_eq!(settled(&target, &second).await, before, "{}", target.name);
        let disabled = json!({"operationalState": "DISABLED"});
        assert_eq!(patch(&target, &first, &disabled).await.status(), 200);
        for path in [first, second] {
            assert_eq!(delete(&target, &path).await.status(), 204);
        }
    }
}
