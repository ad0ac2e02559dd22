//! Carries a plan out: each step as the request that Tacker takes, made of the VNF as it is by then.

use std::collections::BTreeMap;

use serde_json::Map;

use super::plan::{creation, networks};
use super::{Desired, Packages, Step, VnfPlan, Wanted};
use crate::lifecycle::{Error, HealTarget, Submitted, Vnfm};
use crate::tacker::VnfInstance;

/// What came of beginning with a step.
#[derive(Debug)]
pub enum Begun {
    /// An operation that is to be waited for, on the VNF of that id.
    Operation(String, Submitted),
    /// Nothing is left to do.
    Nothing,
}

/// Begins with the steps of one VNF after the other.
#[derive(Debug)]
pub struct Performer<'p> {
    vnfm: &'p Vnfm,
    packages: &'p Packages,
    networks: BTreeMap<String, String>,
}

impl<'p> Performer<'p> {
    /// Gets ready to carry out what is desired.
    pub async fn new(vnfm: &'p Vnfm, desired: &Desired, packages: &'p Packages) -> Self {
        Self {
            vnfm,
            packages,
            networks: networks(vnfm, desired).await,
        }
    }

    /// Begins with a step. `vnf` is the VNF's id, once there is one.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn begin(
        &self,
        wanted: &Wanted,
        plan: &VnfPlan,
        step: &Step,
        vnf: Option<&str>,
    ) -> Result<Begun, Error> {
        if let Step::Create { flavour, level, .. } = step {
            let level = level.as_deref();
            return self.create(wanted, plan, flavour, level).await;
        }
        let missing = || Error::Invalid(format!("there is no VNF `{}` any more", wanted.name));
        let vnf = vnf.ok_or_else(missing)?;
        let vnf = self.vnfm.client().instance(vnf).await?;
        let Some(submitted) = self.change(&vnf, step).await? else {
            return Ok(Begun::Nothing);
        };
        Ok(Begun::Operation(vnf.id, submitted))
    }

    async fn create(
        &self,
        wanted: &Wanted,
        plan: &VnfPlan,
        flavour: &str,
        level: Option<&str>,
    ) -> Result<Begun, Error> {
        let unknown = || Error::Invalid(format!("there is no package `{}`", wanted.package));
        let package = self.packages.get(&wanted.package).ok_or_else(unknown)?;
        let vnfd = &package.vnfd.id;
        let onboarded = self.vnfm.find_package(vnfd).await?;
        let request = creation(wanted, flavour, level, &self.networks);
        let vim = plan.vim.as_deref();
        let placed = self.vnfm.place(&onboarded.id, vim, request).await?;
        let made = self.vnfm.instantiate(vnfd, &wanted.name, placed.request);
        let (vnf, submitted) = made.await?;
        Ok(Begun::Operation(vnf, submitted))
    }

    /// Begins with an operation on a VNF that exists; nothing when it is as it should be by now.
    async fn change(&self, vnf: &VnfInstance, step: &Step) -> Result<Option<Submitted>, Error> {
        let vnfm = self.vnfm;
        let submitted = match step {
            Step::Create { .. } => return Ok(None),
            Step::Remove { .. } => vnfm.terminate(vnf, Vnfm::terminate_request(None)).await?,
            Step::Modify { request } => vnfm.modify(vnf, request.clone().into()).await?,
            Step::Heal { vnfcs, .. } => {
                let target = HealTarget::Vnfcs(vnfcs.clone());
                let request = Vnfm::heal_request(vnf, &target, None, Map::new())?;
                vnfm.heal(vnf, request).await?
            }
            Step::ChangePackage { to, .. } => {
                let package = vnfm.find_package(to).await?;
                let request = vnfm.change_of_package(vnf, &package, &[], Map::new())?;
                vnfm.change_package(vnf, request).await?
            }
            Step::Connect { cp, to, .. } => {
                let cps = [(cp.clone(), to.clone())];
                let request = vnfm.change_of_connections(vnf, &cps, Map::new()).await?;
                vnfm.change_connections(vnf, request).await?
            }
            Step::Scale { aspect, to, .. } => {
                let steps = vnfm.steps_to_count(vnf, Some(aspect), *to).await?;
                let Some((direction, steps)) = steps else {
                    return Ok(None);
                };
                let aspect = Some(aspect.as_str());
                let request = Vnfm::scale_request(vnf, direction, aspect, steps, Map::new())?;
                vnfm.scale(vnf, request).await?
            }
        };
        Ok(Some(submitted))
    }
}
