//! One picture of a VNF out of what Tacker, Heat, Nova and Neutron know of it.
//!
//! What cannot be looked at is said in the picture and is no failure: the account may have no right to
//! the VIM's project, and a sandbox has no cloud.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde::Serialize;
use serde_json::Value;

use super::find::newest;
use super::{Error, Observed, State, Vnfm, explain, readable};
use crate::cluster::Member;
use crate::tacker::{Inventory, Kind, StackState, VnfInstance};

/// Servers that are asked for at the same time.
const AT_ONCE: usize = 8;
/// Nova's word for a server that is no more.
const GONE: &str = "DELETED";

/// A VNF and what it is made of.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// The VNF's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// INSTANTIATED or NOT_INSTANTIATED.
    pub state: String,
    /// Its deployment flavour, while it is instantiated.
    pub flavour: Option<String>,
    /// Its newest operation.
    pub operation: Option<Latest>,
    /// Resources of its stack that failed, the innermost ones.
    pub failures: Vec<Failed>,
    /// Its scaling aspects, each with its level and the highest one.
    pub levels: Vec<(String, u32, Option<u32>)>,
    /// Its VNFCs by their VDUs.
    pub vdus: BTreeMap<String, Vec<Part>>,
    /// What could not be looked at, and why; one sentence each.
    pub unseen: Vec<String>,
    /// Its stack; nothing where Heat could not be asked, and `Some(None)` where it has none.
    #[serde(skip)]
    pub stack: Option<Option<StackState>>,
}

/// The newest operation of a VNF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latest {
    /// The occurrence's id.
    pub id: String,
    /// What kind of operation it is.
    pub operation: String,
    /// Its state.
    pub state: String,
    /// The line that explains its failure.
    pub why: Option<String>,
}

/// A resource that failed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Its name in the template.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its state.
    pub status: String,
    /// Why, in Heat's words.
    pub reason: String,
}

/// A VNFC and the server or pod that it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The VNFC's id, which heal takes.
    pub vnfc: String,
    /// The server's id or the pod's name.
    pub resource: String,
    /// The server's name.
    pub name: Option<String>,
    /// Nova's word for how it is.
    pub status: Option<String>,
    /// Its addresses, floating ones first.
    pub addresses: Vec<std::net::IpAddr>,
    /// The node of a cluster that it is, where a kubeconfig shows that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Member>,
}

impl Picture {
    /// Adds the nodes of the cluster that the VNF is, by the names of its servers.
    pub fn add_nodes(&mut self, mut members: BTreeMap<String, Member>) {
        for part in self.vdus.values_mut().flatten() {
            part.node = part.name.as_ref().and_then(|name| members.remove(name));
        }
    }

    /// Returns its VNFCs, VDU by VDU.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.vdus.values().flatten()
    }
}

