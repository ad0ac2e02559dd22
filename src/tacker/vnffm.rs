//! VNF fault management v1 (`/vnffm/v1`): alarms. Its subscriptions are in `subscriptions`.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error};

const ALARMS: &str = "/vnffm/v1/alarms";

/// What an alarm can be filtered by (`sol_refactored/objects/v1/alarm.py`).
const ATTRIBUTES: &[&str] = &[
    "id",
    "managedObjectId",
    "vnfcInstanceIds",
    "rootCauseFaultyResource",
    "alarmRaisedTime",
    "alarmChangedTime",
    "alarmClearedTime",
    "alarmAcknowledgedTime",
    "ackState",
    "perceivedSeverity",
    "eventTime",
    "eventType",
    "faultType",
    "probableCause",
    "isRootCause",
    "correlatedAlarmIds",
    "faultDetails",
];

impl Client {
    /// Returns the alarms that meet all `conditions` (SOL003 §7.5.2.4).
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that alarms do not have.
    pub async fn alarms(&self, conditions: &[Condition]) -> Result<Vec<Value>, Error> {
        filter::check(conditions, ATTRIBUTES)?;
        match filter::query(conditions) {
            Some(query) => self.list(&format!("{ALARMS}?{query}")).await,
            None => self.list(ALARMS).await,
        }
    }

    /// Returns one alarm.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn alarm(&self, id: &str) -> Result<Value, Error> {
        self.get(&format!("{ALARMS}/{id}")).await
    }

    /// Acknowledges an alarm, or takes that back.
    ///
    /// # Errors
    /// Those of the exchange; `Conflict` when it is so already.
    pub async fn acknowledge(&self, id: &str, is_seen: bool) -> Result<(), Error> {
        let state = match is_seen {
            true => "ACKNOWLEDGED",
            false => "UNACKNOWLEDGED",
        };
        let body = json!({ "ackState": state });
        let path = format!("{ALARMS}/{id}");
        self.send(Method::PATCH, &path, Payload::Json(body)).await?;
        Ok(())
    }
}
