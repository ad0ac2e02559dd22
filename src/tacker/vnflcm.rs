//! VNF lifecycle management v2 (`/vnflcm/v2`).

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error, ScaleType, VnfInstance};

const INSTANCES: &str = "/vnflcm/v2/vnf_instances";
const OCCURRENCES: &str = "/vnflcm/v2/vnf_lcm_op_occs";

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

    /// Begins an operation and returns its occurrence's id.
    ///
    /// # Errors
    /// Those of the exchange.
    async fn begin(&self, id: &str, operation: &str, body: Value) -> Result<String, Error> {
        self.send(
            Method::POST,
            &format!("{INSTANCES}/{id}/{operation}"),
            Payload::Json(body),
        )
        .await?
        .location_id()
    }

    /// Begins to instantiate; `request` is SOL003's InstantiateVnfRequest.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn instantiate(&self, id: &str, request: Value) -> Result<String, Error> {
        self.begin(id, "instantiate", request).await
    }

    /// Begins to scale by `steps`, with additional parameters.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an unknown aspect or a level out of bounds.
    pub async fn scale(
        &self,
        id: &str,
        direction: ScaleType,
        aspect: &str,
        steps: u32,
        params: &Map<String, Value>,
    ) -> Result<String, Error> {
        let mut body = json!({ "type": direction, "aspectId": aspect, "numberOfSteps": steps });
        if !params.is_empty() {
            body["additionalParams"] = json!(params);
        }
        self.begin(id, "scale", body).await
    }

    /// Begins to heal the given VNFCs, or all when there are none, with additional parameters.
    ///
    /// `whole` asks Tacker to replace more than the servers: storage, or the whole stack.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an unknown VNFC.
    pub async fn heal(
        &self,
        id: &str,
        vnfcs: &[String],
        whole: bool,
        cause: Option<&str>,
        params: &Map<String, Value>,
    ) -> Result<String, Error> {
        let mut body = json!({});
        if let Some(cause) = cause {
            body["cause"] = json!(cause);
        }
        if !vnfcs.is_empty() {
            body["vnfcInstanceId"] = json!(vnfcs);
        }
        if !params.is_empty() {
            body["additionalParams"] = json!(params);
        }
        if whole {
            body["additionalParams"]["all"] = json!(true);
        }
        self.begin(id, "heal", body).await
    }

    /// Begins to move it to another package; `request` is SOL003's ChangeCurrentVnfPkgRequest.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an unknown VDU, or a package that is not enabled.
    pub async fn change_vnfpkg(&self, id: &str, request: Value) -> Result<String, Error> {
        self.begin(id, "change_vnfpkg", request).await
    }

    /// Begins to connect it otherwise; `request` is SOL003's ChangeExtVnfConnectivityRequest.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn change_ext_conn(&self, id: &str, request: Value) -> Result<String, Error> {
        self.begin(id, "change_ext_conn", request).await
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

    /// Begins to terminate; where a time in seconds is given, Tacker first waits so long for the
    /// VNF to be taken out of service (GRACEFUL).
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn terminate(&self, id: &str, graceful: Option<u64>) -> Result<String, Error> {
        let body = match graceful {
            Some(seconds) => json!({
                "terminationType": "GRACEFUL", "gracefulTerminationTimeout": seconds,
            }),
            None => json!({ "terminationType": "FORCEFUL" }),
        };
        self.begin(id, "terminate", body).await
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
