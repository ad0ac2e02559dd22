//! vnfpkgm v1: VNF package resources (SOL003 §10.4; Tacker `api/vnfpkgm/v1/controller.py`).

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::store::Kind;
use super::{Shared, State, wire};

const ROOT: &str = "/vnfpkgm/v1/vnf_packages";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(ROOT, get(list).post(create))
        .route("/vnfpkgm/v1/vnf_packages/{id}", get(show).delete(delete))
}

async fn create(state: State, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return wire::problem_v1(StatusCode::BAD_REQUEST, "Malformed request body.");
    };
    let id = uuid::Uuid::new_v4().to_string();
    let data = request.get("userDefinedData").cloned().unwrap_or(json!({}));
    let package = json!({
        "id": id,
        "usageState": "NOT_IN_USE",
        "onboardingState": "CREATED",
        "operationalState": "DISABLED",
        "userDefinedData": data,
        "_links": {
            "self": {"href": format!("{ROOT}/{id}")},
            "packageContent": {"href": format!("{ROOT}/{id}/package_content")},
        },
    });
    if let Err(error) = state.store.put(Kind::Package, &id, &package) {
        return wire::store_failed(&error);
    }
    let mut response = wire::json(StatusCode::CREATED, &package);
    if let Ok(location) = HeaderValue::from_str(&format!("{}{ROOT}/{id}", state.base)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// All packages; without a selector Tacker leaves `userDefinedData` out.
async fn list(state: State, RawQuery(query): RawQuery) -> Response {
    if let Some(query) = query {
        return wire::problem_v1(StatusCode::NOT_IMPLEMENTED, &wire::no_query(&query));
    }
    match state.store.list(Kind::Package) {
        Ok(mut packages) => {
            for package in packages.iter_mut().filter_map(Value::as_object_mut) {
                package.shift_remove("userDefinedData");
            }
            wire::json(StatusCode::OK, &Value::Array(packages))
        }
        Err(error) => wire::store_failed(&error),
    }
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    match state.store.get(Kind::Package, &id) {
        Ok(Some(package)) => wire::json(StatusCode::OK, &package),
        Ok(None) => not_found(&id),
        Err(error) => wire::store_failed(&error),
    }
}

async fn delete(state: State, Path(id): Path<String>) -> Response {
    let deleted = match state.store.get(Kind::Package, &id) {
        Ok(None) => return not_found(&id),
        Ok(Some(_)) => state.store.delete(Kind::Package, &id),
        Err(error) => Err(error),
    };
    match deleted {
        Ok(()) => wire::empty(StatusCode::NO_CONTENT),
        Err(error) => wire::store_failed(&error),
    }
}

fn not_found(id: &str) -> Response {
    let detail = format!("Can not find requested vnf package: {id}");
    wire::problem_v1(StatusCode::NOT_FOUND, &detail)
}
