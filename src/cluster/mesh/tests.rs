use super::check::obstacles;
use super::facts::Facts;
use super::*;
use rstest::rstest;
use serde_json::json;

/// A cluster with ranges of its own, whose number is `id`.
pub(super) fn facts(name: &str, id: u32) -> Facts {
    with(name, id, &json!({}))
}

/// The same with changes.
fn with(name: &str, id: u32, changes: &Value) -> Facts {
    let mut base = json!({
        "config": {"cluster-name": name, "cluster-id": id.to_string(), "routing-mode": "tunnel",
            "tunnel-protocol": "vxlan", "max-connected-clusters": "255",
            "cluster-pool-ipv4-cidr": format!("10.24{id}.0.0/16")},
        "kubeadm": "networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}",
        "nodes": [
            {"name": "c", "address": format!("10.0.{id}.5"), "controlPlane": true},
            {"name": "w", "address": format!("10.0.{id}.6"), "controlPlane": false}],
        "service": {"spec": {"type": "NodePort", "ports": [{"port": 2379, "nodePort": 32379}]}},
        "authority": authority(name),
        "chart": "1.20.3",
        "revision": 1,
        "values": {"cluster": {"name": name, "id": id}, "clustermesh": {"useAPIServer": true}},
    });
    for (pointer, value) in changes.as_object().unwrap() {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        base.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    serde_json::from_value(base).unwrap()
}

fn authority(name: &str) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n")
}

#[test]
fn clusters_that_fit_have_no_obstacles() {
    assert_eq!(obstacles(&facts("east", 1), &facts("west", 2)), []);
}

#[rstest]
#[case::no_identity(json!({"/config/cluster-name": "default", "/config/cluster-id": "0"}), "the name `default` and the number 0")]
#[case::same_name(json!({"/config/cluster-name": "east"}), "both clusters are called `east`")]
#[case::same_number(json!({"/config/cluster-id": "1"}), "both clusters have the number 1")]
#[case::number_too_high(json!({"/config/cluster-id": "300"}), "has the number 300, of at most 255")]
#[case::other_size(json!({"/config/max-connected-clusters": "511"}), "at most, `west` with 511")]
#[case::other_minor(json!({"/chart": "1.19.7"}), "`west` has 1.19.7")]
#[case::routed(json!({"/config/routing-mode": "native"}), "those of `west` by native")]
#[case::other_tunnel(json!({"/config/tunnel-protocol": "geneve"}), "those of `west` by tunnel geneve")]
#[case::encrypted(json!({"/config/enable-wireguard": "true"}), "`west` with wireguard")]
#[case::kvstore(json!({"/config/identity-allocation-mode": "kvstore"}), "a store of its own")]
#[case::pods_share(json!({"/config/cluster-pool-ipv4-cidr": "10.241.128.0/17"}), "share addresses")]
#[case::pods_are_services(json!({"/config/cluster-pool-ipv4-cidr": "10.100.0.0/16"}), "services of `east`")]
#[case::pods_are_nodes(json!({"/config/cluster-pool-ipv4-cidr": "10.0.0.0/16"}), "node 10.0.1.5 of `east`")]
#[case::same_node(json!({"/nodes": [{"name": "c", "address": "10.0.1.6", "controlPlane": true}]}), "the address 10.0.1.6")]
fn what_does_not_fit_is_said_with_a_cure(#[case] changes: Value, #[case] words: &str) {
    let found = obstacles(&facts("east", 1), &with("west", 2, &changes));
    let fitting = found
        .iter()
        .any(|one| one.what.contains(words) && !one.cure.is_empty());
    assert!(fitting, "{found:#?}");
}

#[test]
fn routes_must_reach_the_others_pods_and_ipsec_keys_differ() {
    let native = |name: &str, id: u32, range: &str| {
        with(
            name,
            id,
            &json!({"/config/routing-mode": "native", "/config/ipv4-native-routing-cidr": range,
            "/config/enable-ipsec": "true"}),
        )
    };
    let found = obstacles(
        &native("east", 1, "10.240.0.0/12"),
        &native("west", 2, "10.242.0.0/16"),
    );
    let words: Vec<_> = found.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(words.len(), 2, "{words:?}");
    assert!(words[0].contains("IPsec key of its own"), "{words:?}");
    assert!(
        words[1].contains("`west` routes to 10.242.0.0/16 alone"),
        "{words:?}"
    );
}

