//! Subscriptions to notifications about VNFs' lifecycles (vnflcm v2, SOL003 §5.4.18 and §5.4.19).

use reqwest::Method;
use serde_json::Value;

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error};

const SUBSCRIPTIONS: &str = "/vnflcm/v2/subscriptions";

/// What a subscription can be filtered by; it never has its credentials in it.
const ATTRIBUTES: &[&str] = &["id", "callbackUri", "filter", "verbosity"];

impl Client {
    /// Subscribes; `request` is SOL003's LccnSubscriptionRequest. Tacker asks the callback's address
    /// first, which must answer 204 (`[v2_nfvo] test_callback_uri`).
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` (422) when the address answers otherwise, `Server` (500) when
    /// it does not answer.
    pub async fn subscribe(&self, request: Value) -> Result<Value, Error> {
        self.send(Method::POST, SUBSCRIPTIONS, Payload::Json(request))
            .await?
            .json()
    }

    /// Returns the subscriptions that meet all `conditions`.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that subscriptions do not have.
    pub async fn subscriptions(&self, conditions: &[Condition]) -> Result<Vec<Value>, Error> {
        filter::check(conditions, ATTRIBUTES)?;
        match filter::query(conditions) {
            Some(query) => self.list(&format!("{SUBSCRIPTIONS}?{query}")).await,
            None => self.list(SUBSCRIPTIONS).await,
        }
    }

    /// Returns one subscription.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn subscription(&self, id: &str) -> Result<Value, Error> {
        self.get(&format!("{SUBSCRIPTIONS}/{id}")).await
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn unsubscribe(&self, id: &str) -> Result<(), Error> {
        let path = format!("{SUBSCRIPTIONS}/{id}");
        self.send(Method::DELETE, &path, Payload::None).await?;
        Ok(())
    }
}
