//! The versions that a cluster spec means, its own and those left to the matrix.

use super::matrix::{Matrix, minor};
use super::types::{ClusterPackage, RuntimeName};

/// Versions that follow from a spec and the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The runtime's.
    pub runtime: Option<String>,
    /// cilium-cli's.
    pub cilium_cli: String,
    /// crictl's.
    pub crictl: Option<String>,
    /// runc's and the CNI plugins', which containerd needs beside it.
    pub beside_containerd: Option<[String; 2]>,
    /// That of Gateway API's CRDs, where Cilium serves them.
    pub gateway_api: Option<String>,
}

impl Versions {
    /// Returns all versions that `spec` means, by the names that the lock file uses.
    pub fn by_name<'s>(
        &'s self,
        spec: &'s ClusterPackage,
    ) -> impl Iterator<Item = (&'static str, &'s str)> {
        let [runc, plugins] = match &self.beside_containerd {
            Some([runc, plugins]) => [Some(runc), Some(plugins)],
            None => [None, None],
        };
        [
            ("kubernetes", Some(&spec.kubernetes.version)),
            ("cilium", Some(&spec.cilium.version)),
            ("ciliumCli", Some(&self.cilium_cli)),
            ("crictl", self.crictl.as_ref()),
            ("runtime", self.runtime.as_ref()),
            ("runc", runc),
            ("cniPlugins", plugins),
            ("gatewayApi", self.gateway_api.as_ref()),
        ]
        .into_iter()
        .filter_map(|(name, version)| Some((name, version?.as_str())))
    }
}

impl ClusterPackage {
    /// Returns the versions that the spec leaves to the matrix, or names itself.
    #[must_use]
    pub fn versions(&self, matrix: &Matrix) -> Versions {
        let kubernetes = minor(&self.kubernetes.version).unwrap_or_default();
        let runtime = || matrix.runtime(&kubernetes, self.runtime.name);
        Versions {
            runtime: self
                .runtime
                .version
                .clone()
                .or_else(|| runtime().map(Into::into)),
            cilium_cli: self
                .cilium
                .cli_version
                .clone()
                .unwrap_or_else(|| matrix.cilium_cli.clone()),
            crictl: matrix.crictl(&kubernetes).map(Into::into),
            beside_containerd: (self.runtime.name == RuntimeName::Containerd)
                .then(|| [matrix.runc.clone(), matrix.cni_plugins.clone()]),
            gateway_api: (self.cilium.gateway_api.enabled)
                .then(|| {
                    matrix
                        .gateway_api(&minor(&self.cilium.version)?)
                        .map(Into::into)
                })
                .flatten(),
        }
    }
}
