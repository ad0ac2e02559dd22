//! The cloud beside Tacker, as far as a client looks at it: Nova's servers and flavors, Glance's
//! images, Neutron's networks.
//!
//! There is no cloud behind it: each VNFC's resource is a server, and there is whatever the
//! onboarded packages ask for, so that any package can be tried. What is to be missing is told
//! when the sandbox is started.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::store::Kind;
use super::{Shared, State, content, wire};
use crate::diagnose::Sink;
use crate::hot::{self, Asset};
use crate::tosca::model::Vnfd;

/// Where the catalog says that the services are: type, name and path.
pub(super) const SERVICES: [(&str, &str, &str); 3] = [
    ("compute", "nova", "/compute/v2.1"),
    ("image", "glance", "/image/v2"),
    ("network", "neutron", "/network/v2.0"),
];

pub(super) fn routes() -> Router<Arc<Shared>> {
    let mut router = Router::new();
    for (_, _, root) in SERVICES {
        let version = move |state: State| async move { version(&state, root) };
        router = router
            .route(root, get(version))
            .route(&format!("{root}/"), get(version));
    }
    router
        .route("/compute/v2.1/flavors", get(flavors))
        .route("/compute/v2.1/flavors/detail", get(flavors))
        .route("/image/v2/images", get(images))
        .route("/network/v2.0/networks", get(networks))
}

fn version(state: &Shared, root: &str) -> Response {
    let version = root.rsplit('/').next().unwrap_or_default();
    let links = json!([{"rel": "self", "href": format!("{}{root}/", state.base)}]);
    let mut about = json!({"id": version, "status": "CURRENT", "links": links});
    if root.starts_with("/compute") {
        about["version"] = json!("2.1");
        about["min_version"] = json!("2.1");
    }
    wire::json(StatusCode::OK, &json!({"version": about}))
}

async fn flavors(state: State, RawQuery(query): RawQuery) -> Response {
    let mut there = there(&state, Asset::Flavor);
    for flavor in &mut there {
        flavor["vcpus"] = json!(1);
        flavor["ram"] = json!(1024);
    }
    page("flavors", there, query.as_deref())
}

async fn images(state: State, RawQuery(query): RawQuery) -> Response {
    let mut there = there(&state, Asset::Image);
    for image in &mut there {
        image["status"] = json!("active");
        image["visibility"] = json!("public");
        image["created_at"] = json!("2026-01-01T00:00:00Z");
        image["updated_at"] = json!("2026-01-01T00:00:00Z");
    }
    page("images", there, query.as_deref())
}

async fn networks(state: State, RawQuery(query): RawQuery) -> Response {
    let mut there = there(&state, Asset::Network);
    for network in &mut there {
        network["status"] = json!("ACTIVE");
        network["admin_state_up"] = json!(true);
    }
    page("networks", there, query.as_deref())
}

/// All on the first page: whoever asks for what follows a marker gets nothing more.
pub(super) fn page(name: &str, mut all: Vec<Value>, query: Option<&str>) -> Response {
    let query = query.unwrap_or_default();
    let mut keys = url::form_urlencoded::parse(query.as_bytes());
    if keys.any(|(key, _)| key == "marker") {
        all.clear();
    }
    wire::json(StatusCode::OK, &json!({name: all}))
}

/// What there is of a kind, by name.
fn there(state: &Shared, asset: Asset) -> Vec<Value> {
    // A store that cannot be read shows itself in every other answer.
    let packages = state.store.list(Kind::Package).unwrap_or_default();
    let mut names = BTreeSet::new();
    for package in packages
        .iter()
        .filter(|one| one["onboardingState"] == "ONBOARDED")
    {
        let file = state.content(package["id"].as_str().unwrap_or_default());
        let Ok(zip) = content::open(&file) else {
            continue;
        };
        let vnfd = Vnfd::read(&zip, &mut Sink::default());
        for flavour in vnfd.iter().flat_map(|vnfd| &vnfd.flavours) {
            let needs = hot::needs(&zip, flavour, &Value::Null);
            let needs = needs.into_iter().filter(|need| need.asset == asset);
            names.extend(needs.map(|need| need.name));
        }
    }
    names.retain(|name| !state.lacks.contains(name));
    let id = |name: &str| uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
    let named = names.into_iter();
    named
        .map(|name| json!({"id": id(&name).to_string(), "name": name}))
        .collect()
}
