//! The lock file: where each binary that nodes install lies, and which bytes it must have.
//!
//! Nodes refuse what is not pinned here, and only when they are being set up. A hole in the file
//! is therefore said when the package is built, with its place.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
use super::types::{ClusterPackage, RuntimeName};
use crate::diagnose::{Diagnostic, Sink, Sources, Span};
use crate::yaml::{self, Node};

/// A machine's architecture, as Debian and Go name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// x86-64.
    Amd64,
    /// 64-bit Arm.
    Arm64,
    /// The same file for all of them.
    Any,
}

impl Arch {
    /// Its name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
            Self::Any => "any",
        }
    }
}

/// One file of the mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Where it lies, relative to the mirror's base.
    pub path: String,
    /// SHA-256 of its bytes, as 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Every binary that nodes install, by the name under which the node script asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Versions that it was made for, by name; none when nobody noted them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// Binaries, then architectures.
    pub artifacts: BTreeMap<String, BTreeMap<Arch, Pin>>,
}

/// The lock file that stands beside a spec, as Cargo.lock beside Cargo.toml: `NAME.lock.yaml`.
#[must_use]
pub fn beside(spec: &Utf8Path) -> Utf8PathBuf {
    spec.with_extension("lock.yaml")
}

/// Reads the lock file that `spec` names, or that stands beside it, and keeps it there.
///
/// Faults go to `sink`, those of the file itself with their place in it.
pub(super) fn load(
    spec: &mut ClusterPackage,
    root: &Node,
    file: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) {
    let at = |path: &[&str]| root.at(path).map_or(root.span, |node| node.span);
    let path = match spec.artifacts.lock_file.clone() {
        Some(path) => path,
        None if beside(file).exists() => beside(file),
        None => {
            sink.push(unpinned(file, at(&["artifacts"])));
            return;
        }
    };
    let place = (file, at(&["artifacts", "lockFile"]));
    let Ok(matrix) = Matrix::builtin() else {
        return; // said when the spec's versions were checked
    };
    let versions = spec.versions(&matrix);
    let needed = Needed {
        names: names(spec),
        versions: versions.by_name(spec).collect(),
        mirrored: spec.artifacts.mirror.is_some(),
        command: "vnfctl package lock",
    };
    if let Some(lock) = read(&path, place, &needed, sources, sink) {
        spec.artifacts.lock = lock;
    }
}

/// What a lock file must hold, for whoever it pins the binaries.
pub(crate) struct Needed<'n> {
    /// The binaries.
    pub(crate) names: Vec<&'n str>,
    /// The versions that they must have been pinned for, by name.
    pub(crate) versions: Vec<(&'n str, &'n str)>,
    /// A mirror's base goes before each path, so that paths begin with no host.
    pub(crate) mirrored: bool,
    /// The command that writes such a file.
    pub(crate) command: &'n str,
}

/// Reads the lock file at `path`, which `place` of the spec is the reason for.
pub(crate) fn read(
    path: &Utf8Path,
    place: (&Utf8Path, Span),
    needed: &Needed<'_>,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Lock> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot read the lock file {path}: {error}");
            sink.push(
                Diagnostic::error("spec-lock-unreadable", place.0, place.1, message)
                    .help("the path is relative to the spec's folder"),
            );
            return None;
        }
    };
    let node = yaml::parse(path, &text, sink);
    sources.insert(path, text);
    let node = node?;
    let lock = yaml::from_node::<Lock>(&node, path, sink)?;
    pins(&lock, &node, path, sink);
    if !needed.mirrored {
        hosts(&lock, &node, path, sink);
    }
    complete(&lock, needed, &node, path, sink);
    fresh(&lock, needed, &node, path, sink);
    Some(lock)
}

fn unpinned(file: &Utf8Path, span: Span) -> Diagnostic {
    let message = "no lock file pins the binaries that nodes install";
    Diagnostic::warning("spec-artifacts-unpinned", file, span, message)
        .why(
            "nodes install nothing without a SHA-256, so the management script of this package \
             fails on real machines",
        )
        .help(format!("run `vnfctl package lock {file}`"))
}

