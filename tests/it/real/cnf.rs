//! VNFs of containers on a real Tacker and a real Kubernetes API: what a package's manifests say
//! is what exists, through a whole life, and nothing of it is left.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::lab::lab;
use super::{Cleanup, Person, Stage};

/// The lab's Kubernetes, and a namespace in it that goes with the test.
pub(super) struct Cluster {
    kubeconfig: PathBuf,
    pub(super) namespace: String,
}

impl Cluster {
    fn new(namespace: &str) -> Self {
        let cluster = Self {
            kubeconfig: lab(&["kubernetes"]).into(),
            namespace: namespace.to_owned(),
        };
        cluster.kubectl(&["create", "namespace", namespace]);
        cluster
    }

    /// One with a namespace of its own, called by a word and what nobody else has, that is also the
    /// name of the VIM by which Tacker knows it.
    pub(super) fn registered<'a>(me: &'a Person<'a>, word: &str) -> (Self, Vim<'a>) {
        let own = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("{word}-{}", &own[..8]);
        let cluster = Self::new(&name);
        let kubeconfig = cluster.kubeconfig.to_str().unwrap();
        let add = ["vim", "add", &name, "--kubeconfig", kubeconfig];
        me.does(&[&add[..], &["--namespace", &name]].concat());
        (cluster, Vim(me, name))
    }

    fn kubectl(&self, args: &[&str]) -> String {
        let output = Command::new("kubectl")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["-n", &self.namespace])
            .args(args)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {args:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn get(&self, what: &[&str]) -> Value {
        let text = self.kubectl(&[&["get"], what, &["-o", "json"]].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// Names of the pods that are not about to go.
    pub(super) fn pods(&self) -> Vec<String> {
        let pods = self.get(&["pods"]);
        let mut names: Vec<_> = pods["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null())
            .map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let gone = Command::new("kubectl")
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["delete", "namespace", &self.namespace, "--wait=false"])
            .output();
        if !matches!(&gone, Ok(output) if output.status.success()) {
            eprintln!("cleaning up: {gone:?}");
        }
    }
}

/// A VIM's registration that goes with the test.
pub(super) struct Vim<'p>(&'p Person<'p>, String);

impl Drop for Vim<'_> {
    fn drop(&mut self) {
        let output = self.0.run(&["vim", "delete", &self.1]);
        if !output.status.success() {
            eprintln!("cleaning up: {output:?}");
        }
    }
}

/// Asserts that all that `wanted` says holds of `found`, which may say more.
fn holds(wanted: &Value, found: &Value, path: &str) {
    match wanted {
        Value::Object(map) => {
            for (key, value) in map {
                holds(value, &found[key], &format!("{path}.{key}"));
            }
        }
        Value::Array(items) => {
            let others = found
                .as_array()
                .unwrap_or_else(|| panic!("{path}: {found}"));
            assert_eq!(items.len(), others.len(), "{path}");
            for (number, (item, other)) in items.iter().zip(others).enumerate() {
                holds(item, other, &format!("{path}[{number}]"));
            }
        }
        _ => assert_eq!(wanted, found, "{path}"),
    }
}

/// The objects of the package's manifests.
fn manifests(package: &Path) -> Vec<Value> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(package).unwrap()).unwrap();
    ["10-network-policy", "20-service", "30-deployment"]
        .iter()
        .map(|name| {
            let file = zip
                .by_name(&format!("Files/kubernetes/{name}.yaml"))
                .unwrap();
            serde_yaml::from_reader(file).unwrap()
        })
        .collect()
}

/// Makes sure that a picture of the VNF asks the real cluster, and is refused nothing.
fn nodes_are_asked_for(me: &Person<'_>, cluster: &Cluster, vnf: &str) {
    let kubeconfig = cluster.kubeconfig.to_str().unwrap();
    let picture = me.json(&["show", vnf, "--tree", "--kubeconfig", kubeconfig]);
    let unseen = picture["unseen"].as_array().unwrap();
    let of_nodes = |one: &&Value| one.as_str().unwrap().starts_with("the nodes");
    assert_eq!(unseen.iter().find(of_nodes), None, "{picture}");
}

