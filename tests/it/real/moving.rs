//! `package diff` held to a real Tacker: what it says of a VNF that is moved to another package, and
//! what becomes of that VNF; and a cluster whose workers grow.

use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use walkdir::WalkDir;

use super::lab::{CLUSTER, Sweep, agrees, onboard, servers};
use super::{Person, Stage};
use crate::contract::fixture::archive;
use crate::contract::target::{Target, real};

/// User data that hands Heat the new package's templates.
const STANDARD: &str = "from tacker.sol_refactored.infra_drivers.openstack import userdata_standard\n\n\n\
    class UserData(userdata_standard.StandardUserData):\n    pass\n";

/// A stack as that user data wants it: each VDU is a resource of the top template.
const TOP: &str = "heat_template_version: 2021-04-16
parameters:
  nfv: {type: json}
  network: {type: string, default: net0}
resources:
  machine:
    type: machine.yaml
    properties:
      flavor: {get_param: [nfv, VDU, machine, computeFlavourId]}
      network: {get_param: network}
";
const NESTED: &str = "heat_template_version: 2021-04-16
parameters:
  flavor: {type: string}
  network: {type: string}
resources:
  machine:
    type: OS::Nova::Server
    properties:
      flavor: {get_param: flavor}
      image: cirros-0.5.2-x86_64-disk
      networks: [{port: {get_resource: machineCp}}]
  machineCp:
    type: OS::Neutron::Port
    properties:
      network: {get_param: network}
";

/// A VNF's name, and its two packages in the person's home.
struct Vnf {
    name: String,
    /// Their VNFDs' ids.
    vnfds: [String; 2],
}

impl Vnf {
    /// Builds both; the second has another flavor and another limit.
    fn new(me: &Person<'_>) -> Self {
        let unique = uuid::Uuid::new_v4().to_string();
        let name = format!("moved-{}", &unique[..8]);
        me.does(&["package", "new", "plain-vm", &name]);
        for (default, of_the_lab) in [
            ("name: debian-12", "name: cirros-0.5.2-x86_64-disk"),
            ("network: private", "network: net0"),
            ("flavor: m1.small", "flavor: m1.tiny"),
            ("initial: 2", "initial: 1"),
        ] {
            me.edits(&format!("{name}.yaml"), default, of_the_lab);
        }
        let text = std::fs::read_to_string(me.home.join(format!("{name}.yaml"))).unwrap();
        let id = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("vnfdId: "));
        let id = id.unwrap().to_owned();
        let new = text
            .replace(&id, &unique)
            .replace("m1.tiny", "m1.small")
            .replace("max: 10", "max: 12");
        for (version, text) in [("old", &text), ("new", &new)] {
            std::fs::write(me.home.join(format!("{version}.yaml")), text).unwrap();
            me.does(&[
                "package",
                "build",
                &format!("{version}.yaml"),
                "--out",
                &format!("{version}.zip"),
            ]);
            me.does(&["package", "extract", &format!("{version}.zip")]);
        }
        Self {
            name,
            vnfds: [id, unique],
        }
    }

    /// Onboards what lies in the folders now, and makes a VNF of the old one.
    fn begin(&self, me: &Person<'_>, more: &[&str]) {
        for version in ["old", "new"] {
            me.does(&["package", "validate", version, "--fix"]);
            pack(&me.home.join(version));
            me.does(&["package", "push", &format!("{version}.zip")]);
        }
        me.does(&[&["instantiate", &self.vnfds[0], "--name", &self.name], more].concat());
    }

    /// What `package diff` says of its parts: what becomes of each.
    fn said(me: &Person<'_>) -> Vec<(String, String)> {
        let diff = me.json(&["package", "diff", "old.zip", "new.zip"]);
        assert_eq!(diff["move"]["isPossible"], true);
        let fates = diff["move"]["fates"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        fates
            .map(|fate| (text(&fate["outcome"]), text(&fate["part"])))
            .collect()
    }

    /// Its stack's top template, as Heat has it.
    async fn template(&self, me: &Person<'_>, target: &Target) -> Value {
        let id = me.json(&["show", &self.name])["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/stacks/vnf-{id}");
        let stack = asked(target, Method::GET, "orchestration", &path).await;
        let id = stack["stack"]["id"].as_str().unwrap();
        asked(
            target,
            Method::GET,
            "orchestration",
            &format!("{path}/{id}/template"),
        )
        .await
    }
}

