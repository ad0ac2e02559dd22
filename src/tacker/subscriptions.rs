//! Subscriptions to notifications about VNFs' lifecycles (vnflcm, SOL003 §5.4.18 and §5.4.19) and
//! alarms (vnffm v1, SOL003 §7.4.4 and §7.4.5).

use reqwest::Method;
use serde_json::Value;

use super::client::Payload;
use super::filter::{self, Condition};
use super::{Client, Error};

/// What a subscription is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The lifecycle of VNFs.
    Lifecycle,
    /// Alarms of VNFs.
    Alarms,
}

impl About {
    fn path(self, client: &Client) -> String {
        match self {
            Self::Lifecycle => format!("{}/subscriptions", client.generation().root()),
            Self::Alarms => "/vnffm/v1/subscriptions".to_owned(),
        }
    }
}

/// What a subscription can be filtered by; it never has its credentials in it.
const ATTRIBUTES: &[&str] = &["id", "callbackUri", "filter", "verbosity"];

impl Client {
    /// Subscribes; `request` is SOL003's LccnSubscriptionRequest or FmSubscriptionRequest. Tacker asks the callback's address
    /// first, which must answer 204 (`[v2_nfvo] test_callback_uri`).
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` (422) when the address answers otherwise, `Server` (500) when
    /// it does not answer.
    pub async fn subscribe(&self, about: About, request: Value) -> Result<Value, Error> {
        self.send(Method::POST, &about.path(self), Payload::Json(request))
            .await?
            .json()
    }

    /// Returns the subscriptions that meet all `conditions`.
    ///
    /// # Errors
    /// Those of the exchange; `Invalid` for an attribute that subscriptions do not have.
    pub async fn subscriptions(
        &self,
        about: About,
        conditions: &[Condition],
    ) -> Result<Vec<Value>, Error> {
        filter::check(conditions, ATTRIBUTES)?;
        match filter::query(conditions) {
            Some(query) => self.list(&format!("{}?{query}", about.path(self))).await,
            None => self.list(&about.path(self)).await,
        }
    }

    /// Returns one subscription.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn subscription(&self, about: About, id: &str) -> Result<Value, Error> {
        self.get(&format!("{}/{id}", about.path(self))).await
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// Those of the exchange; `NotFound` for an unknown id.
    pub async fn unsubscribe(&self, about: About, id: &str) -> Result<(), Error> {
        let path = format!("{}/{id}", about.path(self));
        self.send(Method::DELETE, &path, Payload::None).await?;
        Ok(())
    }
}
