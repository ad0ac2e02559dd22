//! What went wrong between this program and Tacker or Keystone, with the server's own words.

use std::fmt;

use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

/// What sort of failure it is; decides the exit code and whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Credentials are missing, wrong or without the needed role (401, 403).
    Auth,
    /// There is no such thing (404).
    NotFound,
    /// The state of things forbids it (409).
    Conflict,
    /// The request is not acceptable (400, 415, 422).
    Invalid,
    /// The server failed (5xx).
    Server,
    /// No answer: name, connection, TLS, time limit, or cut in the middle.
    Unreachable,
    /// An answer that is not what the API promises, or an API of another version (406).
    NotUnderstood,
    /// The configuration of the cloud cannot be used.
    Config,
}

/// A failed exchange.
#[derive(Debug)]
pub struct Error {
    /// What sort it is.
    pub kind: Kind,
    /// Method and address, where there was a request.
    pub request: Option<Box<(Method, Url)>>,
    /// The answer's status.
    pub status: Option<StatusCode>,
    /// ProblemDetails' title, or the like.
    pub title: Option<String>,
    /// The server's reason in its own words, or this program's.
    pub detail: String,
    /// The request id that the server's log has.
    pub request_id: Option<String>,
    /// Whether there was no connection to send it by.
    pub is_unsent: bool,
    /// How long the server asks to wait before the next try, in seconds.
    pub retry_after: Option<u16>,
}

impl Error {
    /// Returns an error about the configuration.
    pub fn config(detail: impl Into<String>) -> Self {
        Self::plain(Kind::Config, detail)
    }

    pub(super) fn plain(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            request: None,
            status: None,
            title: None,
            detail: detail.into(),
            request_id: None,
            is_unsent: false,
            retry_after: None,
        }
    }

    /// Names the request that it is about.
    pub(super) fn of(mut self, method: &Method, url: &Url) -> Self {
        self.request = Some(Box::new((method.clone(), url.clone())));
        self
    }

    /// Makes an error of a request that got no whole answer.
    pub(super) fn transport(method: &Method, url: &Url, error: &reqwest::Error) -> Self {
        let mut detail = String::new();
        let mut source: Option<&dyn std::error::Error> = Some(error);
        while let Some(cause) = source {
            // The outermost text repeats the address, which may carry a query; the causes say why.
            if source.is_some() && !std::ptr::eq(cause, error as &dyn std::error::Error) {
                if !detail.is_empty() {
                    detail.push_str(": ");
                }
                detail.push_str(&cause.to_string());
            }
            source = cause.source();
        }
        if detail.is_empty() {
            detail = if error.is_timeout() {
                "no answer in time".into()
            } else {
                "the exchange broke off".into()
            };
        }
        Self {
            request: Some(Box::new((method.clone(), url.clone()))),
            is_unsent: error.is_connect(),
            ..Self::plain(Kind::Unreachable, detail)
        }
    }

    /// Makes an error of an answer with a failing status.
    pub(super) fn answer(
        method: &Method,
        url: &Url,
        status: StatusCode,
        request_id: Option<String>,
        body: &[u8],
    ) -> Self {
        let (title, detail) = problem(body);
        let kind = kind_of(status, title.as_deref());
        Self {
            kind,
            request: Some(Box::new((method.clone(), url.clone()))),
            status: Some(status),
            title,
            detail: detail.unwrap_or_else(|| "the server gave no reason".into()),
            request_id,
            is_unsent: false,
            retry_after: None,
        }
    }

    /// Tells whether the same request may be made again at once without anything happening twice.
    pub(super) fn is_worth_another(&self, method: &Method) -> bool {
        match self.status.map(|status| status.as_u16()) {
            // The server says that it did nothing.
            Some(429) => true,
            Some(503) if self.retry_after.is_some() => true,
            Some(502..=504) => method.is_safe(),
            Some(_) => false,
            None => self.kind == Kind::Unreachable && method.is_safe(),
        }
    }

    /// Tells whether Tacker refuses because another operation holds the VNF just now.
    #[must_use]
    pub fn is_other_operation(&self) -> bool {
        self.kind == Kind::Conflict && self.detail.contains("Other LCM operation")
    }
}

