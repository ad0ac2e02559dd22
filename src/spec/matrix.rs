//! Which versions go together: data with its sources, since no tool downstream checks pairs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::types::RuntimeName;

/// The compiled-in data is not readable, which only a broken build can cause.
#[derive(Debug, thiserror::Error)]
#[error("the built-in version matrix cannot be read")]
pub struct MatrixError(#[from] serde_yaml::Error);

/// The pairings known.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Matrix {
    /// The day on which the sources were read (ISO).
    pub read: String,
    /// Where the data is from.
    pub sources: Vec<Page>,
    kubernetes: BTreeMap<String, Line>,
    cilium: BTreeMap<String, CiliumLine>,
    /// cilium-cli used when a spec names none.
    pub cilium_cli: String,
    /// runc to take with containerd.
    pub runc: String,
    /// CNI plugins to take with containerd.
    pub cni_plugins: String,
    /// etcd to take where Kubernetes is given one from outside, as on a devstack.
    pub etcd: String,
    /// Image of the container that holds a pod's namespaces, to tell the runtime of.
    pub pause: String,
    /// Kernel of each distribution's images.
    pub distributions: BTreeMap<String, String>,
    /// What needs a newer kernel than Cilium itself.
    pub features: Vec<Feature>,
    /// Helm values that are gone.
    pub removed: Vec<Removed>,
}

/// A page that data is from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What it is called.
    pub page: String,
    /// What it tells.
    pub tells: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Line {
    end_of_life: String,
    cilium: Vec<String>,
    crio: String,
    containerd: String,
    crictl: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CiliumLine {
    kernel: String,
    gateway_api: String,
}

/// A feature that needs a newer kernel than Cilium itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// What it is called.
    pub name: String,
    /// The Helm value that turns it on, with dots between keys.
    pub value: String,
    /// What that is then.
    pub is: Value,
    /// The kernel needed.
    pub kernel: String,
}

/// A Helm value that the chart no longer has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The value, with dots between keys.
    pub value: String,
    /// The minor without it.
    pub since: String,
    /// What to write.
    pub instead: String,
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

    /// Cilium minors known, oldest first.
    pub fn cilium_lines(&self) -> impl Iterator<Item = &str> {
        self.cilium.keys().map(String::as_str)
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
        self.kubernetes.get(kubernetes).map(|l| l.crictl.as_str())
    }

    /// The version of Gateway API's CRDs that a Cilium minor wants.
    #[must_use]
    pub fn gateway_api(&self, cilium: &str) -> Option<&str> {
        self.cilium.get(cilium).map(|l| l.gateway_api.as_str())
    }

    /// The oldest kernel that a Cilium minor runs on.
    #[must_use]
    pub fn kernel(&self, cilium: &str) -> Option<&str> {
        self.cilium.get(cilium).map(|l| l.kernel.as_str())
    }
}

/// Returns `1.36` of `1.36.5`, or nothing when that is not three numbers.
#[must_use]
pub(crate) fn minor(version: &str) -> Option<String> {
    let parts: Vec<u32> = version
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [major, minor, _patch] => Some(format!("{major}.{minor}")),
        _ => None,
    }
}

/// Returns a minor such as `5.18` as numbers that can be compared.
#[must_use]
pub(crate) fn ordered(minor: &str) -> Option<(u32, u32)> {
    let (major, minor) = minor.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rules compare must be comparable, or they would pass silently.
    #[test]
    fn all_data_is_of_the_form_that_rules_read() {
        let matrix = Matrix::builtin().expect("it is readable");
        let kernels = matrix.distributions.values();
        let kernels = kernels.chain(matrix.features.iter().map(|f| &f.kernel));
        let kernels = kernels.chain(matrix.cilium.values().map(|line| &line.kernel));
        let minors = matrix.removed.iter().map(|removed| &removed.since);
        let minors = minors
            .chain(matrix.cilium.keys())
            .chain(matrix.kubernetes.keys());
        for text in kernels.chain(minors) {
            assert!(ordered(text).is_some(), "{text}");
        }
        for (name, line) in &matrix.kubernetes {
            assert!(
                line.end_of_life.parse::<jiff::civil::Date>().is_ok(),
                "{name}"
            );
            assert!(!line.cilium.is_empty(), "{name}");
            for cilium in &line.cilium {
                assert!(matrix.cilium.contains_key(cilium), "{name}: {cilium}");
            }
            let same = minor(&line.crio);
            assert_eq!(
                same.as_deref(),
                Some(name.as_str()),
                "CRI-O has Kubernetes' minor"
            );
        }
        assert!(matrix.read.parse::<jiff::civil::Date>().is_ok());
        assert!(!matrix.sources.is_empty());
    }
}
