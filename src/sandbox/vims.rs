//! VIM registrations of the legacy API. Their secrets are masked before they are stored:
//! the sandbox has no cloud to log in to.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::store::Kind;
use super::{Shared, State, wire};

const SECRETS: [&str; 4] = ["password", "bearer_token", "client_secret", "ssl_ca_cert"];

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1.0/vims", get(list).post(create))
        .route("/v1.0/vims/{id}", get(show).put(update).delete(delete))
}

/// The legacy API's way to write the time.
fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// Why a request is refused: status, the exception's class, and its message.
struct Refusal(StatusCode, &'static str, String);

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self(status, "DBError", error.to_string())
    }
}

fn answer(result: Result<Response, Refusal>) -> Response {
    result.unwrap_or_else(|Refusal(status, class, message)| {
        let error = json!({"type": class, "message": message, "detail": ""});
        wire::json(status, &json!({"TackerError": error}))
    })
}

async fn list(state: State) -> Response {
    let vims = state.store.list(Kind::Vim).map_err(Refusal::from);
    answer(vims.map(|vims| wire::json(StatusCode::OK, &json!({"vims": vims}))))
}

async fn show(state: State, Path(id): Path<String>) -> Response {
    answer(find(&state, &id).map(|vim| wire::json(StatusCode::OK, &json!({"vim": vim}))))
}

async fn create(state: State, body: Bytes) -> Response {
    answer(created(&state, &body))
}

async fn update(state: State, Path(id): Path<String>, body: Bytes) -> Response {
    answer(updated(&state, &id, &body))
}

async fn delete(state: State, Path(id): Path<String>) -> Response {
    let _turn = state.turn();
    let deleted = find(&state, &id).and_then(|_| Ok(state.store.delete(Kind::Vim, &id)?));
    answer(deleted.map(|()| wire::empty(StatusCode::NO_CONTENT)))
}

fn find(shared: &Shared, id: &str) -> Result<Value, Refusal> {
    shared.store.get(Kind::Vim, id)?.ok_or_else(|| {
        let message =
            format!("Specified VIM id {id} is invalid. Please verify and pass a valid VIM id");
        // Tacker has no mapping for this exception, so that it is a 500.
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Refusal(status, "VimNotFoundException", message)
    })
}

/// The `vim` member of a body.
fn request(body: &[u8]) -> Result<Value, Refusal> {
    let mut body: Value = serde_json::from_slice(body).map_err(|error| {
        Refusal(
            StatusCode::BAD_REQUEST,
            "MalformedRequestBody",
            error.to_string(),
        )
    })?;
    match body.get_mut("vim").map(Value::take) {
        Some(vim @ Value::Object(_)) => Ok(vim),
        _ => {
            let message = "Unable to find 'vim' in request body".to_owned();
            Err(Refusal(StatusCode::BAD_REQUEST, "HTTPBadRequest", message))
        }
    }
}

fn created(shared: &Shared, body: &[u8]) -> Result<Response, Refusal> {
    let vim = request(body)?;
    for name in ["type", "auth_url", "auth_cred", "vim_project", "name"] {
        if vim.get(name).is_none() {
            let message =
                format!("Failed to parse request. Required attribute '{name}' not specified");
            return Err(Refusal(StatusCode::BAD_REQUEST, "HTTPBadRequest", message));
        }
    }
    let _turn = shared.turn();
    if vim["is_default"] == true {
        refuse_second_default(shared, "")?;
    }
    let id = uuid::Uuid::new_v4().to_string();
    let mut whole = json!({
        "id": id, "type": vim["type"], "tenant_id": super::Sandbox::PROJECT, "name": vim["name"],
        "description": "", "placement_attr": {"regions": ["RegionOne"]}, "is_default": false,
        "created_at": now(), "updated_at": null, "extra": {}, "auth_url": vim["auth_url"],
        "vim_project": {}, "auth_cred": {}, "status": "ACTIVE",
    });
    merge(&mut whole, &vim);
    shared.store.put(Kind::Vim, &id, &whole)?;
    Ok(wire::json(StatusCode::CREATED, &json!({"vim": whole})))
}

fn updated(shared: &Shared, id: &str, body: &[u8]) -> Result<Response, Refusal> {
    let vim = request(body)?;
    for name in ["type", "auth_url"] {
        if vim.get(name).is_some() {
            let message = format!("Cannot update read-only attribute {name}");
            return Err(Refusal(StatusCode::BAD_REQUEST, "HTTPBadRequest", message));
        }
    }
    let _turn = shared.turn();
    let mut whole = find(shared, id)?;
    if vim["is_default"] == true {
        refuse_second_default(shared, id)?;
    }
    merge(&mut whole, &vim);
    whole["updated_at"] = json!(now());
    shared.store.put(Kind::Vim, id, &whole)?;
    Ok(wire::json(StatusCode::OK, &json!({"vim": whole})))
}

/// Gives the VIMs that are this sandbox itself the address that it has since its start, where
/// it had the address `former` before.
pub(super) fn recover(shared: &Shared, former: &str) -> rusqlite::Result<()> {
    for mut vim in shared.store.list(Kind::Vim)? {
        let id = vim["id"].as_str().unwrap_or_default().to_owned();
        let path = vim["auth_url"]
            .as_str()
            .and_then(|url| url.strip_prefix(former));
        if let Some(path) = path.filter(|path| path.starts_with('/')) {
            vim["auth_url"] = json!(format!("{}{path}", shared.base));
            shared.store.put(Kind::Vim, &id, &vim)?;
        }
    }
    Ok(())
}

/// Takes over what a client may set, without its secrets.
fn merge(whole: &mut Value, vim: &Value) {
    for name in [
        "name",
        "description",
        "is_default",
        "extra",
        "vim_project",
        "auth_cred",
    ] {
        if let Some(value) = vim.get(name) {
            whole[name] = value.clone();
        }
    }
    let credentials = whole["auth_cred"].as_object_mut();
    for (name, value) in credentials.into_iter().flatten() {
        if SECRETS.contains(&name.as_str()) {
            *value = json!("***");
        }
    }
}

fn refuse_second_default(shared: &Shared, except: &str) -> Result<(), Refusal> {
    let vims = shared.store.list(Kind::Vim)?;
    let first = vims
        .iter()
        .find(|vim| vim["is_default"] == true && vim["id"] != except);
    let Some(first) = first else {
        return Ok(());
    };
    let id = first["id"].as_str().unwrap_or_default();
    let message = format!("Default VIM already exists {id}.");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Err(Refusal(status, "VimDefaultDuplicateException", message))
}
