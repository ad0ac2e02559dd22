//! `package types`: what a descriptor can be written with.

use serde_json::Value;

use super::super::person::Person;

fn data(arguments: &[&str]) -> Value {
    Person::with(Vec::new()).json(&[&["package", "types"], arguments].concat())
}

#[test]
fn a_type_has_what_it_inherits() {
    let vdu = data(&["tosca.nodes.nfv.Vdu.Compute"]);
    assert_eq!(vdu["kind"], "node");
    assert_eq!(vdu["derivedFrom"][0], "tosca.nodes.Root");
    let properties = vdu["properties"].as_array().unwrap();
    let of = |name: &str| properties.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(of("name")["required"], true);
    assert_eq!(of("sw_image_data")["required"], false);
    assert_eq!(of("vdu_profile")["type"], "tosca.datatypes.nfv.VduProfile");
    let requirements = vdu["requirements"].as_array().unwrap();
    assert!(
        requirements
            .iter()
            .any(|one| one["name"] == "virtual_storage")
    );
    let cp = data(&["tosca.nodes.nfv.VduCp"]);
    let properties = cp["properties"].as_array().unwrap();
    let inherited = properties
        .iter()
        .find(|one| one["name"] == "layer_protocols");
    assert_eq!(inherited.unwrap()["from"], "tosca.nodes.nfv.Cp");
}

#[test]
fn types_are_listed_by_what_they_derive_from() {
    let policies = data(&["--derived-from", "tosca.policies.Root"]);
    let policies = policies.as_array().unwrap();
    let names: Vec<_> = policies
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"tosca.policies.nfv.ScalingAspects"),
        "{names:?}"
    );
    assert!(policies.iter().all(|one| one["kind"] == "policy"));
    let place = policies[policies.len() - 1]["place"].as_str().unwrap();
    assert!(
        place.starts_with("Definitions/etsi_nfv_sol001_vnfd_types.yaml:"),
        "{place}"
    );
    assert!(data(&[]).as_array().unwrap().len() > 100);
}

#[test]
fn a_person_reads_tables() {
    let me = Person::with(Vec::new());
    let said = me.does(&["package", "types", "tosca.datatypes.nfv.VduProfile"]);
    assert!(
        said.contains("min_number_of_instances  integer  yes"),
        "{said}"
    );
    assert!(said.contains("greater_or_equal: 0"), "{said}");
}

#[test]
fn an_unknown_type_is_told_with_the_nearest() {
    for arguments in [
        &["tosca.nodes.nfv.Vdu.Computer"][..],
        &["--derived-from", "tosca.nodes.nfv.Vdu.Computer"],
    ] {
        let me = Person::with(Vec::new());
        let said = me.fails(3, &[&["package", "types"], arguments].concat());
        assert!(said.contains("tosca.nodes.nfv.Vdu.Compute"), "{said}");
    }
}
