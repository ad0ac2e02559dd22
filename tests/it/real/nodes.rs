//! Node by node on the real Tacker: what was installed of which pin, and with which configuration.
//!
//! What a node should be is told by the spec, by Nova and by Neutron; what it is, by itself.

mod known;
mod look;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use camino::Utf8Path;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vnfctl::diagnose::{Sink, Sources};
use vnfctl::spec::{self, Arch, ClusterPackage, Package, RuntimeName};

use super::Person;
use super::access::wait;
use super::lab::{CLUSTER, folder_of_spec};
use crate::contract::target::real;
use known::{Server, known_servers, shared_address};
use look::{
    CHART, CLUSTER_CONFIG, CONTAINERD_CONF, CRIO_CONF, KEEPALIVED, KUBELET_CONF, KUBELET_CONFIG,
    KUBELET_FLAGS, Look, MODULES, NODES, OF_ALL, OF_CONTAINERD, OF_CONTROL_PLANES, OF_CRIO,
    RUNNING, SYSCTLS, VALUES, look,
};

/// Asserts of every node that it is what the spec asks for; `values` are some of Cilium's Helm
/// values by their pointers, as a person who wrote this spec would expect them.
pub(super) fn are_as_specified(me: &Person<'_>, values: &[(&str, Value)]) {
    let spec = spec_of_cluster();
    let target = wait(real(me.cloud));
    let servers = known_servers(me, &target);
    let vnf = me.json(&["show", CLUSTER]);
    let vnf = vnf["id"].as_str().unwrap();
    let shared = wait(shared_address(&target, vnf));
    let control: Vec<_> = servers.iter().filter(|s| s.control_plane).collect();
    assert_eq!(shared.is_some(), control.len() > 1);
    let host = shared.unwrap_or_else(|| control[0].address.clone());
    let looks: Vec<_> = std::thread::scope(|scope| {
        let all = servers
            .iter()
            .map(|server| scope.spawn(|| look(&server.name)));
        let all: Vec<_> = all.collect();
        all.into_iter().map(|look| look.join().unwrap()).collect()
    });
    let mut installed = 0;
    for (server, look) in servers.iter().zip(&looks) {
        let check = Check {
            spec: &spec,
            vnf,
            servers: &servers,
            server,
            look,
        };
        check.programs();
        check.kernel();
        check.runtime();
        check.kubelet(&host);
        check.announcer();
        if server.control_plane {
            check.registered();
            check.cluster_configuration(&host);
            installed += usize::from(check.cilium(&host, values));
        } else {
            assert_eq!(
                look.file(VALUES),
                None,
                "{}: Cilium on a worker",
                server.name
            );
        }
    }
    assert_ne!(installed, 0, "no control plane has installed Cilium");
}

/// The spec that the cluster's package was built of, with its lock file.
fn spec_of_cluster() -> ClusterPackage {
    let file = folder_of_spec().join("cluster.yaml");
    let file = Utf8Path::from_path(&file).unwrap();
    let mut sink = Sink::default();
    match spec::load(file, &mut Sources::default(), &mut sink).unwrap() {
        Some(Package::Cluster(spec)) => *spec,
        other => panic!("{other:?} {:?}", sink.diagnostics()),
    }
}

struct Check<'c> {
    spec: &'c ClusterPackage,
    /// The VNF's id.
    vnf: &'c str,
    servers: &'c [Server],
    /// The server under test.
    server: &'c Server,
    look: &'c Look,
}

