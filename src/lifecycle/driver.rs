//! The operations that a VNF can be given through Tacker: each completed, submitted, and followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use super::journal::{Asking, Journal};
use super::submit::{BUSY_PATIENCE, Journaling};
use super::{
    Asked, Busy, Certifying, Error, FollowError, Handle, Node, ObserveError, Observed, Occurrences,
    Options, Purpose, Submitted, follow, nodes, retry_while_busy,
};
use crate::diagnose::instead_of;
use crate::tacker::{Client, Error as ApiError, Kind, ScaleType, VnfInstance, VnfPackage};

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

/// Operates VNFs.
#[derive(Debug)]
pub struct Vnfm {
    pub(super) client: Client,
    pub(super) locks: Utf8PathBuf,
    pub(super) journaling: Option<Journaling>,
    pub(super) open_journal: OnceLock<Journal>,
    pub(super) certifying: Option<Certifying>,
}

impl Vnfm {
    /// Returns a driver that keeps its locks in the directory `locks`.
    #[must_use]
    pub fn new(client: Client, locks: Utf8PathBuf) -> Self {
        Self {
            client,
            locks,
            journaling: None,
            open_journal: OnceLock::new(),
            certifying: None,
        }
    }

    /// Has it write down in the file `path` what it asks; `server` names the server where its
    /// address does not.
    #[must_use]
    pub fn journaled(mut self, path: Utf8PathBuf, server: Option<String>) -> Self {
        self.journaling = Some(Journaling { path, server });
        self
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
        let (name, way) = (vnf.label(), direction.way());
        let asking = Asking {
            vnf: &vnf.id,
            name,
            operation: "SCALE",
            summary: &format!("scale {name} {way} by {steps}"),
            request: &json!([direction, aspect, steps, params]),
        };
        let params = self.params("scale", vnf, params).await?;
        self.submit(asking, || {
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

    /// Begins to heal; `cause` is what Tacker notes as the reason. `params` are the additional
    /// parameters.
    ///
    /// # Errors
    /// A VNFC is unknown, another operation is in the way, or those of the exchange.
    pub async fn heal(
        &self,
        vnf: &VnfInstance,
        target: &HealTarget,
        cause: Option<&str>,
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
        let name = vnf.label();
        let asking = Asking {
            vnf: &vnf.id,
            name,
            operation: "HEAL",
            summary: &match target {
                HealTarget::Vnfcs(ids) => format!("heal {name}: {}", ids.join(", ")),
                HealTarget::Servers => format!("heal {name}"),
                HealTarget::Everything => format!("heal {name}, all of it"),
            },
            request: &json!([ids, whole, cause, params]),
        };
        let params = self.params("heal", vnf, params).await?;
        self.submit(asking, || {
            self.client.heal(&vnf.id, &ids, whole, cause, &params)
        })
        .await
    }

    /// Begins to modify what Tacker knows of the VNF, by a JSON merge patch.
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn modify(&self, vnf: &VnfInstance, patch: Value) -> Result<Submitted, Error> {
        let name = vnf.label();
        let asking = Asking {
            vnf: &vnf.id,
            name,
            operation: "MODIFY_INFO",
            summary: &format!("modify {name}"),
            request: &patch,
        };
        self.submit(asking, || self.client.modify(&vnf.id, patch.clone()))
            .await
    }

    /// Begins to terminate; where a time in seconds is given, Tacker first waits so long for the VNF
    /// to be taken out of service.
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn terminate(
        &self,
        vnf: &VnfInstance,
        graceful: Option<u64>,
    ) -> Result<Submitted, Error> {
        let name = vnf.label();
        let asking = Asking {
            vnf: &vnf.id,
            name,
            operation: "TERMINATE",
            summary: &format!("terminate {name}"),
            request: &Value::Null,
        };
        self.submit(asking, || self.client.terminate(&vnf.id, graceful))
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

    /// Follows an occurrence to its end; `woken` has it look at once.
    pub fn follow<'a>(
        &'a self,
        op: &'a str,
        asked: Asked,
        timeout: Option<Duration>,
        woken: Option<Arc<Notify>>,
    ) -> (
        impl Future<Output = Result<Observed, FollowError>> + 'a,
        Handle,
    ) {
        let options = Options {
            asked,
            timeout,
            ..Options::default()
        };
        follow(&self.client, op, options, woken)
    }

    /// Notes how the following of an occurrence ended, once the person was told: before that,
    /// another run is to tell it.
    ///
    /// # Errors
    /// Those of the journal, and of logging in.
    pub async fn note_end(
        &self,
        op: &str,
        outcome: &Result<Observed, FollowError>,
    ) -> Result<(), Error> {
        let Some(journal) = self.journal().await? else {
            return Ok(());
        };
        let state = match outcome {
            Ok(seen) => Some(seen.state),
            Err(FollowError::Failed { seen, .. }) => Some(seen.state),
            Err(_) => None,
        };
        match state {
            Some(state) if state.is_final() => journal.ended(op, &state.to_string())?,
            _ => journal.told(op)?,
        }
        Ok(())
    }
}
