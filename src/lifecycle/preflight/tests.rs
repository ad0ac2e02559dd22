//! What is compared with what, without a server.

use super::*;
use crate::tacker::cloud::{Credentials, Interface};
use rstest::rstest;

fn cloud(project: Option<&str>) -> Cloud {
    Cloud {
        name: "c".into(),
        auth_url: "http://keystone:5000/v3".parse().unwrap(),
        credentials: Credentials::Token("t".to_owned().into()),
        project: project.map(Into::into),
        project_domain: "Default".into(),
        project_id: Some("7f".into()),
        interface: Interface::Public,
        region: None,
        cacert: None,
        insecure: false,
    }
}

#[rstest]
#[case::with_version("http://keystone:5000/v3", "mine", true)]
#[case::without_version("http://Keystone:5000/", "mine", true)]
#[case::other_project("http://keystone:5000/v3", "theirs", false)]
#[case::other_keystone("http://elsewhere:5000/v3", "mine", false)]
fn only_the_own_project_can_be_looked_at(
    #[case] url: &str,
    #[case] project: &str,
    #[case] own: bool,
) {
    let vim: VimSummary = serde_json::from_value(json!({
        "id": "1", "name": "v", "type": "openstack", "auth_url": url,
        "vim_project": {"name": project},
    }))
    .unwrap();
    assert_eq!(is_own(&vim, &cloud(Some("mine"))), own);
    let connection = json!({"vimType": "ETSINFV.OPENSTACK_KEYSTONE.V_3",
        "interfaceInfo": {"endpoint": url}, "accessInfo": {"project": project}});
    assert_eq!(is_own_connection(&connection, &cloud(Some("mine"))), own);
    assert!(
        !is_own(&vim, &cloud(None)),
        "a project without a name is no other's"
    );
}

#[test]
fn a_kubernetes_vim_has_no_flavors() {
    let connection = json!({"vimType": "ETSINFV.KUBERNETES.V_1",
        "interfaceInfo": {"endpoint": "http://keystone:5000/v3"}, "accessInfo": {"project": "mine"}});
    assert!(!is_own_connection(&connection, &cloud(Some("mine"))));
}

fn need(name: &str) -> Need {
    Need {
        asset: Asset::Image,
        name: name.into(),
        by: "VDU `v`".into(),
    }
}

#[test]
fn names_and_ids_are_found_and_a_name_of_two_is_told() {
    let image = |id: &str, name: &str| Named {
        id: id.into(),
        name: name.into(),
    };
    let there = [
        image("1", "debian-12"),
        image("2", "twin"),
        image("3", "twin"),
    ];
    assert_eq!(fault(&need("debian-12"), &there), None);
    assert_eq!(fault(&need("2"), &there), None);
    let twin = fault(&need("twin"), &there).unwrap();
    assert!(twin.starts_with("there are 2 images `twin`"), "{twin}");
    assert_eq!(
        fault(&need("debian12"), &there).unwrap(),
        "there is no image `debian12`, which VDU `v` asks for; did you mean `debian-12`?"
    );
}

fn vnfd(flavours: &[&str]) -> Vnfd {
    let flavour = |id: &&str| Flavour {
        id: (*id).to_owned(),
        ..Flavour::default()
    };
    Vnfd {
        id: "d".into(),
        provider: "p".into(),
        product_name: "web".into(),
        software_version: "1".into(),
        version: "1".into(),
        flavours: flavours.iter().map(flavour).collect(),
    }
}

#[rstest]
#[case::only_one(&["ha"], json!({}), Ok("ha"))]
#[case::usual(&["ha", "simple"], json!({}), Ok("simple"))]
#[case::given(&["ha", "simple"], json!({"flavourId": "ha"}), Ok("ha"))]
#[case::open(&["ha", "single"], json!({}), Err("name one with --flavour: ha, single"))]
#[case::slip(&["ha", "single"], json!({"flavourId": "singel"}), Err("did you mean `single`?"))]
fn the_flavour_is_the_only_or_the_usual_one(
    #[case] known: &[&str],
    #[case] request: Value,
    #[case] expected: Result<&str, &str>,
) {
    let vnfd = vnfd(known);
    match (choose(&vnfd, request), expected) {
        (Ok((flavour, request)), Ok(id)) => {
            assert_eq!(flavour.id, id);
            assert_eq!(request["flavourId"], id);
        }
        (Err(error), Err(words)) => assert!(error.to_string().ends_with(words), "{error}"),
        (chosen, _) => panic!("{chosen:?}"),
    }
}
