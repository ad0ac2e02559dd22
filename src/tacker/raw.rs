//! Requests that the caller words: whatever Tacker serves, as it answers.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::client::{PATIENCE, secret, version_of};
use super::exchange::Exchange;
use super::session::join;
use super::{Client, Error, Kind};

/// What this program's own sandbox calls itself in the header `Server` of its answers.
pub const SANDBOX: &str = "vnfctl-sandbox";

/// A request in the caller's own words.
#[derive(Debug, Clone)]
pub struct RawRequest<'r> {
    /// GET, POST, PATCH, PUT or DELETE.
    pub method: &'r str,
    /// The path at Tacker, with its query.
    pub path: &'r str,
    /// The `Version` header; without it, that of the API which the path names.
    pub version: Option<&'r str>,
    /// The type of answer that is wanted.
    pub accept: &'r str,
    /// The body.
    pub body: Option<&'r Value>,
}

impl<'r> RawRequest<'r> {
    /// Reads JSON at a path.
    #[must_use]
    pub fn get(path: &'r str) -> Self {
        Self {
            method: "GET",
            path,
            version: None,
            accept: "application/json",
            body: None,
        }
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct RawAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
    request: (Method, Url),
}

impl RawAnswer {
    /// Returns the error that the status is, if it is one.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        if self.status.is_success() {
            return None;
        }
        let (method, url) = &self.request;
        let id = self.headers.get("x-openstack-request-id");
        let id = id.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Some(Error::answer(method, url, self.status, id, &self.body))
    }
}

impl Client {
    /// Sends a request; the token is renewed once when it is refused.
    ///
    /// # Errors
    /// Those of logging in, a request that is none, and no answer; an answer is never an error.
    pub async fn raw(&self, request: &RawRequest<'_>) -> Result<RawAnswer, Error> {
        let ticket = self.session().ticket().await?;
        let answer = self.raw_once(request, &ticket).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let ticket = self.session().renew(&ticket).await?;
        self.raw_once(request, &ticket).await
    }

    async fn raw_once(
        &self,
        request: &RawRequest<'_>,
        ticket: &super::cache::Ticket,
    ) -> Result<RawAnswer, Error> {
        let RawRequest { path, body, .. } = *request;
        let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes());
        let method = method.map_err(|_| invalid(format!("`{}` is no method", request.method)))?;
        if !path.starts_with('/') {
            // The token goes to Tacker alone, so there is no place for another host.
            return Err(invalid(format!(
                "`{path}` is no path at Tacker, such as /vnflcm/v2/vnf_instances"
            )));
        }
        let url = join(&ticket.endpoint, path);
        let mut sent = self
            .session()
            .http(&url)?
            .request(method.clone(), url.clone())
            .header("X-Auth-Token", secret(&ticket.token)?)
            .header("Accept", request.accept)
            .timeout(PATIENCE);
        if let Some(version) = request.version.or_else(|| version_of(path)) {
            sent = sent.header("Version", version);
        }
        if let Some(body) = body {
            sent = sent.json(body);
        }
        let told = Exchange::begin(&method, &url, body);
        let failed = |error: &reqwest::Error| {
            let error = Error::transport(&method, &url, error);
            told.failed(&error.detail);
            error
        };
        let answer = sent.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(|error| failed(&error))?;
        told.answered(status, &headers, &body);
        Ok(RawAnswer {
            status,
            headers,
            body: body.to_vec(),
            request: (method, url),
        })
    }
}

fn invalid(detail: String) -> Error {
    Error::plain(Kind::Invalid, detail)
}
