//! The person's package spec: types, defaults and checks, each fault with its place.
//!
//! Two kinds share metadata, image, access and network: a `ClusterPackage` describes a
//! Kubernetes cluster with Cilium, a `VmPackage` plain virtual machines. A `ContainerPackage`
//! describes pods on such a cluster. The kind says what sections there are; `template` says
//! which folder of templates renders them.

mod access;
mod apt;
mod check;
mod cilium;
mod codes;
mod container;
mod lock;
mod matrix;
mod network;
mod ranges;
mod short;
mod support;
mod timeouts;
mod types;
mod versions;
mod worker_network;

use std::io;

use camino::Utf8Path;

pub use apt::Apt;
pub use cilium::codes::CODES as CILIUM_CODES;
pub(crate) use cilium::overlap;
pub use cilium::{
    Acceleration, Advertised, Algorithm, AllowedAddress, BalancingMode, BandwidthManager, Bgp,
    BgpPeer, Cilium, ClusterMesh, Dispatch, Encryption, EncryptionType, GatewayApi, Hubble,
    Ingress, IngressMode, IpRange, L2Announcements, LbIpam, LoadBalancer, Manifests, Masquerade,
    MeshPeer, Pool, Remote, Routing, RoutingMode, Rule,
};
pub use codes::CODES;
pub use container::{ContainerPackage, Gateway, Peers, Pods, Resources, Service, ServiceType};
pub use lock::{Arch, Lock, Pin, beside as lock_file};
pub(crate) use lock::{Needed, read as read_lock};
pub use matrix::{Feature, Matrix, MatrixError, Page, Removed};
pub(crate) use matrix::{minor, ordered};
pub use network::{Backend, Network, VnicType};
pub use support::ended as support_ended;
pub use timeouts::{Limit, Timeouts};
pub use types::{
    Access, Artifacts, ClusterFlavours, ClusterPackage, Counts, Flavour, Ha, Image, Kubernetes,
    Metadata, Package, Runtime, RuntimeName, Single, VmPackage, Workers,
};
pub use versions::Versions;
pub use worker_network::WorkerNetwork;

use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::yaml::{self, Node};

/// The `apiVersion` that this program reads.
pub const API_VERSION: &str = "vnfctl/v1";

/// A spec larger than this is no spec.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// Describes every key of a cluster's spec (JSON Schema, draft 2020-12), of which the reference in
/// the documentation is made.
#[must_use]
pub fn cluster_schema() -> serde_json::Value {
    schemars::schema_for!(ClusterPackage).to_value()
}

/// Reads a spec; its text goes to `sources`, every fault to `sink`, and then nothing is returned.
///
/// # Errors
/// The file cannot be read at all, or has more than 1 MiB.
pub fn load(
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<Package>> {
    let Some((mut package, root)) = open(file, sources, sink)? else {
        return Ok(None);
    };
    if let Package::Cluster(cluster) = &mut package {
        lock::load(cluster, &root, file, sources, sink);
        apt::load(cluster, &root, file, sink);
    }
    Ok((!sink.has_errors()).then_some(package))
}

/// Reads a spec as [`load`] does, but not its lock file, which may be missing or out of date.
///
/// # Errors
/// Those of [`load`].
pub fn load_unlocked(
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<Package>> {
    Ok(open(file, sources, sink)?.map(|(package, _)| package))
}

fn open(
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<(Package, Node)>> {
    if std::fs::metadata(file)?.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "a spec has at most 1 MiB",
        ));
    }
    let text = std::fs::read_to_string(file)?;
    sources.insert(file, text.as_str());
    Ok(read(file, &text, sink))
}

/// Reads a spec from `text` alone; files that it names are not opened, and are relative to the
/// folder of `file`.
pub fn parse(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<Package> {
    read(file, text, sink).map(|(package, _)| package)
}

fn read(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<(Package, Node)> {
    let node = yaml::parse(file, text, sink)?;
    let mut package = match kind(&node, file, sink)? {
        "ClusterPackage" => Package::Cluster(yaml::from_node(&node, file, sink)?),
        "ContainerPackage" => Package::Container(yaml::from_node(&node, file, sink)?),
        _ => Package::Vm(yaml::from_node(&node, file, sink)?),
    };
    package.resolve_files(file.parent().unwrap_or(Utf8Path::new("")));
    check::package(
        &package,
        &mut check::Context {
            root: &node,
            file,
            sink,
        },
    );
    (!sink.has_errors()).then_some((package, node))
}

/// Checks what holds for a cluster wherever it runs; `root` is the text that its values are from.
pub(crate) fn check_software(
    cluster: &ClusterPackage,
    root: &Node,
    file: &Utf8Path,
    sink: &mut Sink,
) {
    check::software(cluster, &mut check::Context { root, file, sink });
}

/// Returns the spec's kind, once its version is known to be ours.
fn kind<'n>(node: &'n Node, file: &Utf8Path, sink: &mut Sink) -> Option<&'n str> {
    expect(node, file, "apiVersion", &[API_VERSION], sink)?;
    let kinds = ["ClusterPackage", "VmPackage", "ContainerPackage"];
    expect(node, file, "kind", &kinds, sink)
}

/// Returns the text under `key` when it is one of those `known`, and says so otherwise.
pub(crate) fn expect<'n>(
    node: &'n Node,
    file: &Utf8Path,
    key: &'static str,
    known: &[&str],
    sink: &mut Sink,
) -> Option<&'n str> {
    let Some(value) = node.get(key) else {
        sink.push(
            Diagnostic::error(
                "spec-missing-key",
                file,
                node.span,
                format!("the key `{key}` is missing"),
            )
            .help(format!("write `{key}: {}`", known[0])),
        );
        return None;
    };
    let text = value.as_str().filter(|text| known.contains(text));
    if text.is_none() {
        sink.push(
            Diagnostic::error(
                "spec-value",
                file,
                value.span,
                format!(
                    "unknown {key} `{}`",
                    value.text().unwrap_or(value.type_name())
                ),
            )
            .help(format!("known here: {}", known.join(", "))),
        );
    }
    text
}
