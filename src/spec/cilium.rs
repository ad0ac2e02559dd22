//! What a cluster spec means to Cilium: Helm values and the versions that go with it.

use serde_json::{Value, json};

use super::matrix::{Matrix, minor};
use super::types::{ClusterPackage, Encryption, Routing, RuntimeName};

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
        }
    }

    /// Returns Cilium's Helm values; the spec's own `cilium.values` win.
    #[must_use]
    pub fn helm_values(&self) -> Value {
        let cilium = &self.cilium;
        let mut values = json!({
            "kubeProxyReplacement": if cilium.kube_proxy_replacement { "true" } else { "false" },
            "ipam": {
                "mode": "cluster-pool",
                // Cilium's own pool is 10.0.0.0/8, which covers many a tenant network.
                "operator": {"clusterPoolIPv4PodCIDRList": [self.kubernetes.pod_cidr]},
            },
            "operator": {"replicas": 1},
            "hubble": {"enabled": cilium.hubble, "relay": {"enabled": cilium.hubble}},
        });
        let routing = match cilium.routing {
            Routing::Vxlan => json!({"routingMode": "tunnel", "tunnelProtocol": "vxlan"}),
            Routing::Geneve => json!({"routingMode": "tunnel", "tunnelProtocol": "geneve"}),
            Routing::Native => json!({
                "routingMode": "native",
                "autoDirectNodeRoutes": true,
                "ipv4NativeRoutingCIDR": self.kubernetes.pod_cidr,
            }),
        };
        merge(&mut values, &routing);
        if cilium.encryption == Encryption::Wireguard {
            merge(
                &mut values,
                &json!({"encryption": {"enabled": true, "type": "wireguard"}}),
            );
        }
        merge(
            &mut values,
            &Value::Object(cilium.values.clone().into_iter().collect()),
        );
        values
    }
}

/// Lays `over` onto `base`, map by map.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}
