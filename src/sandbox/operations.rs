//! vnflcm v2: accepting operations, and their occurrences (Tacker `vnflcm_v2.py`).

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::change;
use super::engine::{self, Run};
use super::query::Query;
use super::store::Kind;
use super::vnf::{items, now};
use super::wire::Problem;
use super::{Shared, State, schema, wire};

const OCCURRENCES: &str = "/vnflcm/v2/vnf_lcm_op_occs";

pub(super) fn routes() -> Router<Arc<Shared>> {
    let operate = |operation: &'static str| {
        post(
            async move |state: State, Path(id): Path<String>, body: Bytes| {
                wire::v2_result(operate(&state, operation, &id, &body))
            },
        )
    };
    let resume = |run: Run| {
        post(async move |state: State, Path(id): Path<String>| {
            wire::v2_result(resume(&state, run, &id))
        })
    };
    let instance = |verb: &str| format!("/vnflcm/v2/vnf_instances/{{id}}/{verb}");
    Router::new()
        .route(&instance("instantiate"), operate("INSTANTIATE"))
        .route(&instance("terminate"), operate("TERMINATE"))
        .route(&instance("scale"), operate("SCALE"))
        .route(&instance("heal"), operate("HEAL"))
        .route(&instance("change_vnfpkg"), operate("CHANGE_VNFPKG"))
        .route(&instance("change_ext_conn"), operate("CHANGE_EXT_CONN"))
        .route(OCCURRENCES, get(list))
        .route(&format!("{OCCURRENCES}/{{id}}"), get(show))
        .route(&format!("{OCCURRENCES}/{{id}}/retry"), resume(Run::Retry))
        .route(
            &format!("{OCCURRENCES}/{{id}}/rollback"),
            resume(Run::Rollback),
        )
        .route(&format!("{OCCURRENCES}/{{id}}/fail"), post(fail))
}

