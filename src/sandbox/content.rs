//! Parts of an onboarded package: its VNFD as a zip, and the files that its manifest lists.

use std::io::{Cursor, Write as _};

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use camino::{Utf8Path, Utf8PathBuf};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::packages::not_found;
use super::store::Kind;
use super::{Shared, State, wire};
use crate::diagnose::{Sink, Sources};
use crate::package::meta::{META, Meta};
use crate::package::reader::{Limits, OpenError, Zipped};
use crate::package::tree::Tree;
use crate::tosca::documents::Documents;
use crate::yaml::Node;

/// Larger files are not handed out, in bytes: none of them is a text.
const LARGEST: u64 = 8 << 20;
/// Files that Tacker lists among the images and not among the artifacts (`csar_utils.py`).
const IMAGES: [&str; 12] = [
    "raw", "vhd", "vhdx", "vmdk", "vdi", "iso", "ploop", "qcow2", "aki", "ari", "ami", "img",
];

/// Opens the content of a package.
pub(super) fn open(file: &Utf8Path) -> Result<Zipped, OpenError> {
    Zipped::open(file.as_std_path(), Limits::default())
}

/// Answers with `TOSCA.meta`, the top VNFD file and what it imports. Tacker writes the YAML anew;
/// here it stays as it was, which means the same.
pub(super) async fn vnfd(state: State, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refusal) = onboarded(&state, &id) {
        return *refusal;
    }
    // Tacker compares the header's text and knows no wildcard.
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|one| one.to_str().ok());
    let mut kinds = accepted.unwrap_or_default().split(',');
    if !kinds
        .clone()
        .all(|kind| matches!(kind, "application/zip" | "text/plain"))
    {
        let detail = "The specified content type is not acceptable.";
        return wire::problem_v1(StatusCode::NOT_ACCEPTABLE, detail);
    }
    if !kinds.any(|kind| kind == "application/zip") {
        let detail = "VNFD is implemented as multiple yaml files, Accept header should be \
                      application/zip";
        return wire::problem_v1(StatusCode::BAD_REQUEST, detail);
    }
    let zip = open(&state.content(&id)).map_err(std::io::Error::other);
    match zip.and_then(|zip| descriptor(&zip)) {
        Ok(bytes) => file("application/zip", bytes),
        Err(error) => wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Answers with one file, if it is one of those that the manifest lists.
pub(super) async fn artifact(state: State, Path((id, path)): Path<(String, String)>) -> Response {
    let package = match onboarded(&state, &id) {
        Ok(package) => package,
        Err(refusal) => return *refusal,
    };
    let artifacts = super::vnf::items(&package["additionalArtifacts"]);
    if !artifacts
        .iter()
        .any(|one| one["artifactPath"] == path.as_str())
    {
        return wire::problem_v1(StatusCode::NOT_FOUND, "Not Found Artifact File.");
    }
    if Utf8Path::new(&path).extension() == Some("json") {
        // Tacker takes the ending for the answer's format and then misses the headers that it
        // did not look at for it (`wsgi.py` and `vnfpkgm/v1/controller.py`).
        let detail = "Unexpected API Error. Please report this at \
                      http://bugs.launchpad.net/tacker/ and attach the Tacker API log if \
                      possible.\n<class 'AttributeError'>";
        return wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, detail);
    }
    let zip = open(&state.content(&id)).map_err(std::io::Error::other);
    match zip.and_then(|zip| zip.read(Utf8Path::new(&path), LARGEST)) {
        Ok(bytes) => file("application/octet-stream", bytes),
        Err(error) => wire::problem_v1(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn onboarded(state: &Shared, id: &str) -> Result<Value, Box<Response>> {
    let found = state.store.get(Kind::Package, id);
    match found.map_err(|error| Box::new(wire::store_failed(&error)))? {
        None => Err(Box::new(not_found(id))),
        Some(package) if package["onboardingState"] == "ONBOARDED" => Ok(package),
        Some(_) => {
            let detail = format!("VNF Package {id} state is not ONBOARDED");
            Err(Box::new(wire::problem_v1(StatusCode::CONFLICT, &detail)))
        }
    }
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = wire::empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    *response.body_mut() = Body::from(bytes);
    response
}

fn descriptor(zip: &Zipped) -> std::io::Result<Vec<u8>> {
    let mut paths = vec![Utf8PathBuf::from(META)];
    let documents = Documents::read(zip, &mut Sources::default(), &mut Sink::default());
    let documents = documents.into_iter();
    paths.extend(
        documents
            .flat_map(|all| all.definitions.into_iter().chain(all.elsewhere))
            .map(|one| one.file),
    );
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for path in paths {
        writer.start_file(path.as_str(), SimpleFileOptions::default())?;
        writer.write_all(&zip.read(&path, LARGEST)?)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// What the manifest lists, as `additionalArtifacts` (SOL003 §10.5.3.3) shows it.
pub(super) fn artifacts(file: &Utf8Path) -> Vec<Value> {
    let Ok(zip) = open(file) else {
        return Vec::new();
    };
    let meta = Meta::read(&zip, &mut Sources::default(), &mut Sink::default());
    let manifest = meta
        .as_ref()
        .and_then(|meta| meta.root.get("ETSI-Entry-Manifest"));
    let Some(manifest) = manifest.and_then(Node::text) else {
        return Vec::new();
    };
    let text = zip
        .read(Utf8Path::new(manifest), LARGEST)
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let blocks = text.split("\n\n").filter(|block| block.contains("Hash:"));
    blocks.filter_map(listed).collect()
}

fn listed(block: &str) -> Option<Value> {
    let block: Value = serde_yaml::from_str(block).ok()?;
    let path = block["Source"].as_str()?;
    let extension = Utf8Path::new(path).extension().unwrap_or_default();
    if IMAGES.contains(&extension) {
        return None;
    }
    let checksum = json!({"algorithm": block["Algorithm"], "hash": block["Hash"]});
    Some(json!({"artifactPath": path, "checksum": checksum, "metadata": {}}))
}
