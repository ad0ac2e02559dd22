//! Which versions go together: data with its sources, since no tool downstream checks pairs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::types::RuntimeName;

/// The compiled-in data is not readable, which only a broken build can cause.
#[derive(Debug, thiserror::Error)]
#[error("the built-in version matrix cannot be read")]
pub struct MatrixError(#[from] serde_yaml::Error);

/// The pairings known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Matrix {
    kubernetes: BTreeMap<String, Line>,
    /// cilium-cli used when a spec names none.
    pub cilium_cli: String,
    crictl: BTreeMap<String, String>,
    /// runc to take with containerd.
    pub runc: String,
    /// CNI plugins to take with containerd.
    pub cni_plugins: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Line {
    end_of_life: String,
    cilium: Vec<String>,
    crio: String,
    containerd: String,
}

impl Matrix {
    /// Returns the pairings compiled in.
    ///
    /// # Errors
    /// When the data file of the source tree is malformed.
    pub fn builtin() -> Result<Self, MatrixError> {
        Ok(serde_yaml::from_str(include_str!("matrix.yaml"))?)
    }

    /// Kubernetes minors known, oldest first.
    pub fn kubernetes(&self) -> impl Iterator<Item = &str> {
        self.kubernetes.keys().map(String::as_str)
    }

    /// Cilium minors tested with a Kubernetes minor; nothing for an unknown one.
    #[must_use]
    pub fn cilium(&self, kubernetes: &str) -> Option<&[String]> {
        self.kubernetes.get(kubernetes).map(|l| l.cilium.as_slice())
    }

    /// The day (ISO) on which a Kubernetes minor stops being maintained.
    #[must_use]
    pub fn end_of_life(&self, kubernetes: &str) -> Option<&str> {
        self.kubernetes
            .get(kubernetes)
            .map(|l| l.end_of_life.as_str())
    }

    /// The runtime's version to take with a Kubernetes minor.
    #[must_use]
    pub fn runtime(&self, kubernetes: &str, name: RuntimeName) -> Option<&str> {
        self.kubernetes.get(kubernetes).map(|line| match name {
            RuntimeName::Crio => line.crio.as_str(),
            RuntimeName::Containerd => line.containerd.as_str(),
        })
    }

    /// crictl's version to take with a Kubernetes minor.
    #[must_use]
    pub fn crictl(&self, kubernetes: &str) -> Option<&str> {
        self.crictl.get(kubernetes).map(String::as_str)
    }
}

/// Returns `1.36` of `1.36.5`, or nothing when that is not three numbers.
#[must_use]
pub(super) fn minor(version: &str) -> Option<String> {
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [major, minor, _patch] => Some(format!("{major}.{minor}")),
        _ => None,
    }
}
