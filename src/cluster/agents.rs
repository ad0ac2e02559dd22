//! Cilium's agents of a cluster, one to a node, and programs inside of them.

use serde::Deserialize;

use super::{Entry, Error};

/// What marks the agents' pods (`agent-pod-selector` of cilium-cli).
pub(super) const SELECTOR: &str = "k8s-app=cilium";
/// The namespace of all that is Cilium's.
pub(super) const NAMESPACE: &str = "kube-system";
/// The agent's container in its pod.
const CONTAINER: &str = "cilium-agent";

/// The pod of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The pod.
    pub pod: String,
    /// The node that it runs on.
    pub node: String,
    /// Whether it runs and says that it is ready.
    pub ready: bool,
    /// What Kubernetes calls its phase.
    pub phase: String,
    /// How often its container began anew.
    pub restarts: u32,
    /// The version in its image's tag, if it has one.
    pub version: Option<String>,
}

/// A program in the agents' image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentProgram {
    /// `cilium-dbg`: what the agent knows and has loaded.
    Dbg,
    /// `hubble`: the flows that the agent saw.
    Hubble,
    /// `cilium-health status`: the ways to other nodes.
    Health,
}

impl AgentProgram {
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Dbg => &["cilium-dbg"],
            Self::Hubble => &["hubble"],
            Self::Health => &["cilium-health", "status"],
        }
    }
}

impl Agent {
    /// Returns the command that runs a program of the agent's image beside the agent.
    #[must_use]
    pub fn command(&self, program: AgentProgram, words: &[String]) -> Vec<String> {
        let fixed = [
            "kubectl",
            "--namespace",
            NAMESPACE,
            "exec",
            &self.pod,
            "--container",
            CONTAINER,
            "--",
        ];
        let fixed = fixed
            .iter()
            .chain(program.words())
            .map(|word| (*word).to_owned());
        fixed.chain(words.iter().cloned()).collect()
    }
}

impl Entry {
    /// Returns the agent of `node`, or of the only node where none is named.
    ///
    /// # Errors
    /// Those of the shell; there is no such node, or there are several.
    pub async fn agent_of(&self, node: Option<&str>) -> Result<Agent, Error> {
        let mut found = self.agents(node).await?;
        if found.len() == 1 {
            return Ok(found.remove(0));
        }
        let nodes = match node {
            Some(_) => self.agents(None).await?,
            None => found,
        };
        let nodes = nodes.into_iter().map(|agent| agent.node).collect();
        let problem = match node {
            Some(node) => format!("no agent of Cilium runs on a node `{node}`"),
            None => "which node's agent? (--node)".into(),
        };
        Err(Error::Node { problem, nodes })
    }

    /// Returns the agents that are not about to end, on one node or on all.
    pub(super) async fn agents(&self, node: Option<&str>) -> Result<Vec<Agent>, Error> {
        let on = node.map(|node| format!("spec.nodeName={node}"));
        let mut words = vec!["kubectl", "--namespace", NAMESPACE, "get", "pods"];
        words.extend(["--selector", SELECTOR, "--output", "json"]);
        if let Some(on) = &on {
            words.extend(["--field-selector", on]);
        }
        let text = self.told("listing Cilium's agents", &words).await?;
        read(&text)
    }
}

#[derive(Deserialize)]
struct List {
    items: Vec<Pod>,
}

#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    deletion_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// None before it is placed.
    node_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    container_statuses: Vec<Container>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    name: String,
    ready: bool,
    restart_count: u32,
    #[serde(default)]
    image: String,
}

pub(super) fn read(text: &[u8]) -> Result<Vec<Agent>, Error> {
    let list: List = serde_json::from_slice(text)
        .map_err(|error| Error::Unusable(format!("kubectl's list of pods: {error}")))?;
    let pods = list.items.into_iter();
    let agents = pods.filter_map(|pod| {
        let node = pod.spec.node_name?;
        if pod.metadata.deletion_timestamp.is_some() {
            return None;
        }
        let containers = &pod.status.container_statuses;
        let own = containers.iter().find(|one| one.name == CONTAINER);
        Some(Agent {
            pod: pod.metadata.name,
            node,
            ready: pod.status.phase == "Running" && own.is_some_and(|one| one.ready),
            restarts: own.map_or(0, |one| one.restart_count),
            version: own.and_then(|one| version(&one.image)),
            phase: pod.status.phase,
        })
    });
    let mut agents: Vec<_> = agents.collect();
    agents.sort_by(|one, other| one.node.cmp(&other.node));
    Ok(agents)
}

/// The version in `REGISTRY/cilium:vVERSION@DIGEST`.
fn version(image: &str) -> Option<String> {
    let name = image.rsplit('/').next()?;
    let tag = name.split('@').next()?.split_once(':')?.1;
    Some(tag.trim_start_matches('v').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn agents_that_end_or_are_not_placed_are_left_out() {
        let pod = |name: &str, node: Option<&str>, leaving: Option<&str>| {
            json!({"metadata": {"name": name, "deletionTimestamp": leaving},
                "spec": {"nodeName": node},
                "status": {"phase": "Running", "containerStatuses": [
                    {"name": "cilium-agent", "ready": true, "restartCount": 2,
                     "image": "registry.example.org:5000/cilium/cilium:v1.20.3@sha256:00"}]}})
        };
        let list = json!({"items": [pod("b", Some("n2"), None), pod("a", Some("n1"), None),
            pod("c", Some("n1"), Some("2026-01-01T00:00:00Z")), pod("d", None, None)]});
        let found = read(list.to_string().as_bytes()).unwrap();
        let pods: Vec<_> = found.iter().map(|agent| agent.pod.as_str()).collect();
        assert_eq!(pods, ["a", "b"]);
        assert_eq!(found[0].version.as_deref(), Some("1.20.3"));
        assert!(found[0].ready);
        assert_eq!(found[0].restarts, 2);
    }

    #[test]
    fn programs_run_in_the_agents_own_container() {
        let list =
            json!({"items": [{"metadata": {"name": "cilium-x"}, "spec": {"nodeName": "n"}}]});
        let agent = read(list.to_string().as_bytes()).unwrap().remove(0);
        let words = ["bpf".to_owned(), "lb".into(), "list".into()];
        assert_eq!(
            agent.command(AgentProgram::Dbg, &words).join(" "),
            "kubectl --namespace kube-system exec cilium-x --container cilium-agent -- \
             cilium-dbg bpf lb list"
        );
    }
}
