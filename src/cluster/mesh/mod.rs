//! Two clusters as a mesh (Cilium's Cluster Mesh), led from outside: their control planes need not
//! reach each other's API, since what each must know of the other travels over the two logins.

mod check;
mod facts;
mod report;
mod values;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Entry, Error};
pub use facts::Facts;
pub use report::Link;

const SCRIPT: &str = include_str!("side.py");
/// Longest for one question or change; an upgrade by Helm renders and applies the whole chart.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a cluster is asked for what it does not have yet.
const INTERVAL: Duration = Duration::from_secs(2);

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What.
    pub what: String,
    /// What helps.
    pub cure: String,
}

impl Obstacle {
    fn new(what: String, cure: String) -> Self {
        Self { what, cure }
    }
}

/// What became of a connection.
#[derive(Debug)]
pub struct Outcome {
    /// Whether both clusters are connected.
    pub connected: bool,
    /// What each says.
    pub links: Vec<Link>,
    /// What of the network does not work, in words.
    pub network: Vec<String>,
}

/// A cluster of a mesh, and the login that it is led by.
pub struct Side {
    entry: Entry,
    facts: Facts,
}

impl Entry {
    /// Asks `side.py` on the control plane.
    async fn side<T: DeserializeOwned>(&self, verb: &str, input: &Value) -> Result<T, Error> {
        let what = match verb {
            "facts" => "asking the cluster who it is",
            "change" => "changing Cilium's values",
            _ => "asking for the other cluster's ports",
        };
        let stdin = match input {
            Value::Null => Vec::new(),
            input => input.to_string().into_bytes(),
        };
        let words = ["python3", "-c", SCRIPT, verb];
        let output = self.asks(what, &words, &stdin, PATIENCE).await?;
        let text = self.good(what, output)?;
        serde_json::from_slice(&text).map_err(|error| Error::Unusable(format!("{what}: {error}")))
    }
}

impl Side {
    /// Asks a cluster who it is.
    ///
    /// # Errors
    /// Those of the shell; it has no Cilium.
    pub async fn of(entry: Entry) -> Result<Self, Error> {
        let facts = entry.side("facts", &Value::Null).await;
        match facts {
            Ok(facts) => Ok(Self { entry, facts }),
            Err(error) => {
                entry.close().await;
                Err(error)
            }
        }
    }

    /// Returns the cluster's name in a mesh.
    #[must_use]
    pub fn name(&self) -> &str {
        self.facts.name()
    }

    /// Tells whether the cluster serves a mesh.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.facts.serves()
    }

    /// Gives Cilium these values; tells whether they are others than before.
    async fn change(&mut self, values: Value) -> Result<bool, Error> {
        if values == self.facts.values {
            return Ok(false);
        }
        let wanted = json!({"revision": self.facts.revision, "values": values});
        let _: Value = self.entry.side("change", &wanted).await?;
        self.facts = self.entry.side("facts", &Value::Null).await?;
        Ok(true)
    }

    /// Turns on the server of the mesh, and waits until others can be told of it.
    async fn serve(&mut self, until: tokio::time::Instant) -> Result<(), Error> {
        self.change(values::serving(&self.facts)).await?;
        loop {
            let problem = match (self.facts.endpoint(), &self.facts.authority) {
                (Ok(_), Some(_)) => return Ok(()),
                (Err(problem), _) => problem,
                (Ok(_), None) => "Cilium has no authority of its own yet (cilium-ca)".into(),
            };
            if tokio::time::Instant::now() + INTERVAL > until {
                return Err(Error::Unusable(format!(
                    "cluster `{}`: {problem}",
                    self.name()
                )));
            }
            tokio::time::sleep(INTERVAL).await;
            self.facts = self.entry.side("facts", &Value::Null).await?;
        }
    }

    /// Logs out.
    pub async fn close(self) {
        self.entry.close().await;
    }
}

