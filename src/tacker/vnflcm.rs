//! VNF lifecycle management v2 (`/vnflcm/v2`).

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error, VnfInstance};

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";
const OCCURRENCES: &str = "/vnflcm/v2/vnf_lcm_op_occs";

/// An operation on a VNF that is asked for with a body of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Instantiate.
    Instantiate,
    /// Scale out or in.
    Scale,
    /// Heal.
    Heal,
    /// Move to another package.
    ChangeVnfpkg,
    /// Connect otherwise.
    ChangeExtConn,
    /// Terminate.
    Terminate,
}

impl Task {
    fn path(self) -> &'static str {
        match self {
            Self::Instantiate => "instantiate",
            Self::Scale => "scale",
            Self::Heal => "heal",
            Self::ChangeVnfpkg => "change_vnfpkg",
            Self::ChangeExtConn => "change_ext_conn",
            Self::Terminate => "terminate",
        }
    }

    /// Names it as operation occurrences do (SOL003 §5.5.4.5).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Instantiate => "INSTANTIATE",
            Self::Scale => "SCALE",
            Self::Heal => "HEAL",
            Self::ChangeVnfpkg => "CHANGE_VNFPKG",
            Self::ChangeExtConn => "CHANGE_EXT_CONN",
            Self::Terminate => "TERMINATE",
        }
    }
}

impl Client {
    /// Creates a VNF instance resource without resources.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` (422) when no enabled package has the VNFD.
    pub async fn create_instance(&self, vnfd_id: &str, name: &str) -> Result<VnfInstance, Error> {
        let body = json!({ "vnfdId": vnfd_id, "vnfInstanceName": name });
        self.send(Method::POST, INSTANCES, Payload::Json(body))
            .await?
            .json()
    }

    /// Returns one VNF instance, whole.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn instance(&self, id: &str) -> Result<VnfInstance, Error> {
        self.get(&format!("{INSTANCES}/{id}")).await
    }

    /// Returns one VNF instance as Tacker shows it.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn instance_json(&self, id: &str) -> Result<Value, Error> {
        self.get(&format!("{INSTANCES}/{id}")).await
    }

    /// Returns all VNF instances, without what exists of them.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn instances(&self) -> Result<Vec<VnfInstance>, Error> {
        self.list(INSTANCES).await
    }

    /// Returns what `kept` makes of each VNF instance that meets all `conditions`, as Tacker lists
    /// it: without what exists of it.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that VNF instances do not have.
    pub async fn instances_where<K>(
        &self,
        conditions: &[Condition],
        kept: impl FnMut(Value) -> K,
    ) -> Result<Vec<K>, Error> {
        filter::check(conditions, filter::INSTANCE)?;
        match filter::query(conditions) {
            Some(query) => self.list_as(&format!("{INSTANCES}?{query}"), kept).await,
            None => self.list_as(INSTANCES, kept).await,
        }
    }

    /// Deletes a VNF instance that has no resources.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` while it is instantiated or an operation holds it.
    pub async fn delete_instance(&self, id: &str) -> Result<(), Error> {
        self.send(Method::DELETE, &format!("{INSTANCES}/{id}"), Payload::None)
            .await?;
        Ok(())
    }

    /// Begins an operation and returns its occurrence's id; `request` is SOL003's for it
    /// (§5.5.2.4 to §5.5.2.11a).
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for what the VNF does not have, as an unknown aspect or VNFC.
    pub async fn begin(&self, id: &str, task: Task, request: Value) -> Result<String, Error> {
        self.send(
            Method::POST,
            &format!("{INSTANCES}/{id}/{}", task.path()),
            Payload::Json(request),
        )
        .await?
        .location_id()
    }

    /// Begins to modify the instance's information; `patch` is a JSON merge patch (RFC 7386).
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn modify(&self, id: &str, patch: Value) -> Result<String, Error> {
        self.send(
            Method::PATCH,
            &format!("{INSTANCES}/{id}"),
            Payload::Json(patch),
        )
        .await?
        .location_id()
    }

    /// Returns one operation occurrence as `T`.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn occurrence<T: DeserializeOwned>(&self, id: &str) -> Result<T, Error> {
        self.get(&format!("{OCCURRENCES}/{id}")).await
    }

    /// Returns all operation occurrences as `T`, of one VNF when given.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn occurrences<T: DeserializeOwned>(
        &self,
        vnf_instance_id: Option<&str>,
    ) -> Result<Vec<T>, Error> {
        let path = match vnf_instance_id {
            Some(id) => format!("{OCCURRENCES}?all_fields&filter=(eq,vnfInstanceId,{id})"),
            None => OCCURRENCES.to_owned(),
        };
        self.list(&path).await
    }

    /// Returns the operation occurrences that meet all `conditions`, as `T`; with what lists leave
    /// out when they are wanted `whole`.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that occurrences do not have.
    pub async fn occurrences_where<T: DeserializeOwned>(
        &self,
        conditions: &[Condition],
        whole: bool,
    ) -> Result<Vec<T>, Error> {
        filter::check(conditions, filter::OCCURRENCE)?;
        let whole = whole.then(|| "all_fields".to_owned());
        let parts = whole.into_iter().chain(filter::query(conditions));
        let parts: Vec<_> = parts.collect();
        match parts.is_empty() {
            true => self.list(OCCURRENCES).await,
            false => {
                self.list(&format!("{OCCURRENCES}?{}", parts.join("&")))
                    .await
            }
        }
    }

    /// Asks for `retry`, `rollback` or `fail` of an occurrence in FAILED_TEMP.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` in any other state.
    pub async fn resolve(&self, id: &str, how: &str) -> Result<(), Error> {
        self.send(
            Method::POST,
            &format!("{OCCURRENCES}/{id}/{how}"),
            // Given any body, Tacker's handlers of these three fail with 500, for they take none.
            Payload::None,
        )
        .await?;
        Ok(())
    }
}
