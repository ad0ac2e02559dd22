//! From what there is to what there should be: the operations that lead there, by pure comparison.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Seen, Wanted};
use crate::diagnose::instead_of;
use crate::lifecycle::Size;
use crate::tosca::model::{Aspect, Flavour, Vnfd};

/// An operation, with what changes by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Step {
    /// Takes the VNF away, because it cannot become what it should be.
    Remove {
        /// Why not.
        because: String,
    },
    /// Makes it.
    Create {
        /// Of this VNFD.
        vnfd: String,
        /// Product and version, for people.
        product: String,
        /// Deployment flavour.
        flavour: String,
        /// Instantiation level, when not the flavour's default one.
        level: Option<String>,
    },
    /// Changes what Tacker notes about it: the request's members.
    Modify {
        /// The request (SOL003 §5.5.2.12).
        request: Map<String, Value>,
    },
    /// Replaces VNFCs whose servers are lost.
    Heal {
        /// Their ids.
        vnfcs: Vec<String>,
        /// What is wrong with their servers, for people.
        because: String,
    },
    /// Moves it to another package.
    ChangePackage {
        /// The VNFD that it has.
        from: String,
        /// The VNFD that it should have.
        to: String,
        /// Product and version, for people.
        product: String,
    },
    /// Connects a connection point to another network.
    Connect {
        /// The connection point.
        cp: String,
        /// The network's id that it is on, where that is known.
        from: Option<String>,
        /// The network's id that it should be on.
        to: String,
    },
    /// Changes the number of VNFCs.
    Scale {
        /// The scaling aspect.
        aspect: String,
        /// How many there are.
        from: u32,
        /// How many there should be.
        to: u32,
    },
}

/// What leads to a VNF as it should be, and what stands in the way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The operations, in this order.
    pub steps: Vec<Step>,
    /// Why they cannot be done now; one sentence each.
    pub faults: Vec<String>,
    /// What is not as it should be and is left to a person; one sentence each.
    pub notes: Vec<String>,
}

/// Compares a VNF that is wanted with the one that there is. `vnfd` is that of the package wanted, `vim`
/// the id of the VIM wanted, and `networks` has the id of each network by its name.
#[must_use]
pub fn steps(
    wanted: &Wanted,
    vnfd: &Vnfd,
    seen: Option<&Seen>,
    vim: Option<&str>,
    networks: &BTreeMap<String, String>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let now = seen.and_then(|seen| seen.flavour.as_deref());
    let flavour = match chosen(wanted, vnfd, now) {
        Ok(flavour) => flavour,
        Err(fault) => {
            outcome.faults.push(fault);
            return outcome;
        }
    };
    for cp in wanted.connections.keys() {
        let known = flavour.vdus.iter().flat_map(|vdu| &vdu.cps);
        let known: Vec<&str> = known.map(String::as_str).collect();
        if !known.contains(&cp.as_str()) {
            let instead = instead_of(cp, &known);
            let fault = format!("there is no connection point `{cp}`; {instead}");
            outcome.faults.push(fault);
        }
    }
    match seen {
        None => outcome.create(wanted, vnfd, flavour),
        Some(seen) if !seen.is_instantiated => {
            let name = &wanted.name;
            outcome.faults.push(format!(
                "there is a record of it without resources ({}); \
                 `vnfctl terminate {name} --delete` removes that",
                seen.id
            ));
        }
        Some(seen) => {
            outcome.blocked(wanted, seen);
            match beyond(vnfd, flavour, seen, vim) {
                Some(because) => {
                    outcome.steps.push(Step::Remove { because });
                    outcome.create(wanted, vnfd, flavour);
                }
                None => outcome.change(wanted, vnfd, flavour, seen, networks),
            }
        }
    }
    outcome
}

/// Why a VNF cannot become what it should be by operations on it.
fn beyond(vnfd: &Vnfd, flavour: &Flavour, seen: &Seen, vim: Option<&str>) -> Option<String> {
    if let (Some(vim), Some(now)) = (vim, &seen.vim)
        && vim != now
    {
        return Some(format!("it is on VIM {now} and belongs on {vim}"));
    }
    let now = seen.flavour.as_deref().unwrap_or_default();
    if flavour.id != now {
        return Some(format!("its flavour is `{now}` and cannot be changed"));
    }
    let product = (vnfd.product_name.clone(), vnfd.provider.clone());
    if vnfd.id != seen.vnfd_id && product != seen.product {
        let (name, provider) = &seen.product;
        return Some(format!("it is another product, `{name}` of {provider}"));
    }
    None
}