impl Vnfm {
    /// Draws the picture of `vnf`.
    ///
    /// # Errors
    /// Those of asking Tacker.
    pub async fn picture(&self, vnf: &VnfInstance) -> Result<Picture, Error> {
        let info = vnf.instantiated_vnf_info.as_ref();
        let info = info.filter(|_| vnf.is_instantiated());
        let most = |aspect: &str| {
            let mut all = info.into_iter().flat_map(|info| &info.max_scale_levels);
            all.find(|one| one.aspect_id == aspect)
                .map(|one| one.scale_level)
        };
        let levels = info.into_iter().flat_map(|info| &info.scale_status);
        let levels = levels
            .map(|one| (one.aspect_id.clone(), one.scale_level, most(&one.aspect_id)))
            .collect();
        let occurrences: Vec<Value> = self.client.occurrences(Some(&vnf.id)).await?;
        let operation = newest(&occurrences, &vnf.id).map(latest);
        let mut picture = Picture {
            id: vnf.id.clone(),
            name: vnf.label().to_owned(),
            state: vnf.instantiation_state.clone(),
            flavour: info.map(|info| info.flavour_id.clone()),
            operation,
            failures: Vec::new(),
            levels,
            vdus: BTreeMap::new(),
            unseen: Vec::new(),
            stack: None,
        };
        let parts = parts(vnf);
        let has_servers = parts.iter().any(|(_, part)| part.is_server());
        let (stack, inventory) = tokio::join!(self.client.stack_state(&vnf.id), async {
            match has_servers {
                true => self.client.inventory().await.map(Some),
                false => Ok(None),
            }
        });
        match stack {
            Ok(stack) => {
                let failed = stack.iter().flat_map(|stack| &stack.failed);
                picture.failures.extend(failed.map(|one| Failed {
                    name: one.name.clone(),
                    kind: one.kind.clone(),
                    status: one.status.clone(),
                    reason: readable(&one.reason),
                }));
                picture.stack = Some(stack);
            }
            Err(error) => picture.unseen.push(format!("the stack: {error}")),
        }
        let inventory = inventory.unwrap_or_else(|error| {
            picture.unseen.push(format!("the servers: {error}"));
            None
        });
        let looks = parts.into_iter().map(async |(vdu, part)| {
            let looked = match &inventory {
                Some(inventory) => part.looked_at(inventory).await,
                None => (part, None),
            };
            (vdu, looked)
        });
        let mut looks = futures_util::stream::iter(looks).buffered(AT_ONCE);
        while let Some((vdu, (part, unseen))) = looks.next().await {
            picture.vdus.entry(vdu).or_default().push(part);
            picture.unseen.extend(unseen);
        }
        Ok(picture)
    }
}

impl Latest {
    /// Tells whether it has ended for good.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let state = serde_json::from_value::<State>(self.state.as_str().into());
        state.is_ok_and(State::is_final)
    }
}

/// What the newest occurrence says.
pub(super) fn latest(one: &Value) -> Latest {
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let why = serde_json::from_value::<Observed>(one.clone()).ok();
    let why = why.map(|seen| explain(&seen)).and_then(|words| {
        let parts: Vec<_> = words.title.into_iter().chain(words.detail).collect();
        (!parts.is_empty()).then(|| parts.join(": ").replace(char::is_control, " "))
    });
    Latest {
        id: text("id"),
        operation: text("operation"),
        state: text("operationState"),
        why,
    }
}

/// The VNFCs with their VDUs, as Tacker knows them.
fn parts(vnf: &VnfInstance) -> Vec<(String, Part)> {
    let info = vnf.instantiated_vnf_info.as_ref();
    let resources = info.map_or(&[][..], |info| &info.vnfc_resource_info);
    let resource = |id: Option<&String>| {
        let found = resources.iter().find(|one| Some(&one.id) == id);
        found.map_or_else(String::new, |one| one.compute_resource.resource_id.clone())
    };
    let vnfcs = vnf.vnfcs().iter().map(|vnfc| {
        let part = Part {
            vnfc: vnfc.id.clone(),
            resource: resource(vnfc.vnfc_resource_info_id.as_ref()),
            name: None,
            status: None,
            addresses: Vec::new(),
            node: None,
        };
        (vnfc.vdu_id.clone(), part)
    });
    vnfcs.collect()
}

impl Part {
    /// Tells whether the server is lost: what it was for has to be made anew.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.status.as_deref(), Some(GONE | "ERROR"))
    }

    /// Nova's ids are UUIDs; a pod's is its name.
    fn is_server(&self) -> bool {
        uuid::Uuid::try_parse(&self.resource).is_ok()
    }

    /// Completes it by what Nova and Neutron know; says what they do not.
    async fn looked_at(mut self, inventory: &Inventory) -> (Self, Option<String>) {
        if !self.is_server() {
            return (self, None);
        }
        match inventory.machine(&self.resource).await {
            Ok(machine) => {
                self.name = Some(machine.name);
                self.status = Some(machine.status);
                let addresses = machine.addresses.into_iter();
                self.addresses = addresses.map(|one| one.address).collect();
                (self, None)
            }
            Err(error) if error.kind == Kind::NotFound => {
                self.status = Some(GONE.to_owned());
                (self, None)
            }
            Err(error) => {
                let unseen = format!("server {}: {error}", self.resource);
                (self, Some(unseen))
            }
        }
    }
}
