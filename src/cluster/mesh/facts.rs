//! What is known of one side of a mesh before anything is changed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

/// The port of every node at which cilium-health answers.
pub(super) const HEALTH_PORT: u16 = 4240;

/// A cluster as its own control plane describes it.
#[derive(Clone, Deserialize)]
pub struct Facts {
    /// What its agents run with (the ConfigMap `cilium-config`).
    config: BTreeMap<String, String>,
    /// What kubeadm was told (YAML), if it was kubeadm.
    kubeadm: Option<String>,
    nodes: Vec<Node>,
    service: Option<Service>,
    /// Certificate of Cilium's own authority (PEM).
    pub(super) authority: Option<String>,
    /// Version of the chart.
    pub(super) chart: String,
    /// Number of the Helm release.
    pub(super) revision: u64,
    /// Values of the Helm release. They may hold secrets, so they are never shown.
    pub(super) values: Value,
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts of {}", self.name())
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    address: Option<IpAddr>,
    control_plane: bool,
}

#[derive(Clone, Deserialize)]
struct Service {
    spec: ServiceSpec,
    #[serde(default)]
    status: ServiceStatus,
}

#[derive(Clone, Deserialize)]
struct ServiceSpec {
    r#type: String,
    #[serde(default)]
    ports: Vec<ServicePort>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePort {
    port: u16,
    node_port: Option<u16>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceStatus {
    load_balancer: Balancer,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Balancer {
    ingress: Vec<Ingress>,
}

#[derive(Clone, Deserialize)]
struct Ingress {
    ip: Option<String>,
}

/// Where the others reach a cluster's server of the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) addresses: Vec<String>,
    pub(super) port: u16,
}

impl Facts {
    fn of<'f>(&'f self, key: &str, default: &'f str) -> &'f str {
        let value = self.config.get(key).map(String::as_str);
        value.filter(|value| !value.is_empty()).unwrap_or(default)
    }

    /// Name of the cluster in a mesh; `default` when it was given none.
    pub(super) fn name(&self) -> &str {
        self.of("cluster-name", "default")
    }

    /// Number of the cluster in a mesh; 0 when it was given none.
    pub(super) fn id(&self) -> u32 {
        self.of("cluster-id", "0").parse().unwrap_or(0)
    }

    /// Most clusters that it can be in a mesh with.
    pub(super) fn most(&self) -> u32 {
        let usual = 255;
        self.of("max-connected-clusters", "")
            .parse()
            .unwrap_or(usual)
    }

    /// How pods' packets travel, in words: `tunnel vxlan`, `native`.
    pub(super) fn datapath(&self) -> String {
        match self.of("routing-mode", "tunnel") {
            "tunnel" => format!("tunnel {}", self.of("tunnel-protocol", "vxlan")),
            mode => mode.to_owned(),
        }
    }

    /// The UDP port that pods' packets arrive at, if they travel in others.
    pub(super) fn tunnel_port(&self) -> Option<(&'static str, u16)> {
        if self.encryption() == "wireguard" {
            return Some(("WireGuard", 51871));
        }
        match self.datapath().as_str() {
            "tunnel vxlan" => Some(("VXLAN", 8472)),
            "tunnel geneve" => Some(("Geneve", 6081)),
            _ => None,
        }
    }

    /// What encrypts traffic between nodes.
    pub(super) fn encryption(&self) -> &'static str {
        if self.of("enable-wireguard", "false") == "true" {
            "wireguard"
        } else if self.of("enable-ipsec", "false") == "true" {
            "ipsec"
        } else {
            "none"
        }
    }

    /// What allocates pods' identities.
    pub(super) fn identities(&self) -> &str {
        self.of("identity-allocation-mode", "crd")
    }

    /// Minor version of Cilium.
    pub(super) fn minor(&self) -> Option<(u32, u32)> {
        let mut parts = self.chart.trim_start_matches('v').split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Ranges of pods.
    pub(super) fn pods(&self) -> Vec<IpNet> {
        let of_pools = self.of("cluster-pool-ipv4-cidr", "");
        let own = ranges(of_pools);
        if !own.is_empty() {
            return own;
        }
        ranges(&self.networking("podSubnet"))
    }

    /// Ranges of services.
    pub(super) fn services(&self) -> Vec<IpNet> {
        ranges(&self.networking("serviceSubnet"))
    }

    fn networking(&self, key: &str) -> String {
        let config: Option<serde_yaml::Value> = self
            .kubeadm
            .as_ref()
            .and_then(|text| serde_yaml::from_str(text).ok());
        let found = config.as_ref().and_then(|config| {
            let networking = config.get("networking")?;
            networking.get(key)?.as_str()
        });
        found.unwrap_or_default().to_owned()
    }

    /// The range that is reached by routes, where pods are routed.
    pub(super) fn native(&self) -> Option<IpNet> {
        self.of("ipv4-native-routing-cidr", "").parse().ok()
    }

    /// Addresses of all nodes.
    pub(super) fn nodes(&self) -> Vec<IpAddr> {
        self.nodes.iter().filter_map(|node| node.address).collect()
    }

    /// Whether the server of the mesh is there.
    pub(super) fn serves(&self) -> bool {
        self.service.is_some()
    }

    /// Where the others reach it, once it is there.
    ///
    /// A NodePort answers on every node; control planes stay longest, so that scaling workers does
    /// not break the way.
    pub(super) fn endpoint(&self) -> Result<Endpoint, String> {
        let service = self.service.as_ref();
        let service = service.ok_or("its service clustermesh-apiserver is not there")?;
        let port = service.spec.ports.first();
        let port = port.ok_or("its service clustermesh-apiserver has no port")?;
        let (addresses, port): (Vec<String>, u16) = match service.spec.r#type.as_str() {
            "NodePort" => {
                let planes = self.nodes.iter().filter(|node| node.control_plane);
                let addresses = planes.filter_map(|node| node.address);
                let number = port.node_port.ok_or("its service has no NodePort")?;
                (addresses.map(|one| one.to_string()).collect(), number)
            }
            "LoadBalancer" => {
                let ingress = service.status.load_balancer.ingress.iter();
                (
                    ingress.filter_map(|one| one.ip.clone()).collect(),
                    port.port,
                )
            }
            other => {
                return Err(format!(
                    "its service clustermesh-apiserver is a {other}, which other clusters do not reach"
                ));
            }
        };
        if addresses.is_empty() {
            return Err("its service clustermesh-apiserver has no address yet".into());
        }
        Ok(Endpoint { addresses, port })
    }
}

fn ranges(text: &str) -> Vec<IpNet> {
    let words = text.split([' ', ',']).map(str::trim);
    words.filter_map(|word| word.parse().ok()).collect()
}
