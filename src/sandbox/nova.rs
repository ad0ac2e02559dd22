//! Nova's list of servers, so that VNFCs can be called by their servers' names. There are no
//! servers behind it: each VNFC's resource is one.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

use super::store::Kind;
use super::vnf::items;
use super::{Shared, State, wire};

/// Where the catalog says that Nova is.
pub(super) const ROOT: &str = "/compute/v2.1";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/compute/v2.1", get(version))
        .route("/compute/v2.1/", get(version))
        .route("/compute/v2.1/servers", get(servers))
}

async fn version(state: State) -> Response {
    let links = json!([{"rel": "self", "href": format!("{}{ROOT}/", state.base)}]);
    wire::json(
        StatusCode::OK,
        &json!({"version": {"id": "v2.1", "status": "CURRENT", "version": "2.1",
            "min_version": "2.1", "links": links}}),
    )
}

/// All on the first page: whoever asks for what follows a marker gets nothing more.
async fn servers(state: State, RawQuery(query): RawQuery) -> Response {
    let instances = match state.store.list(Kind::Instance) {
        Ok(instances) => instances,
        Err(error) => return wire::store_failed(&error),
    };
    let query = query.unwrap_or_default();
    let mut keys = url::form_urlencoded::parse(query.as_bytes());
    let is_further = keys.any(|(key, _)| key == "marker");
    let resources = instances
        .iter()
        .filter(|_| !is_further)
        .flat_map(|one| items(&one["instantiatedVnfInfo"]["vnfcResourceInfo"]));
    let servers = resources.map(|resource| {
        let id = resource["computeResource"]["resourceId"].as_str();
        let id = id.unwrap_or_default();
        let vdu = resource["vduId"].as_str().unwrap_or_default();
        let short = id.split('-').next().unwrap_or_default();
        json!({"id": id, "name": format!("{vdu}-{short}"),
            "links": [{"rel": "self", "href": format!("{}{ROOT}/servers/{id}", state.base)}]})
    });
    wire::json(
        StatusCode::OK,
        &json!({"servers": servers.collect::<Vec<_>>()}),
    )
}
