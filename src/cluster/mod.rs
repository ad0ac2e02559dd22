//! A Kubernetes cluster that a VNF is, from outside: how its nodes are entered, what its control
//! plane gives to somebody who is let in.

mod access;
mod agents;
mod entry;
mod health;
mod kubeconfig;
mod kubectl;
mod members;
pub mod mesh;
mod store;
mod tacker_account;

pub use access::{Access, Settings};
pub use agents::{Agent, AgentProgram};
pub use entry::{Entry, key_secret};
pub use health::{Component, Health, NodeHealth};
pub use kubeconfig::{Kubeconfig, Naming};
pub use members::{Member, members};
pub use store::{StoreError, merge_into, save};
pub use tacker_account::TackerAccount;

/// Why nothing could be had of a cluster.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Tacker, or another service of the cloud.
    #[error(transparent)]
    Api(#[from] crate::tacker::Error),
    /// SSH.
    #[error(transparent)]
    Ssh(#[from] crate::ssh::Error),
    /// No onboarded package has the VNFD.
    #[error("no onboarded package has the VNFD {0}")]
    NoPackage(String),
    /// The package says nothing of a cluster.
    #[error("package {package} is no cluster's: {why}")]
    NotACluster {
        /// The package.
        package: String,
        /// What it lacks.
        why: String,
    },
    /// Cilium's agent of no such node is there, or it is not said which of several is meant.
    #[error("{problem}; there are {}", known(.nodes))]
    Node {
        /// What is wrong.
        problem: String,
        /// The nodes that there are.
        nodes: Vec<String>,
    },
    /// A program on a control plane did not do it.
    #[error("{what} on {node} ended with status {status}: {said}")]
    Ended {
        /// What was being done.
        what: String,
        /// Where.
        node: String,
        /// How it ended.
        status: u32,
        /// Its last words.
        said: String,
    },
    /// What is there cannot be used.
    #[error("{0}")]
    Unusable(String),
}

fn known(nodes: &[String]) -> String {
    if nodes.is_empty() {
        return "none".into();
    }
    nodes.join(", ")
}
