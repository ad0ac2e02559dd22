//! Gives a VNF an operation through Tacker: looks first, locks, submits, and can then follow.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};

use super::{
    Asked, Blocked, Busy, Certifying, FollowError, Handle, LockError, Node, ObserveError, Observed,
    Occurrences, Options, Purpose, VnfLock, follow, guard, nodes, retry_while_busy,
};
use crate::cluster;
use crate::diagnose::instead_of;
use crate::tacker::{Client, Error as ApiError, Kind, ScaleType, VnfInstance, VnfPackage};

/// How long Tacker may hold a VNF after an operation while it tells its subscribers.
const BUSY_PATIENCE: Duration = Duration::from_secs(30);

/// Why an operation was not begun, or not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Tacker or Keystone.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Another operation is in the way.
    #[error(transparent)]
    Blocked(#[from] Blocked),
    /// The cluster that the VNF is, or its package.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// Another vnfctl is in the way.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// It was begun and did not end as asked.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Tacker dropped the package, which is deleted.
    #[error(
        "Tacker refused the package ({package}) and fell back to CREATED; \
         only the log of its conductor says why"
    )]
    Refused {
        /// The id that it had.
        package: String,
    },
    /// The caller wanted no more of a package's onboarding.
    #[error("the onboarding of package {package} was stopped")]
    Stopped {
        /// The id that it had.
        package: String,
    },
    /// Nothing has that name or id.
    #[error("there is no {what} `{name}`; {instead}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// What there is instead, in words.
        instead: String,
    },
    /// The VNF has no node of that name.
    #[error("VNF `{vnf}` has no node `{name}`; {known}")]
    NoSuchNode {
        /// The VNF.
        vnf: String,
        /// The name given.
        name: String,
        /// What there is instead, in words.
        known: String,
    },
    /// Several things fit.
    #[error("`{name}` may mean several {what}s: {}", .candidates.join(", "))]
    Ambiguous {
        /// What was looked for.
        what: &'static str,
        /// The name given.
        name: String,
        /// The ids that fit.
        candidates: Vec<String>,
    },
    /// Something that the package asks for is missing; nothing was begun.
    #[error("what the package asks for is not there: {}", .0.join("; "))]
    Unready(Vec<String>),
    /// Another VNF has the name.
    #[error("a VNF `{name}` exists already ({id})")]
    Exists {
        /// The name.
        name: String,
        /// The other's id.
        id: String,
        /// Whether it has no resources.
        empty: bool,
    },
    /// What was asked for makes no sense for this VNF.
    #[error("{0}")]
    Invalid(String),
    /// The time for it is over.
    #[error("package {package} is not onboarded after {} s; Tacker goes on with it", .timeout.as_secs())]
    OnboardingTimedOut {
        /// The package.
        package: String,
        /// The time that it was given.
        timeout: Duration,
    },
}

impl Busy for ApiError {
    fn is_busy(&self) -> bool {
        self.is_other_operation()
    }
}

impl Occurrences for Client {
    async fn occurrence(&self, id: &str) -> Result<Observed, ObserveError> {
        Self::occurrence(self, id)
            .await
            .map_err(|error| match error.kind {
                Kind::Server | Kind::Unreachable => ObserveError::Transient(Box::new(error)),
                _ => ObserveError::Permanent(Box::new(error)),
            })
    }
}

/// What is to be healed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealTarget {
    /// These VNFCs, by their ids.
    Vnfcs(Vec<String>),
    /// All servers of the VNF.
    Servers,
    /// All of the VNF: Tacker deletes and makes the whole stack anew.
    Everything,
}

/// An operation that Tacker accepted; this program's lock on the VNF is held as long as this lives.
#[derive(Debug)]
pub struct Submitted {
    /// The occurrence's id.
    pub op: String,
    _lock: VnfLock,
}

/// Operates VNFs.
#[derive(Debug)]
pub struct Vnfm {
    pub(super) client: Client,
    locks: Utf8PathBuf,
    pub(super) certifying: Option<Certifying>,
}

impl Vnfm {
    /// Returns a driver that keeps its locks in the directory `locks`.
    #[must_use]
    pub fn new(client: Client, locks: Utf8PathBuf) -> Self {
        Self {
            client,
            locks,
            certifying: None,
        }
    }

    /// Returns the client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the VNF's nodes with their servers' names, as far as the account sees them.
    ///
    /// # Errors
    /// Those of logging in and of asking Nova.
    pub async fn nodes(&self, vnf: &VnfInstance) -> Result<Vec<Node>, Error> {
        // Pods are known by their names alone, and there may be no Nova beside their cluster.
        let is_known = |node: &Node| node.name.is_some();
        let of_pods = nodes(vnf, &[]);
        if of_pods.iter().all(is_known) {
            return Ok(of_pods);
        }
        let servers = self.client.inventory().await?.servers().await?;
        Ok(nodes(vnf, &servers))
    }

    /// Makes a VNF and begins to instantiate it; the record is deleted again when Tacker refuses.
    ///
    /// # Errors
    /// A VNF of that name exists, or those of the exchange.
    pub async fn instantiate(
        &self,
        vnfd_id: &str,
        name: &str,
        request: Value,
    ) -> Result<(VnfInstance, Submitted), Error> {
        if let Some(other) = self
            .client
            .instances()
            .await?
            .iter()
            .find(|vnf| vnf.label() == name)
        {
            return Err(Error::Exists {
                name: name.to_owned(),
                id: other.id.clone(),
                empty: !other.is_instantiated(),
            });
        }
        let key = self.certified_key(vnfd_id).await?;
        let vnf = self.client.create_instance(vnfd_id, name).await?;
        match self.begin(&vnf.id, name, key.as_deref(), request).await {
            Ok(submitted) => Ok((vnf, submitted)),
            Err(error) => {
                if let Err(left) = self.client.delete_instance(&vnf.id).await {
                    tracing::warn!("the empty record {} stays in Tacker: {left}", vnf.id);
                }
                Err(error)
            }
        }
    }

