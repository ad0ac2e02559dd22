//! Receives what Tacker tells of VNFs' lifecycles (SOL003 §5.4.20), where Tacker can reach this
//! machine.
//!
//! A subscription that nobody answers holds every operation up, so those that a killed run left
//! behind are ended before a new one is made.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State as Shared;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use url::{Host, Url};

use super::{Error, Vnfm};
use crate::tacker::About;

/// What callbacks of this program begin with, by which those of killed runs are known.
const PATH: &str = "/vnfctl-";

/// How long an address may take to show that somebody listens there.
const KNOCK: Duration = Duration::from_secs(1);

/// Where Tacker reaches this machine: a host, and a port where it must be a certain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    host: Host,
    port: u16,
}

impl std::str::FromStr for Reached {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is not HOST or HOST:PORT, such as 192.0.2.10 or [2001:db8::1]:9000")
        };
        // Whole URLs are understood by the same rules, and have more in them than is wanted.
        let url: Url = format!("http://{text}").parse().map_err(|_| wrong())?;
        if url.path() != "/" || url.query().is_some() || url.username() != "" {
            return Err(wrong());
        }
        let host = url.host().ok_or_else(wrong)?.to_owned();
        // A URL does not keep its scheme's own port.
        let port = match text.strip_suffix(":80") {
            Some(_) => 80,
            None => url.port().unwrap_or_default(),
        };
        Ok(Self { host, port })
    }
}

/// A subscription that is listened to; [`Self::end`] ends it.
#[derive(Debug)]
pub struct Receiver {
    /// What Tacker tells, in the order of its arrival.
    pub notifications: mpsc::UnboundedReceiver<Value>,
    woken: Arc<Notify>,
    subscription: String,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Inbox {
    sender: mpsc::UnboundedSender<Value>,
    woken: Arc<Notify>,
}

impl Receiver {
    /// Is notified at each notification.
    #[must_use]
    pub fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    /// Ends the subscription and stops to listen.
    ///
    /// # Errors
    /// Those of the exchange.
    pub async fn end(self, vnfm: &Vnfm) -> Result<(), Error> {
        let ended = vnfm
            .client()
            .unsubscribe(About::Lifecycle, &self.subscription)
            .await;
        self.server.abort();
        Ok(ended?)
    }
}

impl Vnfm {
    /// Has Tacker tell this machine of the VNFs with these ids, or of all.
    ///
    /// # Errors
    /// The port cannot be listened on, Tacker does not reach it, or those of the exchange.
    pub async fn receive(&self, at: &Reached, vnfs: &[String]) -> Result<Receiver, Error> {
        self.end_abandoned(at).await?;
        let any: IpAddr = match at.host {
            Host::Ipv6(_) => Ipv6Addr::UNSPECIFIED.into(),
            _ => Ipv4Addr::UNSPECIFIED.into(),
        };
        let local = |ip: IpAddr| match ip.is_loopback() {
            true => ip,
            false => any,
        };
        // Who is reached at loopback need not be reached at more.
        let address = match at.host {
            Host::Ipv4(ip) => local(ip.into()),
            Host::Ipv6(ip) => local(ip.into()),
            Host::Domain(_) => any,
        };
        let unheard = |error: std::io::Error| {
            Error::Invalid(format!(
                "cannot listen on port {} of {address}: {error}",
                at.port
            ))
        };
        let listener = TcpListener::bind(SocketAddr::new(address, at.port)).await;
        let listener = listener.map_err(unheard)?;
        let port = listener.local_addr().map_err(unheard)?.port();
        // Whoever does not know the path can tell nothing.
        let path = format!("{PATH}{}", uuid::Uuid::new_v4().simple());
        let callback = format!("http://{}:{port}{path}", at.host);

        let (sender, notifications) = mpsc::unbounded_channel();
        let woken = Arc::new(Notify::new());
        let inbox = Inbox {
            sender,
            woken: Arc::clone(&woken),
        };
        let router = Router::new()
            .route(&path, get(|| async { StatusCode::NO_CONTENT }).post(told))
            .with_state(inbox);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!("notifications are no longer heard: {error}");
            }
        });
        let mut request = json!({ "callbackUri": callback, "verbosity": "FULL" });
        if !vnfs.is_empty() {
            request["filter"] = json!({"vnfInstanceSubscriptionFilter": {"vnfInstanceIds": vnfs}});
        }
        match self.client().subscribe(About::Lifecycle, request).await {
            Ok(made) => Ok(Receiver {
                notifications,
                woken,
                subscription: made["id"].as_str().unwrap_or_default().to_owned(),
                server,
            }),
            Err(error) => {
                server.abort();
                Err(error.into())
            }
        }
    }

    /// Ends subscriptions of this program at that host where nobody listens any more.
    async fn end_abandoned(&self, at: &Reached) -> Result<(), Error> {
        for one in self.client().subscriptions(About::Lifecycle, &[]).await? {
            let callback = one["callbackUri"].as_str().unwrap_or_default();
            let Ok(url) = callback.parse::<Url>() else {
                continue;
            };
            let is_own = url.path().starts_with(PATH) && url.host() == Some(borrowed(&at.host));
            let (Some(id), Some(port), true) = (one["id"].as_str(), url.port(), is_own) else {
                continue;
            };
            let knock = TcpStream::connect((url.host_str().unwrap_or_default(), port));
            if !matches!(tokio::time::timeout(KNOCK, knock).await, Ok(Ok(_))) {
                self.client().unsubscribe(About::Lifecycle, id).await?;
            }
        }
        Ok(())
    }
}

fn borrowed(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(ip) => Host::Ipv4(*ip),
        Host::Ipv6(ip) => Host::Ipv6(*ip),
    }
}

async fn told(Shared(inbox): Shared<Inbox>, body: axum::body::Bytes) -> StatusCode {
    let Ok(notification) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    // Whoever has stopped to listen is about to end the subscription.
    let _gone = inbox.sender.send(notification);
    inbox.woken.notify_one();
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("192.0.2.10", 0)]
    #[case("192.0.2.10:9000", 9000)]
    #[case("lab.example:80", 80)]
    #[case("[2001:db8::1]:9000", 9000)]
    fn a_host_has_a_port_where_it_must_be_a_certain_one(#[case] text: &str, #[case] port: u16) {
        assert_eq!(text.parse::<Reached>().unwrap().port, port);
    }

    #[rstest]
    #[case("")]
    #[case("http://192.0.2.10")]
    #[case("192.0.2.10/path")]
    #[case("user@192.0.2.10")]
    #[case("192.0.2.10:x")]
    fn what_is_no_host_is_refused(#[case] text: &str) {
        assert!(text.parse::<Reached>().is_err());
    }
}