/// A side whose Helm values are these now.
fn after(facts: &Facts, values: Value) -> Facts {
    let mut facts = facts.clone();
    facts.values = values;
    facts
}

#[rstest]
#[case::by_name("1.20.3")]
#[case::in_a_list("1.19.7")]
fn connecting_twice_changes_nothing_and_disconnecting_leaves_nothing(#[case] chart: &str) {
    let version = json!({"/chart": chart});
    let (east, west) = (with("east", 1, &version), with("west", 2, &version));
    let north = with("north", 3, &version);
    let first = values::connected(&east, &west, &west.endpoint().unwrap());
    let clusters = &first["clustermesh"]["config"]["clusters"];
    let entry = if clusters.is_array() {
        &clusters[0]
    } else {
        &clusters["west"]
    };
    assert_eq!(clusters.is_array(), chart.starts_with("1.19"));
    assert_eq!(entry["ips"], json!(["10.0.2.5"]), "control planes only");
    assert_eq!(entry["port"], 32379);
    let bundle = first["tls"]["caBundle"]["content"].as_str().unwrap();
    assert_eq!(bundle.matches("BEGIN").count(), 2, "{bundle}");
    let connected = after(&east, first.clone());
    assert!(knows(&connected, "west"));
    assert_eq!(
        values::connected(&connected, &west, &west.endpoint().unwrap()),
        first
    );
    // A third cluster keeps its place when one of two leaves.
    let both = after(
        &east,
        values::connected(&connected, &north, &north.endpoint().unwrap()),
    );
    let left = after(&east, values::disconnected(&both, &west));
    assert!(knows(&left, "north") && !knows(&left, "west"));
    let bundle = left.values["tls"]["caBundle"]["content"].as_str().unwrap();
    assert!(
        bundle.contains("north") && !bundle.contains("west"),
        "{bundle}"
    );
    let alone = values::disconnected(&left, &north);
    assert_eq!(alone["tls"], json!({}));
    assert_eq!(
        values::disconnected(&after(&east, alone.clone()), &north),
        alone
    );
}

#[test]
fn a_shared_authority_needs_no_bundle() {
    let shared = json!({"/authority": authority("shared")});
    let (east, west) = (with("east", 1, &shared), with("west", 2, &shared));
    let made = values::connected(&east, &west, &west.endpoint().unwrap());
    assert_eq!(made.get("tls"), None);
}

#[test]
fn a_cluster_that_serves_no_mesh_is_made_to() {
    let silent = with(
        "east",
        1,
        &json!({"/service": null, "/values": {"cluster": {"name": "east"}}}),
    );
    assert!(silent.endpoint().is_err());
    let made = values::serving(&silent);
    assert_eq!(made["clustermesh"]["useAPIServer"], true);
    assert_eq!(
        made["clustermesh"]["apiserver"]["service"]["type"],
        "NodePort"
    );
    let inward = with("east", 1, &json!({"/service/spec/type": "ClusterIP"}));
    assert!(inward.endpoint().unwrap_err().contains("is a ClusterIP"));
}

#[test]
fn nothing_of_the_values_is_shown() {
    let shown = format!("{:?}", facts("east", 1));
    assert_eq!(shown, "Facts of east");
}

/// Tells whether the values have a connection to the cluster `peer`.
fn knows(facts: &Facts, peer: &str) -> bool {
    match &facts.values["clustermesh"]["config"]["clusters"] {
        Value::Array(list) => list.iter().any(|one| one["name"] == peer),
        map => map.get(peer).is_some(),
    }
}

#[test]
fn a_cluster_that_is_gone_is_forgotten_by_its_name() {
    let (east, west) = (facts("east", 1), facts("west", 2));
    let both = after(
        &east,
        values::connected(&east, &west, &west.endpoint().unwrap()),
    );
    assert!(knows(&both, "west"));
    assert!(!knows(
        &after(&east, values::without(&both, "west")),
        "west"
    ));
    assert_eq!(values::without(&both, "north"), both.values);
}
