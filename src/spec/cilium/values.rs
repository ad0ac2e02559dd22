//! Cilium's Helm values, subject by subject; the spec's own `cilium.values` come last.

use serde_json::{Value, json};

use super::balancing::{Acceleration, Algorithm, BalancingMode, Dispatch};
use super::options::{EncryptionType, IngressMode, Masquerade, RoutingMode};
use crate::spec::types::ClusterPackage;

impl ClusterPackage {
    /// Returns Cilium's Helm values; the spec's own `cilium.values` win.
    #[must_use]
    pub fn helm_values(&self) -> Value {
        let mut values = self.own_values();
        let last = self.cilium.values.clone();
        merge(&mut values, &Value::Object(last.into_iter().collect()));
        values
    }

    /// Returns the Helm values that follow from the options alone.
    pub(super) fn own_values(&self) -> Value {
        let mut values = json!({
            "ipam": {
                "mode": "cluster-pool",
                // Cilium's own pool is 10.0.0.0/8, which covers many a tenant network.
                "operator": {"clusterPoolIPv4PodCIDRList": [self.kubernetes.pod_cidr]},
            },
            "operator": {"replicas": 1},
        });
        for subject in [
            self.datapath(),
            self.services(),
            self.encryption(),
            self.observability(),
            self.service_mesh(),
            self.announcements(),
            self.identity(),
        ] {
            merge(&mut values, &subject);
        }
        values
    }

    fn datapath(&self) -> Value {
        let (cilium, routing) = (&self.cilium, &self.cilium.routing);
        let mut values = match routing.mode {
            RoutingMode::Vxlan => json!({"routingMode": "tunnel", "tunnelProtocol": "vxlan"}),
            RoutingMode::Geneve => json!({"routingMode": "tunnel", "tunnelProtocol": "geneve"}),
            RoutingMode::Native => json!({
                "routingMode": "native",
                "ipv4NativeRoutingCIDR": self.native_cidr(),
                "autoDirectNodeRoutes": routing.direct(),
            }),
        };
        if routing.skip_unreachable {
            values["directRoutingSkipUnreachable"] = json!(true);
        }
        if let Some(mtu) = cilium.mtu {
            values["MTU"] = json!(mtu);
        }
        if !cilium.devices.is_empty() {
            values["devices"] = json!(cilium.devices);
        }
        match cilium.masquerade {
            Masquerade::Iptables => {}
            Masquerade::Bpf => values["bpf"] = json!({"masquerade": true}),
            Masquerade::None => values["enableIPv4Masquerade"] = json!(false),
        }
        if cilium.bandwidth_manager.enabled {
            let bbr = cilium.bandwidth_manager.bbr;
            values["bandwidthManager"] = json!({"enabled": true, "bbr": bbr});
        }
        if cilium.egress_gateway {
            values["egressGateway"] = json!({"enabled": true});
        }
        values
    }

    fn services(&self) -> Value {
        let (cilium, balancer) = (&self.cilium, &self.cilium.load_balancer);
        // Text, since the chart's own checks compare with text.
        if !cilium.kube_proxy_replacement {
            return json!({"kubeProxyReplacement": "false"});
        }
        let mut own = json!({
            "mode": match balancer.mode {
                BalancingMode::Snat => "snat",
                BalancingMode::Dsr => "dsr",
                BalancingMode::Hybrid => "hybrid",
            },
            "acceleration": match balancer.acceleration {
                Acceleration::Disabled => "disabled",
                Acceleration::Native => "native",
                Acceleration::BestEffort => "best-effort",
            },
            "algorithm": match balancer.algorithm {
                Algorithm::Random => "random",
                Algorithm::Maglev => "maglev",
            },
        });
        let mut values = json!({"kubeProxyReplacement": "true"});
        if balancer.uses_dsr() {
            own["dsrDispatch"] = json!(match balancer.dsr_dispatch {
                Dispatch::Opt => "opt",
                Dispatch::Geneve => "geneve",
                Dispatch::Ipip => "ipip",
            });
            if balancer.dsr_dispatch == Dispatch::Geneve {
                // Also where pods are routed: the device that carries services' requests.
                values["tunnelProtocol"] = json!("geneve");
            }
        }
        values["loadBalancer"] = own;
        values
    }

    fn encryption(&self) -> Value {
        let encryption = &self.cilium.encryption;
        match encryption.r#type {
            EncryptionType::None => json!({}),
            EncryptionType::Wireguard => json!({"encryption": {
                "enabled": true,
                "type": "wireguard",
                "nodeEncryption": encryption.node_encryption,
            }}),
            // The secret is the chart's default, cilium-ipsec-keys; the node script makes it.
            EncryptionType::Ipsec => json!({"encryption": {"enabled": true, "type": "ipsec"}}),
        }
    }

    fn observability(&self) -> Value {
        let hubble = &self.cilium.hubble;
        let mut own = json!({"enabled": hubble.enabled, "relay": {"enabled": hubble.relay}});
        if hubble.ui {
            own["ui"] = json!({"enabled": true});
        }
        json!({ "hubble": own })
    }

    fn service_mesh(&self) -> Value {
        let cilium = &self.cilium;
        let mut values = json!({});
        if cilium.ingress.enabled {
            values["ingressController"] = json!({
                "enabled": true,
                "default": cilium.ingress.default,
                "loadbalancerMode": match cilium.ingress.load_balancer_mode {
                    IngressMode::Dedicated => "dedicated",
                    IngressMode::Shared => "shared",
                },
            });
        }
        if cilium.gateway_api.enabled {
            let host_network = cilium.gateway_api.host_network;
            values["gatewayAPI"] =
                json!({"enabled": true, "hostNetwork": {"enabled": host_network}});
            if host_network {
                // Envoy may not listen on ports below 1024 otherwise.
                let own = ["NET_ADMIN", "SYS_ADMIN", "NET_BIND_SERVICE"];
                let capabilities = json!({"keepCapNetBindService": true, "envoy": own});
                values["envoy"] = json!({"securityContext": {"capabilities": capabilities}});
            }
        }
        if cilium.mutual_auth {
            // A cluster without a storage class leaves SPIRE's volume, and so its server, pending.
            let server = json!({"dataStorage": {"enabled": false}});
            let install = json!({"enabled": true, "server": server});
            values["authentication"] = json!({
                "enabled": true,
                "mutual": {"spire": {"enabled": true, "install": install}},
            });
        }
        values
    }

    fn announcements(&self) -> Value {
        let cilium = &self.cilium;
        let mut values = json!({});
        if cilium.bgp.is_some() {
            values["bgpControlPlane"] = json!({"enabled": true});
        }
        if cilium.l2_announcements.enabled {
            values["l2announcements"] = json!({"enabled": true});
            // Each service costs a lease that is renewed every 5 s; the default of 10 requests a
            // second is used up by some tens of them.
            values["k8sClientRateLimit"] = json!({"qps": 50, "burst": 100});
        }
        values
    }

    fn identity(&self) -> Value {
        let Some(mesh) = &self.cilium.cluster_mesh else {
            return json!({});
        };
        let mut own = json!({"maxConnectedClusters": mesh.max_clusters});
        if mesh.api_server {
            own["useAPIServer"] = json!(true);
            own["apiserver"] = json!({"service": {"type": "NodePort"}});
        }
        json!({"cluster": {"name": mesh.name, "id": mesh.id}, "clustermesh": own})
    }

    /// The range that is reached by routes.
    pub(super) fn native_cidr(&self) -> &str {
        let own = self.cilium.routing.native_cidr.as_deref();
        own.unwrap_or(&self.kubernetes.pod_cidr)
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
