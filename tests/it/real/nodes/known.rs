//! What OpenStack knows of the cluster's servers.

use serde_json::Value;

use crate::contract::target::Target;
use crate::real::Person;
use crate::real::access::wait;
use crate::real::lab::{CLUSTER, servers};

/// A server as OpenStack knows it.
pub(super) struct Server {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) control_plane: bool,
}

async fn asked(target: &Target, service: &str, path: &str) -> Value {
    let url = format!("{}{path}", target.service(service));
    let request = reqwest::Client::new().get(&url);
    let request = request.header("X-Auth-Token", &target.token);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    answer.json().await.unwrap()
}

/// The VNF's servers, with the names and addresses that Nova gives them.
pub(super) fn known_servers(me: &Person<'_>, target: &Target) -> Vec<Server> {
    let of_nova = |id: &str| wait(asked(target, "compute", &format!("/servers/{id}")));
    let known = servers(me, CLUSTER);
    assert!(!known.is_empty());
    let servers = known.into_iter().map(|(vdu, id)| {
        let server = &of_nova(&id)["server"];
        let networks = server["addresses"].as_object().unwrap();
        let addresses: Vec<_> = networks
            .values()
            .flat_map(|n| n.as_array().unwrap())
            .collect();
        assert_eq!(addresses.len(), 1, "{server}");
        Server {
            name: server["name"].as_str().unwrap().to_owned(),
            address: addresses[0]["addr"].as_str().unwrap().to_owned(),
            control_plane: vdu == "controlPlane",
            id,
        }
    });
    servers.collect()
}

/// The address that Neutron reserves for all control planes, if Heat was asked for one.
pub(super) async fn shared_address(target: &Target, vnf: &str) -> Option<String> {
    let resources = asked(
        target,
        "orchestration",
        &format!("/stacks/vnf-{vnf}/resources"),
    )
    .await;
    let mut resources = resources["resources"].as_array().unwrap().iter();
    let port = resources.find(|one| one["resource_name"] == "controlPlaneVip")?;
    let port = port["physical_resource_id"].as_str().unwrap();
    let port = asked(target, "network", &format!("/v2.0/ports/{port}")).await;
    Some(
        port["port"]["fixed_ips"][0]["ip_address"]
            .as_str()
            .unwrap()
            .to_owned(),
    )
}
