//! What the clusters say of their connections, and what of the network between them does not work.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::facts::{Endpoint, Facts, HEALTH_PORT};
use super::{Error, Side};
use crate::cluster::AgentProgram;

/// Longest to ask for what is, in addition to what is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster's connection to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The cluster that tells it.
    pub cluster: String,
    /// The other.
    pub peer: String,
    /// Agents that are connected, of all.
    pub agents: String,
    /// Servers of the mesh that are connected, of all; none without such servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub servers: Option<String>,
    /// Whether all are.
    pub connected: bool,
    /// Why some are not.
    pub errors: Vec<String>,
}

/// `cilium clustermesh status --output json` (`Status` in `clustermesh/clustermesh.go`).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Told {
    connectivity: Option<Connectivity>,
    kvstoremesh: ServersTold,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServersTold {
    status: Option<Connectivity>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Connectivity {
    clusters: BTreeMap<String, Stats>,
    total: i64,
    errors: BTreeMap<String, BTreeMap<String, Found>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Stats {
    connected: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Found {
    errors: Vec<String>,
}

impl Connectivity {
    fn of(&self, peer: &str) -> (String, bool) {
        let connected = self.clusters.get(peer).map_or(0, |stats| stats.connected);
        let all = self.total;
        (format!("{connected}/{all}"), all > 0 && connected == all)
    }

    fn errors<'s>(&'s self, peer: &'s str) -> impl Iterator<Item = String> + 's {
        self.errors.iter().flat_map(move |(pod, clusters)| {
            let found = clusters.get(peer);
            let errors = found.into_iter().flat_map(|found| &found.errors);
            errors.map(move |error| format!("{pod}: {error}"))
        })
    }
}

fn links(cluster: &str, text: &[u8]) -> Result<Vec<Link>, Error> {
    let told: Told = serde_json::from_slice(text)
        .map_err(|error| Error::Unusable(format!("cilium clustermesh status: {error}")))?;
    let agents = told.connectivity.unwrap_or_default();
    let servers = told.kvstoremesh.status;
    let names = agents.clusters.keys().filter(|name| *name != cluster);
    let found = names.map(|peer| {
        let (of_agents, all_agents) = agents.of(peer);
        let of_servers = servers.as_ref().map(|servers| servers.of(peer));
        let mut errors: Vec<_> = agents.errors(peer).collect();
        errors.extend(servers.iter().flat_map(|servers| servers.errors(peer)));
        Link {
            cluster: cluster.to_owned(),
            peer: peer.clone(),
            agents: of_agents,
            connected: all_agents && of_servers.as_ref().is_none_or(|(_, all)| *all),
            servers: of_servers.map(|(text, _)| text),
            errors,
        }
    });
    Ok(found.collect())
}

impl Side {
    /// Returns the cluster's connections, once all are well or `wait` is over.
    ///
    /// # Errors
    /// Those of the shell; the cluster serves no mesh.
    pub async fn links(&self, wait: Option<Duration>) -> Result<Vec<Link>, Error> {
        let what = "cilium clustermesh status";
        let seconds = wait.map(|wait| format!("{}s", wait.as_secs()));
        let mut words = vec!["cilium", "clustermesh", "status", "--output", "json"];
        if let Some(seconds) = &seconds {
            words.extend(["--wait", "--wait-duration", seconds]);
        }
        let patience = PATIENCE + wait.unwrap_or_default();
        let output = self.entry.asks(what, &words, &[], patience).await?;
        let text = self.entry.good(what, output)?;
        links(self.facts.name(), &text)
    }

    /// Returns the TCP ports of `peer` that this cluster's control plane does not reach, in words;
    /// the server's port only once there is one.
    ///
    /// # Errors
    /// Those of the shell.
    pub(super) async fn closed(
        &self,
        peer: &Facts,
        endpoint: Option<&Endpoint>,
    ) -> Result<Vec<String>, Error> {
        let mut ports: Vec<(String, u16, &str)> = Vec::new();
        for node in peer.nodes() {
            ports.push((node.to_string(), HEALTH_PORT, "cilium-health"));
        }
        for address in endpoint.into_iter().flat_map(|one| &one.addresses) {
            let port = endpoint.map_or(0, |one| one.port);
            ports.push((address.clone(), port, "the server of the mesh"));
        }
        let asked: Vec<_> = ports.iter().map(|(host, port, _)| (host, port)).collect();
        let answers: Vec<String> = self
            .entry
            .side("probe", &serde_json::json!({ "ports": asked }))
            .await?;
        let closed = ports
            .iter()
            .zip(answers)
            .filter(|(_, answer)| answer != "open");
        let words = closed.map(|((host, port, what), answer)| {
            format!(
                "{} (`{}`) does not reach {host} of `{}` at TCP {port}, {what}: {answer}",
                self.entry.node,
                self.facts.name(),
                peer.name()
            )
        });
        Ok(words.collect())
    }

    /// Returns what cilium-health finds on the way to the nodes of `peer` and to a pod on each, in
    /// words. Agents know those nodes only when the clusters are connected.
    ///
    /// # Errors
    /// Those of the shell.
    pub(super) async fn ill(&self, peer: &Facts) -> Result<Vec<String>, Error> {
        let agent = self.entry.agent_of(Some(&self.entry.node)).await?;
        let words = ["--probe", "--output", "json"].map(str::to_owned);
        let words = agent.command(AgentProgram::Health, &words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let text = self.entry.told("cilium-health status", &words).await?;
        ill(&text, &self.facts, peer)
    }
}

/// `cilium-health status --output json` (`HealthStatusResponse` of Cilium's health API).
#[derive(Deserialize)]
struct Health {
    #[serde(default)]
    nodes: Vec<NodeHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct NodeHealth {
    name: String,
    host: Option<Place>,
    health_endpoint: Option<Place>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Place {
    primary_address: Option<Paths>,
}

#[derive(Deserialize)]
struct Paths {
    icmp: Option<Path>,
    http: Option<Path>,
}

/// Its status is empty when all is well.
#[derive(Deserialize)]
struct Path {
    #[serde(default)]
    status: String,
}

impl Place {
    /// Why pings and requests do not arrive.
    fn broken(&self) -> (Option<&str>, Option<&str>) {
        let broken = |path: fn(&Paths) -> &Option<Path>| {
            let path = path(self.primary_address.as_ref()?).as_ref()?;
            Some(path.status.as_str()).filter(|status| !status.is_empty())
        };
        (broken(|paths| &paths.icmp), broken(|paths| &paths.http))
    }
}

fn ill(text: &[u8], facts: &Facts, peer: &Facts) -> Result<Vec<String>, Error> {
    let health: Health = serde_json::from_slice(text)
        .map_err(|error| Error::Unusable(format!("cilium-health status: {error}")))?;
    let of_peer = format!("{}/", peer.name());
    let mut found = Vec::new();
    for node in health
        .nodes
        .iter()
        .filter(|node| node.name.starts_with(&of_peer))
    {
        let from = facts.name();
        let name = &node.name;
        let (ping, request) = node.host.as_ref().map_or((None, None), Place::broken);
        if let Some(why) = request {
            found.push(format!(
                "`{from}` does not reach node {name} at TCP {HEALTH_PORT}, cilium-health: {why}"
            ));
        }
        if let Some(why) = ping {
            found.push(format!(
                "node {name} does not answer pings of `{from}`: {why}"
            ));
        }
        let pods = node.health_endpoint.as_ref().map(Place::broken);
        let (ping, request) = pods.unwrap_or_default();
        if let Some(why) = ping.or(request) {
            let way = facts.tunnel_port().map_or_else(
                || "by routes: are the pods' ranges let through between the clusters?".to_owned(),
                |(name, port)| format!("in {name}: is UDP {port} let in?"),
            );
            found.push(format!(
                "`{from}` does not reach a pod on node {name} ({why}); pods travel {way}"
            ));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_connection_is_whole_when_agents_and_servers_say_so() {
        let text = json!({"connectivity": {"total": 2, "not_ready": 1, "clusters": {
                "west": {"configured": 2, "connected": 2}, "north": {"configured": 2, "connected": 1}},
            "errors": {"cilium-a": {"north": {"Errors": ["not ready"], "Warnings": []}}}},
            "kvstoremesh": {"enabled": true, "status": {"total": 1, "clusters": {
                "west": {"configured": 1, "connected": 1}, "north": {"configured": 1, "connected": 1}}}}});
        let found = links("east", text.to_string().as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].peer.as_str(), found[0].connected),
            ("north", false)
        );
        assert_eq!(found[0].agents, "1/2");
        assert_eq!(found[0].errors, ["cilium-a: not ready"]);
        assert_eq!((found[1].peer.as_str(), found[1].connected), ("west", true));
        assert_eq!(found[1].servers.as_deref(), Some("1/1"));
    }

    #[test]
    fn a_way_that_is_broken_is_named_by_its_port() {
        let good = json!({"primary-address": {"icmp": {"latency": 1}, "http": {"latency": 1}}});
        let silent = json!({"primary-address": {"icmp": {"status": "Connection timed out"},
            "http": {"status": "context deadline exceeded"}}});
        let text = json!({"nodes": [
            {"name": "east/e1", "host": silent, "health-endpoint": silent},
            {"name": "west/w1", "host": good, "health-endpoint": silent},
            {"name": "west/w2", "host": {"primary-address": {"icmp": {"latency": 1},
                "http": {"status": "context deadline exceeded"}}}}]});
        let (east, west) = (facts("east", 1), facts("west", 2));
        let found = ill(text.to_string().as_bytes(), &east, &west).unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("west/w1") && found[0].contains("UDP 8472"),
            "{found:?}"
        );
        assert!(found[1].contains("west/w2 at TCP 4240"), "{found:?}");
    }
}
