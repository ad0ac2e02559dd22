//! Nova's servers: one for each VNFC, which its owner can delete behind the VNFM's back.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::cloud::page;
use super::store::Kind;
use super::vnf::items;
use super::{Shared, State, wire};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/compute/v2.1/servers", get(list))
        .route("/compute/v2.1/servers/{id}", get(show).delete(delete))
        .route("/compute/v2.1/limits", get(limits))
}

/// The servers that there are: of each its id and name.
fn servers(state: &Shared) -> rusqlite::Result<Vec<(String, String)>> {
    let instances = state.store.list(Kind::Instance)?;
    let deleted = &state.turn().deleted;
    let resources = instances
        .iter()
        .flat_map(|one| items(&one["instantiatedVnfInfo"]["vnfcResourceInfo"]));
    let servers = resources.map(|resource| {
        let id = resource["computeResource"]["resourceId"].as_str();
        let id = id.unwrap_or_default();
        let vdu = resource["vduId"].as_str().unwrap_or_default();
        let short = id.split('-').next().unwrap_or_default();
        (id.to_owned(), format!("{vdu}-{short}"))
    });
    Ok(servers.filter(|(id, _)| !deleted.contains(id)).collect())
}

async fn list(state: State, RawQuery(query): RawQuery) -> Response {
    let servers = match servers(&state) {
        Ok(servers) => servers,
        Err(error) => return wire::store_failed(&error),
    };
    let servers = servers.into_iter().map(|(id, name)| {
        let href = format!("{}/compute/v2.1/servers/{id}", state.base);
        json!({"id": id, "name": name, "links": [{"rel": "self", "href": href}]})
    });
    page("servers", servers.collect(), query.as_deref())
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    match servers(&state) {
        Ok(servers) => match servers.into_iter().find(|(one, _)| *one == id) {
            Some((id, name)) => wire::json(StatusCode::OK, &json!({"server": server(&id, &name)})),
            None => not_found(&id),
        },
        Err(error) => wire::store_failed(&error),
    }
}

async fn delete(state: State, Path(id): Path<String>) -> Response {
    match servers(&state) {
        Ok(servers) if servers.iter().any(|(one, _)| *one == id) => {
            state.turn().deleted.insert(id);
            wire::empty(StatusCode::NO_CONTENT)
        }
        Ok(_) => not_found(&id),
        Err(error) => wire::store_failed(&error),
    }
}

fn server(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "status": "ACTIVE", "addresses": {}, "metadata": {},
        "OS-EXT-AZ:availability_zone": "nova", "OS-EXT-STS:power_state": 1,
        "created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z",
        "config_drive": "", "image": "", "key_name": null,
        "flavor": {"original_name": "sandbox", "vcpus": 1, "ram": 1024, "disk": 1,
            "ephemeral": 0, "swap": 0, "extra_specs": {}},
    })
}

/// A project without bounds, which Nova shows as -1.
async fn limits() -> Response {
    let absolute = json!({
        "maxTotalInstances": -1, "totalInstancesUsed": 0, "maxTotalCores": -1,
        "totalCoresUsed": 0, "maxTotalRAMSize": -1, "totalRAMUsed": 0,
    });
    let limits = json!({"limits": {"absolute": absolute, "rate": []}});
    wire::json(StatusCode::OK, &limits)
}

fn not_found(id: &str) -> Response {
    let message = format!("Instance {id} could not be found.");
    let fault = json!({"itemNotFound": {"code": 404, "message": message}});
    wire::json(StatusCode::NOT_FOUND, &fault)
}
