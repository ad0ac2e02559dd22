//! What Heat knows of a VNF's stack: the resources that failed, and why.
//!
//! Tacker passes on one line of Heat's for a whole stack; the resource that really failed
//! is often deeper, in a nested stack of an AutoScalingGroup.

use reqwest::Method;
use serde::Deserialize;

use super::elsewhere::{NOTHING, Service};
use super::{Client, Error};

/// How deep nested stacks are looked into; ours are two deep.
const DEPTH: &str = "5";

/// Heat's type of servers.
const SERVER: &str = "OS::Nova::Server";

const HEAT: Service = Service {
    kind: "orchestration",
    name: "Heat",
};

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
    /// The resource of the outer stack that this one's stack is.
    #[serde(default)]
    parent_resource: Option<String>,
    /// Its id in its service; empty or none of one that was never made.
    #[serde(default)]
    physical_resource_id: Option<String>,
}

#[derive(Deserialize)]
struct Stacks {
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
struct Stack {
    id: String,
    stack_status: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<FailedResource>,
}

/// A VNF's stack as Heat knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackState {
    /// `CREATE_COMPLETE` and the like.
    pub status: String,
    /// The ids of the servers in it, nested stacks included.
    pub servers: Vec<String>,
    /// The resources that failed, the innermost ones only.
    pub failed: Vec<FailedResource>,
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
        let stack = self.stack_state(vnf).await?;
        Ok(stack.map_or_else(Vec::new, |stack| stack.failed))
    }

    /// Returns the state of a VNF's stack, found likewise; nothing when there is no stack.
    ///
    /// # Errors
    /// Those of logging in and of asking Heat.
    pub async fn stack_state(&self, vnf: &str) -> Result<Option<StackState>, Error> {
        let heat = self.session().elsewhere(HEAT).await?;
        let get = async |path: &[&str], query: &[(&str, &str)]| {
            heat.send(Method::GET, path, query, NOTHING, "application/json")
                .await
        };
        let name = format!("vnf-{vnf}");
        let query = [("name", name.as_str()), ("show_nested", "false")];
        let found: Stacks = get(&["stacks"], &query).await?.json()?;
        let Some(stack) = found.stacks.into_iter().next() else {
            return Ok(None);
        };
        let path = ["stacks", &name, &stack.id, "resources"];
        let all: Resources = get(&path, &[("nested_depth", DEPTH)]).await?.json()?;
        let servers = all.resources.iter().filter(|one| one.kind == SERVER);
        let servers = servers.filter_map(|one| one.physical_resource_id.clone());
        Ok(Some(StackState {
            status: stack.stack_status,
            servers: servers.filter(|id| !id.is_empty()).collect(),
            failed: innermost(all.resources),
        }))
    }
}

/// Keeps the failed resources inside which nothing else failed: the others only repeat it.
fn innermost(mut resources: Vec<FailedResource>) -> Vec<FailedResource> {
    resources.retain(|one| one.status.ends_with("_FAILED"));
    let parents = resources
        .iter()
        .filter_map(|one| one.parent_resource.clone());
    let parents: std::collections::BTreeSet<String> = parents.collect();
    resources.retain(|one| {
        !parents.contains(&one.name) || one.parent_resource.as_ref() == Some(&one.name)
    });
    resources
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(name: &str, parent: Option<&str>, status: &str) -> FailedResource {
        FailedResource {
            name: name.into(),
            kind: "OS::Nova::Server".into(),
            status: status.into(),
            reason: String::new(),
            parent_resource: parent.map(Into::into),
            physical_resource_id: None,
        }
    }

    #[test]
    fn the_innermost_failure_is_the_one_that_is_told() {
        let group = resource("group", None, "CREATE_FAILED");
        let nested = resource("a1b2", Some("group"), "CREATE_FAILED");
        let server = resource("worker", Some("a1b2"), "CREATE_FAILED");
        let port = resource("workerCp", Some("a1b2"), "CREATE_COMPLETE");
        let all = vec![group.clone(), nested.clone(), port, server.clone()];
        assert_eq!(innermost(all), [server]);
        assert_eq!(innermost(vec![group.clone(), nested.clone()]), [nested]);
        assert_eq!(innermost(vec![group.clone()]), [group]);
    }

    #[test]
    fn a_resource_of_a_nested_stack_may_be_called_as_that_stack_is() {
        let nested = resource("worker", None, "CREATE_FAILED");
        let server = resource("worker", Some("worker"), "CREATE_FAILED");
        assert_eq!(innermost(vec![nested, server.clone()]), [server]);
    }
}
