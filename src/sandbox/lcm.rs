//! vnflcm v2: the `Version` header rules and reading instances (Tacker `sol_refactored`).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::store::Kind;
use super::{Shared, State, wire};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/vnflcm/v2/vnf_instances",
            get(list).put(method_not_supported),
        )
        .route("/vnflcm/v2/vnf_instances/{id}", get(show))
        .route_layer(from_fn(require_version))
        .route("/vnflcm/v2/api_versions", get(api_versions))
}

/// `2.0.0`, or `2.0.0-impl:…` with no other hyphen; anything else is refused.
async fn require_version(request: Request, next: Next) -> Response {
    let Some(version) = request.headers().get("version") else {
        let detail = "'Version' HTTP header missing.";
        return wire::problem_v2(StatusCode::BAD_REQUEST, detail);
    };
    let version = String::from_utf8_lossy(version.as_bytes()).into_owned();
    let implementation = version.strip_prefix("2.0.0-impl:");
    if version == "2.0.0" || implementation.is_some_and(|rest| !rest.contains('-')) {
        return next.run(request).await;
    }
    let detail = format!("Version {version} not supported.");
    wire::problem_v2(StatusCode::NOT_ACCEPTABLE, &detail)
}

async fn method_not_supported(method: http::Method) -> Response {
    let detail = format!("Method {method} is not supported.");
    wire::problem_v2(StatusCode::METHOD_NOT_ALLOWED, &detail)
}

async fn api_versions() -> Response {
    let versions = json!([{"version": "2.0.0", "isDeprecated": false}]);
    let body = json!({"uriPrefix": "/vnflcm/v2", "apiVersions": versions});
    wire::v2(wire::json(StatusCode::OK, &body))
}

async fn list(state: State, RawQuery(query): RawQuery) -> Response {
    if let Some(query) = query {
        return wire::problem_v2(StatusCode::NOT_IMPLEMENTED, &wire::no_query(&query));
    }
    match state.store.list(Kind::Instance) {
        Ok(instances) => wire::v2(wire::json(StatusCode::OK, &Value::Array(instances))),
        Err(error) => failed(&error),
    }
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    match state.store.get(Kind::Instance, &id) {
        Ok(Some(instance)) => wire::v2(wire::json(StatusCode::OK, &instance)),
        Ok(None) => {
            let detail = format!("VnfInstance {id} not found.");
            wire::problem_v2(StatusCode::NOT_FOUND, &detail)
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &rusqlite::Error) -> Response {
    wire::problem_v2(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}