/// The VNF's pods as Tacker knows them.
fn known(me: &Person<'_>, vnf: &str) -> Vec<String> {
    let shown = me.json(&["show", vnf]);
    let resources = shown["instantiatedVnfInfo"]["vnfcResourceInfo"].clone();
    let mut names: Vec<_> = resources
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            one["computeResource"]["resourceId"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_cnf_lives_its_whole_life_on_a_real_tacker_and_a_real_kubernetes_api() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let (cluster, _vim) = Cluster::registered(&me, "cnf");
    let name = cluster.namespace.clone();

    me.does(&["package", "new", "cnf-sample", &name]);
    me.does(&["package", "build", &format!("{name}.yaml")]);
    let archive = format!("{name}.zip");
    me.does(&["package", "validate", &archive]);
    me.does(&["package", "push", &archive]);
    let _cleanup = Cleanup(&me, &name);

    // Where the default VIM is an OpenStack or none, nothing is begun.
    let astray = me.run(&["instantiate", &name, "--name", &name]);
    let words = String::from_utf8_lossy(&astray.stderr);
    assert_eq!(astray.status.code(), Some(2), "{words}");
    assert!(words.contains("is for Kubernetes"), "{words}");

    me.does(&["instantiate", &name, "--name", &name, "--vim", &name]);
    let instance = me.json(&["show", &name]);
    for wanted in manifests(&me.home.join(&archive)) {
        let kind = wanted["kind"].as_str().unwrap();
        let found = cluster.get(&[kind, wanted["metadata"]["name"].as_str().unwrap()]);
        holds(&wanted, &found, kind);
        let labels = &found["metadata"]["labels"];
        assert_eq!(labels["tacker_vnf_instance_id"], instance["id"], "{kind}");
    }
    nodes_are_asked_for(&me, &cluster, &name);
    let first = known(&me, &name);
    assert_eq!(first.len(), 2);
    assert_eq!(first, cluster.pods());

    me.does(&["scale", &name, "--out", "2"]);
    let scaled = known(&me, &name);
    assert_eq!(scaled.len(), 4);
    assert_eq!(scaled, cluster.pods());
    assert_eq!(cluster.get(&["deployment", &name])["spec"]["replicas"], 4);

    me.does(&["heal", &name, "--node", &scaled[0]]);
    let healed = known(&me, &name);
    assert_eq!(healed, cluster.pods());
    let kept = scaled.iter().filter(|pod| healed.contains(pod));
    assert_eq!(
        (healed.len(), kept.count()),
        (4, 3),
        "{scaled:?} {healed:?}"
    );
    assert!(!healed.contains(&scaled[0]), "{healed:?}");

    me.does(&["scale", &name, "--to", "1"]);
    assert_eq!(known(&me, &name).len(), 1);
    let last = known(&me, &name);
    assert_eq!(last, cluster.pods());
    me.does(&["heal", &name]);
    assert_ne!(known(&me, &name), last);
    assert_eq!(known(&me, &name), cluster.pods());

    me.does(&["terminate", &name, "--delete"]);
    let left = cluster.kubectl(&["get", "deployment,service,networkpolicy,pods", "-o", "name"]);
    assert_eq!(left, "");
    me.does(&["package", "delete", &name]);
}

#[test]
fn tacker_passes_over_a_kind_that_it_does_not_know_as_the_checks_say() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let (cluster, _vim) = Cluster::registered(&me, "odd");
    let name = cluster.namespace.clone();

    // A template of one's own is how a person would add objects; here, two that are at fault.
    me.does(&["package", "new", "cnf-sample", &name]);
    me.does(&["package", "build", &format!("{name}.yaml")]);
    let archive = me.home.join(format!("{name}.zip"));
    let extra = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: odd}\n\
                 spec: {endpointSelector: {}, ingress: [{}]}\n";
    append(
        &archive,
        "Files/kubernetes/20-service.yaml",
        &format!("---\n{extra}"),
    );

    let judged = me.run(&["package", "validate", archive.to_str().unwrap()]);
    let words = String::from_utf8_lossy(&judged.stderr);
    assert!(words.contains("error[kubernetes-kind-ignored]"), "{words}");

    me.does(&["package", "push", archive.to_str().unwrap()]);
    let _cleanup = Cleanup(&me, &name);
    me.does(&["instantiate", &name, "--name", &name, "--vim", &name]);
    assert_eq!(cluster.pods().len(), 2, "the others are there");
    me.does(&["terminate", &name, "--delete"]);
    me.does(&["package", "delete", &name]);
}

#[test]
fn the_example_of_a_cnf_leads_its_life_as_its_scenario_says() {
    let Some(stage) = Stage::with_nodes() else {
        return;
    };
    let me = stage.person();
    let (cluster, _vim) = Cluster::registered(&me, "example");
    let name = cluster.namespace.clone();

    let root = env!("CARGO_MANIFEST_DIR");
    let text = include_str!("../../../scenarios/first-cnf.yaml");
    let text = text.replace("vim: pods", &format!("vim: {name}"));
    let text = text.replace("spec: ..", &format!("spec: {root}"));
    std::fs::write(me.home.join("scenario.yaml"), text).unwrap();
    let table = me.does(&["test", "run", "scenario.yaml"]);
    assert!(table.contains("scale in by 3"), "{table}");
    assert_eq!(cluster.kubectl(&["get", "pods", "-o", "name"]), "");
}

/// Adds text to a file of a package, digests included.
fn append(archive: &Path, file: &str, more: &str) {
    use sha2::{Digest as _, Sha256};
    use std::io::{Read as _, Write as _};

    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut files = Vec::new();
    for number in 0..zip.len() {
        let mut member = zip.by_index(number).unwrap();
        let mut text = String::new();
        member.read_to_string(&mut text).unwrap();
        files.push((member.name().unwrap().into_owned(), text));
    }
    let digest = |text: &str| hex::encode(Sha256::digest(text));
    let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
    let before = digest(text);
    text.push_str(more);
    let after = digest(text);
    let mut writer = zip::ZipWriter::new(std::fs::File::create(archive).unwrap());
    for (name, text) in files {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer
            .write_all(text.replace(&before, &after).as_bytes())
            .unwrap();
    }
    writer.finish().unwrap();
}
