//! The codes about secrets and about what scripts run. Tacker looks at none of it.

use crate::diagnose::{Code, Verdict};

/// Every code of this room.
pub const CODES: &[Code] = &[
    Code::warning(
        "security-private-key",
        Verdict::Accepted,
        "A private key lies in the package",
        "Everybody who can download the package has it",
    ),
    Code::warning(
        "security-token",
        Verdict::Accepted,
        "A token lies in the package: of a cloud, a forge, a registry, or of kubeadm",
        "Everybody who can download the package can use it",
    ),
    Code::warning(
        "security-password",
        Verdict::Accepted,
        "A password stands in a file, or in a URL",
        "Everybody who can download the package has it, and all VNFs have the same",
    ),
    Code::warning(
        "security-mode",
        Verdict::Accepted,
        "A file can be written by everybody, or runs as its owner",
        "Tacker does not keep modes; who unpacks the package with `unzip` does",
    ),
    Code::warning(
        "security-pipe-to-shell",
        Verdict::Accepted,
        "What a server sends is run as it comes",
        "Whoever has the server, or the way to it, has the machine; a broken download runs by half",
    ),
    Code::warning(
        "security-unpinned",
        Verdict::Accepted,
        "A download is of whatever is newest, or of a branch",
        "Two machines of one VNF may get two things; nobody can say afterwards which",
    ),
    Code::warning(
        "security-plain-http",
        Verdict::Accepted,
        "A download goes over plain HTTP",
        "Everybody on the way can put something else into it",
    ),
    Code::warning(
        "security-ssh-password",
        Verdict::Accepted,
        "A machine takes passwords over SSH",
        "Passwords of machines in the net are found out by trying",
    ),
    Code::warning(
        "security-cluster-admin",
        Verdict::Accepted,
        "A default service account is made an administrator of the cluster",
        "Every pod of the namespace that names no other account has all rights",
    ),
];
