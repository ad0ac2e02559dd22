//! Gathers what there is, and makes the plan: the packages to push, and the steps of each VNF.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{Desired, Outcome, Seen, Step, Wanted, quota, steps};
use crate::lifecycle::{Error, Vnfm, external_link, words};
use crate::package::{self, reader};
use crate::tacker::{VnfInstance, VnfPackage};
use crate::tosca::model::Vnfd;

/// VNFs that are looked at, at the same time.
const AT_ONCE: usize = 8;

/// A package that VNFs are to be made of.
#[derive(Debug)]
pub struct Package {
    /// Its descriptor.
    pub vnfd: Vnfd,
    /// Its file, of one that comes from this machine.
    pub archive: Option<PathBuf>,
    /// The SHA-512 of that file.
    pub sha512: Option<String>,
    /// Its id in Tacker, once it is onboarded.
    pub id: Option<String>,
    /// Why it cannot be used.
    pub fault: Option<String>,
}

/// The packages by what the person calls them.
pub type Packages = BTreeMap<String, Package>;

impl Package {
    /// Looks up one that is onboarded.
    ///
    /// # Errors
    /// There is none, or those of the exchange.
    pub async fn onboarded(vnfm: &Vnfm, name: &str) -> Result<Self, Error> {
        let package = vnfm.find_package(name).await?;
        let unfit = || {
            let (state, operational) = (&package.onboarding_state, &package.operational_state);
            format!("package {} is {state} and {operational}", package.id)
        };
        if package.onboarding_state != "ONBOARDED" {
            return Err(Error::Invalid(unfit()));
        }
        let is_usable = package.operational_state == "ENABLED";
        Ok(Self {
            vnfd: vnfm.vnfd_of(&package.id).await?,
            archive: None,
            sha512: None,
            fault: (!is_usable).then(unfit),
            id: Some(package.id),
        })
    }

    /// Holds one that lies on this machine against what is onboarded.
    ///
    /// # Errors
    /// The file cannot be read, or those of the exchange.
    pub async fn local(vnfm: &Vnfm, archive: PathBuf, vnfd: Vnfd) -> Result<Self, Error> {
        let digest = package::checksum(&archive).map_err(|error| {
            let file = archive.display();
            Error::Invalid(format!("cannot read {file}: {error}"))
        })?;
        let all = vnfm.client().packages().await?;
        let same = all
            .iter()
            .find(|one| one.vnfd_id.as_ref() == Some(&vnfd.id));
        let mut package = Self {
            vnfd,
            archive: Some(archive),
            sha512: Some(digest),
            id: same.map(|one| one.id.clone()),
            fault: None,
        };
        if let Some(id) = &package.id {
            let there = vnfm.client().package(id).await?;
            package.fault = package.unlike(&there);
        }
        Ok(package)
    }

    /// Why the one that is onboarded cannot stand for this one.
    fn unlike(&self, there: &VnfPackage) -> Option<String> {
        let (id, vnfd) = (&there.id, &self.vnfd.id);
        let checksum = there.rest.get("checksum");
        let there_hash = checksum.and_then(|one| one["hash"].as_str());
        let differs = there_hash.is_some_and(|hash| Some(hash) != self.sha512.as_deref());
        if differs {
            return Some(format!(
                "package {id} of the same VNFD {vnfd} is onboarded with other content; what is \
                 changed needs another vnfdId"
            ));
        }
        (there.operational_state != "ENABLED").then(|| format!("package {id} is DISABLED"))
    }
}

/// What leads from what there is to what there should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Packages to push first, by what the person calls them, with their product.
    pub pushes: BTreeMap<String, String>,
    /// The SHA-512 of each package that comes from this machine.
    pub digests: BTreeMap<String, String>,
    /// The VNFs, in the file's order.
    pub vnfs: Vec<VnfPlan>,
    /// What stands in the way of the whole.
    pub faults: Vec<String>,
}

/// What becomes of a VNF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VnfPlan {
    /// Its name.
    pub name: String,
    /// The id of the VIM that it belongs on, where the file names one.
    pub vim: Option<String>,
    /// How it was found; nothing when there is none of that name.
    pub seen: Option<Seen>,
    /// What is to be done, and what stands in the way.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl VnfPlan {
    /// Tells whether the VNF is taken away and made anew.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        let mut steps = self.outcome.steps.iter();
        steps.any(|step| matches!(step, Step::Remove { .. }))
    }
}