fn kind_of(status: StatusCode, title: Option<&str>) -> Kind {
    // The vims of v1.0 answer 500 for what they refuse, and name the exception's class
    // instead (`tacker/extensions/nfvo.py`, none of which is in the API's fault map).
    match title {
        Some("VimUnauthorizedException") => return Kind::Auth,
        Some("VimNotFoundException") => return Kind::NotFound,
        Some("VimInUseException" | "VimDefaultDuplicateException") => return Kind::Conflict,
        Some("VimConnectionException" | "VimProjectNotFoundException") => return Kind::Invalid,
        _ => {}
    }
    match status.as_u16() {
        401 | 403 => Kind::Auth,
        404 | 410 => Kind::NotFound,
        409 => Kind::Conflict,
        // A server that takes no vnflcm 2.0.0 is none that this program can drive.
        406 => Kind::NotUnderstood,
        400..=499 => Kind::Invalid,
        500..=599 => Kind::Server,
        _ => Kind::NotUnderstood,
    }
}

/// Finds title and reason in ProblemDetails, Keystone's `error`, or the legacy API's `TackerError`.
fn problem(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        // HTML or text of a proxy or of webob: its words without the markup.
        let text = String::from_utf8_lossy(body);
        let plain = strip_markup(&text);
        return (None, (!plain.is_empty()).then_some(plain));
    };
    let inner = ["error", "TackerError", "NeutronError"]
        .iter()
        .find_map(|key| json.get(key))
        .unwrap_or(&json);
    let text = |key: &str| {
        inner
            .get(key)
            .and_then(Value::as_str)
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
    };
    (
        text("title").or_else(|| text("type")),
        text("detail").or_else(|| text("message")),
    )
}

/// Longest excerpt of a page that is not JSON, in characters.
const EXCERPT: usize = 300;

/// Takes the words out of a page: no markup, no head, nothing that a terminal would obey.
fn strip_markup(text: &str) -> String {
    let body = text.find("<body").map_or(text, |start| &text[start..]);
    let mut plain = String::new();
    let mut inside = false;
    for c in body.chars().take(4000) {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if inside => {}
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut excerpt: String = words.chars().take(EXCERPT).collect();
    if excerpt.len() < words.len() {
        excerpt.push('…');
    }
    excerpt
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((method, url)) = self.request.as_deref() {
            write!(
                f,
                "{method} {}",
                url.as_str().split('?').next().unwrap_or_default()
            )?;
            if let Some(status) = self.status {
                write!(f, " answered {status}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(title) = &self.title
            && Some(title.as_str()) != self.status.and_then(|s| s.canonical_reason())
        {
            write!(f, "{title}: ")?;
        }
        f.write_str(&self.detail)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(br#"{"status":409,"title":"Conflict","detail":"busy"}"#.as_slice(), "busy")]
    #[case(br#"{"error":{"code":401,"title":"Unauthorized","message":"no"}}"#.as_slice(), "no")]
    #[case(br#"{"TackerError":{"type":"VimNotFound","message":"gone","detail":""}}"#.as_slice(), "gone")]
    #[case(b"<html><h1>Oops</h1> it broke</html>".as_slice(), "Oops it broke")]
    #[case(b"".as_slice(), "the server gave no reason")]
    fn the_servers_words_are_found_in_every_shape(#[case] body: &[u8], #[case] reason: &str) {
        let url = Url::parse("http://t/x?token=secret").unwrap();
        let error = Error::answer(&Method::GET, &url, StatusCode::CONFLICT, None, body);
        assert_eq!(error.detail, reason);
        assert!(!error.to_string().contains("secret"));
    }
}