/// Without a mirror, paths begin with the host that has the file.
fn hosts(lock: &Lock, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    for (name, files) in &lock.artifacts {
        for (arch, pin) in files {
            let host = pin.path.split('/').next().unwrap_or_default();
            if host != pin.path && host.contains('.') {
                continue;
            }
            let place = root.at(&["artifacts", name, arch.name(), "path"]);
            let span = place.map_or(root.span, |node| node.span);
            let message = format!(
                "`{}` does not begin with the host to fetch it from",
                pin.path
            );
            let finding = Diagnostic::error("spec-mirror", file, span, message);
            sink.push(finding.help(
                "write `artifacts.mirror:` into the spec with the base URL that nodes can reach",
            ));
            return;
        }
    }
}

/// A lock that says for which versions it was made must have been made for this spec's.
fn fresh(lock: &Lock, needed: &Needed<'_>, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    for (name, wanted) in &needed.versions {
        let Some(locked) = lock.versions.get(*name).filter(|locked| locked != wanted) else {
            continue;
        };
        let place = root.at(&["versions", name]);
        let span = place.map_or(root.span, |node| node.span);
        let message = format!("the lock is for {name} {locked}, and the spec says {wanted}");
        let finding = Diagnostic::error("spec-lock-stale", file, span, message);
        sink.push(finding.help(format!("run `{}` on the spec again", needed.command)));
    }
}

/// Checks each entry for itself.
fn pins(lock: &Lock, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    for (name, files) in &lock.artifacts {
        for (arch, pin) in files {
            let at = |key: &str| -> Span {
                root.at(&["artifacts", name, arch.name(), key])
                    .map_or(root.span, |node| node.span)
            };
            let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            if pin.sha256.len() != 64 || !pin.sha256.chars().all(hexadecimal) {
                let message = format!("this is not the SHA-256 of {name}");
                sink.push(
                    Diagnostic::error("spec-lock-hash", file, at("sha256"), message)
                        .help("64 lower-case hexadecimal digits, as sha256sum prints them"),
                );
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-+~/".contains(c);
            let climbs = pin
                .path
                .split('/')
                .any(|part| part.is_empty() || part == "..");
            if climbs || !pin.path.chars().all(plain) {
                let message = format!("`{}` is not a path below the mirror's base", pin.path);
                sink.push(
                    Diagnostic::error("spec-lock-path", file, at("path"), message)
                        .help("a relative path of letters, digits and `.`, `_`, `-`, `+`, `~`"),
                );
            }
        }
    }
}

/// What the node script installs for this spec.
fn names(spec: &ClusterPackage) -> Vec<&'static str> {
    let always = [
        "kubeadm",
        "kubelet",
        "kubectl",
        "crictl",
        "cilium-cli",
        "cilium-chart",
    ];
    let own: &[&'static str] = match spec.runtime.name {
        RuntimeName::Crio => &["crio"],
        RuntimeName::Containerd => &["containerd", "runc", "cni-plugins"],
    };
    let crds = (spec.cilium.gateway_api.enabled).then_some("gateway-api");
    always
        .into_iter()
        .chain(own.iter().copied())
        .chain(crds)
        .collect()
}

/// Checks that all that is installed is pinned.
fn complete(lock: &Lock, needed: &Needed<'_>, root: &Node, file: &Utf8Path, sink: &mut Sink) {
    let missing: Vec<&str> = needed
        .names
        .iter()
        .copied()
        .filter(|name| lock.artifacts.get(*name).is_none_or(BTreeMap::is_empty))
        .collect();
    if !missing.is_empty() {
        let span = root.key_span("artifacts").unwrap_or(root.span);
        let message = format!("nodes also install {}, not pinned here", missing.join(", "));
        sink.push(
            Diagnostic::error("spec-lock-incomplete", file, span, message)
                .why("the node script installs nothing without a SHA-256 and fails on the node")
                .help("add path and sha256 of each, per architecture or under `any`"),
        );
    }
}
