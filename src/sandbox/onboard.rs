//! Package content: upload, download, and the onboarding that fails in silence.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::StreamExt as _;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::packages::not_found;
use super::store::Kind;
use super::{Shared, State, content, csar, wire};
use crate::package;
use crate::tosca::model::Vnfd;

/// Takes the zip; 202 says only that it has arrived.
pub(super) async fn upload(state: State, Path(id): Path<String>, body: Body) -> Response {
    if let Err(refusal) = reserve(&state, &id) {
        return *refusal;
    }
    let file = state.content(&id);
    if let Err(error) = save(body, &file).await {
        tracing::warn!(package = id, "upload broke off: {error}");
        return match set_state(&state, &id, "CREATED") {
            Ok(()) => wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
            Err(error) => wire::store_failed(&error),
        };
    }
    let shared = state.0;
    let tasks = shared.tasks.clone();
    tasks.spawn_blocking(move || {
        if let Err(error) = onboard(&shared, &id, &file) {
            tracing::error!(package = id, "onboarding: {error}");
        }
    });
    let mut response = wire::empty(StatusCode::ACCEPTED);
    let zip = HeaderValue::from_static("application/zip");
    response.headers_mut().insert(header::CONTENT_TYPE, zip);
    response
}

/// Answers with the zip as it was uploaded.
pub(super) async fn download(state: State, Path(id): Path<String>) -> Response {
    let package = match state.store.get(Kind::Package, &id) {
        Ok(Some(package)) => package,
        Ok(None) => return not_found(&id),
        Err(error) => return wire::store_failed(&error),
    };
    if package["onboardingState"] != "ONBOARDED" {
        let detail = format!("VNF Package {id} onboarding state is not ONBOARDED");
        return wire::problem_v1(StatusCode::CONFLICT, &detail);
    }
    match tokio::fs::File::open(state.content(&id)).await {
        Ok(file) => {
            let mut response = wire::empty(StatusCode::OK);
            let zip = HeaderValue::from_static("application/zip");
            response.headers_mut().insert(header::CONTENT_TYPE, zip);
            *response.body_mut() = Body::from_stream(tokio_util::io::ReaderStream::new(file));
            response
        }
        Err(error) => wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Puts the package into UPLOADING, which only one upload can do.
fn reserve(state: &Shared, id: &str) -> Result<(), Box<Response>> {
    let _turn = state.turn();
    let store_failed = |error| Box::new(wire::store_failed(&error));
    let Some(mut package) = state.store.get(Kind::Package, id).map_err(store_failed)? else {
        return Err(Box::new(not_found(id)));
    };
    if package["onboardingState"] != "CREATED" {
        let detail = format!("VNF Package {id} onboarding state is not CREATED");
        return Err(Box::new(wire::problem_v1_plain(
            StatusCode::CONFLICT,
            &detail,
        )));
    }
    package["onboardingState"] = json!("UPLOADING");
    let put = state.store.put(Kind::Package, id, &package);
    put.map_err(store_failed)
}

async fn save(body: Body, file: &Utf8Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut out = tokio::fs::File::create(file).await?;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        out.write_all(&chunk?).await?;
    }
    out.flush().await?;
    Ok(())
}

fn onboard(shared: &Arc<Shared>, id: &str, file: &Utf8Path) -> rusqlite::Result<()> {
    set_state(shared, id, "PROCESSING")?;
    let read =
        csar::onboard(file).and_then(|vnfd| Ok((vnfd, package::checksum(file.as_std_path())?)));
    let _turn = shared.turn();
    match read {
        Err(rejection) => tracing::warn!(package = id, "not onboarded: {rejection}"),
        Ok((vnfd, _)) if package_of(shared, &vnfd.id)?.is_some() => {
            tracing::warn!(package = id, "not onboarded: duplicate vnfdId {}", vnfd.id);
        }
        Ok((vnfd, checksum)) => return finish(shared, id, &vnfd, &checksum),
    }
    change(shared, id, "CREATED")
}

fn finish(shared: &Shared, id: &str, vnfd: &Vnfd, checksum: &str) -> rusqlite::Result<()> {
    let Some(mut package) = shared.store.get(Kind::Package, id)? else {
        return Ok(());
    };
    let links = package["_links"].take();
    package["onboardingState"] = json!("ONBOARDED");
    package["operationalState"] = json!("ENABLED");
    package["vnfSoftwareVersion"] = json!(vnfd.software_version);
    package["vnfdVersion"] = json!(vnfd.version);
    package["vnfProductName"] = json!(vnfd.product_name);
    package["vnfProvider"] = json!(vnfd.provider);
    package["vnfdId"] = json!(vnfd.id);
    package["checksum"] = json!({"algorithm": "sha512", "hash": checksum});
    let artifacts = content::artifacts(&shared.content(id));
    if !artifacts.is_empty() {
        package["additionalArtifacts"] = json!(artifacts);
    }
    package["_links"] = links;
    shared.store.put(Kind::Package, id, &package)
}

fn set_state(shared: &Shared, id: &str, to: &str) -> rusqlite::Result<()> {
    let _turn = shared.turn();
    change(shared, id, to)
}

/// Needs the turn.
fn change(shared: &Shared, id: &str, to: &str) -> rusqlite::Result<()> {
    match shared.store.get(Kind::Package, id)? {
        Some(mut package) => {
            package["onboardingState"] = json!(to);
            shared.store.put(Kind::Package, id, &package)
        }
        None => Ok(()),
    }
}

/// The onboarded package with that descriptor.
pub(super) fn package_of(shared: &Shared, vnfd_id: &str) -> rusqlite::Result<Option<Value>> {
    let packages = shared.store.list(Kind::Package)?;
    Ok(packages
        .into_iter()
        .find(|package| package["vnfdId"] == vnfd_id))
}

/// Ends the uploads that a stop of the sandbox cut short.
pub(super) fn recover(shared: &Shared) -> rusqlite::Result<()> {
    for package in shared.store.list(Kind::Package)? {
        let is_cut = matches!(
            package["onboardingState"].as_str(),
            Some("UPLOADING" | "PROCESSING")
        );
        if let (true, Some(id)) = (is_cut, package["id"].as_str()) {
            change(shared, id, "CREATED")?;
        }
    }
    Ok(())
}

/// Where the content of packages lies.
pub(super) fn folder(data: Option<&Utf8Path>) -> std::io::Result<Folder> {
    match data {
        Some(file) => {
            let path = file.with_file_name("packages");
            std::fs::create_dir_all(&path)?;
            Ok(Folder {
                path,
                _temporary: None,
            })
        }
        None => {
            let temporary = tempfile::tempdir()?;
            let path = Utf8PathBuf::from_path_buf(temporary.path().to_owned())
                .map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidFilename))?;
            Ok(Folder {
                path,
                _temporary: Some(temporary),
            })
        }
    }
}

/// A folder that goes with the sandbox when it is temporary.
pub(super) struct Folder {
    pub(super) path: Utf8PathBuf,
    _temporary: Option<tempfile::TempDir>,
}
