//! What a spec can say, with defaults.

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apt::Apt;
use super::cilium::Cilium;
use super::container::ContainerPackage;
use super::lock::Lock;
use super::network::Network;
use super::short;
use super::timeouts::Timeouts;
use super::worker_network::WorkerNetwork;

/// A spec of either kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Package {
    /// A Kubernetes cluster.
    Cluster(Box<ClusterPackage>),
    /// Plain virtual machines.
    Vm(Box<VmPackage>),
    /// Containers on a Kubernetes cluster.
    Container(Box<ContainerPackage>),
}

/// A Kubernetes cluster with Cilium.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ClusterPackage {
    /// Always `vnfctl/v1`, which is [`super::API_VERSION`].
    pub api_version: String,
    /// Always `ClusterPackage`.
    pub kind: String,
    /// What the package is called.
    pub metadata: Metadata,
    /// Folder under `vnf-templates/`.
    #[serde(default = "default_cluster_template")]
    pub template: String,
    /// Image of all nodes.
    pub image: Image,
    /// How the management script reaches the nodes.
    pub access: Access,
    /// Neutron network of the nodes; its name alone is short for `{name: …}`.
    #[serde(deserialize_with = "short::either")]
    #[schemars(schema_with = "short::schema::<Network>")]
    pub network: Network,
    /// Networks that workers have besides it, such as those of SR-IOV.
    #[serde(default)]
    pub worker_networks: Vec<WorkerNetwork>,
    /// Kubernetes' version and address ranges.
    #[serde(default)]
    pub kubernetes: Kubernetes,
    /// Container runtime.
    #[serde(default)]
    pub runtime: Runtime,
    /// Cilium's version, datapath and features.
    #[serde(default)]
    pub cilium: Cilium,
    /// Where the node script takes binaries from.
    #[serde(default)]
    pub artifacts: Artifacts,
    /// How long the management script's phases may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Deployment flavours; at least one.
    pub flavours: ClusterFlavours,
}

/// Plain virtual machines: one VDU, one scaling aspect, no management script.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VmPackage {
    /// Always `vnfctl/v1`, which is [`super::API_VERSION`].
    pub api_version: String,
    /// Always `VmPackage`.
    pub kind: String,
    /// What the package is called.
    pub metadata: Metadata,
    /// Folder under `vnf-templates/`.
    #[serde(default = "default_vm_template")]
    pub template: String,
    /// Image of the machines.
    pub image: Image,
    /// Login for people; machines without it have only what the image brings.
    #[serde(default)]
    pub access: Option<Access>,
    /// Neutron network (name or id) of the machines, unless the request names another.
    pub network: String,
    /// Number and size of the machines.
    pub machines: Workers,
}

/// What the package is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Metadata {
    /// DNS label; becomes the product name and the prefix of server names.
    pub name: String,
    /// Identifies the VNFD for ever; another package needs another (SOL001 `descriptor_id`).
    pub vnfd_id: uuid::Uuid,
    /// Who provides the VNF.
    pub provider: String,
    /// Version of the descriptor and of the software in it.
    pub version: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: Option<String>,
}

/// The image: in Glance by name, or a file that the package carries.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Image {
    /// Glance name; for an embedded file, the name under which Tacker uploads it.
    #[serde(default)]
    pub name: Option<String>,
    /// Distribution, such as `ubuntu-24.04`: its kernel is compared with what features need.
    #[serde(default)]
    pub os: Option<String>,
    /// File to embed, relative to the spec.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub file: Option<Utf8PathBuf>,
    /// Format of the file (SOL001 `disk_format`).
    #[serde(default)]
    pub disk_format: Option<String>,
    /// GiB that a disk needs to hold the image.
    #[serde(default)]
    pub min_disk_gib: Option<u32>,
}

/// SSH access. Only the public half of the key ever enters a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Access {
    /// User that cloud-init makes.
    #[serde(default = "default_user")]
    pub user: String,
    /// One line in `authorized_keys` format.
    pub public_key: String,
    /// The private key's path on the host of Tacker's conductor.
    #[serde(default)]
    pub key_file: Option<String>,
    /// Name or UUID of the secret in Barbican that holds the private key, instead of a file.
    #[serde(default)]
    pub key_secret: Option<String>,
    /// Public half of the authority whose short-lived certificates open the nodes, which then
    /// trust no key by itself.
    #[serde(default)]
    pub certificate_authority: Option<String>,
}

/// Kubernetes' version and address ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Kubernetes {
    /// Full version, without `v`.
    pub version: String,
    /// Pods' addresses.
    pub pod_cidr: String,
    /// Services' addresses.
    pub service_cidr: String,
}

