//! What Heat knows of a VNF's stack: the resources that failed, and why.
//!
//! Tacker passes on one line of Heat's for a whole stack; the resource that really failed
//! is often deeper, in a nested stack of an AutoScalingGroup.

use osauth::services::ServiceType;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Client, Error, Kind};

/// How deep nested stacks are looked into; ours are two deep.
const DEPTH: &str = "5";

#[derive(Debug, Clone, Copy)]
struct Heat;

impl ServiceType for Heat {
    fn catalog_type(&self) -> &'static str {
        "orchestration"
    }

    // The catalog's address has the version and the project in it, so there is nothing to
    // find out, and discovery would cut the project off.
    fn version_discovery_supported(&self) -> bool {
        false
    }
}

/// A resource of a stack that could not be made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FailedResource {
    /// Its name in the template: of a VDU's server, the VDU.
    #[serde(rename = "resource_name")]
    pub name: String,
    /// Its type, such as `OS::Nova::Server`.
    #[serde(rename = "resource_type")]
    pub kind: String,
    /// `CREATE_FAILED` and the like.
    #[serde(rename = "resource_status")]
    pub status: String,
    /// Why, in Heat's words.
    #[serde(rename = "resource_status_reason", default)]
    pub reason: String,
}

#[derive(Deserialize)]
struct Stacks {
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
struct Stack {
    id: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<FailedResource>,
}

impl Client {
    /// Returns the failed resources of a VNF's stack, the innermost ones only; none when
    /// there is no stack, as after a rollback.
    ///
    /// The stack is looked for in the account's own project, by the name that Tacker gives
    /// it (`sol_refactored/infra_drivers/openstack/heat_utils.py`, `get_stack_name`).
    ///
    /// # Errors
    /// Those of logging in and of asking Heat.
    pub async fn failed_resources(&self, vnf: &str) -> Result<Vec<FailedResource>, Error> {
        let library = self.session().library().await?;
        let name = format!("vnf-{vnf}");
        let query = [("name", name.as_str()), ("show_nested", "false")];
        let found: Stacks = self.heat(&library, &["stacks"], &query).await?;
        let Some(stack) = found.stacks.first() else {
            return Ok(Vec::new());
        };
        let path = ["stacks", &name, &stack.id, "resources"];
        let all: Resources = self
            .heat(&library, &path, &[("nested_depth", DEPTH)])
            .await?;
        Ok(innermost(all.resources))
    }

    async fn heat<T: DeserializeOwned>(
        &self,
        library: &osauth::Session,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let refused = |e: osauth::Error| self.session().refused(&e);
        let path = path.iter().map(|part| (*part).to_owned());
        let url: Url = library
            .get_endpoint(Heat, path.clone().collect::<Vec<_>>())
            .await
            .map_err(refused)?;
        let method = reqwest::Method::GET;
        let answer = library
            .get(Heat, path.collect::<Vec<_>>())
            .query(query)
            .timeout(std::time::Duration::from_secs(30))
            .send_unchecked()
            .await
            .map_err(refused)?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .map_err(|e| Error::transport(&method, &url, &e))?;
        if !status.is_success() {
            return Err(Error::answer(&method, &url, status, None, &body));
        }
        serde_json::from_slice(&body).map_err(|e| {
            let detail = format!("Heat's answer is not what its API promises: {e}");
            Error::plain(Kind::NotUnderstood, detail).of(&method, &url)
        })
    }
}

/// Keeps the failed resources that are no nested stacks, for these only repeat what failed
/// inside them, and all of them when nothing else failed.
fn innermost(resources: Vec<FailedResource>) -> Vec<FailedResource> {
    let failed = |one: &FailedResource| one.status.ends_with("_FAILED");
    let is_stack = |one: &FailedResource| {
        one.kind.ends_with(".yaml") || one.kind == "OS::Heat::AutoScalingGroup"
    };
    let (stacks, leaves): (Vec<_>, Vec<_>) =
        resources.into_iter().filter(failed).partition(is_stack);
    if leaves.is_empty() { stacks } else { leaves }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, kind: &str, status: &str) -> FailedResource {
        FailedResource {
            name: name.into(),
            kind: kind.into(),
            status: status.into(),
            reason: String::new(),
        }
    }

    #[test]
    fn the_innermost_failure_is_the_one_that_is_told() {
        let group = resource("worker", "OS::Heat::AutoScalingGroup", "CREATE_FAILED");
        let nested = resource("a1b2", "worker.yaml", "CREATE_FAILED");
        let server = resource("worker", "OS::Nova::Server", "CREATE_FAILED");
        let port = resource("workerCp", "OS::Neutron::Port", "CREATE_COMPLETE");
        let all = vec![group.clone(), nested, port, server.clone()];
        assert_eq!(innermost(all), [server]);
        assert_eq!(innermost(vec![group.clone()]), [group]);
    }
}
