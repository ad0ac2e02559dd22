//! vnflcm v2: a VNF that runs is moved to another package or connected to other networks. What the
//! sandbox is held to here is what a real Tacker said.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::onboarding::onboard;
use super::target::expect;
use super::vnf::{
    JSON, detail, free, get, instantiated, post, quick, resolved, start, until, until_error, vnfcs,
};

#[tokio::test]
async fn a_vnf_is_moved_to_another_package() {
    let target = quick(&[]).await;
    let path = instantiated(&target).await;
    free(&target, &path).await;
    let change = format!("{path}/change_vnfpkg");
    let (package, vnfd) = onboard(&target).await;
    let unknown = Uuid::new_v4().to_string();
    let rolling = |vdus: Value| {
        json!({"vnfdId": vnfd,
            "additionalParams": {"upgrade_type": "RollingUpdate", "vdu_params": vdus}})
    };
    // All of these are a real Tacker's words.
    for (body, status, expected) in [
        (
            json!({"vnfdId": unknown}),
            422,
            &*format!("VnfPackage of vnfdId {unknown} is not found or not operational."),
        ),
        (
            json!({"vnfdId": vnfd}),
            400,
            "Change Current VNF Package operation must have 'additionalParams'",
        ),
        (
            json!({"vnfdId": vnfd, "additionalParams": {}}),
            400,
            "not support upgrade_type ",
        ),
        (
            rolling(Value::Null),
            400,
            "'vdu_params' must exist in additionalParams",
        ),
        (
            rolling(json!([{}])),
            400,
            "If you set vdu_params in additionalParams, youmust set vdu_id for each element.",
        ),
        (
            rolling(json!([{"vdu_id": "x"}])),
            400,
            "vdu_id 'x' does not exist.",
        ),
    ] {
        let answer = post(&target, &change, &body).await;
        assert_eq!(detail(answer, status).await, expected);
    }

    let before = get(&target, &path).await;
    let occurrence = start(&target, &change, &rolling(json!([{"vdu_id": "worker"}]))).await;
    let ended = until(&target, &occurrence, "COMPLETED").await;
    assert_eq!(ended["operation"], "CHANGE_VNFPKG");
    let affected = &ended["resourceChanges"]["affectedVnfcs"];
    assert_eq!(affected[0]["changeType"], "MODIFIED");
    let after = get(&target, &path).await;
    assert_eq!(after["vnfdId"], *vnfd);
    assert_eq!(vnfcs(&after), vnfcs(&before), "the servers are kept");
    let used = |path: String| {
        let target = &target;
        async move {
            let answer = target.request(Method::GET, &path).send().await.unwrap();
            let package = expect(answer, 200, JSON).await;
            package["usageState"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(used(package).await, "IN_USE");
}

#[tokio::test]
async fn a_connection_point_is_moved_to_another_network() {
    let target = quick(&[]).await;
    let path = instantiated(&target).await;
    free(&target, &path).await;
    let change = format!("{path}/change_ext_conn");
    let link = |protocol: Value| {
        json!({"extVirtualLinks": [{"id": "net", "resourceId": "net",
            "extCps": [{"cpdId": "workerCp", "cpConfig": {"workerCp": {"cpProtocolData": [protocol]}}}]}]})
    };
    // The schema lets it pass, and the conductor fails at it, as a real Tacker's does.
    let bare = link(json!({"layerProtocol": "IP_OVER_ETHERNET"}));
    let occurrence = start(&target, &change, &bare).await;
    until_error(
        &target,
        &occurrence,
        "Cannot load 'ipOverEthernet' in the base class",
    )
    .await;
    resolved(&target, &occurrence, "fail").await;

    let addresses = json!([{"type": "IPV4", "numDynamicAddresses": 1}]);
    let whole = link(json!({
        "layerProtocol": "IP_OVER_ETHERNET",
        "ipOverEthernet": {"ipAddresses": addresses},
    }));
    for _ in 0..2 {
        let occurrence = start(&target, &change, &whole).await;
        let ended = until(&target, &occurrence, "COMPLETED").await;
        let links = &get(&target, &path).await["instantiatedVnfInfo"]["extVirtualLinkInfo"];
        assert_eq!(links.as_array().unwrap().len(), 1);
        assert_eq!(links[0]["resourceHandle"]["resourceId"], "net");
        assert_eq!(
            links[0]["currentVnfExtCpData"],
            whole["extVirtualLinks"][0]["extCps"]
        );
        assert_eq!(ended["changedExtConnectivity"], *links);
        free(&target, &path).await;
    }
}