/// Takes away what was made, however the test ends.
struct Cleanup<'a>(&'a Person<'a>, &'a Vnf);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let Self(me, vnf) = self;
        let [old, new] = &vnf.vnfds;
        for args in [
            &["terminate", &vnf.name, "--delete"][..],
            &["package", "delete", old],
            &["package", "delete", new],
        ] {
            let output = me.run(args);
            if !output.status.success() {
                eprintln!("cleaning up, vnfctl {args:?}: {output:?}");
            }
        }
    }
}

/// Makes an archive of a folder, beside it.
pub(super) fn pack(folder: &Path) {
    let files = WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let files: Vec<_> = files
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap();
            let content = std::fs::read(entry.path()).unwrap();
            (path.to_str().unwrap().to_owned(), content)
        })
        .collect();
    std::fs::write(folder.with_extension("zip"), archive(&files)).unwrap();
}

/// What a service of the cloud answers.
pub(super) async fn asked(target: &Target, method: Method, service: &str, path: &str) -> Value {
    let url = format!("{}{path}", target.service(service));
    let request = reqwest::Client::new().request(method, url);
    let request = request
        .header("X-Auth-Token", &target.token)
        .header("X-OpenStack-Nova-API-Version", "2.47");
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.json().await.unwrap()
}

/// The id of the VNF's one server, and the name of its flavor.
async fn server(me: &Person<'_>, vnf: &Vnf, target: &Target) -> (String, String) {
    let servers = servers(me, &vnf.name);
    let [(_, id)] = &servers[..] else {
        panic!("{servers:?}")
    };
    let shown = asked(target, Method::GET, "compute", &format!("/servers/{id}")).await;
    let flavor = &shown["server"]["flavor"]["original_name"];
    (id.clone(), flavor.as_str().unwrap().to_owned())
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(outcome, part): &(&str, &str)| ((*outcome).to_owned(), (*part).to_owned());
    all.iter().map(own).collect()
}

#[tokio::test]
async fn default_user_data_rolls_flavors_and_keeps_templates() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let target = real(me.cloud).await;
    let vnf = Vnf::new(&me);
    me.edits(
        "new/BaseHOT/simple/simple.yaml",
        "port_range_max: 22",
        "port_range_max: 23",
    );
    let _cleanup = Cleanup(&me, &vnf);
    vnf.begin(&me, &[]);
    assert_eq!(
        Vnf::said(&me),
        pairs(&[
            ("rolled", "VDU machine of simple"),
            ("kept", "BaseHOT/simple/simple.yaml"),
            ("kept", "aspect machines of simple"),
        ])
    );

    let before = server(&me, &vnf, &target).await;
    assert_eq!(before.1, "m1.tiny");
    let template = vnf.template(&me, &target).await;
    let limits =
        |vnf: &Vnf| me.json(&["show", &vnf.name])["instantiatedVnfInfo"]["maxScaleLevels"].clone();
    let limit = limits(&vnf);
    me.does(&["change-vnfpkg", &vnf.name, &vnf.vnfds[1]]);
    assert_eq!(me.json(&["show", &vnf.name])["vnfdId"], *vnf.vnfds[1]);
    let rolled = (before.0.clone(), "m1.small".to_owned());
    assert_eq!(server(&me, &vnf, &target).await, rolled, "rolled");
    assert_eq!(vnf.template(&me, &target).await, template, "kept");
    assert_eq!(limits(&vnf), limit, "kept");

    // Its connections are another matter: of them the stack's own template has Heat decide.
    me.does(&["change-ext-conn", &vnf.name, "--cp", "machineCp=net1"]);
    let shown = asked(
        &target,
        Method::GET,
        "compute",
        &format!("/servers/{}", before.0),
    )
    .await;
    let networks = shown["server"]["addresses"].as_object().unwrap();
    assert_eq!(networks.keys().collect::<Vec<_>>(), ["net1"]);
    // It can be scaled as before.
    me.does(&["scale", &vnf.name, "--out"]);
}

