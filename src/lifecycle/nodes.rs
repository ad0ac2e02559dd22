//! A VNF's nodes: each VNFC with the name that its server has in Nova, which is also what the
//! node is called inside it, in Kubernetes for one.

use super::Error;
use crate::tacker::{Named, VnfInstance};

/// A VNFC and what it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The VNFC's id, which heal takes.
    pub vnfc: String,
    /// Its VDU.
    pub vdu: String,
    /// The server's name, where the account may see the server. A pod's id is its name.
    pub name: Option<String>,
}

/// Gives the VNFCs of `vnf` the names of their servers among `servers`.
#[must_use]
pub fn nodes(vnf: &VnfInstance, servers: &[Named]) -> Vec<Node> {
    let info = vnf.instantiated_vnf_info.as_ref();
    let resources = info.map_or(&[][..], |info| &info.vnfc_resource_info);
    let name = |resource: &str| {
        let server = servers.iter().find(|server| server.id == resource);
        match server {
            Some(server) => Some(server.name.clone()),
            // Nova's ids are UUIDs; of a pod there is nothing to look up.
            None => uuid::Uuid::try_parse(resource)
                .is_err()
                .then(|| resource.to_owned()),
        }
    };
    vnf.vnfcs()
        .iter()
        .map(|vnfc| {
            let resource = resources
                .iter()
                .find(|one| Some(&one.id) == vnfc.vnfc_resource_info_id.as_ref());
            Node {
                vnfc: vnfc.id.clone(),
                vdu: vnfc.vdu_id.clone(),
                name: resource.and_then(|one| name(&one.compute_resource.resource_id)),
            }
        })
        .collect()
}

/// Returns the VNFCs of the nodes called `wanted`. A beginning of a name is not enough:
/// once `worker-1` is gone, it would mean `worker-10`.
///
/// # Errors
/// A name is none of the VNF's nodes', or that of several.
pub fn vnfcs_of(vnf: &str, nodes: &[Node], wanted: &[String]) -> Result<Vec<String>, Error> {
    let mut vnfcs = Vec::new();
    for name in wanted {
        let meant: Vec<&Node> = nodes
            .iter()
            .filter(|node| node.name.as_ref() == Some(name))
            .collect();
        match meant.as_slice() {
            [one] if vnfcs.contains(&one.vnfc) => {}
            [one] => vnfcs.push(one.vnfc.clone()),
            [] => return Err(unknown(vnf, nodes, name)),
            several => {
                return Err(Error::Ambiguous {
                    what: "VNFC",
                    name: name.clone(),
                    candidates: several.iter().map(|node| node.vnfc.clone()).collect(),
                });
            }
        }
    }
    Ok(vnfcs)
}

fn unknown(vnf: &str, nodes: &[Node], name: &str) -> Error {
    let mut known: Vec<&str> = nodes
        .iter()
        .filter_map(|node| node.name.as_deref())
        .collect();
    known.sort_unstable();
    let known = match (known.as_slice(), nodes) {
        ([], []) => "it has none".to_owned(),
        ([], _) => "this account sees none of its servers, which are in the VIM's project; \
                    name the VNFC with --vnfc"
            .to_owned(),
        (names, _) => format!("it has: {}", names.join(", ")),
    };
    Error::NoSuchNode {
        vnf: vnf.to_owned(),
        name: name.to_owned(),
        known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vnf() -> VnfInstance {
        let server = "0b9fde4c-fe4b-4e13-ba42-2885eb300fce";
        let hidden = "68bfef3a-7525-4290-93bf-3a2dc8828313";
        let resource =
            |id: &str, of: &str| json!({"id": id, "computeResource": {"resourceId": of}});
        let vnfc = |id: &str, on: &str| json!({"id": id, "vduId": "v", "vnfcResourceInfoId": on});
        serde_json::from_value(json!({
            "id": "1", "vnfdId": "d", "instantiationState": "INSTANTIATED",
            "instantiatedVnfInfo": {
                "flavourId": "simple",
                "vnfcInfo": [vnfc("a", "r1"), vnfc("b", "r2"), vnfc("c", "r3")],
                "vnfcResourceInfo": [
                    resource("r1", server), resource("r2", hidden), resource("r3", "pod-x7z")],
            },
        }))
        .unwrap()
    }

    fn server(id: &str, name: &str) -> Named {
        Named {
            id: id.into(),
            name: name.into(),
        }
    }

    fn node(vnfc: &str, name: Option<&str>) -> Node {
        Node {
            vnfc: vnfc.into(),
            vdu: "v".into(),
            name: name.map(Into::into),
        }
    }

    #[test]
    fn servers_are_known_by_their_id_and_pods_by_their_name() {
        let servers = [
            server("11111111-fe4b-4e13-ba42-2885eb300fce", "other"),
            server("0b9fde4c-fe4b-4e13-ba42-2885eb300fce", "worker-1"),
        ];
        let expected = [
            node("a", Some("worker-1")),
            node("b", None),
            node("c", Some("pod-x7z")),
        ];
        assert_eq!(nodes(&vnf(), &servers), expected);
    }

    #[test]
    fn a_name_given_twice_means_its_node_once() {
        let all = [node("a", Some("w1")), node("b", Some("w2"))];
        let wanted = ["w2".to_owned(), "w1".to_owned(), "w2".to_owned()];
        assert_eq!(vnfcs_of("web", &all, &wanted).unwrap(), ["b", "a"]);
    }

    #[test]
    fn a_beginning_of_a_name_is_no_node_and_the_nodes_are_told() {
        let all = [node("b", Some("w-11")), node("a", Some("w-10"))];
        let error = vnfcs_of("web", &all, &["w-1".to_owned()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "VNF `web` has no node `w-1`; it has: w-10, w-11"
        );
    }

    #[test]
    fn a_name_of_two_servers_lists_their_vnfcs() {
        let all = [node("a", Some("w")), node("b", Some("w"))];
        let error = vnfcs_of("web", &all, &["w".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "`w` may mean several VNFCs: a, b");
    }

    #[test]
    fn servers_of_another_project_are_not_taken_for_none() {
        let error = vnfcs_of("web", &[node("a", None)], &["w".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("--vnfc"), "{error}");
    }
}
