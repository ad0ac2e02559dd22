//! vnfpkgm v1: the parts of a package that can be asked for alone.

use std::collections::BTreeSet;
use std::io::Cursor;

use reqwest::Method;
use serde_json::json;

use super::fixture;
use super::onboarding::{create, discard, onboard};
use super::target::{Target, expect, header, targets};

const PROBLEM: &str = "application/problem+json; charset=UTF-8";

async fn get(target: &Target, path: &str, accept: &str) -> reqwest::Response {
    let request = target.request(Method::GET, path).header("Accept", accept);
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_vnfd_is_a_zip_of_what_the_top_file_imports() {
    for target in targets().await {
        let empty = create(&target).await;
        let answer = get(&target, &format!("{empty}/vnfd"), "application/zip").await;
        assert_eq!(answer.status(), 409, "{}", target.name);
        let answer = target.request(Method::DELETE, &empty).send().await.unwrap();
        assert_eq!(answer.status(), 204);

        let (path, _) = onboard(&target).await;
        let vnfd = format!("{path}/vnfd");
        let answer = get(&target, &vnfd, "application/zip").await;
        assert_eq!(answer.status(), 200, "{}", target.name);
        assert_eq!(header(&answer, "content-type"), "application/zip");
        let bytes = answer.bytes().await.unwrap();
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: BTreeSet<_> = zip
            .file_names()
            .map(|name| name.unwrap().into_owned())
            .collect();
        let expected = [
            "Definitions/etsi_nfv_sol001_common_types.yaml",
            "Definitions/etsi_nfv_sol001_vnfd_types.yaml",
            "Definitions/simple.yaml",
            "Definitions/top.yaml",
            "Definitions/types.yaml",
            "TOSCA-Metadata/TOSCA.meta",
        ];
        assert_eq!(names, expected.map(str::to_owned).into(), "{}", target.name);
        for (accept, status) in [("*/*", 406), ("text/plain", 400)] {
            let answer = get(&target, &vnfd, accept).await;
            assert_eq!(answer.status(), status, "{} {accept}", target.name);
        }
        discard(&target, &path).await;
    }
}

#[tokio::test]
async fn a_file_that_the_manifest_lists_comes_as_it_is_and_no_other() {
    for target in targets().await {
        let (path, _) = onboard(&target).await;
        let answer = target.request(Method::GET, &path).send().await.unwrap();
        let package = expect(answer, 200, "application/json").await;
        let artifacts = package["additionalArtifacts"].as_array().unwrap();
        let mut paths: Vec<_> = artifacts.iter().map(|one| &one["artifactPath"]).collect();
        paths.sort_by_key(|path| path.to_string());
        let expected = ["BaseHOT/simple/simple.yaml", "Files/a.json"];
        assert_eq!(paths, expected, "{}", target.name);

        let template = format!("{path}/artifacts/BaseHOT/simple/simple.yaml");
        let answer = get(&target, &template, "*/*").await;
        assert_eq!(answer.status(), 200, "{}", target.name);
        assert_eq!(
            answer.text().await.unwrap(),
            fixture::TEMPLATE,
            "{}",
            target.name
        );

        let json = format!("{path}/artifacts/Files/a.json");
        let answer = get(&target, &json, "*/*").await;
        assert_eq!(answer.status(), 500, "{}", target.name);
        let words = answer.text().await.unwrap();
        assert!(words.contains("AttributeError"), "{} {words}", target.name);

        let unlisted = format!("{path}/artifacts/Definitions/top.yaml");
        assert_eq!(
            expect(get(&target, &unlisted, "*/*").await, 404, PROBLEM).await,
            json!({"title": "Not Found", "status": 404, "detail": "Not Found Artifact File."})
        );
        discard(&target, &path).await;
    }
}