impl Plan {
    /// Tells whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pushes.is_empty() && self.vnfs.iter().all(|vnf| vnf.outcome.steps.is_empty())
    }

    /// Returns what stands in the way, each with the VNF that it is about.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        let own = self.vnfs.iter().flat_map(|vnf| {
            let name = &vnf.name;
            let faults = vnf.outcome.faults.iter();
            faults.map(move |fault| format!("{name}: {fault}"))
        });
        self.faults.iter().cloned().chain(own)
    }
}

/// Makes the plan.
///
/// # Errors
/// Those of the exchange; what only stands in the way of a VNF is in the plan.
pub async fn make(vnfm: &Vnfm, desired: &Desired, packages: &Packages) -> Result<Plan, Error> {
    let all = vnfm.client().instances().await?;
    let networks = networks(vnfm, desired).await;
    let planner = Planner {
        vnfm,
        packages,
        networks: &networks,
        all: &all,
        looks: Mutex::default(),
    };
    let vnfs = desired.vnfs.iter().map(|wanted| planner.one(wanted));
    let vnfs: Vec<VnfPlan> = futures_util::stream::iter(vnfs)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut plan = Plan {
        pushes: BTreeMap::new(),
        digests: BTreeMap::new(),
        vnfs,
        faults: Vec::new(),
    };
    for (name, package) in packages {
        let Vnfd {
            product_name,
            version,
            ..
        } = &package.vnfd;
        if package.id.is_none() {
            let product = format!("{product_name} {version}");
            plan.pushes.insert(name.clone(), product);
        }
        if let Some(digest) = &package.sha512 {
            plan.digests.insert(name.clone(), digest.clone());
        }
        let fault = package.fault.iter();
        plan.faults
            .extend(fault.map(|fault| format!("{name}: {fault}")));
    }
    let over = quota::over(vnfm, desired, packages, &plan).await;
    plan.faults.extend(over);
    Ok(plan)
}

/// The ids of the networks that are named, as far as the account can look for them.
pub(super) async fn networks(vnfm: &Vnfm, desired: &Desired) -> BTreeMap<String, String> {
    if desired.vnfs.iter().all(|one| one.connections.is_empty()) {
        return BTreeMap::new();
    }
    let found = match vnfm.client().inventory().await {
        Ok(inventory) => inventory.networks().await,
        Err(error) => Err(error),
    };
    let found = found.unwrap_or_else(|error| {
        tracing::warn!("networks are taken by their ids: {error}");
        Vec::new()
    });
    found.into_iter().map(|one| (one.name, one.id)).collect()
}

struct Planner<'p> {
    vnfm: &'p Vnfm,
    packages: &'p Packages,
    networks: &'p BTreeMap<String, String>,
    /// The VNFs that there are.
    all: &'p [VnfInstance],
    /// What was looked at, by package and request.
    looks: Mutex<BTreeMap<String, Arc<OnceCell<Look>>>>,
}

/// What a look at the cloud came to: what could not be looked at, or all that is missing.
type Look = Result<Vec<String>, Vec<String>>;

