//! Keystone v3 as far as a client of Tacker needs it: tokens, the catalog, revocation.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Sandbox, Shared, State, cloud, wire};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v3", get(version))
        .route("/v3/", get(version))
        .route("/v3/auth/tokens", post(issue).get(show).delete(revoke))
}

/// Lets only requests with a living token through, as keystonemiddleware does.
pub(super) async fn require_token(state: State, request: Request, next: Next) -> Response {
    match is_alive(&state, request.headers(), "x-auth-token") {
        Ok(true) => next.run(request).await,
        Ok(false) => unauthorized(&state),
        Err(error) => wire::store_failed(&error),
    }
}

async fn version(state: State) -> Response {
    let links = json!([{"rel": "self", "href": format!("{}/v3/", state.base)}]);
    wire::json(
        StatusCode::OK,
        &json!({"version": {"id": "v3.14", "status": "stable", "links": links}}),
    )
}

async fn issue(state: State, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return error(StatusCode::BAD_REQUEST, "The request body is not JSON.");
    };
    let now = Timestamp::now();
    let expires = match expiry(&state, &request, now) {
        Ok(Some(seconds)) => Timestamp::from_second(seconds),
        Ok(None) => return unauthorized(&state),
        Err(error) => return wire::store_failed(&error),
    };
    let Ok(expires) = expires else {
        return error(StatusCode::INTERNAL_SERVER_ERROR, "No such expiry time.");
    };
    let token = format!("sandbox-{}", uuid::Uuid::new_v4().simple());
    if let Err(error) = state.store.issue(&token, expires.as_second()) {
        return wire::store_failed(&error);
    }
    let mut response = wire::json(StatusCode::CREATED, &description(&state, now, expires));
    if let Ok(value) = HeaderValue::from_str(&token) {
        response.headers_mut().insert("x-subject-token", value);
    }
    response
}

/// Until when the credentials give a token, in Unix seconds; none if they are wrong.
/// A token got by a token lives no longer than that one, as in Keystone.
fn expiry(state: &Shared, request: &Value, now: Timestamp) -> rusqlite::Result<Option<i64>> {
    let identity = &request["auth"]["identity"];
    let user = &identity["password"]["user"];
    let by_password = user["name"] == Sandbox::USER && user["password"] == state.password.as_str();
    if by_password {
        return Ok(Some(now.as_second().saturating_add(state.token_seconds)));
    }
    match identity["token"]["id"].as_str() {
        Some(token) => state.store.expiry(token, now.as_second()),
        None => Ok(None),
    }
}

/// Describes the subject token, which must be alive like the asking one.
async fn show(state: State, headers: HeaderMap) -> Response {
    let now = Timestamp::now();
    match is_alive(&state, &headers, "x-auth-token") {
        Ok(true) => {}
        Ok(false) => return unauthorized(&state),
        Err(error) => return wire::store_failed(&error),
    }
    let subject = text(&headers, "x-subject-token").unwrap_or_default();
    let expires = match state.store.expiry(subject, now.as_second()) {
        Ok(Some(seconds)) => Timestamp::from_second(seconds),
        Ok(None) => return error(StatusCode::NOT_FOUND, "This is not a recognized token."),
        Err(error) => return wire::store_failed(&error),
    };
    match expires {
        Ok(expires) => wire::json(StatusCode::OK, &description(&state, now, expires)),
        Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, "No such expiry time."),
    }
}

async fn revoke(state: State, headers: HeaderMap) -> Response {
    match is_alive(&state, &headers, "x-auth-token") {
        Ok(true) => {}
        Ok(false) => return unauthorized(&state),
        Err(error) => return wire::store_failed(&error),
    }
    let subject = text(&headers, "x-subject-token").unwrap_or_default();
    match state.store.revoke(subject) {
        Ok(()) => wire::empty(StatusCode::NO_CONTENT),
        Err(error) => wire::store_failed(&error),
    }
}

fn is_alive(state: &Shared, headers: &HeaderMap, name: &str) -> rusqlite::Result<bool> {
    match text(headers, name) {
        Some(token) => {
            let now = Timestamp::now().as_second();
            Ok(state.store.expiry(token, now)?.is_some())
        }
        None => Ok(false),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn description(state: &Shared, now: Timestamp, expires: Timestamp) -> Value {
    let domain = json!({"id": "default", "name": "Default"});
    let service = |kind: &str, name: &str, url: String| {
        json!({"id": name, "type": kind, "name": name, "endpoints": [{"id": name,
            "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url}]})
    };
    let mut catalog = vec![
        service("nfv-orchestration", "tacker", state.base.clone()),
        service("identity", "keystone", format!("{}/v3", state.base)),
    ];
    catalog.extend(
        cloud::SERVICES
            .map(|(kind, name, root)| service(kind, name, format!("{}{root}", state.base))),
    );
    json!({"token": {
        "methods": ["password"],
        "user": {"id": "sandbox", "name": Sandbox::USER, "domain": domain},
        "project": {"id": "sandbox", "name": Sandbox::PROJECT, "domain": domain},
        "roles": [{"id": "member", "name": "member"}],
        "issued_at": now.to_string(),
        "expires_at": expires.to_string(),
        "catalog": catalog,
    }})
}

fn unauthorized(state: &Shared) -> Response {
    let mut response = error(
        StatusCode::UNAUTHORIZED,
        "The request you have made requires authentication.",
    );
    let challenge = format!("Keystone uri=\"{}/v3\"", state.base);
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert("www-authenticate", value);
    }
    response
}

fn error(status: StatusCode, message: &str) -> Response {
    let title = status.canonical_reason();
    wire::json(
        status,
        &json!({"error": {"code": status.as_u16(), "title": title, "message": message}}),
    )
}
