//! What a node shows of itself, in one login.

use serde_json::{Value, json};

use crate::real::lab::pipe;

/// What a node shows of itself.
pub(super) struct Look(pub(super) Value);

impl Look {
    pub(super) fn file(&self, path: &str) -> Option<&str> {
        self.0["files"][path].as_str()
    }

    pub(super) fn said(&self, command: &str) -> Option<&str> {
        self.0["commands"][command].as_str()
    }

    pub(super) fn unit(&self, name: &str) -> Option<&str> {
        self.0["units"][name].as_str()
    }

    pub(super) fn is_there(&self, program: &str) -> bool {
        self.0["programs"][program].is_string()
    }
}

pub(super) const KUBELET_FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
pub(super) const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";
pub(super) const KUBELET_CONF: &str = "/etc/kubernetes/kubelet.conf";
pub(super) const CRIO_CONF: &str = "/etc/crio/crio.conf.d/10-vnfctl.conf";
pub(super) const CONTAINERD_CONF: &str = "/etc/containerd/config.toml";
pub(super) const SYSCTLS: &str = "/etc/sysctl.d/90-vnfctl.conf";
pub(super) const MODULES: &str = "/etc/modules-load.d/vnfctl.conf";
pub(super) const KEEPALIVED: &str = "/etc/keepalived/keepalived.conf";
pub(super) const VALUES: &str = "/var/lib/vnfctl/cilium-values.yaml";
pub(super) const CHART: &str = "/var/lib/vnfctl/chart/cilium/Chart.yaml";
pub(super) const RUNNING: Option<&str> = Some("active enabled");
pub(super) const CLUSTER_CONFIG: &str = "kubectl --kubeconfig /etc/kubernetes/admin.conf --namespace kube-system get configmap kubeadm-config --output json";
pub(super) const NODES: &str = "kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o json";

/// Programs that one runtime or the other brings, by their archives and the places in them.
pub(super) const OF_CRIO: [(&str, &str, &str); 4] = [
    ("crio", "cri-o/bin/crio", "/usr/local/bin/crio"),
    ("crio", "cri-o/bin/pinns", "/usr/local/bin/pinns"),
    ("crio", "cri-o/bin/conmon", "/usr/local/libexec/crio/conmon"),
    ("crio", "cri-o/bin/crun", "/usr/local/libexec/crio/crun"),
];
pub(super) const OF_CONTAINERD: [(&str, &str, &str); 3] = [
    ("containerd", "bin/containerd", "/usr/local/bin/containerd"),
    ("runc", "", "/usr/local/bin/runc"),
    ("cni-plugins", "./loopback", "/opt/cni/bin/loopback"),
];
pub(super) const OF_ALL: [(&str, &str, &str); 4] = [
    ("kubeadm", "", "/usr/local/bin/kubeadm"),
    ("kubelet", "", "/usr/local/bin/kubelet"),
    ("kubectl", "", "/usr/local/bin/kubectl"),
    ("crictl", "crictl", "/usr/local/bin/crictl"),
];
pub(super) const OF_CONTROL_PLANES: [(&str, &str, &str); 1] =
    [("cilium-cli", "cilium", "/usr/local/bin/cilium")];

/// Looks at a node in one login.
pub(super) fn look(machine: &str) -> Look {
    let programs = OF_CRIO
        .iter()
        .chain(&OF_CONTAINERD)
        .chain(&OF_ALL)
        .chain(&OF_CONTROL_PLANES);
    let programs: Vec<_> = programs.map(|(.., path)| path).collect();
    let words = |command: &str| command.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let asked = json!({
        "files": [KUBELET_FLAGS, KUBELET_CONFIG, KUBELET_CONF, SYSCTLS, MODULES, KEEPALIVED, VALUES, CHART,
            "/etc/crictl.yaml", "/proc/swaps", "/proc/filesystems", "/proc/sys/net/ipv4/ip_forward",
            "/proc/sys/net/ipv6/conf/all/forwarding", "/etc/kubernetes/admin.conf"],
        "toml": [CRIO_CONF, CONTAINERD_CONF],
        "programs": programs,
        "units": ["crio", "containerd", "kubelet", "keepalived"],
        "commands": [words("kubelet --version"), words("kubeadm version -o short"), words("ls /var/lib/vnfctl/steps"),
            words(CLUSTER_CONFIG), words(NODES)],
    });
    let command = format!("sudo python3 - '{asked}'");
    let answer = pipe(machine, &command, include_str!("look.py"));
    Look(serde_json::from_str(&answer).unwrap())
}
