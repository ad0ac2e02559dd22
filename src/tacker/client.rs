//! Sends one request: token, `Version` header, one renewal after a 401, the answer's faults understood.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LINK, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret as _;
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};
use serde_json::Value;
use url::Url;

use super::exchange::Exchange;
use super::session::{Session, join};
use super::upload::{Progress, Upload};
use super::{Error, Generation, Kind};

/// Paths and the API version that Tacker asks of those who use them
/// (`sol_refactored/api/api_version.py`).
const VERSIONS: [(&str, &str); 3] = [
    ("/vnflcm/", "2.0.0"),
    ("/vnffm/", "1.3.0"),
    ("/vnfpm/", "2.1.0"),
];

/// The `Version` header that the API of a path wants, where it wants any.
pub(super) fn version_of(path: &str) -> Option<&'static str> {
    let known = VERSIONS.iter().find(|(prefix, _)| path.starts_with(prefix));
    known.map(|(_, version)| *version)
}

/// Longest that a request without an upload may take: Tacker answers operations at once
/// and works afterwards, but logs in to a VIM before it answers its registration.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How soon a connection that breaks is worth another one.
const AT_ONCE: Duration = Duration::from_secs(5);
/// How often a request is made again.
const TRIES: usize = 3;
/// Longest that a server may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The query parameter that asks for the next page of a list (SOL013 §5.4.2.3).
const MARKER: &str = "nextpage_opaque_marker";

/// What goes along with a request.
#[derive(Clone)]
pub(super) enum Payload {
    None,
    /// Nothing, but the answer is to be of this type and not JSON.
    Wanting(&'static str),
    Json(Value),
    /// A file, opened anew for each try, since a stream cannot be sent twice.
    Zip(std::path::PathBuf, Progress),
}

/// An answer that was understood as a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    body: bytes::Bytes,
    method: Method,
    url: Url,
}

impl Answer {
    /// Returns the body as it came.
    pub(super) fn into_bytes(self) -> bytes::Bytes {
        self.body
    }

    /// Reads the body as `T`.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.not_understood(&error))
    }

    fn not_understood(&self, error: &serde_json::Error) -> Error {
        let detail = if self.body.is_empty() {
            "the answer is empty where the API promises JSON".into()
        } else {
            format!("the answer is not what the API promises: {error}")
        };
        Error::plain(Kind::NotUnderstood, detail).of(&self.method, &self.url)
    }

    /// Reads the body as a list and hands its items on, one after the other.
    fn items<T: DeserializeOwned>(&self, each: impl FnMut(T)) -> Result<(), Error> {
        let mut body = serde_json::Deserializer::from_slice(&self.body);
        let read = Items(each, PhantomData).deserialize(&mut body);
        read.and_then(|()| body.end())
            .map_err(|error| self.not_understood(&error))
    }

    /// Returns the marker of the next page from the `Link` header (RFC 8288).
    fn next_page(&self) -> Option<String> {
        let links = self.headers.get_all(LINK).iter();
        let next = links
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
        let target = next.split_once('<')?.1.split_once('>')?.0;
        let url = self.url.join(target).ok()?;
        let marker = url.query_pairs().find(|(key, _)| key == MARKER)?;
        Some(marker.1.into_owned())
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
                Error::plain(
                    Kind::NotUnderstood,
                    "the answer names no operation (no Location header)",
                )
                .of(&self.method, &self.url)
            })
    }
}

/// Hands the items of a list on as they are read.
struct Items<T, F>(F, PhantomData<fn() -> T>);

impl<'de, T: DeserializeOwned, F: FnMut(T)> DeserializeSeed<'de> for Items<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, body: D) -> Result<(), D::Error> {
        body.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, F: FnMut(T)> Visitor<'de> for Items<T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item);
        }
        Ok(())
    }
}

/// Talks to one Tacker as one account.
#[derive(Debug)]
pub struct Client {
    session: Session,
    generation: Generation,
}

