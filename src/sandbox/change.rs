//! The change of a VNF's package (`change_vnfpkg` of Tacker's `vnflcm_v2.py`): what is refused at
//! once, and what it makes of the instance.

use http::StatusCode;
use serde_json::{Value, json};

use super::Shared;
use super::onboard::package_of;
use super::store::Kind;
use super::vnf::items;
use super::wire::Problem;

/// Refuses what Tacker refuses at once, in its words and its order.
pub(super) fn check(shared: &Shared, instance: &Value, params: &Value) -> Result<(), Problem> {
    let vnfd = params["vnfdId"].as_str().unwrap_or_default();
    let Some(package) = package_of(shared, vnfd)? else {
        return Err(unprocessable(format!(
            "VnfPackage of vnfdId {vnfd} is not found or not operational."
        )));
    };
    if package["operationalState"] != "ENABLED" {
        return Err(unprocessable(format!("VnfId {vnfd} not ENABLED.")));
    }
    let invalid = |detail: &str| Err(Problem::invalid(detail.to_owned()));
    let additional = &params["additionalParams"];
    if additional.is_null() {
        return invalid("Change Current VNF Package operation must have 'additionalParams'");
    }
    let kind = additional["upgrade_type"].as_str().unwrap_or_default();
    if kind != "RollingUpdate" {
        return Err(Problem::invalid(format!("not support upgrade_type {kind}")));
    }
    let Some(wanted) = additional["vdu_params"].as_array() else {
        return invalid("'vdu_params' must exist in additionalParams");
    };
    let resources = items(&instance["instantiatedVnfInfo"]["vnfcResourceInfo"]);
    for one in wanted {
        let Some(vdu) = one.get("vdu_id") else {
            return invalid(
                "If you set vdu_params in additionalParams, youmust set vdu_id for each element.",
            );
        };
        if !resources.iter().any(|resource| resource["vduId"] == *vdu) {
            let vdu = vdu.as_str().unwrap_or_default();
            return Err(Problem::invalid(format!("vdu_id '{vdu}' does not exist.")));
        }
    }
    Ok(())
}

/// Makes the instance one of the new package.
pub(super) fn complete(
    shared: &Shared,
    instance: &mut Value,
    params: &Value,
) -> rusqlite::Result<()> {
    let old = instance["vnfdId"].as_str().unwrap_or_default().to_owned();
    let new = params["vnfdId"].as_str().unwrap_or_default();
    if let Some(package) = package_of(shared, new)? {
        for name in [
            "vnfdId",
            "vnfProvider",
            "vnfProductName",
            "vnfSoftwareVersion",
            "vnfdVersion",
        ] {
            instance[name] = package[name].clone();
        }
        used(shared, package, true)?;
    }
    let instances = shared.store.list(Kind::Instance)?;
    let is_other = |one: &Value| one["vnfdId"] == old.as_str() && one["id"] != instance["id"];
    if let Some(package) = package_of(shared, &old)?.filter(|_| old != new) {
        used(shared, package, instances.iter().any(is_other))?;
    }
    Ok(())
}

fn used(shared: &Shared, mut package: Value, is_used: bool) -> rusqlite::Result<()> {
    package["usageState"] = json!(if is_used { "IN_USE" } else { "NOT_IN_USE" });
    let id = package["id"].as_str().unwrap_or_default().to_owned();
    shared.store.put(Kind::Package, &id, &package)
}

fn unprocessable(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
}
