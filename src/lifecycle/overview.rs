//! All VNFs at a glance: what each is at, and how much of the quota is left.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde::Serialize;
use serde_json::Value;

use super::find::newest;
use super::picture::{Latest, latest};
use super::{Error, Vnfm};
use crate::tacker::{VnfInstance, VnfPackage};

/// VNFs that are asked for at the same time.
const AT_ONCE: usize = 8;

/// A VNF at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Glance {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// INSTANTIATED or NOT_INSTANTIATED.
    pub state: String,
    /// Its product.
    pub product: String,
    /// Its newest operation.
    pub operation: Option<Latest>,
    /// When that came into its state, as Tacker writes it.
    pub since: Option<String>,
    /// Its VNFCs by VDU, where it was looked at.
    pub vnfcs: Option<BTreeMap<String, usize>>,
}

impl Glance {
    /// Tells whether somebody has to do something about it.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        let operation = self.operation.as_ref();
        operation.is_some_and(|one| one.state == "FAILED_TEMP")
    }

    /// Tells whether an operation runs on it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let operation = self.operation.as_ref();
        !self.is_stuck() && operation.is_some_and(|one| !one.is_over())
    }
}

/// All VNFs of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The VNFs: those first that are stuck, then those that are busy, then by name.
    pub vnfs: Vec<Glance>,
    /// How many packages are onboarded.
    pub packages: usize,
}

impl Vnfm {
    /// Looks at all VNFs, and at what the first `deep` of them are made of.
    ///
    /// # Errors
    /// Those of asking Tacker.
    pub async fn overview(&self, deep: usize) -> Result<Overview, Error> {
        let client = self.client();
        let (vnfs, occurrences, packages) = tokio::try_join!(
            client.instances(),
            client.occurrences::<Value>(None),
            client.packages(),
        )?;
        let mut by_vnf: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for one in &occurrences {
            let vnf = one["vnfInstanceId"].as_str().unwrap_or_default();
            by_vnf.entry(vnf).or_default().push(one);
        }
        let glances = vnfs.iter().map(|vnf| {
            let own = by_vnf.get(vnf.id.as_str());
            glance(vnf, own.map_or(&[], Vec::as_slice))
        });
        let mut overview = Overview {
            vnfs: glances.collect(),
            packages: packages.iter().filter(|one| is_onboarded(one)).count(),
        };
        overview.vnfs.sort_by_cached_key(|one| {
            (
                !one.is_stuck(),
                !one.is_busy(),
                one.name.clone(),
                one.id.clone(),
            )
        });
        let looks = overview.vnfs.iter_mut().take(deep).map(async |one| {
            // One that is gone since is shown without.
            let vnf = self.client().instance(&one.id).await.ok();
            one.vnfcs = vnf.map(|vnf| counts(&vnf));
        });
        let looks: Vec<_> = looks.collect();
        futures_util::stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
        Ok(overview)
    }
}

fn is_onboarded(package: &VnfPackage) -> bool {
    package.onboarding_state == "ONBOARDED"
}

fn glance(vnf: &VnfInstance, occurrences: &[&Value]) -> Glance {
    let operation = newest(occurrences.iter().copied(), &vnf.id);
    let since = operation.and_then(|one| one["stateEnteredTime"].as_str());
    Glance {
        id: vnf.id.clone(),
        name: vnf.label().to_owned(),
        state: vnf.instantiation_state.clone(),
        product: vnf.vnf_product_name.clone().unwrap_or_default(),
        since: since.map(str::to_owned),
        operation: operation.map(latest),
        vnfcs: None,
    }
}

fn counts(vnf: &VnfInstance) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for vnfc in vnf.vnfcs() {
        *counts.entry(vnfc.vdu_id.clone()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(state: Option<&str>) -> Glance {
        let vnf = serde_json::from_value(json!({
            "id": "1", "vnfdId": "d", "instantiationState": "INSTANTIATED", "vnfInstanceName": "web",
        }))
        .unwrap();
        let all = state.map(|state| {
            json!({"id": "op", "vnfInstanceId": "1", "operation": "SCALE", "operationState": state,
                "startTime": "2026-11-01T00:00:00Z", "stateEnteredTime": "2026-11-01T00:00:01Z"})
        });
        glance(&vnf, &all.iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_is_stuck_is_not_busy() {
        for (state, is_stuck, is_busy) in [
            (None, false, false),
            (Some("COMPLETED"), false, false),
            (Some("PROCESSING"), false, true),
            (Some("ROLLING_BACK"), false, true),
            (Some("FAILED_TEMP"), true, false),
        ] {
            let glance = at(state);
            assert_eq!(
                (glance.is_stuck(), glance.is_busy()),
                (is_stuck, is_busy),
                "{state:?}"
            );
        }
    }
}
