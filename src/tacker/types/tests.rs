use super::super::{Error, Kind};
use super::*;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde::de::DeserializeOwned;
use url::Url;

/// An answer of a real Tacker 16: status and body.
fn transcript(name: &str) -> (StatusCode, Vec<u8>) {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/fixtures/transcripts/{name}.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (_, answer) = text.split_once("--- response").unwrap();
    let (head, body) = answer.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.find_map(|line| line.strip_prefix("HTTP ")).unwrap();
    (status[..3].parse().unwrap(), body.as_bytes().to_vec())
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&transcript(name).1).unwrap()
}

fn keeps<T: DeserializeOwned + Serialize>(name: &str) {
    let written = serde_json::to_value(read::<T>(name)).unwrap();
    assert_eq!(written, read::<Value>(name));
}

#[rstest]
#[case::package("pkg-show-onboarded", keeps::<VnfPackage>)]
#[case::packages("pkg-list-all-fields", keeps::<Vec<VnfPackage>>)]
#[case::instance("show-instantiated", keeps::<VnfInstance>)]
#[case::instances("list", keeps::<Vec<VnfInstance>>)]
fn nothing_that_the_server_said_is_lost(#[case] name: &str, #[case] keeps: fn(&str)) {
    keeps(name);
}

#[test]
fn an_instantiated_vnf_tells_its_vnfcs_and_levels() {
    let vnf: VnfInstance = read("show-instantiated");
    assert!(vnf.is_instantiated());
    assert_eq!(vnf.label(), "smoke");
    assert_eq!(vnf.aspects(), ["VDU1_scale"]);
    assert_eq!(vnf.scale_level("VDU1_scale"), Some(0));
    let vdus: Vec<_> = vnf.vnfcs().iter().map(|one| &one.vdu_id).collect();
    assert_eq!(vdus, ["VDU1", "VDU2"]);
}

#[rstest]
#[case(
    "pkg-show-unknown",
    Kind::NotFound,
    "Can not find requested vnf package"
)]
#[case("401-no-token", Kind::Auth, "requires authentication")]
#[case("no-version-header", Kind::Invalid, "'Version' HTTP header missing.")]
#[case(
    "unknown-path",
    Kind::NotFound,
    "404 Not Found The resource could not be found."
)]
#[case(
    "create-unknown-vnfd",
    Kind::Invalid,
    "is not found or not operational"
)]
#[case("create-bad-json", Kind::Server, "has either erred or is incapable")]
#[case("busy-409", Kind::Conflict, "Other LCM operation")]
fn errors_of_a_real_tacker_are_understood(
    #[case] name: &str,
    #[case] kind: Kind,
    #[case] words: &str,
) {
    let (status, body) = transcript(name);
    let url = Url::parse("http://tacker:9890/x").unwrap();
    let error = Error::answer(&Method::GET, &url, status, Some("req-1".into()), &body);
    assert_eq!(error.kind, kind);
    let text = error.to_string();
    assert!(
        text.starts_with("GET http://tacker:9890/x answered "),
        "{text}"
    );
    assert!(text.contains(words), "{text}");
    assert!(text.ends_with("(request req-1)"), "{text}");
    assert_eq!(error.is_other_operation(), name == "busy-409");
}
