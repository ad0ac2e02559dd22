//! Makes a VNF's record and gives it its resources, or goes on where an earlier run was killed.

use serde_json::Value;

use super::journal::{Asking, REFUSED};
use super::{Error, Purpose, Submitted, Vnfm};
use crate::tacker::{Task, VnfInstance};

impl Vnfm {
    /// Makes a VNF and begins to instantiate it; the record is deleted again when Tacker refuses.
    /// What an earlier run was killed at is gone on with. Returns the VNF's id, too.
    ///
    /// # Errors
    /// A VNF of that name exists, or those of the exchange.
    pub async fn instantiate(
        &self,
        vnfd_id: &str,
        name: &str,
        request: Value,
    ) -> Result<(String, Submitted), Error> {
        let all = self.client.instances().await?;
        let (vnf, made) = match all.iter().find(|vnf| vnf.label() == name) {
            Some(other) => self.left_of(other, vnfd_id, name, &request).await?,
            None => self.make_record(vnfd_id, name).await?,
        };
        let key = match self.certified_key(vnfd_id).await {
            Ok(key) => key,
            Err(error) => return Err(self.unmade(&vnf, made, error).await),
        };
        match self.begin(&vnf, name, key.as_deref(), request).await {
            Ok(submitted) => {
                if let (Some(made), Some(journal)) = (made, self.journal().await?) {
                    journal.over(made, "COMPLETED")?;
                }
                Ok((vnf, submitted))
            }
            // Without its record, what became of the operation could not be found out; and a record
            // that another run is at is not this one's to delete.
            Err(error @ (Error::Unknown { .. } | Error::Lock(_) | Error::Blocked(_))) => Err(error),
            Err(error) => Err(self.unmade(&vnf, made, error).await),
        }
    }

    /// What an earlier run left of the same VNF: its id, and the entry of its record where that has
    /// no resources.
    async fn left_of(
        &self,
        other: &VnfInstance,
        vnfd_id: &str,
        name: &str,
        request: &Value,
    ) -> Result<(String, Option<i64>), Error> {
        let asking = instantiating(&other.id, name, "", request);
        if other.vnfd_id == vnfd_id && self.is_left_open(&asking).await? {
            return Ok((other.id.clone(), None));
        }
        if !other.is_instantiated()
            && let Some(made) = self.left_record(&other.id, vnfd_id, name).await?
        {
            return Ok((other.id.clone(), Some(made)));
        }
        Err(Error::Exists {
            name: name.to_owned(),
            id: other.id.clone(),
            empty: !other.is_instantiated(),
        })
    }

    /// Deletes a record that was made for an operation that was refused.
    async fn unmade(&self, vnf: &str, made: Option<i64>, error: Error) -> Error {
        match self.client.delete_instance(vnf).await {
            Ok(()) => {}
            Err(left) => tracing::warn!("the empty record {vnf} stays in Tacker: {left}"),
        }
        let Some(made) = made else { return error };
        let closed = match self.journal().await {
            Ok(Some(journal)) => journal.over(made, REFUSED),
            _ => Ok(()),
        };
        if let Err(unwritten) = closed {
            tracing::warn!("{unwritten}");
        }
        error
    }

    async fn begin(
        &self,
        vnf: &str,
        name: &str,
        key: Option<&str>,
        mut request: Value,
    ) -> Result<Submitted, Error> {
        let asked = request.clone();
        let summary = format!("instantiate {name}");
        let asking = instantiating(vnf, name, &summary, &asked);
        if let Some(key) = key {
            let own = request["additionalParams"].as_object().cloned();
            let purpose = Purpose::new("instantiate", vnf, name);
            let params = self.certify(Some(key), &purpose, own.unwrap_or_default());
            request["additionalParams"] = params.await?.into();
        }
        self.submit(asking, || {
            self.client.begin(vnf, Task::Instantiate, request.clone())
        })
        .await
    }
}

fn instantiating<'a>(
    vnf: &'a str,
    name: &'a str,
    summary: &'a str,
    request: &'a Value,
) -> Asking<'a> {
    Asking {
        vnf,
        name,
        operation: Task::Instantiate.name(),
        summary,
        request,
    }
}