/// The flavour that is meant: the one named, the one that there is, the only one, or the usual one.
fn chosen<'v>(wanted: &Wanted, vnfd: &'v Vnfd, now: Option<&str>) -> Result<&'v Flavour, String> {
    let find = |id: &str| vnfd.flavours.iter().find(|one| one.id == id);
    let ids: Vec<&str> = vnfd.flavours.iter().map(|one| one.id.as_str()).collect();
    let named = wanted.flavour.as_deref();
    let named = named.or_else(|| wanted.request.get("flavourId")?.as_str());
    let product = &vnfd.product_name;
    if let Some(id) = named {
        return find(id).ok_or_else(|| {
            let instead = instead_of(id, &ids);
            format!("package `{product}` has no flavour `{id}`; {instead}")
        });
    }
    let only = match vnfd.flavours.as_slice() {
        [only] => Some(only),
        _ => now.and_then(find).or_else(|| find("simple")),
    };
    only.ok_or_else(|| {
        let ids = ids.join(", ");
        format!("package `{product}` has several flavours, so say which one with `flavour`: {ids}")
    })
}

/// Product and version of a package, for people.
fn title(vnfd: &Vnfd) -> String {
    format!("{} {}", vnfd.product_name, vnfd.version)
}

/// How many VNFCs the VDUs of an aspect have together at an instantiation level.
fn counted(flavour: &Flavour, aspect: &Aspect, level: &str) -> Option<u32> {
    let level = flavour.levels.get(level)?;
    let vdus = aspect.step()?.keys();
    Some(vdus.filter_map(|vdu| level.counts.get(vdu)).sum())
}

impl Outcome {
    fn create(&mut self, wanted: &Wanted, vnfd: &Vnfd, flavour: &Flavour) {
        let default = flavour.default_level.as_deref();
        let default = wanted
            .request
            .get("instantiationLevelId")
            .and_then(Value::as_str)
            .or(default);
        let fits = |level: &str| {
            wanted.size.iter().all(|(aspect, count)| {
                let aspect = flavour.aspects.get(aspect);
                aspect.and_then(|aspect| counted(flavour, aspect, level)) == Some(*count)
            })
        };
        let mut levels = default.into_iter();
        let others = flavour.levels.keys().map(String::as_str);
        let level = levels.by_ref().chain(others).find(|level| fits(level));
        self.steps.push(Step::Create {
            vnfd: vnfd.id.clone(),
            product: title(vnfd),
            flavour: flavour.id.clone(),
            level: level
                .filter(|level| Some(*level) != flavour.default_level.as_deref())
                .map(str::to_owned),
        });
        let request = noted(wanted, &Seen::default());
        if !request.is_empty() {
            self.steps.push(Step::Modify { request });
        }
        let begun = level.or(default);
        for (id, to) in &wanted.size {
            let Some(aspect) = self.aspect(vnfd, flavour, id) else {
                continue;
            };
            let from = begun.and_then(|level| counted(flavour, aspect, level));
            let at = begun.and_then(|level| flavour.levels.get(level)?.scale_info.get(id));
            match (from, at) {
                (Some(from), Some(at)) => self.scale(id, aspect, *at, from, *to),
                _ => self.faults.push(format!(
                    "how many VNFCs aspect `{id}` begins with is not said by the VNFD"
                )),
            }
        }
    }

    fn change(
        &mut self,
        wanted: &Wanted,
        vnfd: &Vnfd,
        flavour: &Flavour,
        seen: &Seen,
        networks: &BTreeMap<String, String>,
    ) {
        let request = noted(wanted, seen);
        if !request.is_empty() {
            self.steps.push(Step::Modify { request });
        }
        self.heal(wanted, seen);
        if vnfd.id != seen.vnfd_id {
            self.steps.push(Step::ChangePackage {
                from: seen.vnfd_id.clone(),
                to: vnfd.id.clone(),
                product: title(vnfd),
            });
        }
        for (cp, network) in &wanted.connections {
            let to = networks.get(network).unwrap_or(network);
            let from = seen.connections.get(cp);
            if from != Some(to) {
                self.steps.push(Step::Connect {
                    cp: cp.clone(),
                    from: from.cloned(),
                    to: to.clone(),
                });
            }
        }
        for (id, to) in &wanted.size {
            let Some(aspect) = self.aspect(vnfd, flavour, id) else {
                continue;
            };
            let vdus = aspect.step();
            let of = |vdu: &String| vdus.is_some_and(|vdus| vdus.contains_key(vdu));
            let from = seen.vnfcs.iter().filter(|one| of(&one.vdu)).count();
            let from = u32::try_from(from).unwrap_or(u32::MAX);
            let at = seen.levels.get(id).copied().unwrap_or_default();
            self.scale(id, aspect, at, from, *to);
        }
    }