/// Returns what stands in the way of a mesh of two clusters, the network between them included;
/// nothing is changed.
///
/// # Errors
/// Those of the shell.
pub async fn obstacles(one: &Side, other: &Side) -> Result<Vec<Obstacle>, Error> {
    let mut found = check::obstacles(&one.facts, &other.facts);
    if !found.is_empty() {
        return Ok(found);
    }
    let (there, back) = tokio::try_join!(
        one.closed(&other.facts, None),
        other.closed(&one.facts, None)
    )?;
    let cure = "`clusterMesh.peers` with the other's `nodeCidr` lets its nodes in; a router must \
                connect the two networks, with no source NAT between them";
    found.extend(
        there
            .into_iter()
            .chain(back)
            .map(|what| Obstacle::new(what, cure.into())),
    );
    Ok(found)
}

/// Connects two clusters, and waits until both say so or `patience` is over. Where they are
/// connected already, nothing is changed.
///
/// # Errors
/// Those of the shell; Helm refuses the values; a cluster's server of the mesh does not come up.
pub async fn connect(
    one: &mut Side,
    other: &mut Side,
    patience: Duration,
) -> Result<Outcome, Error> {
    let until = tokio::time::Instant::now() + patience;
    tokio::try_join!(one.serve(until), other.serve(until))?;
    let of = |side: &Side| {
        let endpoint = side.facts.endpoint();
        endpoint.map_err(|problem| Error::Unusable(format!("cluster `{}`: {problem}", side.name())))
    };
    let (of_one, of_other) = (of(one)?, of(other)?);
    let for_one = values::connected(&one.facts, &other.facts, &of_other);
    let for_other = values::connected(&other.facts, &one.facts, &of_one);
    tokio::try_join!(one.change(for_one), other.change(for_other))?;
    let left = until.saturating_duration_since(tokio::time::Instant::now());
    outcome(one, other, Some(left.max(INTERVAL))).await
}

/// Returns how two clusters are connected, and what of the network between them does not work.
///
/// # Errors
/// Those of the shell.
pub async fn outcome(one: &Side, other: &Side, wait: Option<Duration>) -> Result<Outcome, Error> {
    let (of_one, of_other) = tokio::try_join!(one.links(wait), other.links(wait))?;
    let mut links = Vec::new();
    for (found, side, peer) in [(of_one, one, other), (of_other, other, one)] {
        let link = found.into_iter().find(|link| link.peer == peer.name());
        links.push(link.unwrap_or_else(|| Link {
            cluster: side.name().to_owned(),
            peer: peer.name().to_owned(),
            agents: "-".into(),
            servers: None,
            connected: false,
            errors: vec!["it does not know the other".into()],
        }));
    }
    let connected = links.iter().all(|link| link.connected);
    let mut network = Vec::new();
    for (side, peer) in [(one, other), (other, one)] {
        if connected {
            network.extend(side.ill(&peer.facts).await?);
        } else {
            let endpoint = peer.facts.endpoint().ok();
            network.extend(side.closed(&peer.facts, endpoint.as_ref()).await?);
        }
    }
    Ok(Outcome {
        connected,
        links,
        network,
    })
}

/// Takes the connection of two clusters away. Tells whether there was one.
///
/// # Errors
/// Those of the shell; Helm refuses the values.
pub async fn disconnect(one: &mut Side, other: &mut Side) -> Result<bool, Error> {
    let for_one = values::disconnected(&one.facts, &other.facts);
    let for_other = values::disconnected(&other.facts, &one.facts);
    let (here, there) = tokio::try_join!(one.change(for_one), other.change(for_other))?;
    Ok(here || there)
}

impl Side {
    /// Has the cluster forget one that is gone, by its name in the mesh. Tells whether it knew it.
    /// The certificate of that one's authority stays in the bundle, since nobody says which it is.
    ///
    /// # Errors
    /// Those of the shell; Helm refuses the values.
    pub async fn forget(&mut self, cluster: &str) -> Result<bool, Error> {
        self.change(values::without(&self.facts, cluster)).await
    }
}

#[cfg(test)]
mod tests;