impl Planner<'_> {
    async fn one(&self, wanted: &Wanted) -> Result<VnfPlan, Error> {
        let mut of_name = self.all.iter().filter(|vnf| vnf.label() == wanted.name);
        let seen = match of_name.next() {
            Some(vnf) => Some(self.seen(vnf).await?),
            None => None,
        };
        let vim = match &wanted.vim {
            Some(name) => Some(self.vnfm.find_vim(name).await),
            None => None,
        };
        let (vim, unknown) = match vim.transpose() {
            Ok(vim) => (vim.map(|vim| vim.id), None),
            Err(error @ (Error::NotFound { .. } | Error::Ambiguous { .. })) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let mut outcome = self.outcome(wanted, seen.as_ref(), vim.as_deref()).await?;
        outcome.faults.extend(unknown.map(|error| words(&error)));
        if of_name.next().is_some() {
            let fault = "there are several VNFs of that name".to_owned();
            outcome.faults.push(fault);
        }
        Ok(VnfPlan {
            name: wanted.name.clone(),
            vim,
            seen,
            outcome,
        })
    }

    async fn seen(&self, vnf: &VnfInstance) -> Result<Seen, Error> {
        let vnf = self.vnfm.client().instance(&vnf.id).await?;
        let picture = self.vnfm.picture(&vnf).await?;
        Ok(Seen::of(&vnf, &picture))
    }

    async fn outcome(
        &self,
        wanted: &Wanted,
        seen: Option<&Seen>,
        vim: Option<&str>,
    ) -> Result<Outcome, Error> {
        let Some(package) = self.packages.get(&wanted.package) else {
            return Ok(Outcome {
                faults: vec![format!("there is no package `{}`", wanted.package)],
                ..Outcome::default()
            });
        };
        let mut outcome = steps(wanted, &package.vnfd, seen, vim, self.networks);
        match self.looked_at(wanted, package, seen, vim, &outcome).await? {
            Ok(warnings) => outcome.notes.extend(warnings),
            Err(faults) => outcome.faults.extend(faults),
        }
        Ok(outcome)
    }

    /// Looks whether the cloud has what is asked for; returns what could not be looked at.
    async fn looked_at(
        &self,
        wanted: &Wanted,
        package: &Package,
        seen: Option<&Seen>,
        vim: Option<&str>,
        outcome: &Outcome,
    ) -> Result<Look, Error> {
        let mut request = None;
        for step in &outcome.steps {
            match step {
                Step::Create { flavour, level, .. } => {
                    let made = creation(wanted, flavour, level.as_deref(), self.networks);
                    request = Some(made);
                }
                Step::ChangePackage { .. } => {
                    let flavour = seen.and_then(|seen| seen.flavour.as_deref());
                    request = Some(json!({"flavourId": flavour}));
                }
                _ => {}
            }
        }
        let Some(mut request) = request else {
            return Ok(Ok(Vec::new()));
        };
        let vim = vim.or_else(|| seen.and_then(|seen| seen.vim.as_deref()));
        if let Some(id) = vim
            && request.get("vimConnectionInfo").is_none()
        {
            request["vimConnectionInfo"] = json!({"vim": {"vimId": id}});
        }
        // VNFs that are alike ask for the same: it is looked for once.
        let key = format!("{} {request}", wanted.package);
        let cell = {
            let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(looks.entry(key).or_default())
        };
        let look = cell.get_or_try_init(|| self.look(package, request)).await?;
        Ok(look.clone())
    }

    async fn look(&self, package: &Package, request: Value) -> Result<Look, Error> {
        let prepared = match (&package.id, &package.archive) {
            (Some(id), _) => self.vnfm.prepare(id, request).await,
            (None, Some(archive)) => {
                let tree = reader::open(archive).map_err(|error| {
                    Error::Invalid(format!("cannot read {}: {error}", archive.display()))
                })?;
                let vnfd = &package.vnfd;
                self.vnfm.prepare_from(vnfd, &*tree, request).await
            }
            (None, None) => return Ok(Ok(Vec::new())),
        };
        match prepared {
            Ok(prepared) => Ok(Ok(prepared.warnings)),
            Err(Error::Unready(faults)) => Ok(Err(faults)),
            Err(error) => Err(error),
        }
    }
}

/// The request that makes a VNF (SOL003 §5.5.2.4), but for its VIM.
pub(super) fn creation(
    wanted: &Wanted,
    flavour: &str,
    level: Option<&str>,
    networks: &BTreeMap<String, String>,
) -> Value {
    let mut request = Value::Object(wanted.request.clone());
    request["flavourId"] = json!(flavour);
    if let Some(level) = level {
        request["instantiationLevelId"] = json!(level);
    }
    if !wanted.parameters.is_empty() {
        let mut all = request["additionalParams"].as_object().cloned();
        let all = all.get_or_insert_default();
        all.extend(wanted.parameters.clone());
        request["additionalParams"] = std::mem::take(all).into();
    }
    let mut links: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (cp, name) in &wanted.connections {
        let network = networks.get(name).unwrap_or(name);
        links.entry(network).or_default().push(cp);
    }
    let links = links
        .iter()
        .map(|(network, cps)| external_link(network, cps));
    let links: Vec<Value> = links.collect();
    if !links.is_empty() {
        match request["extVirtualLinks"].as_array_mut() {
            Some(all) => all.extend(links),
            None => request["extVirtualLinks"] = links.into(),
        }
    }
    request
}
