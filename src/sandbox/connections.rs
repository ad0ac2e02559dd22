//! The change of a VNF's external connections (`change_ext_conn` of Tacker's `vnflcm_v2.py`).

use http::StatusCode;
use serde_json::{Value, json};

use super::vnf::items;
use super::wire::Problem;

/// Checks the links as Tacker's schema does (`ExtVirtualLinkData`).
pub(super) fn check(params: &Value) -> Result<(), Problem> {
    let refused = |name: &str, value: &Value| {
        let shown = python(value);
        let detail = format!(
            "Invalid input for field/attribute {name}. Value: {shown}. {shown} should be non-empty"
        );
        Err(Problem::invalid(detail))
    };
    for (at, link) in items(&params["extVirtualLinks"]).iter().enumerate() {
        for name in ["id", "resourceId", "extCps"] {
            if link.get(name).is_none() {
                let detail = format!(
                    "Invalid input for field/attribute {at}. Value: {}. '{name}' is a required property",
                    python(link)
                );
                return Err(Problem::invalid(detail));
            }
        }
        if items(&link["extCps"]).is_empty() {
            return refused("extCps", &link["extCps"]);
        }
        let empty = |cp: &&Value| {
            cp["cpConfig"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
        };
        if let Some(cp) = items(&link["extCps"]).iter().find(empty) {
            return refused("cpConfig", &cp["cpConfig"]);
        }
    }
    Ok(())
}

/// A value as Python shows it, as far as requests have such.
fn python(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs = map.iter();
            let pairs = pairs.map(|(key, value)| format!("'{key}': {}", python(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(all) => {
            let all: Vec<_> = all.iter().map(python).collect();
            format!("[{}]", all.join(", "))
        }
        Value::String(text) => format!("'{text}'"),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
    }
}

/// The links of a VNF once those of the request are made, with what Tacker notes of each.
///
/// Like Tacker it fails at a protocol without addresses, which its schema lets pass.
pub(super) fn after(info: &Value, params: &Value) -> Result<Value, Problem> {
    let wanted = items(&params["extVirtualLinks"]);
    let moved: Vec<&Value> = wanted
        .iter()
        .flat_map(|link| items(&link["extCps"]))
        .map(|cp| &cp["cpdId"])
        .collect();
    let mut links = Vec::new();
    for link in items(&info["extVirtualLinkInfo"]) {
        let mut link = link.clone();
        if let Some(cps) = link["currentVnfExtCpData"].as_array_mut() {
            cps.retain(|cp| !moved.contains(&&cp["cpdId"]));
        }
        if !items(&link["currentVnfExtCpData"]).is_empty() {
            links.push(link);
        }
    }
    for link in wanted {
        for cp in items(&link["extCps"]) {
            let configs = cp["cpConfig"].as_object().into_iter().flatten();
            let mut protocols = configs.flat_map(|(_, config)| items(&config["cpProtocolData"]));
            if protocols.any(|one| one.get("ipOverEthernet").is_none()) {
                let detail = "Cannot load 'ipOverEthernet' in the base class";
                return Err(Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    detail.to_owned(),
                ));
            }
        }
        links.push(json!({
            "id": link["id"],
            "resourceHandle": {"resourceId": link["resourceId"]},
            "currentVnfExtCpData": link["extCps"],
        }));
    }
    Ok(Value::Array(links))
}
