//! What templates come to need under which requests.

use super::*;
use crate::tosca::model::Vdu;
use camino::{Utf8Path, Utf8PathBuf};
use rstest::rstest;
use serde_json::json;
use std::io;

struct Files(Vec<(Utf8PathBuf, &'static str)>);

impl Tree for Files {
    fn paths(&self) -> Vec<Utf8PathBuf> {
        self.0.iter().map(|(path, _)| path.clone()).collect()
    }

    fn size(&self, path: &Utf8Path) -> Option<u64> {
        let (_, text) = self.0.iter().find(|(own, _)| own == path)?;
        Some(text.len() as u64)
    }

    fn mode(&self, _path: &Utf8Path) -> Option<u32> {
        None
    }

    fn open(&self, path: &Utf8Path) -> io::Result<Box<dyn io::Read + '_>> {
        let found = self.0.iter().find(|(own, _)| own == path);
        let (_, text) = found.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(text.as_bytes()))
    }
}

const TOP: &str = "
conditions:
  imageGiven: {not: {equals: [{get_param: [nfv, VDU, v, vcImageId]}, null]}}
  networkGiven: {not: {equals: [{get_param: [nfv, CP, vCp, network]}, null]}}
resources:
  vs:
    type: OS::Heat::AutoScalingGroup
    properties:
      resource:
        type: v.yaml
        properties:
          flavor: {get_param: [nfv, VDU, v, computeFlavourId]}
          image-v: {if: [imageGiven, {get_param: [nfv, VDU, v, vcImageId]}, own-image]}
          network: {if: [networkGiven, {get_param: [nfv, CP, vCp, network]}, own-net]}
  never:
    condition: {equals: [a, b]}
    type: OS::Neutron::Port
    properties: {network: not-made}
  made:
    type: OS::Neutron::Port
    properties: {network: {get_resource: inner}}
  inner: {type: OS::Neutron::Net}
  outside:
    type: OS::Neutron::FloatingIP
    properties: {floating_network: public}
";

const NESTED: &str = "
parameters:
  flavor: {type: string}
  image-v: {type: string}
  network: {type: string}
  extra: {type: string, default: extra-net}
resources:
  v:
    type: OS::Nova::Server
    properties:
      flavor: {get_param: flavor}
      image: {get_param: image-v}
      networks: [{port: {get_resource: vCp}}, {network: {get_param: extra}}]
  vCp:
    type: OS::Neutron::Port
    properties: {network: {get_param: network}}
";

fn tree() -> Files {
    Files(vec![
        ("BaseHOT/simple/top.yaml".into(), TOP),
        ("BaseHOT/simple/nested/v.yaml".into(), NESTED),
    ])
}

fn flavour(image: Option<&str>, file: Option<&str>) -> Flavour {
    Flavour {
        id: "simple".into(),
        vdus: vec![Vdu {
            id: "v".into(),
            compute_flavour: Some("m1.small".into()),
            image: image.map(Into::into),
            image_file: file.map(Into::into),
            ..Vdu::default()
        }],
        ..Flavour::default()
    }
}

fn names(tree: &Files, flavour: &Flavour, request: &Value) -> Vec<String> {
    let needs = needs(tree, flavour, request);
    let mut names: Vec<_> = needs.into_iter().map(|need| need.name).collect();
    names.sort();
    names
}

#[rstest]
#[case::nothing_given(json!({}), &["extra-net", "m1.small", "own-image", "own-net", "public"])]
#[case::linked(
    json!({"extVirtualLinks": [{"resourceId": "net-7", "extCps": [{"cpdId": "vCp"}]}]}),
    &["extra-net", "m1.small", "net-7", "own-image", "public"]
)]
#[case::overridden(
    json!({"additionalParams": {"nfv": {"VDU": {"v": {"computeFlavourId": "m1.big"}}}}}),
    &["extra-net", "m1.big", "own-image", "own-net", "public"]
)]
#[case::own_user_data(
    json!({"additionalParams": {"lcm-operation-user-data-class": "Mine"}}),
    &["extra-net", "public"]
)]
#[case::standard_user_data(
    json!({"additionalParams": {"lcm-operation-user-data-class": "StandardUserData"}}),
    &["extra-net", "m1.small", "own-image", "own-net", "public"]
)]
#[case::managed(
    json!({"extManagedVirtualLinks": [{"resourceId": "net-8"}]}),
    &["extra-net", "m1.small", "net-8", "own-image", "own-net", "public"]
)]
fn a_request_decides_what_is_needed(#[case] request: Value, #[case] expected: &[&str]) {
    assert_eq!(names(&tree(), &flavour(None, None), &request), expected);
}

#[test]
fn the_image_is_the_vnfds_unless_it_lies_in_the_package() {
    let described = flavour(Some("glance-image"), None);
    assert!(names(&tree(), &described, &json!({})).contains(&"glance-image".to_owned()));
    let embedded = flavour(Some("glance-image"), Some("../Files/images/x.qcow2"));
    let found = names(&tree(), &embedded, &json!({}));
    assert!(
        !found.iter().any(|name| name.contains("image")),
        "{found:?}"
    );
}

#[test]
fn without_templates_the_vnfd_is_all_that_is_known() {
    let found = names(&Files(Vec::new()), &flavour(Some("i"), None), &json!({}));
    assert_eq!(found, ["i", "m1.small"]);
}

#[test]
fn who_asks_is_named() {
    let needs = needs(&tree(), &flavour(None, None), &json!({}));
    let network = needs.iter().find(|need| need.name == "own-net").unwrap();
    assert_eq!(network.by, "resource `vCp` of BaseHOT/simple/nested/v.yaml");
}

#[test]
fn templates_nested_in_themselves_come_to_an_end() {
    let text = "resources: {r: {type: r.yaml}}";
    let files = Files(vec![
        ("BaseHOT/simple/top.yaml".into(), text),
        ("BaseHOT/simple/nested/r.yaml".into(), text),
    ]);
    assert_eq!(names(&files, &flavour(None, None), &json!({})), [""; 0]);
}
