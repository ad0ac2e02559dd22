//! VNF performance management v2 (`/vnfpm/v2`): PM jobs with their reports, and thresholds.

use reqwest::Method;
use serde_json::Value;

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error};

/// What measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// A PM job, which reports periodically (SOL003 §6.5.2.7).
    Job,
    /// A threshold, which tells of a crossing (SOL003 §6.5.2.9).
    Threshold,
}

impl Measured {
    fn path(self) -> &'static str {
        match self {
            Self::Job => "/vnfpm/v2/pm_jobs",
            Self::Threshold => "/vnfpm/v2/thresholds",
        }
    }

    /// What it can be filtered by (`sol_refactored/objects/v2/pm_job.py`, `threshold.py`).
    fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Job => &[
                "id",
                "objectType",
                "objectInstanceIds",
                "subObjectInstanceIds",
                "criteria",
                "callbackUri",
                "reports",
            ],
            Self::Threshold => &[
                "id",
                "objectType",
                "objectInstanceId",
                "subObjectInstanceIds",
                "criteria",
                "callbackUri",
            ],
        }
    }
}

impl Client {
    /// Makes one; `request` is SOL003's CreatePmJobRequest or CreateThresholdRequest. Tacker asks the
    /// callback's address first, which must answer 204.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` for a VNF that is not instantiated.
    pub async fn measure(&self, what: Measured, request: Value) -> Result<Value, Error> {
        let payload = Payload::Json(request);
        self.send(Method::POST, what.path(), payload).await?.json()
    }

    /// Returns those that meet all `conditions`.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that they do not have.
    pub async fn measured(
        &self,
        what: Measured,
        conditions: &[Condition],
    ) -> Result<Vec<Value>, Error> {
        filter::check(conditions, what.attributes())?;
        match filter::query(conditions) {
            Some(query) => self.list(&format!("{}?{query}", what.path())).await,
            None => self.list(what.path()).await,
        }
    }

    /// Returns one.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn measurement(&self, what: Measured, id: &str) -> Result<Value, Error> {
        self.get(&format!("{}/{id}", what.path())).await
    }

    /// Changes where one tells; returns what was changed.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn remeasure(
        &self,
        what: Measured,
        id: &str,
        changes: Value,
    ) -> Result<Value, Error> {
        let path = format!("{}/{id}", what.path());
        let payload = Payload::Json(changes);
        self.send(Method::PATCH, &path, payload).await?.json()
    }

    /// Ends one.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn unmeasure(&self, what: Measured, id: &str) -> Result<(), Error> {
        let path = format!("{}/{id}", what.path());
        self.send(Method::DELETE, &path, Payload::None).await?;
        Ok(())
    }

    /// Returns a report of a PM job.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown one.
    pub async fn pm_report(&self, job: &str, report: &str) -> Result<Value, Error> {
        self.get(&format!("{}/{job}/reports/{report}", Measured::Job.path()))
            .await
    }
}