/// Container runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Runtime {
    /// Which.
    pub name: RuntimeName,
    /// Full version; the matrix' default when not said.
    pub version: Option<String>,
}

/// The runtimes that the node script installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeName {
    /// CRI-O, whose minor version is Kubernetes'.
    Crio,
    /// containerd with runc and the CNI plugins.
    Containerd,
}

/// Where the node script takes binaries from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Artifacts {
    /// Base URL that paths of the lock file are relative to.
    #[serde(default)]
    pub mirror: Option<url::Url>,
    /// Certificate file on the nodes that verifies the mirror.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// JSON or YAML file with path and SHA-256 of every binary, relative to the spec.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub lock_file: Option<Utf8PathBuf>,
    /// What that file says.
    #[serde(skip)]
    pub lock: Lock,
    /// Where nodes take packages of the operating system from; the distribution's sources when
    /// not said.
    #[serde(default)]
    pub apt: Option<Apt>,
}

/// Deployment flavours of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterFlavours {
    /// One node that is control plane and worker.
    #[serde(default)]
    pub single: Option<Single>,
    /// One control plane and workers.
    #[serde(default)]
    pub simple: Option<Flavour>,
    /// Three control planes behind a virtual address, and workers.
    #[serde(default)]
    pub ha: Option<Ha>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Single {
    /// Nova flavor of the node.
    pub control_plane: String,
}

/// One control plane and workers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Flavour {
    /// Nova flavor of the control plane.
    pub control_plane: String,
    /// The workers.
    pub workers: Workers,
}

/// Three control planes and workers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Ha {
    /// Nova flavor of the control planes.
    pub control_plane: String,
    /// The workers.
    pub workers: Workers,
    /// Refuses to place two control planes on one host rather than merely avoiding it.
    #[serde(default)]
    pub strict_anti_affinity: bool,
}

/// Machines that scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Workers {
    /// Nova flavor.
    pub flavor: String,
    /// Number at scale level 0.
    #[serde(default = "one")]
    pub min: u32,
    /// Number after instantiation at the default level; `min` when not said.
    #[serde(default)]
    pub initial: Option<u32>,
    /// Number at the highest scale level.
    pub max: u32,
    /// Machines per scaling step.
    #[serde(default = "one")]
    pub step: u32,
}

/// The numbers of what scales together, be it machines or pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// At scale level 0.
    pub min: u32,
    /// At the default instantiation level.
    pub initial: u32,
    /// At the highest scale level.
    pub max: u32,
    /// Per scaling step.
    pub step: u32,
}

impl Counts {
    pub(super) fn new(min: u32, initial: Option<u32>, max: u32, step: u32) -> Self {
        Self {
            min,
            initial: initial.unwrap_or(min),
            max,
            step,
        }
    }
}

impl Workers {
    /// Their numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::new(self.min, self.initial, self.max, self.step)
    }
}

impl Package {
    /// What the package is called.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        match self {
            Self::Cluster(spec) => &spec.metadata,
            Self::Vm(spec) => &spec.metadata,
            Self::Container(spec) => &spec.metadata,
        }
    }

    /// Folder under `vnf-templates/`.
    #[must_use]
    pub fn template(&self) -> &str {
        match self {
            Self::Cluster(spec) => &spec.template,
            Self::Vm(spec) => &spec.template,
            Self::Container(spec) => &spec.template,
        }
    }

    /// The image of machines; containers have theirs in a registry.
    #[must_use]
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Cluster(spec) => Some(&spec.image),
            Self::Vm(spec) => Some(&spec.image),
            Self::Container(_) => None,
        }
    }

    /// Makes relative file names relative to the spec's folder.
    pub(super) fn resolve_files(&mut self, folder: &Utf8Path) {
        let (image, artifacts) = match self {
            Self::Cluster(spec) => (&mut spec.image, Some(&mut spec.artifacts)),
            Self::Vm(spec) => (&mut spec.image, None),
            Self::Container(_) => return,
        };
        let (lock, key) = artifacts.map_or((None, None), |artifacts| {
            let key = artifacts.apt.as_mut().map(|apt| &mut apt.key);
            (artifacts.lock_file.as_mut(), key)
        });
        for file in image.file.as_mut().into_iter().chain(lock).chain(key) {
            *file = folder.join(&*file);
        }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            version: "1.36.5".into(),
            pod_cidr: "10.244.0.0/16".into(),
            service_cidr: "10.96.0.0/12".into(),
        }
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self {
            name: RuntimeName::Crio,
            version: None,
        }
    }
}

fn default_cluster_template() -> String {
    "k8s-cilium".into()
}

fn default_vm_template() -> String {
    "plain-vm".into()
}

fn default_user() -> String {
    "debian".into()
}

pub(super) const fn one() -> u32 {
    1
}