impl Client {
    /// Returns a client on `session`.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self {
            session,
            generation: Generation::default(),
        }
    }

    /// Has it drive the VNFs of that generation.
    #[must_use]
    pub fn of(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// Returns the generation whose VNFs it drives.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Returns the session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns Tacker's address, as the catalog has it.
    ///
    /// # Errors
    /// Those of logging in, and of a catalog without Tacker.
    pub async fn endpoint(&self) -> Result<Url, Error> {
        Ok(self.session.ticket().await?.endpoint)
    }

    /// Sends a request; again where that is safe and worth it.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<Answer, Error> {
        let again = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_max_times(TRIES)
            .with_jitter();
        let began = Instant::now();
        let send = || self.authorised(method.clone(), path, payload.clone());
        send.retry(again)
            .when(|error| {
                // A server that does not answer in a minute will not in the next one.
                let is_late = error.status.is_none() && began.elapsed() > AT_ONCE;
                !is_late && error.is_worth_another(&method)
            })
            // Nobody waits for an hour without being told.
            .adjust(|error, usual| {
                let usual = usual?;
                let asked = error
                    .retry_after
                    .map(|seconds| Duration::from_secs(seconds.into()));
                let asked = asked.unwrap_or(usual);
                (asked <= LONGEST_WAIT).then_some(asked.max(usual))
            })
            .await
    }

    /// Sends a request; the token is renewed once when it is refused.
    async fn authorised(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<Answer, Error> {
        let ticket = self.session.ticket().await?;
        match self.once(&method, path, &payload, &ticket).await {
            Err(error) if error.status.is_some_and(|status| status.as_u16() == 401) => {
                let ticket = self.session.renew(&ticket).await?;
                self.once(&method, path, &payload, &ticket).await
            }
            other => other,
        }
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        payload: &Payload,
        ticket: &super::cache::Ticket,
    ) -> Result<Answer, Error> {
        let url = join(&ticket.endpoint, path);
        let accept = match payload {
            Payload::Wanting(kind) => kind,
            _ => "application/json",
        };
        let mut request = self
            .session
            .http(&url)?
            .request(method.clone(), url.clone())
            .header("X-Auth-Token", secret(&ticket.token)?)
            .header("Accept", accept);
        if let Some(version) = version_of(path) {
            request = request.header("Version", version);
        }
        match payload {
            Payload::None | Payload::Wanting(_) => {
                exchange(method, &url, request.timeout(PATIENCE), None).await
            }
            Payload::Json(json) => {
                let request = request.timeout(PATIENCE).json(json);
                exchange(method, &url, request, Some(json)).await
            }
            Payload::Zip(file, progress) => {
                let upload = Upload::open(file, progress.clone()).await?;
                let watch = upload.watch();
                let request = request
                    .header(CONTENT_TYPE, "application/zip")
                    .header("Content-Length", upload.size())
                    .body(upload.into_body());
                tokio::select! {
                    answer = exchange(method, &url, request, None) => {
                        answer.map_err(|error| watch.explain(error))
                    }
                    stalled = watch.stalled() => Err(Error::plain(Kind::Unreachable, stalled).of(method, &url)),
                }
            }
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.send(Method::GET, path, Payload::None).await?.json()
    }

    /// Returns a list, all its pages.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        self.list_as(path, |item| item).await
    }

    /// Returns a list, all its pages, of what `kept` makes of each item: at no time are all items
    /// there whole.
    pub(super) async fn list_as<T: DeserializeOwned, K>(
        &self,
        path: &str,
        kept: impl FnMut(T) -> K,
    ) -> Result<Vec<K>, Error> {
        let mut items = Vec::new();
        let page = |page| {
            items.extend(page);
            Ok::<(), Error>(())
        };
        self.pages(path, kept, page).await?;
        Ok(items)
    }

    /// Hands a list on page by page, as pages come, of what `kept` makes of each item.
    ///
    /// Only the marker is taken from a `Link`: its host is the one that Tacker is configured
    /// with, which may not be the catalog's, and v1 leaves the rest of the query out.
    pub(super) async fn pages<T: DeserializeOwned, K, E: From<Error>>(
        &self,
        path: &str,
        mut kept: impl FnMut(T) -> K,
        mut page: impl FnMut(Vec<K>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut next = path.to_owned();
        let mut last_marker = None;
        loop {
            let answer = self.send(Method::GET, &next, Payload::None).await?;
            let mut items = Vec::new();
            answer.items(|item| items.push(kept(item)))?;
            let is_empty = items.is_empty();
            let marker = answer.next_page();
            let (method, url) = (answer.method, answer.url);
            // Not beside what is made of it.
            drop(answer.body);
            page(items)?;
            // v1 links to a next page whenever one is full, so an empty one ends the list.
            let Some(marker) = marker.filter(|_| !is_empty) else {
                return Ok(());
            };
            let encoded: String = url::form_urlencoded::byte_serialize(marker.as_bytes()).collect();
            let joint = if path.contains('?') { '&' } else { '?' };
            next = format!("{path}{joint}{MARKER}={encoded}");
            if last_marker.replace(marker.clone()) == Some(marker) {
                let error = Error::plain(Kind::NotUnderstood, "the list's next page is itself");
                return Err(error.of(&method, &url).into());
            }
        }
    }
}

/// Sends a request and reads the answer; `body` is told to whoever watches.
async fn exchange(
    method: &Method,
    url: &Url,
    request: RequestBuilder,
    body: Option<&Value>,
) -> Result<Answer, Error> {
    let told = Exchange::begin(method, url, body);
    let response = request.send().await.map_err(|e| {
        let error = Error::transport(method, url, &e);
        told.failed(&error.detail);
        error
    })?;
    read(method.clone(), url.clone(), response, &told).await
}

/// A header that the HTTP library's own logs leave out.
pub(super) fn secret(token: &secrecy::SecretString) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(token.expose_secret())
        .map_err(|_| Error::plain(Kind::Auth, "the token has characters that no token has"))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(
    method: Method,
    url: Url,
    response: Response,
    told: &Exchange,
) -> Result<Answer, Error> {
    let status = response.status();
    let headers = response.headers().clone();
    let body = match response.bytes().await {
        Ok(body) => body,
        // That it failed weighs more than that the reason was cut off.
        Err(_) if !status.is_success() => bytes::Bytes::new(),
        Err(error) => {
            let error = Error::transport(&method, &url, &error);
            told.failed(&error.detail);
            return Err(error);
        }
    };
    told.answered(status, &headers, &body);
    if status.is_success() {
        return Ok(Answer {
            headers,
            body,
            method,
            url,
        });
    }
    Err(refusal(&method, &url, status, &headers, &body))
}

/// Reads what a failing answer says.
pub(super) async fn failed(method: Method, url: Url, response: Response, told: &Exchange) -> Error {
    match read(method.clone(), url.clone(), response, told).await {
        Err(error) => error,
        // Only failing answers are brought here.
        Ok(_) => Error::plain(Kind::NotUnderstood, "an answer that is none").of(&method, &url),
    }
}

fn refusal(
    method: &Method,
    url: &Url,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Error {
    let request_id = headers
        .get("x-openstack-request-id")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    if status.is_redirection() {
        let mut error = Error::answer(method, url, status, request_id, b"");
        error.detail = "redirects are not followed, since the token would go with them; correct the catalog's address".into();
        return error;
    }
    let mut error = Error::answer(method, url, status, request_id, body);
    error.retry_after = retry_after(headers);
    error
}

/// How long the server asks to wait, in seconds: it says so, or a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<u16> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse::<i64>().ok().or_else(|| {
        let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(date.duration_since(jiff::Timestamp::now()).as_secs())
    })?;
    Some(u16::try_from(seconds.max(0)).unwrap_or(u16::MAX))
}
