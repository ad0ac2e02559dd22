//! vnflcm v2: an instance and its operations. The states that need a cloud are asserted on
//! the sandbox alone; what is answered at once, on a real Tacker too.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;
use vnfctl::sandbox::Options;

use super::onboarding::{discard, onboard};
use super::target::{Target, expect, header, sandbox, targets};

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";
const PROBLEM: &str = "application/problem+json";
pub(super) const JSON: &str = "application/json";

pub(super) async fn post(target: &Target, path: &str, body: &Value) -> Response {
    let request = target.v2(Method::POST, path).json(body);
    request.send().await.unwrap()
}

pub(super) async fn get(target: &Target, path: &str) -> Value {
    let answer = target.v2(Method::GET, path).send().await.unwrap();
    expect(answer, 200, JSON).await
}

pub(super) async fn detail(answer: Response, status: u16) -> String {
    let problem = expect(answer, status, PROBLEM).await;
    assert_eq!(problem["status"], status);
    problem["detail"].as_str().unwrap().to_owned()
}

async fn create(target: &Target, vnfd: &str) -> String {
    let body = json!({"vnfdId": vnfd, "vnfInstanceName": "contract",
        "metadata": {"VDU_VNFc_mapping": {"worker": ["w-0"]}}});
    let answer = post(target, INSTANCES, &body).await;
    let location = header(&answer, "location").to_owned();
    let instance = expect(answer, 201, JSON).await;
    let path = format!("{INSTANCES}/{}", instance["id"].as_str().unwrap());
    assert_eq!(location, format!("{}{path}", target.endpoint));
    path
}

/// Posts an operation and returns the path of its occurrence.
pub(super) async fn start(target: &Target, path: &str, body: &Value) -> String {
    let answer = post(target, path, body).await;
    assert_eq!(answer.status(), 202, "{path}");
    let location = header(&answer, "location").to_owned();
    location.strip_prefix(&target.endpoint).unwrap().to_owned()
}

pub(super) async fn until(target: &Target, occurrence: &str, state: &str) -> Value {
    until_true(target, occurrence, |shown| shown["operationState"] == state).await
}

/// Waits for a failure of that detail, which tells it from an earlier one.
pub(super) async fn until_error(target: &Target, occurrence: &str, detail: &str) {
    let is_there = |shown: &Value| {
        shown["operationState"] == "FAILED_TEMP" && shown["error"]["detail"] == detail
    };
    until_true(target, occurrence, is_there).await;
}

async fn until_true(target: &Target, occurrence: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let shown = get(target, occurrence).await;
            if is_there(&shown) {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, wait).await.unwrap()
}

