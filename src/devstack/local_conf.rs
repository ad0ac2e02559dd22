//! local.conf of a host: what stack.sh is told.

use std::fmt::Write as _;

use super::secrets::Secrets;
use super::spec::{Devstack, Host, Role};
use crate::spec::{Arch, Matrix};

/// The first line of each file written here, by which it is known again.
pub(super) const MARK: &str = "# Written by `vnfctl devstack generate`";

/// Where plugins are cloned from.
const OPENDEV: &str = "https://opendev.org/openstack";

/// Bridge of the network that Tacker's plugin makes for management (`BR_MGMT`), and its name in
/// Neutron (`MGMT_PHYS_NET`).
const MANAGEMENT: &str = "mgmtphysnet0:br-infra";

/// The container plugin's master applies flannel after kubeadm whatever `K8S_NETWORK_ADDON` says, and
/// waits for CoreDNS, which waits for a network, before stack.sh ends. So Cilium is installed in flannel's
/// place at that moment. stack.sh alone gets the function: openrc reads this section, too.
const INSTEAD_OF_FLANNEL: &str = r#"
# Cilium in flannel's place, which the plugin applies once the control plane is up.
if [[ "${0##*/}" == "stack.sh" ]]; then
    function kubectl {
        case "$*" in
            "apply -f "*flannel*) bash "$TOP_DIR/cilium.sh" ;;
            *flannel*) echo "no flannel here: kubectl $*" ;;
            *) command kubectl "$@" ;;
        esac
    }
fi
"#;

/// Lines of a local.conf.
struct LocalConf(String);

impl LocalConf {
    fn note(&mut self, text: &str) {
        let _ = write!(self.0, "\n# {text}\n");
    }

    /// Sets a variable to a text without a meaning to the shell.
    fn set(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "{name}=\"{value}\"");
    }

    fn enable(&mut self, services: &[&str]) {
        for service in services {
            let _ = writeln!(self.0, "enable_service {service}");
        }
    }

    fn disable(&mut self, services: &[&str]) {
        for service in services {
            let _ = writeln!(self.0, "disable_service {service}");
        }
    }

    fn plugin(&mut self, name: &str, branch: &str) {
        let _ = writeln!(self.0, "enable_plugin {name} {OPENDEV}/{name} {branch}");
    }
}

/// Returns local.conf of a host. It holds secrets.
pub(super) fn render(
    devstack: &Devstack,
    host: &Host,
    secrets: &Secrets,
    matrix: &Matrix,
) -> String {
    let mut conf = LocalConf(format!(
        "{MARK} for `{}`: {}.\n# It holds passwords: keep it readable by its owner only. What is changed here is lost\n\
         # when it is written again, but for the passwords.\n[[local|localrc]]\n",
        host.name,
        roles(host)
    ));
    addresses(&mut conf, devstack, host);
    passwords(&mut conf, host, secrets);
    conf.note("stack.sh writes all variables there, the passwords included.");
    conf.0 += "LOGFILE=\"$DEST/logs/stack.sh.log\"\n";
    services(&mut conf, devstack, host);
    if host.is_openstack() {
        openstack(&mut conf, devstack, host);
    }
    if host.is_node() {
        kubernetes(&mut conf, devstack, host, secrets, matrix);
    }
    if host.is(Role::Controller) {
        // https://bugs.launchpad.net/cinder/+bug/1953704
        conf.0 += "\n# Cinder's cache of images makes volumes that Tacker asks for fail (Launchpad 1953704).\n\
                   [[post-config|$CINDER_CONF]]\n[lvmdriver-1]\nimage_volume_cache_enabled = False\n";
    }
    conf.0
}

fn roles(host: &Host) -> String {
    let names: Vec<_> = host.roles.iter().map(|role| role.name()).collect();
    names.join(", ")
}

fn address(host: Option<&Host>) -> &str {
    host.map(|host| host.address.as_str()).unwrap_or_default()
}

fn addresses(conf: &mut LocalConf, devstack: &Devstack, host: &Host) {
    let serving = match host.is_openstack() {
        true => Role::Controller,
        // Not the controller: the etcd of the cluster is that of its own control plane.
        false => Role::KubernetesControlPlane,
    };
    conf.set("HOST_IP", &host.address);
    conf.set("SERVICE_HOST", address(devstack.first(serving)));
}

fn passwords(conf: &mut LocalConf, host: &Host, secrets: &Secrets) {
    if !host.is_openstack() {
        return;
    }
    conf.note("Made at random; letters and digits of your own are kept.");
    for name in [
        "ADMIN_PASSWORD",
        "DATABASE_PASSWORD",
        "RABBIT_PASSWORD",
        "SERVICE_PASSWORD",
    ] {
        conf.set(name, secrets.reveal(name));
    }
}

