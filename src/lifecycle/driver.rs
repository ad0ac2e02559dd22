//! The operations that a VNF can be given through Tacker: each completed, submitted, and followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::journal::{Asking, Journal};
use super::submit::{BUSY_PATIENCE, Journaling};
use super::{
    Asked, Busy, Certifying, Error, FollowError, Handle, Node, ObserveError, Observed, Occurrences,
    Options, Purpose, Submitted, follow, nodes, retry_while_busy,
};
use crate::tacker::{Client, Error as ApiError, Kind, Task, VnfInstance, VnfPackage};

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

    /// Begins to scale; `request` is of [`Self::scale_request`].
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn scale(&self, vnf: &VnfInstance, request: Value) -> Result<Submitted, Error> {
        let way = match request["type"].as_str() {
            Some("SCALE_IN") => "in",
            _ => "out",
        };
        let steps = &request["numberOfSteps"];
        let summary = format!("scale {} {way} by {steps}", vnf.label());
        self.operate(vnf, Task::Scale, &summary, request).await
    }

    /// Begins to heal; `request` is of [`Self::heal_request`].
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn heal(&self, vnf: &VnfInstance, request: Value) -> Result<Submitted, Error> {
        let summary = format!("heal {}", vnf.label());
        self.operate(vnf, Task::Heal, &summary, request).await
    }

    /// Begins an operation on a VNF that exists, with the additional parameters that it needs beside
    /// those of its request.
    pub(super) async fn operate(
        &self,
        vnf: &VnfInstance,
        task: Task,
        summary: &str,
        mut request: Value,
    ) -> Result<Submitted, Error> {
        let asked = request.clone();
        let asking = Asking {
            vnf: &vnf.id,
            name: vnf.label(),
            operation: task.name(),
            summary,
            // Without what is made anew for each request, as certificates are.
            request: &asked,
        };
        let own = request["additionalParams"].as_object().cloned();
        let params = self
            .params(words(task), vnf, own.unwrap_or_default())
            .await?;
        if !params.is_empty() {
            request["additionalParams"] = params.into();
        }
        self.submit(asking, || self.client.begin(&vnf.id, task, request.clone()))
            .await
    }

    /// Completes the additional parameters of an operation on a VNF that exists.
    async fn params(
        &self,
        operation: &str,
        vnf: &VnfInstance,
        own: Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        let key = self.certified_key(&vnf.vnfd_id).await?;
        let purpose = Purpose::new(operation, &vnf.id, vnf.label());
        self.certify(key.as_deref(), &purpose, own).await
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

    /// Begins to terminate; `request` is of [`Self::terminate_request`].
    ///
    /// # Errors
    /// Another operation is in the way, or those of the exchange.
    pub async fn terminate(&self, vnf: &VnfInstance, request: Value) -> Result<Submitted, Error> {
        let name = vnf.label();
        let asking = Asking {
            vnf: &vnf.id,
            name,
            operation: Task::Terminate.name(),
            summary: &format!("terminate {name}"),
            request: &request,
        };
        let begin = || self.client.begin(&vnf.id, Task::Terminate, request.clone());
        self.submit(asking, begin).await
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

/// What an operation is called in a certificate that is made for it.
fn words(task: Task) -> &'static str {
    match task {
        Task::Instantiate => "instantiate",
        Task::Scale => "scale",
        Task::Heal => "heal",
        Task::ChangeVnfpkg => "change package",
        Task::ChangeExtConn => "change connections",
        Task::Terminate => "terminate",
    }
}
