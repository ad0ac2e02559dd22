//! The spec of a devstack: its hosts with their roles, and the cluster's versions and options.
//!
//! What a cluster's spec also says is said by the same keys here.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check;
use crate::artifacts::Wanted;
use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::spec::{
    self, API_VERSION, Arch, Cilium, Kubernetes, Lock, Masquerade, Matrix, Needed, RoutingMode,
    Runtime,
};
use crate::yaml::{self, Node};

/// A devstack, as its file describes it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Devstack {
    /// Always `vnfctl/v1`.
    pub api_version: String,
    /// Always `Devstack`.
    pub kind: String,
    /// Branch of Tacker and the other plugins; that of the devstack checkout.
    #[serde(default = "master")]
    pub branch: String,
    /// Kubernetes' version and address ranges.
    #[serde(default)]
    pub kubernetes: Kubernetes,
    /// CRI-O's version; the matrix' when not said.
    #[serde(default)]
    pub runtime: Runtime,
    /// Cilium's version, datapath and features.
    #[serde(default)]
    pub cilium: CiliumOptions,
    /// Address ranges of OpenStack's networks.
    #[serde(default)]
    pub openstack: OpenStack,
    /// What is fetched, and from where.
    #[serde(default)]
    pub artifacts: Artifacts,
    /// The machines; one without roles is an all-in-one.
    pub hosts: Vec<Host>,
    /// One machine with all roles.
    #[serde(skip)]
    pub all_in_one: bool,
    /// What the lock file says.
    #[serde(skip)]
    pub lock: Lock,
}

/// What a devstack's spec can say of Cilium: the keys of a cluster's spec that work beside kube-proxy,
/// which the container plugin installs and waits for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct CiliumOptions {
    /// Full version, without `v`.
    pub version: String,
    /// Version of cilium-cli; the matrix' when not said.
    pub cli_version: Option<String>,
    /// How pods of different nodes reach each other.
    pub routing: RoutingMode,
    /// Largest frame in bytes of the network below; Cilium looks itself when not said.
    pub mtu: Option<u32>,
    /// Interfaces that Cilium attaches to; those with a default route when empty.
    pub devices: Vec<String>,
    /// What gives pods their node's address when they talk to the outside.
    pub masquerade: Masquerade,
    /// Paces pods with the annotation `kubernetes.io/egress-bandwidth`.
    pub bandwidth_manager: bool,
    /// What encrypts traffic between nodes.
    pub encryption: Encryption,
    /// Flow logs: Hubble and its relay.
    pub hubble: bool,
    /// Further Helm values; they win over all that follows from the options above.
    pub values: BTreeMap<String, Value>,
}

/// What encrypts traffic between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Nothing.
    #[default]
    None,
    /// WireGuard, with keys that agents make themselves.
    Wireguard,
}

/// Address ranges of OpenStack's networks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct OpenStack {
    /// Of projects' networks; devstack cuts its own from it.
    pub fixed_range: String,
    /// Of the public network.
    pub floating_range: String,
    /// Gateway of the public network; its first address when not said.
    pub floating_gateway: Option<String>,
}

/// What is fetched, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Artifacts {
    /// Base URL that paths of the lock file are relative to; the makers' hosts when not said.
    pub mirror: Option<url::Url>,
    /// File with path and SHA-256 of each; `NAME.lock.yaml` beside the spec when not said.
    #[schemars(with = "Option<String>")]
    pub lock_file: Option<Utf8PathBuf>,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Host {
    /// Its name: a label, which also names the folder of its files.
    pub name: String,
    /// Its IPv4 address on the network of all hosts.
    pub address: String,
    /// What runs on it; empty for an all-in-one.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// What runs on a machine.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// OpenStack's control plane, and Tacker.
    Controller,
    /// Nova's servers.
    Compute,
    /// The cluster's control plane, which also takes pods.
    KubernetesControlPlane,
    /// A further node of the cluster.
    KubernetesWorker,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [
        Self::Controller,
        Self::Compute,
        Self::KubernetesControlPlane,
        Self::KubernetesWorker,
    ];
    /// Those of an all-in-one.
    pub const ONE: [Self; 3] = [
        Self::Controller,
        Self::Compute,
        Self::KubernetesControlPlane,
    ];

    /// Its name in a spec.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Compute => "compute",
            Self::KubernetesControlPlane => "kubernetes-control-plane",
            Self::KubernetesWorker => "kubernetes-worker",
        }
    }
}

