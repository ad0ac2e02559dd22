//! vnfpkgm v1: VNF package resources (SOL003 §10.4; Tacker `api/vnfpkgm/v1/controller.py`).

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use axum::routing::{get, put};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::query::Query;
use super::store::Kind;
use super::{Shared, State, content, onboard, wire};

const ROOT: &str = "/vnfpkgm/v1/vnf_packages";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(ROOT, get(list).post(create))
        .route(
            "/vnfpkgm/v1/vnf_packages/{id}",
            get(show).patch(modify).delete(delete),
        )
        .route(
            "/vnfpkgm/v1/vnf_packages/{id}/package_content",
            put(onboard::upload).get(onboard::download),
        )
        .route("/vnfpkgm/v1/vnf_packages/{id}/vnfd", get(content::vnfd))
        .route(
            "/vnfpkgm/v1/vnf_packages/{id}/artifacts/{*path}",
            get(content::artifact),
        )
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

/// All packages; without `all_fields` Tacker leaves `userDefinedData` and checksums out.
async fn list(state: State, RawQuery(query): RawQuery) -> Response {
    let query = match Query::parse(query.as_deref()) {
        Ok(query) => query,
        Err(part) => return wire::problem_v1(StatusCode::NOT_IMPLEMENTED, &wire::no_query(&part)),
    };
    match state.store.list(Kind::Package) {
        Ok(packages) => {
            let hidden = ["userDefinedData", "checksum", "additionalArtifacts"];
            let shown = packages.into_iter().filter(|one| query.admits(one));
            let shown = shown.map(|one| query.shorten(one, &hidden));
            wire::json(StatusCode::OK, &shown.collect())
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
    let _turn = state.turn();
    let package = match state.store.get(Kind::Package, &id) {
        Ok(Some(package)) => package,
        Ok(None) => return not_found(&id),
        Err(error) => return wire::store_failed(&error),
    };
    let (operational, usage) = (
        package["operationalState"].as_str().unwrap_or_default(),
        package["usageState"].as_str().unwrap_or_default(),
    );
    if operational == "ENABLED" || usage == "IN_USE" {
        let detail = format!(
            "VNF Package {id} cannot be deleted as it's operational state is {operational} \
             and usage state is {usage}."
        );
        return wire::problem_v1(StatusCode::CONFLICT, &detail);
    }
    if let Err(error) = state.store.delete(Kind::Package, &id) {
        return wire::store_failed(&error);
    }
    match std::fs::remove_file(state.content(&id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
        }
        _ => wire::empty(StatusCode::NO_CONTENT),
    }
}

async fn modify(state: State, Path(id): Path<String>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return wire::problem_v1(StatusCode::BAD_REQUEST, "Malformed request body.");
    };
    let _turn = state.turn();
    let mut package = match state.store.get(Kind::Package, &id) {
        Ok(Some(package)) => package,
        Ok(None) => return not_found(&id),
        Err(error) => return wire::store_failed(&error),
    };
    match apply(&mut package, &id, &request) {
        Err((status, detail)) => wire::problem_v1(status, &detail),
        Ok(modified) => match state.store.put(Kind::Package, &id, &package) {
            Ok(()) => wire::json(StatusCode::OK, &modified),
            Err(error) => wire::store_failed(&error),
        },
    }
}

/// Changes `package` as asked and returns what the answer shows of it.
fn apply(package: &mut Value, id: &str, request: &Value) -> Result<Value, (StatusCode, String)> {
    let mut modified = json!({});
    if let Some(data) = request.get("userDefinedData") {
        if package["userDefinedData"] == *data {
            let detail = format!(
                "The userDefinedData provided in update request is as the existing \
                 userDefinedData of vnf package {id}. Nothing to update."
            );
            return Err((StatusCode::CONFLICT, detail));
        }
        modified["userDefinedData"] = data.clone();
    }
    if let Some(wanted) = request.get("operationalState") {
        let Some(name @ ("ENABLED" | "DISABLED")) = wanted.as_str() else {
            let detail = "Invalid input for field/attribute operationalState.";
            return Err((StatusCode::BAD_REQUEST, detail.into()));
        };
        if package["onboardingState"] != "ONBOARDED" {
            let detail = format!(
                "Updating operational state is not allowed for VNF Package {id} \
                 when onboarding state is not ONBOARDED"
            );
            return Err((StatusCode::BAD_REQUEST, detail));
        }
        if package["operationalState"] == *wanted {
            let detail = format!("VNF Package {id} is already in {name} operational state");
            return Err((StatusCode::CONFLICT, detail));
        }
        modified["operationalState"] = wanted.clone();
    }
    let Some(members) = modified.as_object().filter(|members| !members.is_empty()) else {
        let detail = "operationalState or userDefinedData is required";
        return Err((StatusCode::BAD_REQUEST, detail.into()));
    };
    for (key, value) in members {
        package[key] = value.clone();
    }
    Ok(modified)
}

pub(super) fn not_found(id: &str) -> Response {
    let detail = format!("Can not find requested vnf package: {id}");
    wire::problem_v1(StatusCode::NOT_FOUND, &detail)
}
