//! Sends one request: token, `Version` header, one renewal after a 401, the answer's faults understood.

use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Body, Method, Response};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::session::{Session, join};
use super::{Error, Kind};

/// The API version that vnflcm v2 requires on every request (`sol_refactored/api/api_version.py`).
const LCM_VERSION: &str = "2.0.0";

/// What goes along with a request.
#[derive(Clone)]
pub(super) enum Payload {
    None,
    Json(Value),
    /// A file, opened anew for each try, since a stream cannot be sent twice.
    Zip(std::path::PathBuf, Arc<dyn Fn(u64) + Send + Sync>),
}

/// An answer that was understood as a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
    method: Method,
    url: Url,
}

impl Answer {
    /// Reads the body as `T`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let mut error = Error::plain(
                Kind::NotUnderstood,
                format!("the answer is not what the API promises: {e}"),
            );
            error.request = Some(Box::new((self.method.clone(), self.url.clone())));
            error
        })
    }

    /// Returns the last path segment of `Location`: the id of what was made or begun.
    pub(super) fn location_id(&self) -> Result<String, Error> {
        self.headers
            .get("location")
            .and_then(|value| value.to_str().ok())
            .and_then(|location| location.trim_end_matches('/').rsplit('/').next())
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| {
                let mut error = Error::plain(
                    Kind::NotUnderstood,
                    "the answer names no operation (no Location header)",
                );
                error.request = Some(Box::new((self.method.clone(), self.url.clone())));
                error
            })
    }
}

/// Talks to one Tacker as one account.
#[derive(Debug)]
pub struct Client {
    session: Session,
}

impl Client {
    /// Returns a client on `session`.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self { session }
    }

    /// Returns the session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sends a request; the token is renewed once when it is refused.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<Answer, Error> {
        let ticket = self.session.ticket().await?;
        let (url, response) = self.once(&method, path, &payload, &ticket).await?;
        let (url, response) = if response.status().as_u16() == 401 {
            let ticket = self.session.renew(&ticket).await?;
            self.once(&method, path, &payload, &ticket).await?
        } else {
            (url, response)
        };
        read(method, url, response).await
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        payload: &Payload,
        ticket: &super::cache::Ticket,
    ) -> Result<(Url, Response), Error> {
        let url = join(&ticket.endpoint, path);
        let mut request = self
            .session
            .http()
            .request(method.clone(), url.clone())
            .header("X-Auth-Token", ticket.token.expose_secret())
            .header("Accept", "application/json");
        if path.starts_with("/vnflcm/") {
            request = request.header("Version", LCM_VERSION);
        }
        request = match payload {
            Payload::None => request,
            Payload::Json(json) => request.json(json),
            Payload::Zip(file, progress) => {
                let (body, size) = stream(file, progress.clone()).await?;
                request
                    .header(CONTENT_TYPE, "application/zip")
                    .header("Content-Length", size)
                    .body(body)
            }
        };
        let response = request
            .send()
            .await
            .map_err(|e| Error::transport(method, &url, &e))?;
        Ok((url, response))
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(Method::GET, path, Payload::None).await?.json()
    }
}

async fn read(method: Method, url: Url, response: Response) -> Result<Answer, Error> {
    let status = response.status();
    let headers = response.headers().clone();
    let body = response
        .bytes()
        .await
        .map_err(|e| Error::transport(&method, &url, &e))?
        .to_vec();
    if status.is_success() {
        return Ok(Answer {
            headers,
            body,
            method,
            url,
        });
    }
    let request_id = headers
        .get("x-openstack-request-id")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    if status.is_redirection() {
        let mut error = Error::answer(&method, &url, status, request_id, b"");
        error.detail = "redirects are not followed, since the token would go with them; correct the catalog's address".into();
        return Err(error);
    }
    Err(Error::answer(&method, &url, status, request_id, &body))
}

async fn stream(
    path: &std::path::Path,
    progress: Arc<dyn Fn(u64) + Send + Sync>,
) -> Result<(Body, u64), Error> {
    use futures_util::StreamExt as _;
    let cannot = |e: std::io::Error| {
        Error::plain(Kind::Config, format!("cannot read {}: {e}", path.display()))
    };
    let file = tokio::fs::File::open(path).await.map_err(cannot)?;
    let size = file.metadata().await.map_err(cannot)?.len();
    let chunks = tokio_util::io::ReaderStream::with_capacity(file, 256 * 1024);
    let counted = chunks.inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            progress(chunk.len() as u64);
        }
    });
    Ok((Body::wrap_stream(counted), size))
}
