//! What is told of each exchange to whoever wants to watch: method, address, status, time and
//! request id; bodies too when that is wanted, never with a secret in them.

use std::time::Instant;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

/// The target of these events: `info` has one line per exchange, `debug` the bodies.
macro_rules! target {
    () => {
        "vnfctl::http"
    };
}

/// What a secret is replaced by.
const HIDDEN: &str = "***";

/// Parts of the names of members whose value is a secret, in lower case without `_` and `-`.
const SECRETS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "privatekey",
    "authcred",
    "credential",
    "kubeconfig",
    "payload",
    "apikey",
];

/// Members that are named like a secret and have none in them.
const HARMLESS: [&str; 3] = ["tokenendpoint", "keysecret", "secretref"];

/// One exchange that is under way.
pub(super) struct Exchange {
    method: Method,
    url: String,
    began: Instant,
}

impl Exchange {
    /// Notes the request, with its body when it is JSON.
    pub(super) fn begin(method: &Method, url: &Url, body: Option<&Value>) -> Self {
        let url = address(url);
        if let Some(body) = body {
            tracing::debug!(target: target!(), "> {method} {url} {}", redacted(body.clone()));
        }
        Self {
            method: method.clone(),
            url,
            began: Instant::now(),
        }
    }

    /// Tells of the answer.
    pub(super) fn answered(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
        let Self { method, url, began } = self;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = text("x-openstack-request-id");
        let id = id.map_or_else(String::new, |id| format!(" {id}"));
        let took = began.elapsed().as_millis();
        tracing::info!(target: target!(), "{method} {url}: {status}, {took} ms{id}");
        if !body.is_empty() && tracing::enabled!(target: target!(), tracing::Level::DEBUG) {
            let kind = text(CONTENT_TYPE.as_str()).unwrap_or("of no type");
            // A secret that Barbican hands out may read like JSON without being called so.
            let json = kind.contains("json").then(|| serde_json::from_slice(body));
            let shown = match json {
                Some(Ok(json)) => redacted(json).to_string(),
                _ => format!("{} bytes, {kind}", body.len()),
            };
            tracing::debug!(target: target!(), "< {shown}");
        }
    }

    /// Tells that there was no answer.
    pub(super) fn failed(&self, error: &impl std::fmt::Display) {
        let Self { method, url, began } = self;
        let took = began.elapsed().as_millis();
        tracing::info!(target: target!(), "{method} {url}: no answer, {took} ms: {error}");
    }
}

/// Tells of a login, which the OpenStack library makes.
pub(super) fn logged_in(keystone: &Url, began: Instant, is_in: bool) {
    let (url, took) = (address(keystone), began.elapsed().as_millis());
    let outcome = if is_in { "logged in" } else { "not logged in" };
    tracing::info!(target: target!(), "Keystone {url}: {outcome}, {took} ms");
}

/// An address without what a person may have written before its host, and with its query's
/// secrets hidden.
fn address(url: &Url) -> String {
    let mut url = url.clone();
    // Neither fails for an address that has a host, and one without cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        let pairs: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_secret(&name) {
                    HIDDEN.into()
                } else {
                    value
                };
                (name.into_owned(), value.into_owned())
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.to_string()
}

fn is_secret(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let name = name.to_ascii_lowercase();
    !HARMLESS.contains(&name.as_str()) && SECRETS.iter().any(|part| name.contains(part))
}

/// Replaces the values of members whose name says that they are secret, and private keys.
fn redacted(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let taken = member.take();
                *member = match taken {
                    Value::Null => Value::Null,
                    _ if is_secret(name) => HIDDEN.into(),
                    other => redacted(other),
                };
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = redacted(item.take());
            }
        }
        Value::String(text) if text.contains("PRIVATE KEY-----") => *text = HIDDEN.into(),
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let body = json!({"vim": {"auth_cred": {"password": "a"}, "name": "n"},
            "list": [{"clientPassword": "b", "accessInfo": {"username": "u", "password": "c"}}],
            "ssh": "-----BEGIN OPENSSH PRIVATE KEY-----\nd", "X-Auth-Token": "e",
            "bearer_token": "f", "secret_key": null, "tokenEndpoint": "http://k"});
        let expected = json!({"vim": {"auth_cred": "***", "name": "n"},
            "list": [{"clientPassword": "***", "accessInfo": {"username": "u", "password": "***"}}],
            "ssh": "***", "X-Auth-Token": "***", "bearer_token": "***", "secret_key": null,
            "tokenEndpoint": "http://k"});
        assert_eq!(redacted(body), expected);
    }

    #[test]
    fn an_address_is_told_without_its_secrets() {
        let url = Url::parse("http://me:pw@host/p?a=1&token=t&filter=(eq,a,b)").unwrap();
        let told = address(&url);
        assert!(told.starts_with("http://host/p?a=1&token="), "{told}");
        assert!(!told.contains("pw") && !told.contains("=t&"), "{told}");
    }
}