fn services(conf: &mut LocalConf, devstack: &Devstack, host: &Host) {
    if devstack.all_in_one {
        conf.note("What devstack starts by itself, but for these.");
        conf.disable(&["horizon", "tempest"]);
    } else {
        conf.note("This host's services only.");
        conf.0 += "disable_all_services\n";
        if host.is(Role::Controller) {
            conf.enable(&["mysql", "rabbit", "key", "etcd3", "g-api", "placement-api"]);
            conf.enable(&["n-api", "n-api-meta", "n-cond", "n-sch", "n-novnc"]);
            conf.enable(&["c-api", "c-sch", "c-vol", "q-svc", "ovn-northd"]);
        }
        if host.is(Role::Compute) {
            conf.enable(&["n-cpu"]);
        }
        if host.is_openstack() {
            conf.enable(&["placement-client", "ovn-controller", "ovs-vswitchd"]);
            conf.enable(&["ovsdb-server", "q-ovn-agent"]);
        }
        if host.is(Role::KubernetesControlPlane) {
            conf.enable(&["etcd3"]);
        }
    }
    if host.is(Role::KubernetesControlPlane) {
        conf.enable(&["k8s-master", "container"]);
    } else if host.is(Role::KubernetesWorker) {
        conf.enable(&["k8s-node", "container"]);
    }
    conf.note("Disabled services stay so, whatever a plugin enables.");
    conf.disable(&["kuryr-kubernetes", "kuryr-daemon"]);
}

fn openstack(conf: &mut LocalConf, devstack: &Devstack, host: &Host) {
    let ranges = &devstack.openstack;
    conf.note("Networks. Tacker's plugin makes the second bridge and a network on it.");
    conf.set("IPV4_ADDRS_SAFE_TO_USE", &ranges.fixed_range);
    conf.set("FLOATING_RANGE", &ranges.floating_range);
    if let Some(gateway) = ranges.floating_gateway() {
        conf.set("PUBLIC_NETWORK_GATEWAY", &gateway);
    }
    conf.set("OVN_BRIDGE_MAPPINGS", &format!("public:br-ex,{MANAGEMENT}"));
    if host.is(Role::Controller) {
        conf.note("Tacker with what it needs. With its KUBERNETES_VIM it would apply flannel.");
        for plugin in ["heat", "barbican", "tacker"] {
            conf.plugin(plugin, &devstack.branch);
        }
        conf.set("KUBERNETES_VIM", "False");
    } else {
        let controller = address(devstack.first(Role::Controller));
        conf.note("The controller's services.");
        conf.set("DATABASE_TYPE", "mysql");
        conf.set("MYSQL_HOST", controller);
        conf.set("RABBIT_HOST", controller);
        conf.set("GLANCE_HOSTPORT", &format!("{controller}:9292"));
        conf.set("ENABLE_CHASSIS_AS_GW", "False");
        conf.set("NOVA_VNC_ENABLED", "True");
        let console = format!("http://{controller}:6080/vnc_lite.html");
        conf.set("NOVNCPROXY_URL", &console);
        conf.set("VNCSERVER_LISTEN", &host.address);
        conf.set("VNCSERVER_PROXYCLIENT_ADDRESS", &host.address);
    }
}

fn kubernetes(
    conf: &mut LocalConf,
    devstack: &Devstack,
    host: &Host,
    secrets: &Secrets,
    matrix: &Matrix,
) {
    let kubernetes = &devstack.kubernetes;
    conf.note("Kubernetes by kubeadm, with CRI-O, which before-stack.sh has installed.");
    conf.plugin("devstack-plugin-container", &devstack.branch);
    conf.set("CONTAINER_ENGINE", "crio");
    conf.set("CRIO_VERSION", &devstack.crio(matrix));
    let pause = format!("registry.k8s.io/pause:{}", matrix.pause);
    conf.set("CRIO_PAUSE_IMAGE", &pause);
    conf.set("K8S_VERSION", &kubernetes.version);
    let server = devstack.first(Role::KubernetesControlPlane);
    conf.set("K8S_API_SERVER_IP", address(server));
    conf.set("K8S_NODE_IP", &host.address);
    conf.set("K8S_POD_NETWORK_CIDR", &kubernetes.pod_cidr);
    conf.set("K8S_SERVICE_NETWORK_CIDR", &kubernetes.service_cidr);
    conf.note("Nodes join with it; letters and digits of your own are kept.");
    conf.set("K8S_TOKEN", secrets.reveal("K8S_TOKEN"));
    if host.is(Role::KubernetesControlPlane) {
        conf.note("kubeadm refuses the etcd that devstack would take.");
        conf.set("ETCD_VERSION", &format!("v{}", matrix.etcd));
        for (name, arch) in [
            ("ETCD_SHA256_AMD64", Arch::Amd64),
            ("ETCD_SHA256_ARM64", Arch::Arm64),
        ] {
            let pins = devstack.lock.artifacts.get("etcd");
            let pin = pins.and_then(|pins| pins.get(&arch).or_else(|| pins.get(&Arch::Any)));
            if let Some(pin) = pin {
                conf.set(name, &pin.sha256);
            }
        }
        conf.note(
            "Branches of the plugin that read it apply no flannel; local.sh then installs Cilium.",
        );
        conf.set("K8S_NETWORK_ADDON", "cilium");
        conf.0 += INSTEAD_OF_FLANNEL;
    }
}
