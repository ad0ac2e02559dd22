//! The nodes of a cluster with their agents of Cilium, as somebody with a kubeconfig sees them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::Error;
use super::agents::{self, Agent, NAMESPACE, SELECTOR};
use super::kubectl::Kubectl;

/// Longest for a list.
const PATIENCE: Duration = Duration::from_secs(15);

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Whether Kubernetes takes it for ready.
    pub ready: bool,
    /// Why not, in the kubelet's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The kubelet's version.
    pub kubelet: String,
    /// How its agent of Cilium is; nothing where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cilium: Option<String>,
}

/// Returns the nodes by their names, with the kubectl of this machine and the kubeconfig `file`.
///
/// # Errors
/// There is no `kubectl`, it refuses, or says nothing for too long.
pub async fn members(file: &Path) -> Result<BTreeMap<String, Member>, Error> {
    let kubectl = Kubectl {
        file,
        context: None,
    };
    let wait = format!("--request-timeout={}s", PATIENCE.as_secs());
    let nodes = ["get", "nodes", "--output", "json", &wait];
    let pods = [
        "get",
        "pods",
        "--namespace",
        NAMESPACE,
        "--selector",
        SELECTOR,
        "--output",
        "json",
        &wait,
    ];
    let both = async { tokio::try_join!(kubectl.run(&nodes, ""), kubectl.run(&pods, "")) };
    // A name that does not resolve is asked for again and again, whatever it was told.
    let late = |_| Error::Unusable("kubectl does not end".to_owned());
    let both = tokio::time::timeout(2 * PATIENCE, both).await;
    let (nodes, pods) = both.map_err(late)??;
    read(&nodes, &agents::read(&pods)?)
}

fn read(nodes: &[u8], agents: &[Agent]) -> Result<BTreeMap<String, Member>, Error> {
    let list: Value = serde_json::from_slice(nodes)
        .map_err(|error| Error::Unusable(format!("kubectl's list of nodes: {error}")))?;
    let nodes = list["items"].as_array().into_iter().flatten();
    let members = nodes.filter_map(|node| {
        let name = node["metadata"]["name"].as_str()?;
        let conditions = node["status"]["conditions"].as_array();
        let ready = conditions?.iter().find(|one| one["type"] == "Ready");
        let is_ready = ready.is_some_and(|one| one["status"] == "True");
        let why = ready.and_then(|one| one["message"].as_str());
        let kubelet = node["status"]["nodeInfo"]["kubeletVersion"].as_str();
        let agent = agents.iter().find(|agent| agent.node == name);
        let member = Member {
            ready: is_ready,
            why: why.filter(|_| !is_ready).map(str::to_owned),
            kubelet: kubelet.unwrap_or_default().to_owned(),
            cilium: agent.map(words),
        };
        Some((name.to_owned(), member))
    });
    Ok(members.collect())
}

fn words(agent: &Agent) -> String {
    let state = match agent.ready {
        true => "ready".to_owned(),
        false => format!("{}, not ready", agent.phase),
    };
    let version = agent.version.as_deref().unwrap_or_default();
    let restarts = match agent.restarts {
        0 => String::new(),
        count => format!(", began anew {count} times"),
    };
    format!("{version} {state}{restarts}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nodes_have_their_state_and_their_agent() {
        let node = |name: &str, status: &str| {
            json!({"metadata": {"name": name}, "status": {
                "nodeInfo": {"kubeletVersion": "v1.36.5"},
                "conditions": [{"type": "MemoryPressure", "status": "False"},
                    {"type": "Ready", "status": status, "message": "no CNI"}]}})
        };
        let nodes = json!({"items": [node("n1", "True"), node("n2", "False")]});
        let agent = Agent {
            pod: "cilium-x".into(),
            node: "n1".into(),
            ready: false,
            phase: "Running".into(),
            restarts: 2,
            version: Some("1.20.3".into()),
        };
        let found = read(nodes.to_string().as_bytes(), &[agent]).unwrap();
        assert!(found["n1"].ready && found["n1"].why.is_none());
        let cilium = found["n1"].cilium.as_deref();
        assert_eq!(
            cilium,
            Some("1.20.3 Running, not ready, began anew 2 times")
        );
        assert_eq!(found["n2"].why.as_deref(), Some("no CNI"));
        assert_eq!(found["n2"].cilium, None);
    }
}