/// How many machines are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One with all roles.
    AllInOne,
    /// Several, each with the roles that it names.
    Hosts,
    /// What the spec says.
    Either,
}

impl OpenStack {
    /// The public network's gateway: that of the spec, or its range's first address.
    #[must_use]
    pub fn floating_gateway(&self) -> Option<String> {
        let range = || self.floating_range.parse::<ipnet::Ipv4Net>().ok();
        let first = || Some(range()?.hosts().next()?.to_string());
        self.floating_gateway.clone().or_else(first)
    }
}

impl Host {
    /// Tells whether it has that role.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Tells whether it is a node of the cluster.
    #[must_use]
    pub fn is_node(&self) -> bool {
        self.is(Role::KubernetesControlPlane) || self.is(Role::KubernetesWorker)
    }

    /// Tells whether services of OpenStack run on it.
    #[must_use]
    pub fn is_openstack(&self) -> bool {
        self.is(Role::Controller) || self.is(Role::Compute)
    }
}

/// Describes every key of a devstack's spec (JSON Schema, draft 2020-12).
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Devstack).to_value()
}

/// Reads a spec with its lock; texts go to `sources`, every fault to `sink`, and then nothing is
/// returned.
///
/// # Errors
/// The file cannot be read at all, or has more than 1 MiB.
pub fn load(
    file: &Utf8Path,
    layout: Layout,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<Devstack>> {
    let Some((mut devstack, root)) = open(file, layout, sources, sink)? else {
        return Ok(None);
    };
    lock(&mut devstack, &root, file, sources, sink);
    Ok((!sink.has_errors()).then_some(devstack))
}

/// Reads a spec as [`load`] does, but not its lock.
///
/// # Errors
/// Those of [`load`].
pub fn load_unlocked(
    file: &Utf8Path,
    layout: Layout,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<Devstack>> {
    Ok(open(file, layout, sources, sink)?.map(|(devstack, _)| devstack))
}

/// Reads a spec from `text` alone.
pub fn parse(file: &Utf8Path, text: &str, layout: Layout, sink: &mut Sink) -> Option<Devstack> {
    read(file, text, layout, sink).map(|(devstack, _)| devstack)
}

fn open(
    file: &Utf8Path,
    layout: Layout,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<(Devstack, Node)>> {
    if std::fs::metadata(file)?.len() > spec::MAX_BYTES {
        let why = "a spec has at most 1 MiB";
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    let text = std::fs::read_to_string(file)?;
    sources.insert(file, text.as_str());
    Ok(read(file, &text, layout, sink))
}

fn read(file: &Utf8Path, text: &str, layout: Layout, sink: &mut Sink) -> Option<(Devstack, Node)> {
    let root = yaml::parse(file, text, sink)?;
    spec::expect(&root, file, "apiVersion", &[API_VERSION], sink)?;
    spec::expect(&root, file, "kind", &["Devstack"], sink)?;
    let mut devstack: Devstack = yaml::from_node(&root, file, sink)?;
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    if let Some(lock) = &mut devstack.artifacts.lock_file {
        *lock = folder.join(&*lock);
    }
    check::layout(&mut devstack, layout, &root, file, sink);
    check::devstack(&devstack, &root, file, sink);
    (!sink.has_errors()).then_some((devstack, root))
}

/// Reads the lock that the spec names, or that stands beside it.
fn lock(
    devstack: &mut Devstack,
    root: &Node,
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    let Ok(matrix) = Matrix::builtin() else {
        return; // said when the versions were checked
    };
    let named = devstack.artifacts.lock_file.clone();
    let path = named.clone().unwrap_or_else(|| spec::lock_file(file));
    let place = root.at(&["artifacts", "lockFile"]).unwrap_or(root).span;
    if named.is_none() && !path.exists() {
        let name = file.file_name().unwrap_or(file.as_str());
        let message = "no lock file pins what the hosts fetch";
        sink.push(
            Diagnostic::error("devstack-unlocked", file, place, message)
                .why("the scripts install nothing without a SHA-256")
                .help(format!("run `vnfctl devstack lock {name}`")),
        );
        return;
    }
    let versions = devstack.versions(&matrix);
    let needed = Needed {
        names: Devstack::ARTIFACTS.to_vec(),
        versions: versions
            .iter()
            .map(|(name, version)| (*name, version.as_str()))
            .collect(),
        mirrored: devstack.artifacts.mirror.is_some(),
        command: "vnfctl devstack lock",
    };
    if let Some(lock) = spec::read_lock(&path, (file, place), &needed, sources, sink) {
        devstack.lock = lock;
    }
}

impl Devstack {
    /// What hosts fetch beside what stack.sh fetches, by the names of the lock.
    pub const ARTIFACTS: [&'static str; 4] = ["crio", "cilium-cli", "cilium-chart", "etcd"];

    /// The versions of what hosts fetch, by the names of the lock.
    #[must_use]
    pub fn versions(&self, matrix: &Matrix) -> Vec<(&'static str, String)> {
        let cluster = self.cluster();
        let versions = cluster.versions(matrix);
        let own = ["kubernetes", "cilium", "ciliumCli", "runtime"];
        let mut named: Vec<_> = versions
            .by_name(&cluster)
            .filter(|(name, _)| own.contains(name))
            .map(|(name, version)| (name, version.to_owned()))
            .collect();
        named.push(("etcd", matrix.etcd.clone()));
        named
    }

    /// CRI-O's version.
    #[must_use]
    pub fn crio(&self, matrix: &Matrix) -> String {
        let versions = self.cluster().versions(matrix);
        versions.runtime.unwrap_or_default()
    }

    /// The files that hosts fetch, at their makers'.
    ///
    /// # Errors
    /// A version is not known.
    pub fn wanted(
        &self,
        architectures: &[Arch],
        matrix: &Matrix,
    ) -> Result<Vec<Wanted>, crate::artifacts::CatalogueError> {
        let all = crate::artifacts::wanted(&self.cluster(), architectures)?;
        let own = |file: &Wanted| Self::ARTIFACTS.contains(&file.name.as_str());
        let mut files: Vec<_> = all.into_iter().filter(own).collect();
        let version = &matrix.etcd;
        let release = format!("github.com/etcd-io/etcd/releases/download/v{version}");
        files.extend(architectures.iter().map(|arch| Wanted {
            name: "etcd".into(),
            arch: *arch,
            path: format!("{release}/etcd-v{version}-linux-{}.tar.gz", arch.name()),
            digest: format!("{release}/SHA256SUMS"),
        }));
        Ok(files)
    }

    /// The host with that role that others are told of.
    #[must_use]
    pub fn first(&self, role: Role) -> Option<&Host> {
        self.hosts.iter().find(|host| host.is(role))
    }

    /// Returns Cilium's Helm values.
    #[must_use]
    pub fn helm_values(&self) -> Value {
        self.cluster().helm_values()
    }
}

impl Default for CiliumOptions {
    fn default() -> Self {
        Self {
            version: Cilium::default().version,
            cli_version: None,
            routing: RoutingMode::default(),
            mtu: None,
            devices: Vec::new(),
            masquerade: Masquerade::default(),
            bandwidth_manager: false,
            encryption: Encryption::default(),
            hubble: true,
            values: BTreeMap::new(),
        }
    }
}

impl Default for OpenStack {
    fn default() -> Self {
        Self {
            fixed_range: "10.0.0.0/22".into(),
            floating_range: "172.24.4.0/24".into(),
            floating_gateway: None,
        }
    }
}

fn master() -> String {
    "master".into()
}
