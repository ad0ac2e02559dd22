//! The codes of a spec's faults. All of them keep a package from being built.

use crate::diagnose::{Code, Verdict};

const fn fault(name: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code::error(name, Verdict::Unbuildable, meaning, why)
}

/// Every code of this room.
pub const CODES: &[Code] = &[
    fault(
        "spec-missing-key",
        "A key that has no default is not there",
        "There is nothing to take its value from",
    ),
    fault(
        "spec-unknown-key",
        "A key is not one of those known",
        "It would be ignored, which is never what was meant",
    ),
    fault(
        "spec-type",
        "A value has another type than is expected",
        "YAML reads `1.0` as a number and `yes` as a boolean; quotes make them text",
    ),
    fault(
        "spec-value",
        "A value is not one of those known, or not of the form it must have",
        "It would be written into files that cannot hold it",
    ),
    fault(
        "spec-name",
        "The package's name is no label of a server or cluster",
        "Names of servers and of the cluster are made of it",
    ),
    fault(
        "spec-image",
        "The image has no name in Glance, or its file cannot be embedded",
        "Tacker finds an image by its name only, and uploads an embedded file under it",
    ),
    fault(
        "spec-container-image",
        "A container's image is not named by its digest",
        "A tag can mean another image tomorrow, and pods of one VNF would run different ones",
    ),
    Code::warning(
        "spec-container-unreachable",
        Verdict::Accepted,
        "A container's address reaches out of the cluster, and nobody there is allowed",
        "The NetworkPolicy drops what comes from outside the namespace",
    ),
    fault(
        "spec-container-user",
        "A container's program would run as root",
        "The manifests forbid it, so no pod would start",
    ),
    fault(
        "spec-public-key",
        "The SSH key is no public key",
        "A private key would be shipped inside the package",
    ),
    fault(
        "spec-access",
        "The private key of the nodes is named in no place, in two, or where none is needed",
        "The management script logs in with one key, and machines without a script have no use for it",
    ),
    fault(
        "spec-count",
        "Least, initial and most numbers of machines do not go together",
        "Tacker reaches only counts that are the least number plus whole steps",
    ),
    fault(
        "spec-flavours",
        "There is no deployment flavour",
        "A VNF is always instantiated in one",
    ),
    fault(
        "spec-timeout",
        "A phase of the management script has hardly any time, or more than hours",
        "It would end before a node can answer, or keep the VNF from all other operations",
    ),
    fault(
        "spec-cidr",
        "An address range cannot be read, or has bits set beyond its prefix",
        "kubeadm and Cilium refuse it",
    ),
    fault(
        "spec-cidr-overlap",
        "The ranges of pods and services share addresses",
        "Traffic for a service would go to a pod",
    ),
    fault(
        "spec-version",
        "A version is not whole, or not one that Cilium is tested with",
        "Binaries are named by their whole version",
    ),
    fault(
        "spec-version-pair",
        "Two versions are not tested together",
        "Kubernetes, runtime and Cilium work in certain pairs of minors",
    ),
    fault(
        "spec-matrix",
        "The table of tested versions is broken",
        "It is part of this program: please report it",
    ),
    fault(
        "spec-mirror",
        "The spec names no mirror, and a path of the lock file begins with no host",
        "Paths are relative to the mirror's base, or name the host that has the file",
    ),
    fault(
        "spec-lock-unreadable",
        "The lock file cannot be read",
        "What nodes install, and with which digest, stands in it alone",
    ),
    fault(
        "spec-lock-hash",
        "A digest of the lock file is no SHA-256",
        "The node script compares it with what sha256sum prints",
    ),
    fault(
        "spec-lock-path",
        "A path of the lock file does not lie below the mirror's base",
        "The node script would fetch something else",
    ),
    fault(
        "spec-lock-stale",
        "The lock file was made for other versions than the spec's",
        "Nodes would install those, and the rest of the package would speak of these",
    ),
    fault(
        "spec-lock-incomplete",
        "The lock file lacks a binary that nodes install",
        "The node script installs nothing without a SHA-256 and fails on the node",
    ),
    fault(
        "spec-apt-key",
        "The key of the package repository cannot be read, or is no armoured public key",
        "apt installs nothing from a repository whose signature it cannot verify",
    ),
    Code::warning(
        "spec-artifacts-unpinned",
        Verdict::FailsLater,
        "No lock file pins the binaries that nodes install",
        "Nodes install nothing without a SHA-256, so the management script fails",
    ),
];
