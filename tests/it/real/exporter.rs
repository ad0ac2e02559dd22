//! What kube-state-metrics and node-exporter would say of the lab's cluster, for the lab's Prometheus.
//!
//! The nodes are those of the cluster's own API and Ready as it says; how much memory they use is
//! what the test says.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::lab;

const ADMIN: &str = "sudo env KUBECONFIG=/etc/kubernetes/admin.conf";

#[derive(Default)]
struct Shared {
    /// Names of nodes and what is said of them.
    known: Mutex<(Vec<String>, String)>,
    /// Percentage of their memory that all nodes use.
    used: AtomicU32,
    over: AtomicBool,
}

/// Serves metrics until it is dropped.
pub(super) struct Exporter {
    shared: Arc<Shared>,
    targets: PathBuf,
    // Its end stops the server.
    _runtime: tokio::runtime::Runtime,
    watching: Option<std::thread::JoinHandle<()>>,
}

impl Exporter {
    /// Watches the cluster by way of this control plane, with nodes half used.
    pub(super) fn of(control_plane: String) -> Self {
        let shared = Arc::new(Shared {
            used: AtomicU32::new(50),
            ..Shared::default()
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let of_cluster = |State(shared): State<Arc<Shared>>| async move {
            shared.known.lock().unwrap().1.clone()
        };
        let of_node = |State(shared): State<Arc<Shared>>| async move {
            let free = 100 - shared.used.load(Ordering::Relaxed);
            format!("node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes {free}\n")
        };
        let routes = Router::new()
            .route("/cluster", get(of_cluster))
            .route("/node", get(of_node))
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, routes).await });
        let targets = lab::folder().join("monitoring/targets/proof.yml");
        let watching = {
            let (shared, targets) = (Arc::clone(&shared), targets.clone());
            std::thread::spawn(move || {
                while !shared.over.load(Ordering::Relaxed) {
                    if let Some(nodes) = nodes(&control_plane) {
                        shared.takes(&nodes, &address, &targets);
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
            })
        };
        Self {
            shared,
            targets,
            _runtime: runtime,
            watching: Some(watching),
        }
    }

    /// Has all nodes use so much of their memory.
    pub(super) fn load(&self, percent: u32) {
        self.shared.used.store(percent, Ordering::Relaxed);
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(watching) = self.watching.take() {
            let _ = watching.join();
        }
        let _ = std::fs::remove_file(&self.targets);
    }
}

/// The node objects; none when the API does not answer, and then the last ones stay, as with an
/// exporter that has them from a watch.
fn nodes(control_plane: &str) -> Option<Vec<Value>> {
    let lab = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lab");
    let get = format!("{ADMIN} kubectl get nodes -o json");
    let output = Command::new(lab)
        .args(["ssh", control_plane, &get])
        .output();
    let nodes: Value = serde_json::from_slice(&output.ok()?.stdout).ok()?;
    nodes["items"].as_array().cloned()
}

impl Shared {
    /// Takes in what the API says, and tells Prometheus where each node's metrics are.
    fn takes(&self, nodes: &[Value], address: &str, targets: &PathBuf) {
        let mut text = String::new();
        let mut names = Vec::new();
        for node in nodes {
            let metadata = &node["metadata"];
            let name = metadata["name"].as_str().unwrap().to_owned();
            let label = |name| metadata["labels"][name].as_str().unwrap();
            let (server, vnf) = (label("vnfctl.dev/server"), label("vnfctl.dev/vnf"));
            let conditions = node["status"]["conditions"].as_array().unwrap();
            let ready = conditions
                .iter()
                .find(|one| one["type"] == "Ready")
                .unwrap();
            writeln!(
                text,
                "kube_node_labels{{node=\"{name}\",label_vnfctl_dev_server=\"{server}\",\
                 label_vnfctl_dev_vnf=\"{vnf}\"}} 1"
            )
            .unwrap();
            for status in ["True", "False", "Unknown"] {
                let so = u8::from(ready["status"] == status);
                let status = status.to_lowercase();
                writeln!(
                    text,
                    "kube_node_status_condition{{node=\"{name}\",condition=\"Ready\",status=\"{status}\"}} {so}"
                )
                .unwrap();
            }
            // kubeadm labels control planes so; its stand-in leaves that out.
            if name.contains("-control-plane-") {
                writeln!(
                    text,
                    "kube_node_role{{node=\"{name}\",role=\"control-plane\"}} 1"
                )
                .unwrap();
            }
            names.push(name);
        }
        let mut known = self.known.lock().unwrap();
        if known.0 != names {
            let target = |path: &str, instance: &str| {
                json!({"targets": [address],
                    "labels": {"__metrics_path__": path, "instance": instance}})
            };
            let mut all = vec![target("/cluster", "kube-state-metrics:8080")];
            all.extend(
                names
                    .iter()
                    .map(|name| target("/node", &format!("{name}:9100"))),
            );
            // Whole at once, as Prometheus reads it when it changes.
            let scratch = targets.with_extension("tmp");
            std::fs::write(&scratch, json!(all).to_string()).unwrap();
            std::fs::rename(&scratch, targets).unwrap();
        }
        *known = (names, text);
    }
}