    async fn begin(
        &self,
        vnf: &str,
        name: &str,
        key: Option<&str>,
        mut request: Value,
    ) -> Result<Submitted, Error> {
        if let Some(key) = key {
            let own = request["additionalParams"].as_object().cloned();
            let purpose = Purpose::new("instantiate", vnf, name);
            let params = self.certify(Some(key), &purpose, own.unwrap_or_default());
            request["additionalParams"] = params.await?.into();
        }
        self.submit(vnf, || self.client.instantiate(vnf, request.clone()))
            .await
    }

    /// Begins to scale; the aspect may be left out when there is one only. `params` are the
    /// additional parameters.
    ///
    /// # Errors
    /// The aspect is unknown or must be named, another operation is in the way, or those of the exchange.
    pub async fn scale(
        &self,
        vnf: &VnfInstance,
        direction: ScaleType,
        aspect: Option<&str>,
        steps: u32,
        params: Map<String, Value>,
    ) -> Result<Submitted, Error> {
        let aspect = Self::aspect(vnf, aspect)?;
        let params = self.params("scale", vnf, params).await?;
        self.submit(&vnf.id, || {
            self.client
                .scale(&vnf.id, direction, &aspect, steps, &params)
        })
        .await
    }

    /// Completes the additional parameters of an operation on a VNF that exists.
    pub(super) async fn params(
        &self,
        operation: &str,
        vnf: &VnfInstance,
        own: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        let key = self.certified_key(&vnf.vnfd_id).await?;
        let purpose = Purpose::new(operation, &vnf.id, vnf.label());
        self.certify(key.as_deref(), &purpose, own).await
    }

    /// Begins to heal. `params` are the additional parameters.
    ///
    /// # Errors
    /// A VNFC is unknown, another operation is in the way, or those of the exchange.
    pub async fn heal(
        &self,
        vnf: &VnfInstance,
        target: &HealTarget,
        params: Map<String, Value>,
    ) -> Result<Submitted, Error> {
        let (ids, whole) = match target {
            HealTarget::Vnfcs(ids) => (ids.clone(), false),
            HealTarget::Servers => (Vec::new(), false),
            HealTarget::Everything => (Vec::new(), true),
        };
        for id in &ids {
            let known: Vec<&str> = vnf.vnfcs().iter().map(|vnfc| vnfc.id.as_str()).collect();
            if !known.contains(&id.as_str()) {
                return Err(Error::NotFound {
                    what: "VNFC",
                    name: id.clone(),
                    instead: instead_of(id, &known),
                });
            }
        }
        let params = self.params("heal", vnf, params).await?;
        self.submit(&vnf.id, || self.client.heal(&vnf.id, &ids, whole, &params))
            .await
    }

    /// Begins to modify what Tacker knows of the VNF, by a JSON merge patch.
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn modify(&self, vnf: &VnfInstance, patch: Value) -> Result<Submitted, Error> {
        self.submit(&vnf.id, || self.client.modify(&vnf.id, patch.clone()))
            .await
    }

    /// Begins to terminate.
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn terminate(&self, vnf: &VnfInstance) -> Result<Submitted, Error> {
        self.submit(&vnf.id, || self.client.terminate(&vnf.id))
            .await
    }

    /// Deletes a package, disabling it first where it is enabled.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` while a VNF uses it.
    pub async fn delete_package(&self, package: &VnfPackage) -> Result<(), Error> {
        if package.operational_state == "ENABLED" {
            self.client
                .set_package_state(&package.id, "DISABLED")
                .await?;
        }
        Ok(self.client.delete_package(&package.id).await?)
    }

    /// Deletes a VNF's record, waiting out the moment that Tacker still holds it.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn delete(&self, vnf_instance_id: &str) -> Result<(), Error> {
        Ok(retry_while_busy(BUSY_PATIENCE, || {
            self.client.delete_instance(vnf_instance_id)
        })
        .await?)
    }

    /// Asks for retry, rollback or fail of an occurrence.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn resolve(&self, op: &str, how: &str) -> Result<(), Error> {
        Ok(retry_while_busy(BUSY_PATIENCE, || self.client.resolve(op, how)).await?)
    }

    /// Follows an occurrence to its end.
    pub fn follow<'a>(
        &'a self,
        op: &'a str,
        asked: Asked,
        timeout: Option<Duration>,
    ) -> (
        impl Future<Output = Result<Observed, FollowError>> + 'a,
        Handle,
    ) {
        follow(
            &self.client,
            op,
            Options {
                asked,
                timeout,
                ..Options::default()
            },
        )
    }

    /// Scale and heal are accepted while another operation runs and then hang in STARTING
    /// (`sol_refactored/controller/vnflcm_v2.py`), so every operation looks before it leaps.
    pub(super) async fn submit<F, Fut>(
        &self,
        vnf_instance_id: &str,
        request: F,
    ) -> Result<Submitted, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<String, ApiError>>,
    {
        let lock = VnfLock::acquire(&self.locks, vnf_instance_id)?;
        let open: Vec<Observed> = self.client.occurrences(Some(vnf_instance_id)).await?;
        guard(vnf_instance_id, &open)?;
        let op = retry_while_busy(BUSY_PATIENCE, request).await?;
        Ok(Submitted { op, _lock: lock })
    }
}