impl Check<'_> {
    /// Every program has the bytes that the lock pins, and nothing is there that was not asked for.
    fn programs(&self) {
        let at = &self.server.name;
        let (own, other): (&[_], &[_]) = match self.spec.runtime.name {
            RuntimeName::Crio => (&OF_CRIO, &OF_CONTAINERD),
            RuntimeName::Containerd => (&OF_CONTAINERD, &OF_CRIO),
        };
        let mut wanted: Vec<_> = own.iter().chain(&OF_ALL).collect();
        if self.server.control_plane {
            wanted.extend(&OF_CONTROL_PLANES);
        } else {
            assert!(!self.look.is_there("/usr/local/bin/cilium"), "{at}");
        }
        for (artifact, inside, path) in wanted {
            let pinned = self.pinned(artifact, inside);
            assert_eq!(self.look.0["programs"][path], pinned, "{at}: {path}");
        }
        for (.., path) in other {
            assert!(
                !self.look.is_there(path),
                "{at}: {path} of the other runtime"
            );
        }
        let version = &self.spec.kubernetes.version;
        let kubelet = format!("Kubernetes v{version}");
        assert_eq!(
            self.look.said("kubelet --version"),
            Some(kubelet.as_str()),
            "{at}"
        );
        let kubeadm = format!("v{version}");
        let said = self.look.said("kubeadm version -o short");
        assert_eq!(said, Some(kubeadm.as_str()), "{at}");
    }

    /// SHA-256 of a program as the artifact that the lock pins has it; `inside` is its place there.
    fn pinned(&self, artifact: &str, inside: &str) -> String {
        let pins = &self.spec.artifacts.lock.artifacts[artifact];
        let arch = if cfg!(target_arch = "aarch64") {
            Arch::Arm64
        } else {
            Arch::Amd64
        };
        let pin = &pins[&arch];
        if inside.is_empty() {
            return pin.sha256.clone();
        }
        let archive = folder_of_spec().join("mirror").join(&pin.path);
        let bytes = std::fs::read(&archive).unwrap();
        assert_eq!(
            hex::encode(Sha256::digest(&bytes)),
            pin.sha256,
            "{artifact}"
        );
        hex::encode(Sha256::digest(unpacked(&archive, inside)))
    }

    fn kernel(&self) {
        let (at, look) = (&self.server.name, self.look);
        let modules = look.file(MODULES).unwrap();
        assert_eq!(
            modules.lines().collect::<Vec<_>>(),
            ["overlay", "br_netfilter"],
            "{at}"
        );
        let overlay = look.file("/proc/filesystems").unwrap();
        assert!(overlay.contains("\toverlay\n"), "{at}: {overlay}");
        let sysctls = look.file(SYSCTLS).unwrap();
        for line in [
            "net.ipv4.ip_forward = 1",
            "net.ipv6.conf.all.forwarding = 1",
        ] {
            assert!(sysctls.contains(line), "{at}: {sysctls}");
            let (name, value) = line.split_once(" = ").unwrap();
            let path = format!("/proc/sys/{}", name.replace('.', "/"));
            assert_eq!(look.file(&path).map(str::trim), Some(value), "{at}: {name}");
        }
        assert_eq!(
            look.file("/proc/swaps").unwrap().lines().count(),
            1,
            "{at} swaps"
        );
    }

    fn socket(&self) -> &'static str {
        match self.spec.runtime.name {
            RuntimeName::Crio => "unix:///var/run/crio/crio.sock",
            RuntimeName::Containerd => "unix:///run/containerd/containerd.sock",
        }
    }

    fn runtime(&self) {
        let (at, look) = (&self.server.name, self.look);
        let (crio, containerd) = (&look.0["toml"][CRIO_CONF], &look.0["toml"][CONTAINERD_CONF]);
        let units = (look.unit("crio"), look.unit("containerd"));
        match self.spec.runtime.name {
            RuntimeName::Crio => {
                let own = &crio["crio"]["runtime"];
                assert_eq!(own["cgroup_manager"], "systemd", "{at}: {crio}");
                assert_eq!(own["conmon_cgroup"], "pod", "{at}: {crio}");
                assert_eq!(own["default_runtime"], "crun", "{at}: {crio}");
                assert_eq!(
                    own["runtimes"]["crun"]["runtime_path"], OF_CRIO[3].2,
                    "{at}"
                );
                let network = &crio["crio"]["network"];
                assert_eq!(network["network_dir"], "/etc/cni/net.d/", "{at}: {crio}");
                assert!(containerd.is_null(), "{at}: {containerd}");
                assert_eq!((units.0, units.1), (RUNNING, Some("inactive")), "{at}");
            }
            RuntimeName::Containerd => {
                assert_eq!(containerd["version"], 3, "{at}: {containerd}");
                let runtime = &containerd["plugins"]["io.containerd.cri.v1.runtime"]["containerd"];
                let runc = &runtime["runtimes"]["runc"];
                assert_eq!(runc["runtime_type"], "io.containerd.runc.v2", "{at}");
                assert_eq!(runc["options"]["SystemdCgroup"], true, "{at}: {containerd}");
                assert_eq!(runc["options"]["BinaryName"], OF_CONTAINERD[1].2, "{at}");
                assert!(crio.is_null(), "{at}: {crio}");
                assert_eq!((units.0, units.1), (Some("inactive"), RUNNING), "{at}");
            }
        }
        let crictl = look.file("/etc/crictl.yaml").unwrap();
        let endpoint = format!("runtime-endpoint: {}", self.socket());
        assert_eq!(crictl.lines().next(), Some(endpoint.as_str()), "{at}");
    }

    /// The node was registered by kubeadm under its server's name, address and id.
    fn kubelet(&self, host: &str) {
        let (at, look) = (&self.server.name, self.look);
        assert_eq!(look.unit("kubelet"), RUNNING, "{at}");
        let flags = look.file(KUBELET_FLAGS).unwrap();
        let flags = flags
            .split_once('"')
            .unwrap()
            .1
            .trim_end()
            .trim_end_matches('"');
        let flags: BTreeMap<_, _> = flags
            .split(' ')
            .map(|flag| flag.split_once('=').unwrap())
            .collect();
        let label = format!(
            "vnfctl.dev/server={},vnfctl.dev/vnf={}",
            self.server.id, self.vnf
        );
        let mut wanted = BTreeMap::from([
            ("--container-runtime-endpoint", self.socket()),
            ("--hostname-override", at.as_str()),
            ("--node-ip", self.server.address.as_str()),
            ("--node-labels", label.as_str()),
        ]);
        let workers = self.servers.iter().any(|server| !server.control_plane);
        if self.server.control_plane && workers {
            let taint = "node-role.kubernetes.io/control-plane:NoSchedule";
            wanted.insert("--register-with-taints", taint);
        }
        assert_eq!(flags, wanted, "{at}");
        let config: Value = serde_yaml::from_str(look.file(KUBELET_CONFIG).unwrap()).unwrap();
        assert_eq!(config["cgroupDriver"], "systemd", "{at}");
        let login: Value = serde_yaml::from_str(look.file(KUBELET_CONF).unwrap()).unwrap();
        let endpoint = format!("https://{host}:6443");
        assert_eq!(login["clusters"][0]["cluster"]["server"], endpoint, "{at}");

        let steps: BTreeSet<_> = look
            .said("ls /var/lib/vnfctl/steps")
            .unwrap()
            .lines()
            .collect();
        let became = (steps.contains("init"), steps.contains("join"));
        assert!(
            became.0 != became.1,
            "{at} has either begun the cluster or joined it: {steps:?}"
        );
        if !self.server.control_plane {
            assert!(became.1, "{at}: {steps:?}");
            assert_eq!(
                look.file("/etc/kubernetes/admin.conf"),
                None,
                "{at} has the keys"
            );
        }
    }

    /// keepalived runs on several control planes, with all others as peers, and nowhere else.
    fn announcer(&self) {
        let (at, look) = (&self.server.name, self.look);
        let control_planes = self.servers.iter().filter(|server| server.control_plane);
        let control_planes: BTreeSet<_> = control_planes.map(|s| s.address.as_str()).collect();
        if !self.server.control_plane || control_planes.len() == 1 {
            assert_eq!(look.file(KEEPALIVED), None, "{at}");
            assert_eq!(look.unit("keepalived"), Some("inactive"), "{at}");
            return;
        }
        assert_eq!(look.unit("keepalived"), RUNNING, "{at}");
        let text = look.file(KEEPALIVED).unwrap();
        let own = format!("unicast_src_ip {}\n", self.server.address);
        assert!(text.contains(&own), "{at}: {text}");
        let (_, peers) = text.split_once("unicast_peer {").unwrap();
        let (peers, _) = peers.split_once('}').unwrap();
        let mut known: BTreeSet<_> = peers.split_whitespace().collect();
        assert!(
            known.insert(&self.server.address),
            "{at} is its own peer: {text}"
        );
        assert_eq!(known, control_planes, "{at}");
    }

    /// The cluster has exactly these nodes, each of its own server and of the spec's version.
    fn registered(&self) {
        let nodes: Value = serde_json::from_str(self.look.said(NODES).unwrap()).unwrap();
        let nodes = nodes["items"].as_array().unwrap().iter();
        let found: BTreeSet<_> = nodes
            .map(|node| {
                let labels = &node["metadata"]["labels"];
                let version = &node["status"]["nodeInfo"]["kubeletVersion"];
                [
                    &node["metadata"]["name"],
                    &labels["vnfctl.dev/server"],
                    version,
                ]
                .map(|value| value.as_str().unwrap().to_owned())
            })
            .collect();
        let version = format!("v{}", self.spec.kubernetes.version);
        let wanted = self.servers.iter();
        let wanted = wanted.map(|s| [s.name.clone(), s.id.clone(), version.clone()]);
        assert_eq!(found, wanted.collect(), "as {} tells it", self.server.name);
    }

    /// What kubeadm noted that the cluster was made with.
    fn cluster_configuration(&self, host: &str) {
        let at = &self.server.name;
        let map: Value = serde_json::from_str(self.look.said(CLUSTER_CONFIG).unwrap()).unwrap();
        let text = map["data"]["ClusterConfiguration"].as_str().unwrap();
        let found: Value = serde_yaml::from_str(text).unwrap();
        let kubernetes = &self.spec.kubernetes;
        let wanted = json!({
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "clusterName": self.spec.metadata.name,
            "kubernetesVersion": format!("v{}", kubernetes.version),
            "controlPlaneEndpoint": format!("{host}:6443"),
            "proxy": {"disabled": self.spec.cilium.kube_proxy_replacement},
            "networking": {"podSubnet": kubernetes.pod_cidr, "serviceSubnet": kubernetes.service_cidr},
        });
        assert_eq!(found, wanted, "{at}");
    }

    /// Tells whether this control plane installed Cilium, which it must have done as specified.
    fn cilium(&self, host: &str, values: &[(&str, Value)]) -> bool {
        let at = &self.server.name;
        let chart: Value = serde_yaml::from_str(self.look.file(CHART).unwrap()).unwrap();
        assert_eq!(chart["version"], self.spec.cilium.version, "{at}");
        let Some(text) = self.look.file(VALUES) else {
            return false;
        };
        let found: Value = serde_yaml::from_str(text).unwrap();
        for (pointer, value) in values {
            assert_eq!(
                found.pointer(pointer),
                Some(value),
                "{at}: {pointer} of {found}"
            );
        }
        let mut wanted = self.spec.helm_values();
        wanted["k8sServiceHost"] = json!(host);
        wanted["k8sServicePort"] = json!(6443);
        assert_eq!(found, wanted, "{at}");
        true
    }
}

/// A file of a tar archive.
fn unpacked(archive: &Path, inside: &str) -> Vec<u8> {
    let mut command = Command::new("tar");
    let output = command
        .arg("-xzOf")
        .arg(archive)
        .arg(inside)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}
