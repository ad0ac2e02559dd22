//! The two generations of VNF lifecycle management that Tacker has beside one another: v2 of SOL003
//! 3.3.1, and v1 of 2.6.1, whose VNFs v2 does not know.
//!
//! Requests are made as v2 wants them; what v1 wants otherwise is put into its words here
//! (`tacker/api/schemas/vnf_lcm.py`).

use serde_json::{Value, json};

/// A generation of `/vnflcm`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Generation {
    /// Of SOL003 2.6.1: other tables, cancel, no change of packages.
    V1,
    /// Of SOL003 3.3.1.
    #[default]
    V2,
}

impl Generation {
    /// The root of its paths.
    pub(super) fn root(self) -> &'static str {
        match self {
            Self::V1 => "/vnflcm/v1",
            Self::V2 => "/vnflcm/v2",
        }
    }

    /// Puts the request of an operation into the words that it wants.
    pub(super) fn worded(self, mut request: Value) -> Value {
        if self == Self::V2 {
            return request;
        }
        if let Some(map) = request["vimConnectionInfo"].as_object() {
            let list = map.iter().map(|(key, connection)| {
                let mut connection = connection.clone();
                if connection["id"].is_null() {
                    connection["id"] = json!(key);
                }
                connection
            });
            request["vimConnectionInfo"] = list.collect();
        } else if let Some(members) = request.as_object_mut() {
            // Asking for a member has made one of it.
            members.retain(|key, value| key != "vimConnectionInfo" || !value.is_null());
        }
        let links = request.get_mut("extVirtualLinks");
        let links = links.and_then(Value::as_array_mut).into_iter().flatten();
        for cp in links
            .filter_map(|link| link["extCps"].as_array_mut())
            .flatten()
        {
            if let Some(map) = cp["cpConfig"].as_object() {
                cp["cpConfig"] = map.values().cloned().collect();
            }
            unaddress(cp);
        }
        request
    }
}

/// Takes out addresses that are not said: v1 has Neutron fail at one without subnet and address.
fn unaddress(cp: &mut Value) {
    let configs = cp["cpConfig"].as_array_mut().into_iter().flatten();
    let protocols = configs.filter_map(|one| one.get_mut("cpProtocolData")?.as_array_mut());
    for protocol in protocols.flatten() {
        let Some(ip) = protocol.get_mut("ipOverEthernet") else {
            continue;
        };
        if let Some(all) = ip.get_mut("ipAddresses").and_then(Value::as_array_mut) {
            all.retain(|one| one.get("subnetId").is_some() || one.get("fixedAddresses").is_some());
            if all.is_empty()
                && let Some(members) = ip.as_object_mut()
            {
                members.remove("ipAddresses");
            }
        }
        if ip.as_object().is_some_and(serde_json::Map::is_empty)
            && let Some(members) = protocol.as_object_mut()
        {
            members.remove("ipOverEthernet");
        }
    }
}

impl std::str::FromStr for Generation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "1" => Ok(Self::V1),
            "2" => Ok(Self::V2),
            _ => Err("there are 1 and 2".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_wants_lists_where_v2_wants_maps() {
        let request = json!({
            "flavourId": "simple",
            "vimConnectionInfo": {"vim": {"vimId": "1", "vimType": "openstack"}},
            "extVirtualLinks": [{"id": "n", "extCps": [{"cpdId": "cp", "cpConfig": {"cp": {
                "cpProtocolData": [{"layerProtocol": "IP_OVER_ETHERNET", "ipOverEthernet": {
                    "ipAddresses": [{"type": "IPV4", "numDynamicAddresses": 1}]}}]}}}]}],
        });
        let worded = Generation::V1.worded(request.clone());
        let expected = json!({
            "flavourId": "simple",
            "vimConnectionInfo": [{"id": "vim", "vimId": "1", "vimType": "openstack"}],
            "extVirtualLinks": [{"id": "n", "extCps": [
                {"cpdId": "cp", "cpConfig": [
                    {"cpProtocolData": [{"layerProtocol": "IP_OVER_ETHERNET"}]}]}]}],
        });
        assert_eq!(worded, expected);
        assert_eq!(Generation::V1.worded(worded.clone()), worded);
        assert_eq!(Generation::V2.worded(request.clone()), request);
        let plain = json!({"type": "SCALE_OUT"});
        assert_eq!(Generation::V1.worded(plain.clone()), plain);
    }
}
