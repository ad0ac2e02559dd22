//! The shapes of Tacker's answers: each API has its own way to say no.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// What is wrong, as the v2 APIs and an occurrence's `error` state it.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: String) -> Self {
        Self { status, detail }
    }

    pub(super) fn invalid(detail: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(super) fn not_found(detail: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(super) fn conflict(detail: String) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    pub(super) fn no_query(part: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, no_query(part))
    }

    /// The `error` of an occurrence.
    pub(super) fn body(&self) -> Value {
        let title = reason(self.status);
        json!({"title": title, "status": self.status.as_u16(), "detail": self.detail})
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// A v2 answer, or the problem that takes its place.
pub(super) fn v2_result(result: Result<Response, Problem>) -> Response {
    match result {
        Ok(response) => v2(response),
        Err(problem) => problem_v2(problem.status, &problem.detail),
    }
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    answer(status, "application/json", body.to_string())
}

/// An answer with nothing in it; Tacker still calls it JSON.
pub(super) fn empty(status: StatusCode) -> Response {
    answer(status, "application/json", String::new())
}

/// A problem as vnfpkgm v1 states it.
pub(super) fn problem_v1(status: StatusCode, detail: &str) -> Response {
    let body = json!({"title": reason(status), "status": status.as_u16(), "detail": detail});
    answer(
        status,
        "application/problem+json; charset=UTF-8",
        body.to_string(),
    )
}

/// A problem as vnfpkgm v1 states the few that it words itself.
pub(super) fn problem_v1_plain(status: StatusCode, detail: &str) -> Response {
    let body = json!({"title": reason(status), "detail": detail, "status": status.as_u16()});
    answer(status, "application/problem+json", body.to_string())
}

/// A problem as the v2 APIs state it.
pub(super) fn problem_v2(status: StatusCode, detail: &str) -> Response {
    let body = json!({"status": status.as_u16(), "detail": detail, "title": reason(status)});
    v2(answer(status, "application/problem+json", body.to_string()))
}

/// Adds the headers that every v2 answer carries.
pub(super) fn v2(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("version", HeaderValue::from_static("2.0.0"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    response
}

/// What webob says of a path that nobody serves.
pub(super) fn html_not_found() -> Response {
    html(StatusCode::NOT_FOUND, "The resource could not be found.")
}

/// What webob says of a body that v2 cannot parse.
pub(super) fn html_server_error() -> Response {
    let text = "The server has either erred or is incapable of performing the requested operation.";
    html(StatusCode::INTERNAL_SERVER_ERROR, text)
}

fn html(status: StatusCode, text: &str) -> Response {
    let title = format!("{} {}", status.as_u16(), reason(status));
    let page = format!(
        "<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n  \
         {text}<br /><br />\n\n\n\n </body>\n</html>"
    );
    answer(status, "text/html; charset=UTF-8", page)
}

/// Why a list with a query is refused: ignoring a filter would be a wrong answer.
pub(super) fn no_query(query: &str) -> String {
    format!("The sandbox does not evaluate the query '{query}'.")
}

/// The store failed: the sandbox's own trouble, told as an uncaught error of Tacker's is.
pub(super) fn store_failed(error: &rusqlite::Error) -> Response {
    problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(&format!("req-{}", uuid::Uuid::new_v4())) {
        headers.insert("x-openstack-request-id", id);
    }
    response
}