/// Deletes the instance; the 409 right after an operation is part of the contract.
async fn delete(target: &Target, path: &str) {
    let wait = async {
        loop {
            let answer = target.v2(Method::DELETE, path).send().await.unwrap();
            if answer.status() == 204 {
                return;
            }
            assert!(detail(answer, 409).await.starts_with("Other LCM operation"));
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, wait).await.unwrap();
}

pub(super) async fn quick(faults: &[&str]) -> Target {
    paced(20, faults).await
}

/// A sandbox whose operations take so many milliseconds.
async fn paced(milliseconds: u64, faults: &[&str]) -> Target {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let duration = Duration::from_millis(milliseconds);
    sandbox(Options {
        duration,
        faults,
        ..Options::default()
    })
    .await
}

pub(super) async fn instantiated(target: &Target) -> String {
    let (_, vnfd) = onboard(target).await;
    let path = create(target, &vnfd).await;
    let body = json!({"flavourId": "simple"});
    let occurrence = start(target, &format!("{path}/instantiate"), &body).await;
    until(target, &occurrence, "COMPLETED").await;
    path
}

fn level(instance: &Value) -> &Value {
    &instance["instantiatedVnfInfo"]["scaleStatus"][0]["scaleLevel"]
}

pub(super) fn vnfcs(instance: &Value) -> Vec<&str> {
    let list = instance["instantiatedVnfInfo"]["vnfcInfo"].as_array();
    let ids = list
        .into_iter()
        .flatten()
        .map(|one| one["id"].as_str().unwrap());
    ids.collect()
}

#[tokio::test]
async fn an_instance_is_created_refused_what_it_cannot_do_and_deleted() {
    for target in targets().await {
        let unknown = Uuid::new_v4().to_string();
        let answer = post(&target, INSTANCES, &json!({"vnfdId": unknown})).await;
        assert_eq!(
            detail(answer, 422).await,
            format!("VnfPackage of vnfdId {unknown} is not found or not operational.")
        );
        let answer = post(&target, INSTANCES, &json!({})).await;
        assert_eq!(detail(answer, 400).await, "'vnfdId' is a required property");

        let (package, vnfd) = onboard(&target).await;
        let path = create(&target, &vnfd).await;
        let id = path.rsplit('/').next().unwrap();
        let own = format!("{}{path}", target.endpoint);
        assert_eq!(
            get(&target, &path).await,
            json!({
                "id": id, "vnfInstanceName": "contract", "vnfdId": vnfd, "vnfProvider": "Acme",
                "vnfProductName": "Sample", "vnfSoftwareVersion": "1.0", "vnfdVersion": "1.1",
                "instantiationState": "NOT_INSTANTIATED",
                "metadata": {"VDU_VNFc_mapping": {"worker": ["w-0"]}},
                "_links": {"self": {"href": own},
                    "instantiate": {"href": format!("{own}/instantiate")}},
            }),
            "{}",
            target.name
        );
        let scale = json!({"type": "SCALE_OUT", "aspectId": "workers"});
        let terminate = json!({"terminationType": "FORCEFUL"});
        for (verb, body) in [
            ("scale", scale),
            ("heal", json!({})),
            ("terminate", terminate),
            ("change_vnfpkg", json!({"vnfdId": vnfd})),
            ("change_ext_conn", json!({"extVirtualLinks": []})),
        ] {
            let answer = post(&target, &format!("{path}/{verb}"), &body).await;
            let expected = format!("VnfInstance {id} isn't instantiated.");
            assert_eq!(
                detail(answer, 409).await,
                expected,
                "{} {verb}",
                target.name
            );
        }
        for (verb, body, expected) in [
            (
                "instantiate",
                json!({}),
                "'flavourId' is a required property",
            ),
            (
                "change_ext_conn",
                json!({}),
                "'extVirtualLinks' is a required property",
            ),
            (
                "change_ext_conn",
                json!({"extVirtualLinks": [{"id": "a", "resourceId": "b"}]}),
                "Invalid input for field/attribute 0. Value: {'id': 'a', 'resourceId': 'b'}. \
                 'extCps' is a required property",
            ),
            (
                "change_ext_conn",
                json!({"extVirtualLinks": [{"id": "a", "resourceId": "b", "extCps": []}]}),
                "Invalid input for field/attribute extCps. Value: []. [] should be non-empty",
            ),
            (
                "change_ext_conn",
                json!({"extVirtualLinks": [{"id": "a", "resourceId": "b",
                    "extCps": [{"cpdId": "c", "cpConfig": {}}]}]}),
                "Invalid input for field/attribute cpConfig. Value: {}. {} should be non-empty",
            ),
            (
                "change_vnfpkg",
                json!({}),
                "'vnfdId' is a required property",
            ),
            (
                "scale",
                json!({"type": "SCALE_OUT"}),
                "'aspectId' is a required property",
            ),
            (
                "scale",
                json!({"type": "SIDEWAYS", "aspectId": "a"}),
                "Invalid input for field/attribute type. Value: SIDEWAYS. 'SIDEWAYS' is not one \
                 of ['SCALE_OUT', 'SCALE_IN']",
            ),
            (
                "scale",
                json!({"type": "SCALE_IN", "aspectId": "a", "numberOfSteps": 0}),
                "Invalid input for field/attribute numberOfSteps. Value: 0. 0 is less than the \
                 minimum of 1",
            ),
        ] {
            let answer = post(&target, &format!("{path}/{verb}"), &body).await;
            assert_eq!(detail(answer, 400).await, expected, "{}", target.name);
        }
        let request = target.v2(Method::POST, INSTANCES).body("{");
        let request = request.header("Content-Type", JSON);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 500, "{}", target.name);
        assert_eq!(header(&answer, "content-type"), "text/html; charset=UTF-8");
        let occurrence = format!("/vnflcm/v2/vnf_lcm_op_occs/{unknown}");
        let answer = target.v2(Method::GET, &occurrence).send().await.unwrap();
        let expected = format!("VnfLcmOpOcc {unknown} not found.");
        assert_eq!(detail(answer, 404).await, expected);
        delete(&target, &path).await;
        discard(&target, &package).await;
    }
}

