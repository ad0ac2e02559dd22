//! The cluster of a devstack as a package's spec would describe it, so that versions, Helm values, files
//! and their checks are those of every cluster.

use serde_json::json;

use super::spec::{Devstack, Encryption, Role};
use crate::spec::{
    Access, Artifacts, BandwidthManager, Cilium, ClusterFlavours, ClusterPackage, EncryptionType,
    Flavour, Hubble, Image, Metadata, Network, Routing, Single, Workers,
};

impl Devstack {
    /// The cluster; sections that only a package has are empty.
    pub(super) fn cluster(&self) -> ClusterPackage {
        let own = &self.cilium;
        let mut values = own.values.clone();
        if self.all_in_one {
            // Tacker's API and the agent's diagnostics both take 9890, and the chart has no value of
            // its own for the latter.
            let config = values.entry("extraConfig".into()).or_insert(json!({}));
            if let Some(config) = config.as_object_mut() {
                config.entry("enable-gops").or_insert(json!("false"));
            }
        }
        ClusterPackage {
            api_version: self.api_version.clone(),
            kind: "ClusterPackage".into(),
            metadata: Metadata {
                name: "devstack".into(),
                vnfd_id: uuid::Uuid::nil(),
                provider: String::new(),
                version: String::new(),
                description: None,
            },
            template: String::new(),
            image: Image {
                name: None,
                os: None,
                file: None,
                disk_format: None,
                min_disk_gib: None,
            },
            access: Access {
                user: String::new(),
                public_key: String::new(),
                key_file: None,
                key_secret: None,
                certificate_authority: None,
            },
            network: self.network(),
            worker_networks: Vec::new(),
            kubernetes: self.kubernetes.clone(),
            runtime: self.runtime.clone(),
            cilium: Cilium {
                version: own.version.clone(),
                cli_version: own.cli_version.clone(),
                routing: Routing {
                    mode: own.routing,
                    ..Routing::default()
                },
                mtu: own.mtu,
                devices: own.devices.clone(),
                kube_proxy_replacement: false,
                masquerade: own.masquerade,
                bandwidth_manager: BandwidthManager {
                    enabled: own.bandwidth_manager,
                    ..BandwidthManager::default()
                },
                encryption: crate::spec::Encryption {
                    r#type: match own.encryption {
                        Encryption::None => EncryptionType::None,
                        Encryption::Wireguard => EncryptionType::Wireguard,
                    },
                    ..crate::spec::Encryption::default()
                },
                hubble: Hubble {
                    enabled: own.hubble,
                    relay: own.hubble,
                    ui: false,
                },
                values,
                ..Cilium::default()
            },
            artifacts: Artifacts::default(),
            timeouts: crate::spec::Timeouts::default(),
            flavours: self.flavours(),
        }
    }

    /// The hosts' own network, in which nobody drops what has another's address.
    fn network(&self) -> Network {
        Network {
            name: String::new(),
            cidr: None,
            mtu: self.cilium.mtu,
            port_security: false,
            routed: false,
            backend: None,
            multiqueue: false,
            vnic_type: crate::spec::VnicType::Normal,
        }
    }

    fn flavours(&self) -> ClusterFlavours {
        let workers = self
            .hosts
            .iter()
            .filter(|host| host.is(Role::KubernetesWorker));
        let workers = u32::try_from(workers.count()).unwrap_or(u32::MAX);
        let control_plane = String::new();
        match workers {
            0 => ClusterFlavours {
                single: Some(Single { control_plane }),
                simple: None,
                ha: None,
            },
            _ => ClusterFlavours {
                single: None,
                simple: Some(Flavour {
                    control_plane,
                    workers: Workers {
                        flavor: String::new(),
                        min: workers,
                        initial: None,
                        max: workers,
                        step: 1,
                    },
                }),
                ha: None,
            },
        }
    }
}