#[tokio::test]
async fn user_data_of_the_standard_class_puts_new_templates_in_place() {
    let Some(stage) = Stage::new() else { return };
    let me = stage.person();
    let target = real(me.cloud).await;
    let vnf = Vnf::new(&me);
    let group = "  group:\n    type: OS::Neutron::SecurityGroup\n";
    let replaced = NESTED.replace("      image:", "      user_data: moved\n      image:");
    for (version, top, nested) in [
        ("old", TOP.to_owned(), NESTED),
        ("new", format!("{TOP}{group}"), &replaced),
    ] {
        let folder = me.home.join(version);
        std::fs::create_dir(folder.join("UserData")).unwrap();
        for (path, text) in [
            ("UserData/user_data.py", STANDARD),
            ("BaseHOT/simple/simple.yaml", &top),
            ("BaseHOT/simple/nested/machine.yaml", nested),
        ] {
            std::fs::write(folder.join(path), text).unwrap();
        }
    }
    let _cleanup = Cleanup(&me, &vnf);
    let by = [
        "--set",
        "lcm-operation-user-data=./UserData/user_data.py",
        "--set",
        "lcm-operation-user-data-class=UserData",
    ];
    vnf.begin(&me, &by);
    assert_eq!(
        Vnf::said(&me),
        pairs(&[
            ("replaced", "machine of BaseHOT/simple/nested/machine.yaml"),
            ("rolled", "VDU machine of simple"),
            ("added", "group of BaseHOT/simple/simple.yaml"),
            ("kept", "aspect machines of simple"),
        ])
    );

    let before = server(&me, &vnf, &target).await;
    assert!(vnf.template(&me, &target).await["resources"]["group"].is_null());
    me.does(&[&["change-vnfpkg", &vnf.name, &vnf.vnfds[1]], &by[..]].concat());
    let after = server(&me, &vnf, &target).await;
    assert_ne!(after.0, before.0, "replaced");
    assert_eq!(after.1, "m1.small", "rolled");
    assert!(
        vnf.template(&me, &target).await["resources"]["group"].is_object(),
        "added"
    );
}

#[test]
fn a_cluster_gets_larger_workers_and_stays_one() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let _sweep = Sweep(&me);
    let old = "0b9f8e9c-5a3d-4c55-9b0e-6f1d2a7c4e10";
    let new = uuid::Uuid::new_v4().to_string();
    onboard(&me, &[]);
    me.does(&["instantiate", old, "--name", CLUSTER, "--flavour", "simple"]);
    let before = agrees(&me, 1, 1);
    onboard(
        &me,
        &[
            (old, &new),
            (
                "workers: {flavor: lab.node,",
                "workers: {flavor: lab.node2,",
            ),
        ],
    );
    me.does(&["change-vnfpkg", CLUSTER, &new, "--vdu", "worker"]);
    let after = agrees(&me, 1, 1);
    assert_eq!(after.servers, before.servers, "the servers are kept");
    assert_eq!(after.names, before.names, "and so are the nodes");
    // Those that come are of the new package as well.
    me.does(&["scale", CLUSTER, "--out"]);
    agrees(&me, 1, 2);
    let shown = me.json(&["show", CLUSTER]);
    let resources = shown["instantiatedVnfInfo"]["vnfcResourceInfo"].as_array();
    let workers = resources.into_iter().flatten();
    let workers = workers.filter(|one| one["vduId"] == "worker");
    let flavors: Vec<_> = workers.map(|one| &one["metadata"]["flavor"]).collect();
    assert_eq!(flavors, ["lab.node2"; 2]);
    me.does(&["terminate", CLUSTER, "--delete"]);
    me.does(&["package", "delete", old]);
    me.does(&["package", "delete", &new]);
}