/// Takes the request of an operation.
pub(super) fn operate(
    state: &State,
    operation: &str,
    id: &str,
    body: &[u8],
) -> Result<Response, Problem> {
    let Ok(params) = serde_json::from_slice::<Value>(body) else {
        return Ok(wire::html_server_error());
    };
    schema::check(operation, &params)?;
    let mut turn = state.turn();
    let is_locked = turn.locked.contains(id);
    // Scale and heal lost this check in Tacker.
    if is_locked && !matches!(operation, "SCALE" | "HEAL") {
        return Err(busy(id));
    }
    let instance = instance(state, id)?;
    let is_instantiated = instance["instantiationState"] == "INSTANTIATED";
    if operation != "MODIFY_INFO" && is_instantiated == (operation == "INSTANTIATE") {
        let state = if is_instantiated { "is" } else { "isn't" };
        return Err(Problem::conflict(format!(
            "VnfInstance {id} {state} instantiated."
        )));
    }
    refuse_failed(state, id)?;
    match operation {
        "INSTANTIATE" => refuse_kubernetes(state, &params)?,
        "SCALE" => check_level(&instance, &params)?,
        "HEAL" => check_vnfcs(&instance, &params)?,
        "CHANGE_VNFPKG" => change::check(state, &instance, &params)?,
        _ => {}
    }
    let occurrence = uuid::Uuid::new_v4().to_string();
    let body = occurrence_of(&occurrence, operation, id, params);
    state.store.put(Kind::Operation, &occurrence, &body)?;
    if is_locked {
        engine::spawn_later(state, Run::Start, &occurrence, id);
    } else {
        turn.locked.insert(id.to_owned());
        engine::spawn(state, Run::Start, &occurrence, id);
    }
    let mut response = wire::empty(StatusCode::ACCEPTED);
    let location = format!("{}{OCCURRENCES}/{occurrence}", state.base);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// A new occurrence; like Tacker it keeps no credentials of a VIM.
fn occurrence_of(id: &str, operation: &str, instance: &str, mut params: Value) -> Value {
    let connections = params.get_mut("vimConnectionInfo");
    let connections = connections.and_then(Value::as_object_mut).into_iter();
    for connection in connections.flat_map(|map| map.values_mut()) {
        let access = connection
            .get_mut("accessInfo")
            .and_then(Value::as_object_mut);
        if let Some(access) = access {
            for secret in ["password", "bearer_token", "client_secret"] {
                access.shift_remove(secret);
            }
        }
    }
    let now = now();
    // There is nothing to grant where no resource changes.
    let state = if operation == "MODIFY_INFO" {
        "PROCESSING"
    } else {
        "STARTING"
    };
    json!({
        "id": id, "operationState": state, "stateEnteredTime": now, "startTime": now,
        "vnfInstanceId": instance, "operation": operation, "isAutomaticInvocation": false,
        "operationParams": params, "isCancelPending": false,
    })
}

pub(super) fn instance(shared: &Shared, id: &str) -> Result<Value, Problem> {
    let found = shared.store.get(Kind::Instance, id)?;
    found.ok_or_else(|| Problem::not_found(format!("VnfInstance {id} not found.")))
}

pub(super) fn busy(instance: &str) -> Problem {
    Problem::conflict(format!(
        "Other LCM operation of vnfInstance {instance} is in progress."
    ))
}

/// An operation in FAILED_TEMP blocks every other until it is resolved.
pub(super) fn refuse_failed(shared: &Shared, instance: &str) -> Result<(), Problem> {
    let occurrences = shared.store.list(Kind::Operation)?;
    let blocks =
        |one: &Value| one["vnfInstanceId"] == instance && one["operationState"] == "FAILED_TEMP";
    if occurrences.iter().any(blocks) {
        return Err(busy(instance));
    }
    Ok(())
}

/// The sandbox pretends servers and no pods, and says so rather than make the one for the other.
fn refuse_kubernetes(shared: &Shared, params: &Value) -> Result<(), Problem> {
    let vims = shared.store.list(Kind::Vim)?;
    let connections = params["vimConnectionInfo"].as_object();
    let kind = match connections.and_then(|map| map.values().next()) {
        Some(one) => {
            let registered = vims.iter().find(|vim| vim["id"] == one["vimId"]);
            registered.map_or(&one["vimType"], |vim| &vim["type"])
        }
        None => {
            let default = vims.iter().find(|vim| vim["is_default"] == true);
            default.map_or(&Value::Null, |vim| &vim["type"])
        }
    };
    let kind = kind.as_str().unwrap_or_default();
    let is_of_pods = ["kubernetes", "ETSINFV.KUBERNETES.V_1", "ETSINFV.HELM.V_3"].contains(&kind);
    if is_of_pods {
        let detail = "The sandbox has no Kubernetes: containers need a real Tacker and a cluster.";
        return Err(Problem::invalid(detail.into()));
    }
    Ok(())
}

fn check_level(instance: &Value, params: &Value) -> Result<(), Problem> {
    let info = &instance["instantiatedVnfInfo"];
    let aspect = &params["aspectId"];
    let level_in = |list: &Value| {
        let entry = items(list).iter().find(|one| one["aspectId"] == *aspect)?;
        entry["scaleLevel"].as_u64()
    };
    let name = aspect.as_str().unwrap_or_default();
    let (Some(level), Some(maximum)) = (
        level_in(&info["scaleStatus"]),
        level_in(&info["maxScaleLevels"]),
    ) else {
        return Err(Problem::invalid(format!("Invalid aspectId '{name}'.")));
    };
    let steps = params["numberOfSteps"].as_u64().unwrap_or(1);
    let fits = if params["type"] == "SCALE_OUT" {
        level
            .checked_add(steps)
            .is_some_and(|level| level <= maximum)
    } else {
        steps <= level
    };
    if fits {
        return Ok(());
    }
    Err(Problem::invalid(format!(
        "Invalid numberOfSteps '{steps}'."
    )))
}

fn check_vnfcs(instance: &Value, params: &Value) -> Result<(), Problem> {
    let known = items(&instance["instantiatedVnfInfo"]["vnfcInfo"]);
    let wanted = items(&params["vnfcInstanceId"]);
    match wanted
        .iter()
        .find(|id| !known.iter().any(|vnfc| vnfc["id"] == **id))
    {
        None => Ok(()),
        Some(id) => {
            let id = id.as_str().unwrap_or_default();
            Err(Problem::invalid(format!(
                "vnfcInstanceId({id}) does not exist."
            )))
        }
    }
}

/// The occurrence, which must be in FAILED_TEMP and its instance free.
fn failed(state: &State, id: &str, is_locked: impl Fn(&str) -> bool) -> Result<Value, Problem> {
    let occurrence = occurrence(state, id)?;
    let instance = occurrence["vnfInstanceId"].as_str().unwrap_or_default();
    if is_locked(instance) {
        return Err(busy(instance));
    }
    if occurrence["operationState"] != "FAILED_TEMP" {
        return Err(Problem::conflict(format!(
            "LCM operation {id} not FAILED_TEMP."
        )));
    }
    Ok(occurrence)
}

fn resume(state: &State, run: Run, id: &str) -> Result<Response, Problem> {
    let mut turn = state.turn();
    let occurrence = failed(state, id, |instance| turn.locked.contains(instance))?;
    let instance = occurrence["vnfInstanceId"].as_str().unwrap_or_default();
    turn.locked.insert(instance.to_owned());
    engine::spawn(state, run, id, instance);
    Ok(wire::empty(StatusCode::ACCEPTED))
}

async fn fail(state: State, Path(id): Path<String>) -> Response {
    let failed = || {
        let turn = state.turn();
        let mut occurrence = failed(&state, &id, |instance| turn.locked.contains(instance))?;
        engine::enter(&mut occurrence, "FAILED", None);
        state.store.put(Kind::Operation, &id, &occurrence)?;
        Ok(wire::json(StatusCode::OK, &view(&state.base, occurrence)))
    };
    wire::v2_result(failed())
}

fn occurrence(shared: &Shared, id: &str) -> Result<Value, Problem> {
    let found = shared.store.get(Kind::Operation, id)?;
    found.ok_or_else(|| Problem::not_found(format!("VnfLcmOpOcc {id} not found.")))
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    let found = occurrence(&state, &id);
    wire::v2_result(found.map(|body| wire::json(StatusCode::OK, &view(&state.base, body))))
}

async fn list(state: State, RawQuery(query): RawQuery) -> Response {
    let hidden = ["operationParams", "error", "resourceChanges"];
    let listed = || {
        let query = Query::parse(query.as_deref()).map_err(|part| Problem::no_query(&part))?;
        let found = state.store.list(Kind::Operation)?;
        let shown = found.into_iter().filter(|one| query.admits(one));
        let shown = shown.map(|one| view(&state.base, query.shorten(one, &hidden)));
        Ok(wire::json(StatusCode::OK, &shown.collect()))
    };
    wire::v2_result(listed())
}

/// The links are the same in every state, whether they work or not.
fn view(base: &str, mut occurrence: Value) -> Value {
    let id = occurrence["id"].as_str().unwrap_or_default();
    let own = format!("{base}{OCCURRENCES}/{id}");
    let instance = occurrence["vnfInstanceId"].as_str().unwrap_or_default();
    let instance = format!("{base}/vnflcm/v2/vnf_instances/{instance}");
    occurrence["_links"] = json!({
        "self": {"href": own}, "vnfInstance": {"href": instance},
        "retry": {"href": format!("{own}/retry")},
        "rollback": {"href": format!("{own}/rollback")},
        "fail": {"href": format!("{own}/fail")},
    });
    occurrence
}
