//! A Kubernetes cluster that a VNF is, from outside: how its nodes are entered, what its control
//! plane gives to somebody who is let in.

mod access;
mod entry;
mod kubeconfig;
mod store;
mod tacker_account;

pub use access::{Access, Settings};
pub use entry::{Entry, key_secret};
pub use kubeconfig::{Kubeconfig, Naming};
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
    /// What is there cannot be used.
    #[error("{0}")]
    Unusable(String),
}
