//! The flagship on a real Tacker: its nodes are the lab's system containers, on which the management
//! driver and the node script really run, against stand-ins of the Kubernetes binaries.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Cleanup, Person, cloud};

/// Tells whether the cloud's servers can be logged in to, as the lab's in its node stage.
fn nodes() -> bool {
    let there = std::env::var_os("VNFCTL_TEST_NODES").is_some();
    assert!(
        there || std::env::var_os("VNFCTL_REQUIRE_REAL").is_none(),
        "VNFCTL_REQUIRE_REAL is set, but not VNFCTL_TEST_NODES"
    );
    there
}

/// Runs `scripts/lab` and returns what it printed.
fn lab(args: &[&str]) -> String {
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab"))
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/lab {args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Names of the lab's servers that belong to the cluster.
fn machines() -> Vec<String> {
    let all = lab(&["ssh"]);
    let own = all
        .lines()
        .filter(|name| name.starts_with("first-cluster-"));
    own.map(str::to_owned).collect()
}

/// What the cluster itself says of its nodes.
struct Members {
    /// Ids of the servers that the nodes run on.
    servers: BTreeSet<String>,
    names: BTreeSet<String>,
}

/// Asks the cluster's API on its control plane; every node must be Ready.
fn members() -> Members {
    let machines = machines();
    let control_plane = machines
        .iter()
        .find(|name| name.contains("-control-plane-"))
        .unwrap_or_else(|| panic!("no control plane among {machines:?}"));
    let kubectl = "sudo env KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes -o json";
    let nodes: Value = serde_json::from_str(&lab(&["ssh", control_plane, kubectl])).unwrap();
    let nodes = nodes["items"].as_array().unwrap();
    for node in nodes {
        let conditions = node["status"]["conditions"].as_array().unwrap();
        let ready = conditions
            .iter()
            .any(|c| c["type"] == "Ready" && c["status"] == "True");
        assert!(ready, "{node}");
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Members {
        servers: nodes
            .iter()
            .map(|node| text(&node["metadata"]["labels"]["vnfctl.dev/server"]))
            .collect(),
        names: nodes
            .iter()
            .map(|node| text(&node["metadata"]["name"]))
            .collect(),
    }
}

/// Ids of the servers that Tacker counts to the VNF, with their VDUs.
fn servers(me: &Person<'_>, vnf: &str) -> Vec<(String, String)> {
    let shown = me.json(&["show", vnf]);
    let resources = shown["instantiatedVnfInfo"]["vnfcResourceInfo"]
        .as_array()
        .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    resources
        .iter()
        .map(|r| (text(&r["vduId"]), text(&r["computeResource"]["resourceId"])))
        .collect()
}

/// The cluster has the nodes that Tacker believes in: one control plane and `workers` workers.
fn agrees(me: &Person<'_>, vnf: &str, workers: usize) -> Members {
    let servers = servers(me, vnf);
    let of = |vdu: &str| servers.iter().filter(|(v, _)| v == vdu).count();
    assert_eq!((of("controlPlane"), of("worker")), (1, workers));
    let members = members();
    assert_eq!(
        members.servers,
        servers.iter().map(|(_, id)| id.clone()).collect()
    );
    assert_eq!(members.names.len(), servers.len());
    members
}

#[test]
fn a_cluster_lives_its_whole_life_on_a_real_tacker() {
    let Some(cloud) = cloud() else { return };
    if !nodes() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let me = Person {
        cloud: &cloud,
        home: home.path(),
    };
    // The mirror goes on serving this folder when the test is over.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("first-cluster");
    let spec = lab(&["cluster", folder.to_str().unwrap()]);
    let archive = home.path().join("first-cluster.zip");
    let archive = archive.to_str().unwrap();

    me.does(&["package", "build", &spec, "--out", archive]);
    me.does(&["package", "push", archive]);
    let vnf = "first-cluster";
    let _cleanup = Cleanup(&me, vnf);

    me.does(&["instantiate", vnf, "--name", vnf, "--flavour", "simple"]);
    agrees(&me, vnf, 1);

    me.does(&["scale", vnf, "--out", "2"]);
    let scaled = agrees(&me, vnf, 3);

    let shown = me.json(&["show", vnf]);
    let vnfcs = shown["instantiatedVnfInfo"]["vnfcInfo"].as_array().unwrap();
    let worker = vnfcs.iter().find(|vnfc| vnfc["vduId"] == "worker").unwrap();
    me.does(&["heal", vnf, "--vnfc", worker["id"].as_str().unwrap()]);
    let healed = agrees(&me, vnf, 3);
    assert_eq!(healed.names, scaled.names, "a healed node keeps its name");
    let replaced: Vec<_> = scaled.servers.difference(&healed.servers).collect();
    assert_eq!(replaced, [worker["vnfcResourceInfoId"].as_str().unwrap()]);

    me.does(&["scale", vnf, "--in", "1"]);
    agrees(&me, vnf, 2);

    me.does(&["terminate", vnf, "--delete"]);
    assert_eq!(machines(), Vec::<String>::new(), "servers are left");
    me.does(&["package", "delete", vnf]);
}