#[tokio::test]
async fn an_unknown_flavour_is_accepted_and_then_rolled_back() {
    let target = quick(&[]).await;
    let (_, vnfd) = onboard(&target).await;
    let path = create(&target, &vnfd).await;
    let body = json!({"flavourId": "nope"});
    let occurrence = start(&target, &format!("{path}/instantiate"), &body).await;
    let ended = until(&target, &occurrence, "ROLLED_BACK").await;
    assert_eq!(
        ended["error"],
        json!({"title": "Bad Request", "status": 400,
            "detail": "FlavourId nope not found in the vnfd."})
    );
    delete(&target, &path).await;
}

#[tokio::test]
async fn a_vnf_lives_from_instantiation_to_deletion() {
    let target = quick(&[]).await;
    let path = instantiated(&target).await;
    let instance = get(&target, &path).await;
    assert_eq!(instance["instantiationState"], "INSTANTIATED");
    assert_eq!(
        (vnfcs(&instance), level(&instance)),
        (vec!["w-0"], &json!(0))
    );

    let scale = format!("{path}/scale");
    let out = json!({"type": "SCALE_OUT", "aspectId": "workers"});
    for (key, value, expected) in [
        ("aspectId", json!("nope"), "Invalid aspectId 'nope'."),
        ("numberOfSteps", json!(3), "Invalid numberOfSteps '3'."),
        ("type", json!("SCALE_IN"), "Invalid numberOfSteps '1'."),
    ] {
        let mut body = out.clone();
        body[key] = value;
        assert_eq!(
            detail(post(&target, &scale, &body).await, 400).await,
            expected
        );
    }
    let occurrence = start(&target, &scale, &out).await;
    let ended = until(&target, &occurrence, "COMPLETED").await;
    let changes = ended["resourceChanges"]["affectedVnfcs"]
        .as_array()
        .unwrap();
    assert_eq!(changes.len(), 2, "a step of the fixture is two VNFCs");
    let instance = get(&target, &path).await;
    assert_eq!((vnfcs(&instance).len(), level(&instance)), (3, &json!(1)));

    let heal = format!("{path}/heal");
    let unknown = json!({"vnfcInstanceId": ["nope"]});
    let expected = "vnfcInstanceId(nope) does not exist.";
    assert_eq!(
        detail(post(&target, &heal, &unknown).await, 400).await,
        expected
    );
    free(&target, &path).await;
    let occurrence = start(&target, &heal, &json!({"vnfcInstanceId": ["w-0"]})).await;
    until(&target, &occurrence, "COMPLETED").await;
    let healed = get(&target, &path).await;
    assert_eq!(vnfcs(&healed), vnfcs(&instance), "VNFCs keep their ids");
    let servers = |of: &Value| {
        let list = of["instantiatedVnfInfo"]["vnfcInfo"]
            .as_array()
            .unwrap()
            .clone();
        list.into_iter()
            .map(|one| one["vnfcResourceInfoId"].clone())
            .collect::<Vec<_>>()
    };
    let (old, new) = (servers(&instance), servers(&healed));
    assert_eq!(
        old.iter().zip(&new).filter(|(old, new)| old != new).count(),
        1
    );

    free(&target, &path).await;
    let body = json!({"terminationType": "FORCEFUL"});
    let occurrence = start(&target, &format!("{path}/terminate"), &body).await;
    until(&target, &occurrence, "COMPLETED").await;
    let instance = get(&target, &path).await;
    assert_eq!(instance["instantiationState"], "NOT_INSTANTIATED");
    let left = json!({"flavourId": "simple", "vnfState": "STOPPED"});
    assert_eq!(instance["instantiatedVnfInfo"], left);
    delete(&target, &path).await;
}

/// Returns when no operation holds the instance: only then does a retry of nothing tell
/// of the state and not of the lock.
pub(super) async fn free(target: &Target, path: &str) {
    let id = path.rsplit('/').next().unwrap();
    let list = format!("/vnflcm/v2/vnf_lcm_op_occs?filter=(eq,vnfInstanceId,{id})");
    let occurrences = get(target, &list).await;
    let one = occurrences[0]["id"].as_str().unwrap();
    let retry = format!("/vnflcm/v2/vnf_lcm_op_occs/{one}/retry");
    let wait = async {
        while detail(post(target, &retry, &json!({})).await, 409).await
            != format!("LCM operation {one} not FAILED_TEMP.")
        {}
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, wait).await.unwrap();
}

