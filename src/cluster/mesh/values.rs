//! Helm values of a cluster in a mesh: the other clusters that it connects to, and the authorities
//! that it trusts.
//!
//! The same values that `cilium clustermesh connect` sets (`clustermesh/clustermesh.go` of
//! cilium-cli): no key goes from one cluster to the other, since each side's own certificate is
//! accepted by the other once that trusts its authority.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::facts::{Endpoint, Facts};

/// From this minor on the chart has clusters by name; before, in a list.
const BY_NAME: (u32, u32) = (1, 20);
/// Has the server begin anew, which reads its authorities once (cilium-cli does the same).
const RESTART: &str = "vnfctl.dev/ca-bundle";

/// Returns the values with the server of the mesh turned on, where it is off.
pub(super) fn serving(facts: &Facts) -> Value {
    let mut values = facts.values.clone();
    if at(&mut values, &["clustermesh"]).get("useAPIServer") == Some(&json!(true)) {
        return values;
    }
    let mesh = at(&mut values, &["clustermesh"]);
    mesh.insert("useAPIServer".into(), json!(true));
    at(&mut values, &["clustermesh", "apiserver", "service"])
        .entry("type")
        .or_insert(json!("NodePort"));
    values
}

/// Returns the values with a connection to the cluster `peer`.
pub(super) fn connected(facts: &Facts, peer: &Facts, endpoint: &Endpoint) -> Value {
    let mut values = serving(facts);
    let mut clusters = clusters(&values);
    let name = peer.name().to_owned();
    // What else a person has written of this cluster stays.
    let mut entry = match clusters.get(&name) {
        Some(Value::Object(known)) => known.clone(),
        _ => Map::new(),
    };
    entry.insert("ips".into(), json!(endpoint.addresses));
    entry.insert("port".into(), json!(endpoint.port));
    entry.remove("enabled");
    clusters.insert(name, Value::Object(entry));
    set_clusters(&mut values, facts, clusters);
    if let (Some(own), Some(theirs)) = (&facts.authority, &peer.authority)
        && own.trim() != theirs.trim()
    {
        let mut trusted = trusted(&values);
        for authority in [own, theirs] {
            let authority = authority.trim().to_owned();
            if !trusted.contains(&authority) {
                trusted.push(authority);
            }
        }
        set_trusted(&mut values, &trusted);
    }
    values
}

/// Returns the values without the cluster `peer`.
pub(super) fn disconnected(facts: &Facts, peer: &Facts) -> Value {
    let mut values = without(facts, peer.name());
    if let Some(theirs) = &peer.authority
        && facts.authority.as_ref() != Some(theirs)
    {
        let before = trusted(&values);
        let mut left = before.clone();
        left.retain(|one| one != theirs.trim());
        if left != before {
            set_trusted(&mut values, &left);
        }
    }
    values
}

/// Returns the values without the cluster called `name`, whose authority is not known.
pub(super) fn without(facts: &Facts, name: &str) -> Value {
    let mut values = facts.values.clone();
    let mut clusters = clusters(&values);
    if clusters.remove(name).is_some() {
        set_clusters(&mut values, facts, clusters);
    }
    values
}

/// The map at a path, made where it is missing.
fn at<'v>(values: &'v mut Value, path: &[&str]) -> &'v mut Map<String, Value> {
    let mut map = object(values);
    for key in path {
        map = object(map.entry(*key).or_insert(Value::Null));
    }
    map
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("it was made one"),
    }
}

/// The other clusters by name, whichever way they are written.
fn clusters(values: &Value) -> Map<String, Value> {
    match values.pointer("/clustermesh/config/clusters") {
        Some(Value::Object(map)) => map.clone(),
        Some(Value::Array(list)) => {
            let named = list.iter().filter_map(|one| {
                let mut entry = one.as_object()?.clone();
                let name = entry.remove("name")?.as_str()?.to_owned();
                Some((name, Value::Object(entry)))
            });
            named.collect()
        }
        _ => Map::new(),
    }
}

fn set_clusters(values: &mut Value, facts: &Facts, clusters: Map<String, Value>) {
    let by_name = facts.minor().is_none_or(|minor| minor >= BY_NAME);
    let clusters = if by_name {
        Value::Object(clusters)
    } else {
        let list = clusters.into_iter().map(|(name, entry)| {
            let mut entry = entry;
            object(&mut entry).insert("name".into(), name.into());
            entry
        });
        Value::Array(list.collect())
    };
    let config = at(values, &["clustermesh", "config"]);
    config.insert("enabled".into(), json!(true));
    config.insert("clusters".into(), clusters);
}

/// Certificates of the bundle, one by one.
fn trusted(values: &Value) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = values.pointer("/tls/caBundle/content");
    let text = text.and_then(Value::as_str).unwrap_or_default();
    let parts = text.split_inclusive(END).map(|part| part.trim().to_owned());
    parts.filter(|part| part.ends_with(END)).collect()
}

/// With one's own authority alone there is nothing to bundle.
fn set_trusted(values: &mut Value, trusted: &[String]) {
    if trusted.len() < 2 {
        at(values, &["tls"]).remove("caBundle");
        at(values, &["clustermesh", "apiserver", "podAnnotations"]).remove(RESTART);
        return;
    }
    let text = trusted.join("\n");
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let bundle = at(values, &["tls", "caBundle"]);
    bundle.insert("enabled".into(), json!(true));
    bundle.insert("content".into(), json!(text));
    let annotations = at(values, &["clustermesh", "apiserver", "podAnnotations"]);
    annotations.insert(RESTART.into(), json!(digest[..16]));
}
