//! Whether the project's quota lets all be made that is planned.

use std::collections::BTreeMap;

use super::{Desired, Packages, Plan, Step};
use crate::lifecycle::Vnfm;
use crate::tacker::{FlavorSize, Limits, Used};
use crate::tosca::model::Flavour;

/// Servers, virtual processors and MiB of memory that are taken, less those that are given back.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Demand {
    servers: i64,
    cores: i64,
    memory: i64,
}

impl Demand {
    fn add(&mut self, count: i64, size: Option<&FlavorSize>) {
        self.servers += count;
        if let Some(size) = size {
            self.cores += count * size.vcpus;
            self.memory += count * size.ram;
        }
    }

    /// What is asked for beyond what is left, one sentence each.
    fn over(self, limits: Limits) -> Vec<String> {
        let all = [
            ("servers", self.servers, limits.servers),
            ("cores", self.cores, limits.cores),
            ("MiB of memory", self.memory, limits.memory),
        ];
        let over = all
            .into_iter()
            .filter_map(|(what, asked, used): (_, _, Used)| {
                let left = used.left()?;
                (asked > left.max(0)).then(|| {
                    format!("the quota has {left} {what} left, and {asked} more are asked for")
                })
            });
        over.collect()
    }
}

/// Returns what the plan asks for beyond the quota; nothing where the account cannot know.
pub(super) async fn over(
    vnfm: &Vnfm,
    desired: &Desired,
    packages: &Packages,
    plan: &Plan,
) -> Vec<String> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    // Of many VNFs, most go to the same place.
    let mut owns: BTreeMap<String, bool> = BTreeMap::new();
    for (wanted, vnf) in desired.vnfs.iter().zip(&plan.vnfs) {
        let Some(package) = packages.get(&wanted.package) else {
            continue;
        };
        let now = vnf.seen.as_ref().and_then(|seen| seen.vim.as_deref());
        let like = match (vnf.vim.as_deref().or(now), &wanted.request) {
            (Some(id), _) => serde_json::json!({"vimConnectionInfo": {"vim": {"vimId": id}}}),
            (None, request) => request.clone().into(),
        };
        let connections = like["vimConnectionInfo"].to_string();
        let is_own = match owns.get(&connections) {
            Some(is_own) => *is_own,
            None => vnfm.is_own_project(&like).await,
        };
        owns.insert(connections, is_own);
        if !is_own {
            continue;
        }
        for step in &vnf.outcome.steps {
            let flavours = package.vnfd.flavours.iter();
            taken(step, vnf.seen.as_ref(), flavours, &mut counts);
        }
    }
    if counts.values().all(|count| *count <= 0) {
        return Vec::new();
    }
    let client = vnfm.client();
    let (limits, sizes) = tokio::join!(client.limits(), client.flavor_sizes());
    let (limits, sizes) = match (limits, sizes) {
        (Ok(limits), Ok(sizes)) => (limits, sizes),
        (Err(error), _) | (_, Err(error)) => {
            tracing::debug!(%error, "the quota is not looked at");
            return Vec::new();
        }
    };
    let mut demand = Demand::default();
    for (flavor, count) in counts {
        let size = sizes
            .iter()
            .find(|size| size.name == flavor || size.id == flavor);
        demand.add(count, size);
    }
    demand.over(limits)
}

/// Counts the servers by flavor that a step takes or gives back.
fn taken<'v>(
    step: &Step,
    seen: Option<&super::Seen>,
    mut flavours: impl Iterator<Item = &'v Flavour>,
    counts: &mut BTreeMap<&'v str, i64>,
) {
    let now = seen.and_then(|seen| seen.flavour.as_deref());
    let mut add = |flavour: &'v Flavour, vdu: &str, count: i64| {
        let vdu = flavour.vdus.iter().find(|one| one.id == vdu);
        if let Some(flavor) = vdu.and_then(|vdu| vdu.compute_flavour.as_deref()) {
            *counts.entry(flavor).or_default() += count;
        }
    };
    match step {
        Step::Create { flavour, level, .. } => {
            let Some(flavour) = flavours.find(|one| one.id == *flavour) else {
                return;
            };
            let level = level.as_ref().or(flavour.default_level.as_ref());
            let level = level.and_then(|level| flavour.levels.get(level));
            for (vdu, count) in level.into_iter().flat_map(|level| &level.counts) {
                add(flavour, vdu, (*count).into());
            }
        }
        Step::Remove { .. } => {
            let vnfcs = seen.into_iter().flat_map(|seen| &seen.vnfcs);
            if let Some(flavour) = flavours.find(|one| Some(one.id.as_str()) == now) {
                for vnfc in vnfcs {
                    add(flavour, &vnfc.vdu, -1);
                }
            }
        }
        Step::Scale { aspect, from, to } => {
            let mut flavours = flavours.filter(|one| now.is_none_or(|now| one.id == now));
            let flavour = flavours.find(|one| one.aspects.contains_key(aspect));
            let Some(flavour) = flavour else { return };
            let steps = flavour.aspects[aspect].step();
            let whole: i64 = steps.map_or(0, |step| step.values().copied().map(i64::from).sum());
            if whole == 0 {
                return;
            }
            let way = (i64::from(*to) - i64::from(*from)) / whole;
            for (vdu, count) in steps.into_iter().flatten() {
                add(flavour, vdu, way * i64::from(*count));
            }
        }
        Step::Modify { .. }
        | Step::Heal { .. }
        | Step::ChangePackage { .. }
        | Step::Connect { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn used(used: i64, most: Option<i64>) -> Used {
        Used { used, most }
    }

    #[rstest]
    #[case::fits(2, 8, 1024, &[])]
    #[case::servers(3, 8, 1024, &["the quota has 2 servers left, and 3 more are asked for"])]
    #[case::cores(2, 99, 1024, &["the quota has 8 cores left, and 99 more are asked for"])]
    #[case::unbounded_memory(2, 8, 1_000_000, &[])]
    fn what_is_beyond_the_quota_is_told(
        #[case] servers: i64,
        #[case] cores: i64,
        #[case] memory: i64,
        #[case] expected: &[&str],
    ) {
        let limits = Limits {
            servers: used(8, Some(10)),
            cores: used(0, Some(8)),
            memory: used(5000, None),
        };
        let demand = Demand {
            servers,
            cores,
            memory,
        };
        assert_eq!(demand.over(limits), expected);
    }

    #[test]
    fn what_is_given_back_makes_room() {
        let mut demand = Demand::default();
        let size = FlavorSize {
            id: "1".into(),
            name: "m1.tiny".into(),
            vcpus: 2,
            ram: 512,
        };
        demand.add(3, Some(&size));
        demand.add(-3, Some(&size));
        assert_eq!(demand, Demand::default());
    }
}
