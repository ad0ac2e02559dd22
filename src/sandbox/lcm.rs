//! vnflcm v2: the `Version` header rules and instances (Tacker `sol_refactored`).

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::onboard::package_of;
use super::operations::{self, busy, instance, refuse_failed};
use super::query::{MARKER, Query};
use super::store::Kind;
use super::wire::Problem;
use super::{Shared, State, schema, wire};

/// Instances on a page: as many as an operator of Tacker might set (`[v2_vnfm] vnf_instance_page_size`).
const PAGE: u32 = 500;
const INSTANCES: &str = "/vnflcm/v2/vnf_instances";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/vnflcm/v2/vnf_instances",
            get(list).post(create).put(method_not_supported),
        )
        .route(
            "/vnflcm/v2/vnf_instances/{id}",
            get(show).patch(modify).delete(delete),
        )
        .merge(operations::routes())
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
    let hidden = ["vimConnectionInfo", "instantiatedVnfInfo", "metadata"];
    let listed = || {
        let asked = query.as_deref();
        let query = Query::parse(asked).map_err(|part| Problem::no_query(&part))?;
        let (found, last) = page(&state, &query)?;
        let shown = found.into_iter();
        let shown = shown.map(|one| view(&state.base, query.shorten(one, &hidden)));
        let mut response = wire::json(StatusCode::OK, &shown.collect());
        let link = last.map(|last| next(&state.base, asked.unwrap_or_default(), &last));
        if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        Ok(response)
    };
    wire::v2_result(listed())
}

/// The documents of a page, and the last one's id where more may follow.
fn page(state: &Shared, query: &Query) -> Result<(Vec<Value>, Option<String>), Problem> {
    let mut found = Vec::new();
    let mut marker = query.marker.clone();
    loop {
        let next = state.store.after(Kind::Instance, &marker, PAGE)?;
        let Some(last) = next.last() else {
            return Ok((found, None));
        };
        last["id"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut marker);
        found.extend(next.into_iter().filter(|one| query.admits(one)));
        let full = PAGE as usize;
        if found.len() >= full && !query.all_records {
            found.truncate(full);
            let last = found.last().and_then(|one| one["id"].as_str());
            let last = last.map(str::to_owned);
            return Ok((found, last));
        }
    }
}

/// The `Link` to the page that follows (RFC 8288), with all else that was asked.
fn next(base: &str, query: &str, last: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.filter(|(key, _)| key != MARKER);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .append_pair(MARKER, last)
        .finish();
    format!("<{base}{INSTANCES}?{query}>;rel=\"next\"")
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    let found = instance(&state, &id);
    wire::v2_result(found.map(|body| wire::json(StatusCode::OK, &view(&state.base, body))))
}

async fn create(state: State, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return wire::html_server_error();
    };
    wire::v2_result(created(&state, &request))
}

fn created(state: &Shared, request: &Value) -> Result<Response, Problem> {
    schema::check("CREATE", request)?;
    let vnfd = request["vnfdId"].as_str().unwrap_or_default();
    let _turn = state.turn();
    let package = package_of(state, vnfd)?;
    let operational = package.filter(|one| one["operationalState"] == "ENABLED");
    let Some(mut package) = operational else {
        let detail = format!("VnfPackage of vnfdId {vnfd} is not found or not operational.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    let id = uuid::Uuid::new_v4().to_string();
    let body = instance_of(&id, request, &package);
    state.store.put(Kind::Instance, &id, &body)?;
    package["usageState"] = json!("IN_USE");
    let package_id = package["id"].as_str().unwrap_or_default();
    state.store.put(Kind::Package, package_id, &package)?;
    let mut response = wire::json(StatusCode::CREATED, &view(&state.base, body));
    let location = format!("{}{INSTANCES}/{id}", state.base);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Members that the request leaves out are absent, not null.
fn instance_of(id: &str, request: &Value, package: &Value) -> Value {
    let mut body = json!({"id": id});
    let mut copy = |from: &Value, names: &[&str]| {
        for name in names {
            if let Some(value) = from.get(name) {
                body[*name] = value.clone();
            }
        }
    };
    copy(
        request,
        &["vnfInstanceName", "vnfInstanceDescription", "vnfdId"],
    );
    let identity = [
        "vnfProvider",
        "vnfProductName",
        "vnfSoftwareVersion",
        "vnfdVersion",
    ];
    copy(package, &identity);
    copy(
        &json!({"instantiationState": "NOT_INSTANTIATED"}),
        &["instantiationState"],
    );
    copy(request, &["metadata"]);
    body
}

async fn modify(state: State, Path(id): Path<String>, body: Bytes) -> Response {
    wire::v2_result(operations::operate(&state, "MODIFY_INFO", &id, &body))
}

async fn delete(state: State, Path(id): Path<String>) -> Response {
    wire::v2_result(deleted(&state, &id))
}

fn deleted(state: &Shared, id: &str) -> Result<Response, Problem> {
    let turn = state.turn();
    if turn.locked.contains(id) {
        return Err(busy(id));
    }
    let instance = instance(state, id)?;
    if instance["instantiationState"] == "INSTANTIATED" {
        return Err(Problem::conflict(format!(
            "VnfInstance {id} is instantiated."
        )));
    }
    refuse_failed(state, id)?;
    state.store.delete(Kind::Instance, id)?;
    let rest = state.store.list(Kind::Instance)?;
    if !rest.iter().any(|one| one["vnfdId"] == instance["vnfdId"]) {
        let vnfd = instance["vnfdId"].as_str().unwrap_or_default();
        if let Some(mut package) = package_of(state, vnfd)? {
            package["usageState"] = json!("NOT_IN_USE");
            let package_id = package["id"].as_str().unwrap_or_default();
            state.store.put(Kind::Package, package_id, &package)?;
        }
    }
    Ok(wire::empty(StatusCode::NO_CONTENT))
}

/// Adds the links to what can be done next.
fn view(base: &str, mut instance: Value) -> Value {
    let own = format!(
        "{base}{INSTANCES}/{}",
        instance["id"].as_str().unwrap_or_default()
    );
    let mut links = json!({"self": {"href": own}});
    let next: &[_] = match instance["instantiationState"].as_str() {
        Some("INSTANTIATED") => &[
            ("terminate", "terminate"),
            ("scale", "scale"),
            ("heal", "heal"),
            ("changeExtConn", "change_ext_conn"),
        ],
        _ => &[("instantiate", "instantiate")],
    };
    for (name, verb) in next {
        links[*name] = json!({"href": format!("{own}/{verb}")});
    }
    instance["_links"] = links;
    instance
}
