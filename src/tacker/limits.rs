//! How much of its quota of servers a project has left (Nova's `GET /limits`).

use reqwest::Method;
use serde::Deserialize;

use super::elsewhere::{NOTHING, Service};
use super::{Client, Error};

const NOVA: Service = Service {
    kind: "compute",
    name: "Nova",
};

/// What is used of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// How much is used.
    pub used: i64,
    /// How much may be; nothing where there is no bound.
    pub most: Option<i64>,
}

impl Used {
    fn of(used: i64, most: i64) -> Self {
        Self {
            used,
            // Nova's word for no bound.
            most: (most >= 0).then_some(most),
        }
    }

    /// Returns what is left, where there is a bound.
    #[must_use]
    pub fn left(self) -> Option<i64> {
        self.most.map(|most| most - self.used)
    }
}

/// The quotas that servers are counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Servers.
    pub servers: Used,
    /// Virtual processors.
    pub cores: Used,
    /// Memory, in MiB.
    pub memory: Used,
}

#[derive(Deserialize)]
struct Answer {
    limits: Inner,
}

#[derive(Deserialize)]
struct Inner {
    absolute: Absolute,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Absolute {
    max_total_instances: i64,
    total_instances_used: i64,
    max_total_cores: i64,
    total_cores_used: i64,
    #[serde(rename = "maxTotalRAMSize")]
    max_total_ram_size: i64,
    #[serde(rename = "totalRAMUsed")]
    total_ram_used: i64,
}

/// What a server of a flavor takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FlavorSize {
    /// The flavor's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Virtual processors.
    pub vcpus: i64,
    /// Memory, in MiB.
    pub ram: i64,
}

#[derive(Deserialize)]
struct Flavors {
    flavors: Vec<FlavorSize>,
}

impl Client {
    /// Returns what servers of each flavor take, of those that the account may use.
    ///
    /// # Errors
    /// Those of logging in and of asking Nova.
    pub async fn flavor_sizes(&self) -> Result<Vec<FlavorSize>, Error> {
        let nova = self.session().elsewhere(NOVA).await?;
        let path = ["flavors", "detail"];
        let answer = nova
            .send(Method::GET, &path, &[], NOTHING, "application/json")
            .await?;
        Ok(answer.json::<Flavors>()?.flavors)
    }

    /// Returns the quotas of the account's project.
    ///
    /// # Errors
    /// Those of logging in and of asking Nova.
    pub async fn limits(&self) -> Result<Limits, Error> {
        let nova = self.session().elsewhere(NOVA).await?;
        let answer = nova
            .send(Method::GET, &["limits"], &[], NOTHING, "application/json")
            .await?;
        let one = answer.json::<Answer>()?.limits.absolute;
        Ok(Limits {
            servers: Used::of(one.total_instances_used, one.max_total_instances),
            cores: Used::of(one.total_cores_used, one.max_total_cores),
            memory: Used::of(one.total_ram_used, one.max_total_ram_size),
        })
    }
}