    /// Servers that are lost are made anew; what somebody stopped is theirs to start.
    fn heal(&mut self, wanted: &Wanted, seen: &Seen) {
        let name = |one: &super::SeenVnfc| {
            let status = one.status.as_deref().unwrap_or_default();
            format!("{} {} is {status}", one.vdu, one.resource)
        };
        let lost: Vec<_> = seen.lost().collect();
        if !lost.is_empty() {
            let because: Vec<_> = lost.iter().map(|one| name(one)).collect();
            self.steps.push(Step::Heal {
                vnfcs: lost.iter().map(|one| one.id.clone()).collect(),
                because: because.join(", "),
            });
        }
        let is_off = |status: &str| ["SHUTOFF", "SUSPENDED", "PAUSED"].contains(&status);
        let vnfcs = seen.vnfcs.iter();
        let off = vnfcs.filter(|one| one.status.as_deref().is_some_and(is_off));
        self.notes.extend(off.map(|one| {
            let (vnf, id) = (&wanted.name, &one.id);
            format!(
                "{}: somebody's doing, perhaps; `vnfctl heal {vnf} --vnfc {id}` replaces it",
                name(one)
            )
        }));
    }

    fn scale(&mut self, id: &str, aspect: &Aspect, level: u32, from: u32, to: u32) {
        if from == to {
            return;
        }
        let size = Size::at_level(aspect, level, from);
        let is_reached = size.as_ref().and_then(|size| size.level_with(to));
        if is_reached.is_none() {
            let counts = size.iter().flat_map(Size::counts);
            let (least, most) = (counts.clone().min(), counts.max());
            let (least, most) = (least.unwrap_or(from), most.unwrap_or(from));
            let step = size.as_ref().map_or(0, Size::step);
            self.faults.push(format!(
                "aspect `{id}` cannot have {to} VNFCs: it has {from}, and goes from {least} to \
                 {most} by {step}"
            ));
            return;
        }
        let aspect = id.to_owned();
        self.steps.push(Step::Scale { aspect, from, to });
    }

    fn aspect<'f>(&mut self, vnfd: &Vnfd, flavour: &'f Flavour, id: &str) -> Option<&'f Aspect> {
        let found = flavour.aspects.get(id);
        if found.is_none() {
            let known: Vec<&str> = flavour.aspects.keys().map(String::as_str).collect();
            self.faults.push(format!(
                "flavour `{}` of `{}` has no scaling aspect `{id}`; {}",
                flavour.id,
                vnfd.product_name,
                instead_of(id, &known)
            ));
        }
        found
    }

    fn blocked(&mut self, wanted: &Wanted, seen: &Seen) {
        let Some(open) = &seen.open else { return };
        let (id, name) = (&open.id, &wanted.name);
        let next = match open.state.as_str() {
            "FAILED_TEMP" => format!("`vnfctl op explain {id}` says what to do"),
            _ => format!("`vnfctl op wait {name}` waits for its end"),
        };
        let (operation, state) = (&open.operation, &open.state);
        self.faults
            .push(format!("its {operation} is in {state}; {next}"));
    }
}

/// The members of a request that makes Tacker note what is wanted.
fn noted(wanted: &Wanted, seen: &Seen) -> Map<String, Value> {
    let mut request = Map::new();
    if let Some(text) = &wanted.description
        && seen.description.as_ref() != Some(text)
    {
        request.insert("vnfInstanceDescription".into(), json!(text));
    }
    let maps = [
        ("metadata", &wanted.metadata, &seen.metadata),
        (
            "vnfConfigurableProperties",
            &wanted.properties,
            &seen.properties,
        ),
        ("extensions", &wanted.extensions, &seen.extensions),
    ];
    for (member, wanted, seen) in maps {
        // What is to be taken away and is not there counts as null, too.
        let now = |key: &String| seen.get(key).unwrap_or(&Value::Null);
        let differing = wanted.iter().filter(|(key, value)| now(key) != *value);
        let differing: Map<String, Value> = differing
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !differing.is_empty() {
            request.insert(member.into(), differing.into());
        }
    }
    request
}

#[cfg(test)]
mod tests;
