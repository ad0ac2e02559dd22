//! The codes of a devstack's faults, beside those that it shares with a cluster's spec.

use crate::diagnose::{Code, Verdict};

const fn fault(name: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code::error(name, Verdict::Unbuildable, meaning, why)
}

/// Every code of this room.
pub const CODES: &[Code] = &[
    fault(
        "devstack-hosts",
        "The hosts and their roles make no devstack",
        "There is one controller and one control plane of the cluster, or one host for all",
    ),
    fault(
        "devstack-host-name",
        "A host's name is no label, or another host's",
        "It names a machine and the folder of its files",
    ),
    fault(
        "devstack-address",
        "A host's address is no IPv4 address that others can reach, or another host's",
        "The services of one host are told to the others by it",
    ),
    fault(
        "devstack-branch",
        "The branch is not of the form of a branch's name",
        "It is written into local.conf, which is a shell script",
    ),
    fault(
        "devstack-runtime",
        "The runtime is not CRI-O",
        "The container plugin makes clusters with CRI-O only",
    ),
    fault(
        "devstack-range",
        "A range of OpenStack's networks cannot be used, or shares addresses with another",
        "Packets for one would be sent to the other",
    ),
    fault(
        "devstack-port-conflict",
        "Two roles of one host listen on the same port",
        "The second program does not start, or takes the connections of the first",
    ),
    fault(
        "devstack-ports",
        "The table of ports is broken",
        "It is part of this program: please report it",
    ),
    fault(
        "devstack-unlocked",
        "No lock file pins what the hosts fetch",
        "The scripts install nothing without a SHA-256",
    ),
];
