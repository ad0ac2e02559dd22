//! How Cilium is: what its command-line program says of the whole, and each node's agent beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agents::Agent;
use super::{Entry, Error};

/// Longest for `cilium status`, which asks every agent.
const PATIENCE: Duration = Duration::from_secs(180);

/// Cilium in a cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Version of the chart that is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// The parts that Kubernetes runs.
    pub components: Vec<Component>,
    /// The nodes, each with its agent.
    pub nodes: Vec<NodeHealth>,
    /// What is wrong, in words.
    pub errors: Vec<String>,
    /// What may be wrong.
    pub warnings: Vec<String>,
}

/// A part of Cilium that Kubernetes runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// Its name.
    pub name: String,
    /// What Kubernetes runs it as.
    pub kind: String,
    /// How many there should be.
    pub desired: i64,
    /// How many are ready.
    pub ready: i64,
}

/// A node and its agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeHealth {
    /// The node, as Kubernetes and Nova call it.
    pub node: String,
    /// The agent's pod, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// Ready, or the phase of its pod, or what is the matter.
    pub agent: String,
    /// Version of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How often it began anew.
    pub restarts: u32,
    /// What the agent says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cilium: Option<String>,
    /// What it says of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<String>,
    /// What it says of its flow logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hubble: Option<String>,
    /// Clusters of the mesh that it is ready for, of those that it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<String>,
}

/// What is read of `cilium status --output json` (`status/status.go` of cilium-cli).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Told {
    pod_state: BTreeMap<String, PodState>,
    cilium_status: BTreeMap<String, Option<AgentTold>>,
    errors: BTreeMap<String, BTreeMap<String, Found>>,
    helm_chart_version: Option<String>,
    config_errors: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct PodState {
    r#type: String,
    desired: i64,
    ready: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    errors: Vec<String>,
    warnings: Vec<String>,
}

