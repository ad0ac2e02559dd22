//! The lab as these tests need it: its servers from inside, and a cluster's package made for it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::Person;

/// Name of the VNF and of its product.
pub(super) const CLUSTER: &str = "first-cluster";

/// Tells whether the cloud's servers can be logged in to, as the lab's in its node stage.
pub(super) fn nodes() -> bool {
    let there = std::env::var_os("VNFCTL_TEST_NODES").is_some();
    assert!(
        there || std::env::var_os("VNFCTL_REQUIRE_REAL").is_none(),
        "VNFCTL_REQUIRE_REAL is set, but not VNFCTL_TEST_NODES"
    );
    there
}

/// Runs `scripts/lab` and returns what it printed.
pub(super) fn lab(args: &[&str]) -> String {
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab"))
        .args(args)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/lab {args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Names of the lab's servers that belong to the cluster.
pub(super) fn machines() -> Vec<String> {
    let all = lab(&["ssh"]);
    let own = all.lines().filter(|name| name.starts_with(CLUSTER));
    own.map(str::to_owned).collect()
}

/// What the cluster itself says of its nodes.
pub(super) struct Members {
    /// Ids of the servers that the nodes run on.
    pub(super) servers: BTreeSet<String>,
    pub(super) names: BTreeSet<String>,
}

/// Asks the cluster's API on its control plane; every node must be Ready.
pub(super) fn members() -> Members {
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
pub(super) fn servers(me: &Person<'_>, vnf: &str) -> Vec<(String, String)> {
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

/// The cluster has the nodes that Tacker believes in, so many control planes and workers.
pub(super) fn agrees(me: &Person<'_>, control_planes: usize, workers: usize) -> Members {
    let vnf = CLUSTER;
    let servers = servers(me, vnf);
    let of = |vdu: &str| servers.iter().filter(|(v, _)| v == vdu).count();
    assert_eq!(
        (of("controlPlane"), of("worker")),
        (control_planes, workers)
    );
    let members = members();
    assert_eq!(
        members.servers,
        servers.iter().map(|(_, id)| id.clone()).collect()
    );
    assert_eq!(members.names.len(), servers.len());
    members
}

/// Runs a command on a machine and returns what it printed.
pub(super) fn on(machine: &str, command: &str) -> String {
    lab(&["ssh", machine, command])
}

/// Runs a command on a machine with this input, and returns what it printed.
pub(super) fn pipe(machine: &str, command: &str, input: &str) -> String {
    let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab"))
        .args(["ssh", machine, command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command} on {machine}");
    String::from_utf8(output.stdout).unwrap()
}

/// Writes a file as root on a machine.
pub(super) fn write(machine: &str, path: &str, content: &str) {
    pipe(machine, &format!("sudo tee {path} >/dev/null"), content);
}

/// The cluster's machines of one kind, `control-plane` or `worker`.
pub(super) fn machines_of(kind: &str) -> Vec<String> {
    let mut found = machines();
    found.retain(|name| name.starts_with(&format!("{CLUSTER}-{kind}-")));
    found.sort();
    found
}

/// The lab's folder.
pub(super) fn folder() -> PathBuf {
    let clouds = std::env::var_os("OS_CLIENT_CONFIG_FILE").unwrap();
    Path::new(&clouds).parent().unwrap().to_owned()
}

/// Where the cluster's spec and its mirror are, which goes on serving when a test is over.
pub(super) fn folder_of_spec() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(CLUSTER)
}

/// Builds the package of the lab's cluster with changes to its spec, and onboards it.
pub(super) fn onboard(me: &Person<'_>, changes: &[(&str, &str)]) -> PathBuf {
    let folder = folder_of_spec();
    let spec = lab(&["cluster", folder.to_str().unwrap()]);
    let mut text = std::fs::read_to_string(&spec).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in {text}");
        text = text.replace(from, to);
    }
    std::fs::write(&spec, text).unwrap();
    let archive = me.home.join("first-cluster.zip");
    me.does(&[
        "package",
        "build",
        &spec,
        "--out",
        archive.to_str().unwrap(),
    ]);
    me.does(&["package", "push", archive.to_str().unwrap()]);
    archive
}

/// The operation of the cluster that stopped in FAILED_TEMP.
pub(super) fn stopped(me: &Person<'_>) -> String {
    let operations = me.json(&["op", "list", CLUSTER]);
    let mut stopped = operations.as_array().unwrap().iter();
    let found = stopped.find(|op| op["operationState"] == "FAILED_TEMP");
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

/// Runs a command whose operation must stop in FAILED_TEMP; returns what the person reads.
pub(super) fn stops(me: &Person<'_>, args: &[&str]) -> String {
    let Output { status, stderr, .. } = me.run(args);
    let words = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "vnfctl {args:?}: {words}");
    assert!(words.contains("FAILED_TEMP"), "{words}");
    words
}

/// Ends the cluster and takes its package away.
pub(super) fn end(me: &Person<'_>) {
    me.does(&["terminate", CLUSTER, "--delete"]);
    assert_eq!(machines(), Vec::<String>::new(), "servers are left");
    me.does(&["package", "delete", CLUSTER]);
}

/// Takes away what a failed test leaves, faults of the lab included.
pub(super) struct Sweep<'a>(pub(super) &'a Person<'a>);

impl Drop for Sweep<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let lab = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab");
        let cleared = Command::new(lab).args(["fault", "clear"]).status();
        eprintln!("cleaning up, faults: {cleared:?}");
        let listed = self.0.run(&["op", "list", CLUSTER, "-o", "json"]);
        let operations: Value = serde_json::from_slice(&listed.stdout).unwrap_or_default();
        for op in operations.as_array().into_iter().flatten() {
            if op["operationState"] == "FAILED_TEMP" {
                let how = if op["operation"] == "INSTANTIATE" {
                    "rollback"
                } else {
                    "fail"
                };
                self.say(&["op", how, op["id"].as_str().unwrap_or_default()]);
            }
        }
        self.say(&["terminate", CLUSTER, "--delete"]);
        self.say(&["package", "delete", CLUSTER]);
    }
}

impl Sweep<'_> {
    fn say(&self, args: &[&str]) {
        let output = self.0.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        eprintln!("cleaning up, vnfctl {args:?}: {stderr}");
    }
}
