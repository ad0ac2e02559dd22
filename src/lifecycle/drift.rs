//! Whether a VNF is what Tacker takes it for: its record against Heat's stack, Nova's servers and the
//! numbers of its VNFD.
//!
//! Tacker looks at none of them between operations. Servers that somebody deletes, stacks that somebody
//! updates, and heals after which a server is missing are found here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Error, Picture, Vnfm};
use crate::tacker::VnfInstance;
use crate::tosca::model::Flavour;

/// Something that is not as Tacker has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The VNF's name.
    pub vnf: String,
    /// What it is about: a VNFC, a VDU, the stack or the operation.
    pub what: String,
    /// What is wrong with it.
    pub seen: String,
    /// What to do about it.
    pub hint: String,
}

/// What was found, and what could not be looked at.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Drift {
    /// What is not as Tacker has it.
    pub differences: Vec<Difference>,
    /// What could not be looked at; one sentence each.
    pub unseen: Vec<String>,
}

impl Vnfm {
    /// Compares a VNF's record with what there is.
    ///
    /// # Errors
    /// Those of asking Tacker; what the account cannot look at elsewhere is told.
    pub async fn drift(&self, vnf: &VnfInstance) -> Result<Drift, Error> {
        let picture = self.picture(vnf).await?;
        let mut drift = Drift {
            unseen: picture.unseen.clone(),
            ..Drift::default()
        };
        let flavour = match vnf.is_instantiated() {
            true => match self.flavour_of(vnf).await {
                Ok(flavour) => flavour,
                Err(error) => {
                    drift.unseen.push(super::words(&error));
                    None
                }
            },
            false => None,
        };
        let differences = differences(vnf, &picture, flavour.as_ref());
        drift.differences = differences;
        Ok(drift)
    }

    /// The flavour of a VNF, by its VNFD.
    async fn flavour_of(&self, vnf: &VnfInstance) -> Result<Option<Flavour>, Error> {
        let package = self.find_package(&vnf.vnfd_id).await?;
        let vnfd = self.vnfd_of(&package.id).await?;
        let info = vnf.instantiated_vnf_info.as_ref();
        let mut flavours = vnfd.flavours.into_iter();
        Ok(flavours.find(|one| info.is_some_and(|info| info.flavour_id == one.id)))
    }
}

/// Compares.
fn differences(vnf: &VnfInstance, picture: &Picture, flavour: Option<&Flavour>) -> Vec<Difference> {
    let mut all = Vec::new();
    let name = &picture.name;
    let mut found = |what: String, seen: String, hint: String| {
        all.push(Difference {
            vnf: name.clone(),
            what,
            seen,
            hint,
        });
    };
    if let Some(open) = picture.operation.as_ref().filter(|one| !one.is_over()) {
        let (id, state) = (&open.id, &open.state);
        let hint = format!("`vnfctl op explain {id}`");
        found(format!("operation {}", open.operation), state.clone(), hint);
    }
    for part in picture.parts() {
        let Some(status) = part.status.as_deref().filter(|one| *one != "ACTIVE") else {
            continue;
        };
        let (vnfc, resource) = (&part.vnfc, &part.resource);
        let hint = format!("`vnfctl heal {name} --vnfc {vnfc}` replaces it");
        found(format!("server {resource}"), format!("is {status}"), hint);
    }
    let heal = || format!("`vnfctl heal {name} --all` makes the stack anew");
    // Pods have no stack.
    let has_servers = picture.parts().any(|part| part.status.is_some());
    let stack = picture.stack.as_ref();
    match stack.filter(|_| vnf.is_instantiated() && has_servers) {
        Some(None) => found("stack".to_owned(), "Heat has none".to_owned(), heal()),
        Some(Some(stack)) => {
            if stack.status.ends_with("_FAILED") {
                let hint = format!("`vnfctl show {name} --tree` says why");
                found("stack".to_owned(), format!("is {}", stack.status), hint);
            }
            let known: BTreeSet<&str> = picture.parts().map(|one| one.resource.as_str()).collect();
            let there: BTreeSet<&str> = stack.servers.iter().map(String::as_str).collect();
            for id in there.difference(&known) {
                let seen = "is in the stack, and no VNFC of Tacker's".to_owned();
                let hint = format!("somebody updated the stack; {}", heal());
                found(format!("server {id}"), seen, hint);
            }
            for id in known.difference(&there) {
                let seen = "is a VNFC of Tacker's, and not in the stack".to_owned();
                let hint = format!("somebody updated the stack; {}", heal());
                found(format!("server {id}"), seen, hint);
            }
        }
        None => {}
    }
    for (vdu, expected) in flavour.map_or_else(BTreeMap::new, |flavour| counts(vnf, flavour)) {
        let there = picture.vdus.get(&vdu).map_or(0, Vec::len);
        if usize::try_from(expected) != Ok(there) {
            let seen = format!("has {there} VNFCs, and {expected} belong to its scale level");
            let hint = format!("`vnfctl scale {name}` to a level and back makes it right");
            found(format!("VDU {vdu}"), seen, hint);
        }
    }
    all
}