/// What an agent says of itself (`StatusResponse` of Cilium's API).
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct AgentTold {
    cilium: State,
    kubernetes: State,
    hubble: State,
    cluster_mesh: Option<MeshTold>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State {
    state: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MeshTold {
    clusters: Vec<RemoteCluster>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RemoteCluster {
    ready: bool,
}

impl Health {
    /// Tells whether nothing is known to be wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.errors.is_empty() && self.nodes.iter().all(|node| node.agent == "Ready")
    }
}

impl Entry {
    /// Asks how Cilium is: `cilium status`, the list of nodes, and their agents' pods.
    ///
    /// # Errors
    /// Those of the shell; `cilium` cannot tell anything.
    pub async fn cilium_health(&self) -> Result<Health, Error> {
        let words = ["cilium", "status", "--output", "json"];
        let what = "cilium status";
        let output = self.asks(what, &words, &[], PATIENCE).await?;
        // It ends with 1 when it could not collect all, and has told the rest by then.
        let told = match serde_json::from_slice(&output.stdout) {
            Ok(told) => told,
            Err(error) if output.status == 0 => {
                return Err(Error::Unusable(format!("{what}: {error}")));
            }
            Err(_) => {
                return Err(self
                    .good(what, output)
                    .err()
                    .unwrap_or_else(|| Error::Unusable(format!("{what} says nothing"))));
            }
        };
        let collected = output.status == 0;
        let nodes = ["kubectl", "get", "nodes", "--output", "json"];
        let nodes = self.told("listing the nodes", &nodes).await?;
        let mut health = join(told, &names(&nodes)?, &self.agents(None).await?);
        if !collected {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty());
            health.errors.push(last.unwrap_or(what).trim().to_owned());
        }
        Ok(health)
    }
}

fn names(text: &[u8]) -> Result<Vec<String>, Error> {
    let list: Value = serde_json::from_slice(text)
        .map_err(|error| Error::Unusable(format!("kubectl's list of nodes: {error}")))?;
    let items = list["items"].as_array().into_iter().flatten();
    let names = items.filter_map(|node| node["metadata"]["name"].as_str());
    Ok(names.map(str::to_owned).collect())
}

fn join(told: Told, nodes: &[String], agents: &[Agent]) -> Health {
    let mut names: Vec<&String> = nodes.iter().collect();
    names.sort();
    let nodes = names.into_iter().map(|node| {
        let agent = agents.iter().find(|agent| agent.node == *node);
        let said = agent.and_then(|agent| told.cilium_status.get(&agent.pod)?.as_ref());
        let mesh = said.and_then(|said| said.cluster_mesh.as_ref());
        let mesh = mesh.filter(|mesh| !mesh.clusters.is_empty()).map(|mesh| {
            let ready = mesh.clusters.iter().filter(|cluster| cluster.ready);
            format!("{}/{}", ready.count(), mesh.clusters.len())
        });
        NodeHealth {
            node: node.clone(),
            pod: agent.map(|agent| agent.pod.clone()),
            agent: match agent {
                None => "missing".into(),
                Some(agent) if agent.ready => "Ready".into(),
                Some(agent) if agent.phase == "Running" => "NotReady".into(),
                Some(agent) => agent.phase.clone(),
            },
            version: agent.and_then(|agent| agent.version.clone()),
            restarts: agent.map_or(0, |agent| agent.restarts),
            cilium: said.and_then(|said| said.cilium.state.clone()),
            kubernetes: said.and_then(|said| said.kubernetes.state.clone()),
            hubble: said.and_then(|said| said.hubble.state.clone()),
            mesh,
        }
    });
    let nodes: Vec<_> = nodes.collect();
    let of_pods = |which: fn(&Found) -> &Vec<String>| {
        let found = told.errors.iter().flat_map(move |(part, pods)| {
            pods.iter().flat_map(move |(pod, found)| {
                which(found).iter().map(move |text| {
                    let whose = if pod.is_empty() { part } else { pod };
                    format!("{whose}: {text}")
                })
            })
        });
        found.collect::<Vec<_>>()
    };
    let mut errors = told.config_errors.clone();
    errors.extend(of_pods(|found| &found.errors));
    let warnings = of_pods(|found| &found.warnings);
    let components = told.pod_state.iter().map(|(name, state)| Component {
        name: name.clone(),
        kind: state.r#type.clone(),
        desired: state.desired,
        ready: state.ready,
    });
    Health {
        chart: told.helm_chart_version.clone(),
        components: components.collect(),
        nodes,
        errors,
        warnings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told() -> Told {
        let agent = json!({"cilium": {"state": "Ok", "msg": "1.20.3"}, "kubernetes": {"state": "Ok"},
            "hubble": {"state": "Ok"},
            "cluster-mesh": {"clusters": [{"name": "west", "ready": true}, {"name": "north"}]}});
        serde_json::from_value(json!({
            "pod_state": {"cilium": {"Type": "DaemonSet", "Desired": 2, "Ready": 1, "Available": 1, "Unavailable": 1}},
            "cilium_status": {"cilium-a": agent, "cilium-b": null},
            "errors": {"cilium": {"cilium-b": {"Errors": ["unable to retrieve cilium status"],
                "Warnings": [], "Disabled": false}},
                "hubble-relay": {"hubble-relay": {"Errors": [], "Warnings": ["slow"], "Disabled": false}}},
            "helm_chart_version": "1.20.3"}))
        .unwrap()
    }

    fn agent(pod: &str, node: &str, ready: bool) -> Agent {
        Agent {
            pod: pod.into(),
            node: node.into(),
            ready,
            phase: "Running".into(),
            restarts: 0,
            version: None,
        }
    }

    #[test]
    fn each_node_stands_with_its_agent_and_one_without_is_missing_it() {
        let nodes = ["n3", "n1", "n2"].map(str::to_owned);
        let agents = [
            agent("cilium-a", "n1", true),
            agent("cilium-b", "n2", false),
        ];
        let health = join(told(), &nodes, &agents);
        let rows: Vec<_> = health
            .nodes
            .iter()
            .map(|node| {
                (
                    node.node.as_str(),
                    node.agent.as_str(),
                    node.mesh.as_deref(),
                )
            })
            .collect();
        let expected = [
            ("n1", "Ready", Some("1/2")),
            ("n2", "NotReady", None),
            ("n3", "missing", None),
        ];
        assert_eq!(rows, expected);
        assert_eq!(
            health.errors,
            ["cilium-b: unable to retrieve cilium status"]
        );
        assert_eq!(health.warnings, ["hubble-relay: slow"]);
        assert_eq!(health.components[0].desired, 2);
        assert!(!health.is_good());
    }
}
