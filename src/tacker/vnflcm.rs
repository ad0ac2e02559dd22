//! VNF lifecycle management (`/vnflcm/v2`, and `/vnflcm/v1` where that is asked for).

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error, Generation, Kind, VnfInstance};

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
    fn instances_path(&self) -> String {
        format!("{}/vnf_instances", self.generation().root())
    }

    fn occurrences_path(&self) -> String {
        format!("{}/vnf_lcm_op_occs", self.generation().root())
    }

    /// Creates a VNF instance resource without resources.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` (422) when no enabled package has the VNFD.
    pub async fn create_instance(&self, vnfd_id: &str, name: &str) -> Result<VnfInstance, Error> {
        let body = json!({ "vnfdId": vnfd_id, "vnfInstanceName": name });
        self.send(Method::POST, &self.instances_path(), Payload::Json(body))
            .await?
            .json()
    }

    /// Returns one VNF instance, whole.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn instance(&self, id: &str) -> Result<VnfInstance, Error> {
        let path = format!("{}/{id}", self.instances_path());
        let mut vnf: VnfInstance = self.get(&path).await?;
        if self.generation() == Generation::V1 {
            vnf.know_by_resources();
        }
        Ok(vnf)
    }

    /// Returns one VNF instance as Tacker shows it.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn instance_json(&self, id: &str) -> Result<Value, Error> {
        self.get(&format!("{}/{id}", self.instances_path())).await
    }

    /// Returns all VNF instances, without what exists of them.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn instances(&self) -> Result<Vec<VnfInstance>, Error> {
        self.list(&self.instances_path()).await
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
        let path = self.instances_that_meet(conditions)?;
        self.list_as(&path, kept).await
    }

    /// Hands the same on page by page, as pages come.
    ///
    /// # Errors
    /// Those of [`Self::instances_where`], and of `page`.
    pub async fn instance_pages<K, E: From<Error>>(
        &self,
        conditions: &[Condition],
        kept: impl FnMut(Value) -> K,
        page: impl FnMut(Vec<K>) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.instances_that_meet(conditions)?;
        self.pages(&path, kept, page).await
    }

    /// The path of the list of instances that meet all `conditions`.
    fn instances_that_meet(&self, conditions: &[Condition]) -> Result<String, Error> {
        filter::check(conditions, filter::INSTANCE)?;
        let path = self.instances_path();
        Ok(match filter::query(conditions) {
            Some(query) => format!("{path}?{query}"),
            None => path,
        })
    }

    /// Deletes a VNF instance that has no resources.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` while it is instantiated or an operation holds it.
    pub async fn delete_instance(&self, id: &str) -> Result<(), Error> {
        self.send(
            Method::DELETE,
            &format!("{}/{id}", self.instances_path()),
            Payload::None,
        )
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
            &format!("{}/{id}/{}", self.instances_path(), task.path()),
            Payload::Json(self.generation().worded(request)),
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
            &format!("{}/{id}", self.instances_path()),
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
        let path = self.occurrences_path();
        match self.get(&format!("{path}/{id}")).await {
            // Of one that modifies, v1 fails at its own parameters, and lists it.
            Err(error) if error.kind == Kind::Server && self.generation() == Generation::V1 => {
                let all: Vec<T> = self.list(&format!("{path}?filter=(eq,id,{id})")).await?;
                all.into_iter().next().ok_or(error)
            }
            found => found,
        }
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
            Some(id) => {
                let path = self.occurrences_path();
                format!("{path}?all_fields&filter=(eq,vnfInstanceId,{id})")
            }
            None => self.occurrences_path(),
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
            true => self.list(&self.occurrences_path()).await,
            false => {
                self.list(&format!("{}?{}", self.occurrences_path(), parts.join("&")))
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
            &format!("{}/{id}/{how}", self.occurrences_path()),
            // Given any body, Tacker's handlers of these three fail with 500, for they take none.
            Payload::None,
        )
        .await?;
        Ok(())
    }

    /// Asks an operation that runs to end where it stands, in FAILED_TEMP; only v1 has that.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` unless it is in PROCESSING, and that for as long as
    /// `[vnf_lcm] operation_timeout` says.
    pub async fn cancel(&self, id: &str, mode: &str) -> Result<(), Error> {
        let path = format!("{}/{id}/cancel", self.occurrences_path());
        let body = json!({"cancelMode": mode});
        self.send(Method::POST, &path, Payload::Json(body)).await?;
        Ok(())
    }
}