/// How many VNFCs of each VDU belong to the present scale levels: those of an instantiation level, and
/// the steps from there.
fn counts(vnf: &VnfInstance, flavour: &Flavour) -> BTreeMap<String, u32> {
    let level = flavour.default_level.as_ref();
    let level = level.and_then(|level| flavour.levels.get(level));
    let Some(level) = level.or_else(|| flavour.levels.values().next()) else {
        return BTreeMap::new();
    };
    let mut counts = level.counts.clone();
    for (id, aspect) in &flavour.aspects {
        let (Some(step), Some(now)) = (aspect.step(), vnf.scale_level(id)) else {
            continue;
        };
        let begun = level.scale_info.get(id).copied().unwrap_or_default();
        for (vdu, count) in step {
            let moved = (i64::from(now) - i64::from(begun)) * i64::from(*count);
            let was = counts.entry(vdu.clone()).or_default();
            *was = u32::try_from(i64::from(*was) + moved).unwrap_or_default();
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::Part;
    use crate::tacker::StackState;
    use crate::tosca::model::{Aspect, Level};
    use serde_json::json;

    const VNFC: &str = "a";

    /// A VNF of two workers at level 1, one of which is as `status` says.
    fn drifted(status: &str, stack: Option<&Option<StackState>>) -> Vec<(String, String)> {
        let vnf: VnfInstance = serde_json::from_value(json!({
            "id": "1", "vnfdId": "d", "instantiationState": "INSTANTIATED",
            "vnfInstanceName": "web", "instantiatedVnfInfo": {"flavourId": "simple",
                "scaleStatus": [{"aspectId": "workers", "scaleLevel": 1}]},
        }))
        .unwrap();
        let part = |resource: &str, status: &str| Part {
            vnfc: VNFC.into(),
            resource: resource.into(),
            name: None,
            status: Some(status.into()),
            addresses: Vec::new(),
            node: None,
        };
        let parts = vec![part("s1", "ACTIVE"), part("s2", status)];
        let picture = Picture {
            id: "1".into(),
            name: "web".into(),
            state: "INSTANTIATED".into(),
            flavour: Some("simple".into()),
            operation: None,
            failures: Vec::new(),
            levels: Vec::new(),
            vdus: [("worker".to_owned(), parts)].into(),
            unseen: Vec::new(),
            stack: stack.cloned(),
        };
        let step = [("worker".to_owned(), 1)];
        let aspect = Aspect {
            max_scale_level: 4,
            step_deltas: vec!["d".into()],
            deltas: [("d".to_owned(), step.into())].into(),
        };
        let level = Level {
            counts: [("worker".to_owned(), 1)].into(),
            scale_info: [("workers".to_owned(), 0)].into(),
        };
        let flavour = Flavour {
            id: "simple".into(),
            default_level: Some("one".into()),
            levels: [("one".to_owned(), level)].into(),
            aspects: [("workers".to_owned(), aspect)].into(),
            ..Flavour::default()
        };
        let all = differences(&vnf, &picture, Some(&flavour));
        all.into_iter().map(|one| (one.what, one.seen)).collect()
    }

    fn stack(status: &str, servers: &[&str]) -> Option<StackState> {
        Some(StackState {
            status: status.into(),
            servers: servers.iter().map(|&id| id.to_owned()).collect(),
            failed: Vec::new(),
        })
    }

    fn told(what: &str, seen: &str) -> Vec<(String, String)> {
        vec![(what.to_owned(), seen.to_owned())]
    }

    #[test]
    fn what_is_as_tacker_has_it_is_not_told() {
        assert_eq!(
            drifted("ACTIVE", Some(&stack("UPDATE_COMPLETE", &["s1", "s2"]))),
            []
        );
        assert_eq!(drifted("ACTIVE", None), []);
    }

    #[test]
    fn servers_that_are_not_active_are_told() {
        let stack = stack("UPDATE_COMPLETE", &["s1", "s2"]);
        let found = drifted("DELETED", Some(&stack));
        assert_eq!(found, told("server s2", "is DELETED"));
    }

    #[test]
    fn a_stack_that_is_gone_failed_or_changed_is_told() {
        assert_eq!(
            drifted("ACTIVE", Some(&None)),
            told("stack", "Heat has none")
        );
        let failed = drifted("ACTIVE", Some(&stack("UPDATE_FAILED", &["s1", "s2"])));
        assert_eq!(failed, told("stack", "is UPDATE_FAILED"));
        let more = drifted(
            "ACTIVE",
            Some(&stack("UPDATE_COMPLETE", &["s1", "s2", "s3"])),
        );
        assert_eq!(
            more,
            told("server s3", "is in the stack, and no VNFC of Tacker's")
        );
        let less = drifted("ACTIVE", Some(&stack("UPDATE_COMPLETE", &["s1"])));
        assert_eq!(
            less,
            told("server s2", "is a VNFC of Tacker's, and not in the stack")
        );
    }
}
