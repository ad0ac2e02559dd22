//! Asks for retry, rollback or fail of an operation that failed, and is sure of what was asked.

use serde_json::Value;

use super::journal::{Asking, Journal, REFUSED};
use super::submit::{BUSY_PATIENCE, is_lost};
use super::{Error, Vnfm, retry_while_busy};

impl Vnfm {
    /// Asks for retry, rollback or fail of an occurrence.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn resolve(&self, op: &str, how: &str) -> Result<(), Error> {
        let before: Value = self.client.occurrence(op).await?;
        let entered = |one: &Value| {
            one["stateEnteredTime"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let journal = self.journal().await?;
        let mut id = None;
        if let Some(journal) = journal {
            let asking = Asking {
                vnf: before["vnfInstanceId"].as_str().unwrap_or_default(),
                name: "",
                operation: &how.to_uppercase(),
                summary: &format!("{how} {op}"),
                request: &Value::Null,
            };
            id = Some(journal.ask(&asking, &[entered(&before)], Some(op))?);
        }
        match retry_while_busy(BUSY_PATIENCE, || self.client.resolve(op, how)).await {
            Ok(()) => {}
            Err(error) if is_lost(&error) && !error.is_unsent => {
                let after: Value = match self.client.occurrence(op).await {
                    Ok(after) => after,
                    Err(_) => {
                        return Err(Error::Unknown {
                            what: format!("{how} {op}"),
                            source: error,
                        });
                    }
                };
                let is_same = after["operationState"] == before["operationState"];
                if is_same && entered(&after) == entered(&before) {
                    close(journal, id)?;
                    return Err(error.into());
                }
            }
            Err(error) => {
                close(journal, id)?;
                return Err(error.into());
            }
        }
        if let (Some(journal), Some(id)) = (journal, id) {
            journal.accepted(id, op)?;
            if how == "fail" {
                journal.ended(op, "FAILED")?;
            }
        }
        Ok(())
    }
}

/// Notes that a request was refused.
fn close(journal: Option<&Journal>, id: Option<i64>) -> Result<(), Error> {
    match (journal, id) {
        (Some(journal), Some(id)) => Ok(journal.over(id, REFUSED)?),
        _ => Ok(()),
    }
}