#[tokio::test]
async fn a_failed_operation_blocks_the_vnf_until_it_is_resolved() {
    let faults = [
        "SCALE:PROCESSING:first",
        "SCALE:PROCESSING:second",
        "HEAL:PROCESSING",
    ];
    let target = quick(&faults).await;
    let path = instantiated(&target).await;
    free(&target, &path).await;
    let out = json!({"type": "SCALE_OUT", "aspectId": "workers"});
    let scale = start(&target, &format!("{path}/scale"), &out).await;
    let failed = until(&target, &scale, "FAILED_TEMP").await;
    assert_eq!(failed["error"]["detail"], "first");
    let answer = post(&target, &format!("{path}/heal"), &json!({})).await;
    assert!(detail(answer, 409).await.starts_with("Other LCM operation"));
    resolved(&target, &scale, "retry").await;
    until_error(&target, &scale, "second").await;
    resolved(&target, &scale, "rollback").await;
    until(&target, &scale, "ROLLED_BACK").await;
    assert_eq!(level(&get(&target, &path).await), &json!(0));

    free(&target, &path).await;
    let heal = start(&target, &format!("{path}/heal"), &json!({})).await;
    until(&target, &heal, "FAILED_TEMP").await;
    resolved(&target, &heal, "rollback").await;
    until_error(&target, &heal, "Rollback of HEAL is not supported.").await;
    let answer = resolved(&target, &heal, "fail").await;
    assert_eq!(expect(answer, 200, JSON).await["operationState"], "FAILED");
}

/// Posts retry, rollback or fail as soon as the failed operation lets the instance go.
pub(super) async fn resolved(target: &Target, occurrence: &str, verb: &str) -> Response {
    let path = format!("{occurrence}/{verb}");
    let wait = async {
        loop {
            let answer = post(target, &path, &json!({})).await;
            if answer.status() != 409 {
                assert!(answer.status().is_success());
                assert!(!answer.headers().contains_key("location"));
                return answer;
            }
        }
    };
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, wait).await.unwrap()
}

#[tokio::test]
async fn a_scale_during_another_operation_is_accepted_and_stays_starting() {
    let target = paced(300, &[]).await;
    let path = instantiated(&target).await;
    free(&target, &path).await;
    let heal = start(&target, &format!("{path}/heal"), &json!({})).await;
    let out = json!({"type": "SCALE_OUT", "aspectId": "workers"});
    let scale = start(&target, &format!("{path}/scale"), &out).await;
    let forceful = json!({"terminationType": "FORCEFUL"});
    let answer = post(&target, &format!("{path}/terminate"), &forceful).await;
    assert!(detail(answer, 409).await.starts_with("Other LCM operation"));
    until(&target, &heal, "COMPLETED").await;
    free(&target, &path).await;
    assert_eq!(get(&target, &scale).await["operationState"], "STARTING");
    assert_eq!(level(&get(&target, &path).await), &json!(0));
}

#[tokio::test]
async fn a_scale_right_after_another_operation_waits_for_its_lock() {
    // The lock outlives COMPLETED by a thirtieth: long enough for the request to meet it.
    let target = paced(3000, &[]).await;
    let path = instantiated(&target).await;
    let out = json!({"type": "SCALE_OUT", "aspectId": "workers"});
    let scale = start(&target, &format!("{path}/scale"), &out).await;
    until(&target, &scale, "COMPLETED").await;
    assert_eq!(level(&get(&target, &path).await), &json!(1));
}

#[tokio::test]
async fn an_operation_whose_package_is_lost_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = camino::Utf8Path::from_path(folder.path()).unwrap();
    let target = sandbox(Options {
        data: Some(&data.join("state")),
        duration: Duration::from_millis(30),
        ..Options::default()
    })
    .await;
    let path = instantiated(&target).await;
    let packages = data.join("packages");
    for package in std::fs::read_dir(&packages).unwrap() {
        std::fs::remove_file(package.unwrap().path()).unwrap();
    }
    let out = json!({"type": "SCALE_OUT", "aspectId": "workers"});
    let scale = start(&target, &format!("{path}/scale"), &out).await;
    let ended = until(&target, &scale, "ROLLED_BACK").await;
    let told = ended["error"]["detail"].as_str().unwrap();
    assert!(told.starts_with("The sandbox failed: "), "{told}");
}
