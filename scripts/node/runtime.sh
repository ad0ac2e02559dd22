# shellcheck shell=bash
# The container runtime: CRI-O with crun, or containerd with runc.

crio_socket_ready() { [[ -S /var/run/crio/crio.sock ]]; }
containerd_socket_ready() { [[ -S /run/containerd/containerd.sock ]]; }

install_crio() {
    local dir=$STATE_DIR/crio file
    rm -rf "$dir"
    unpack crio "$dir" --strip-components=1
    mkdir -p /etc/crio/crio.conf.d /usr/local/libexec/crio /etc/containers /etc/cni/net.d
    for file in "$dir"/bin/*; do
        case ${file##*/} in
            crio | pinns | crictl) install -m 0755 "$file" /usr/local/bin/ ;;
            *) install -m 0755 "$file" /usr/local/libexec/crio/ ;;
        esac
    done
    [[ -x /usr/local/bin/crio ]] || die "the CRI-O archive holds no bin/crio"
    if [[ ! -f /etc/containers/policy.json ]]; then
        echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
    fi
    cat >/etc/crio/crio.conf.d/10-vnfctl.conf <<'CONF'
[crio.runtime]
cgroup_manager = "systemd"
conmon_cgroup = "pod"
conmon = "/usr/local/libexec/crio/conmon"
pinns_path = "/usr/local/bin/pinns"
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/local/libexec/crio/crun"
monitor_path = "/usr/local/libexec/crio/conmon"
[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = ["/opt/cni/bin/"]
CONF
    cat >/etc/systemd/system/crio.service <<'UNIT'
[Unit]
Description=CRI-O container runtime
Wants=network-online.target
Before=kubelet.service
After=network-online.target
[Service]
Type=notify
ExecStart=/usr/local/bin/crio
Restart=on-failure
LimitNOFILE=1048576
LimitNPROC=1048576
TasksMax=infinity
OOMScoreAdjust=-999
TimeoutStartSec=120
[Install]
WantedBy=multi-user.target
UNIT
    start_service crio
    await 60 "CRI-O's socket" crio_socket_ready
}

install_containerd() {
    unpack containerd /usr/local
    install_binary runc
    mkdir -p /etc/containerd
    cat >/etc/containerd/config.toml <<'CONF'
version = 3
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = '/etc/containerd/certs.d'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = true
BinaryName = '/usr/local/bin/runc'
CONF
    cat >/etc/systemd/system/containerd.service <<'UNIT'
[Unit]
Description=containerd container runtime
After=network.target
Before=kubelet.service
[Service]
Type=notify
ExecStart=/usr/local/bin/containerd
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=1048576
LimitNPROC=infinity
TasksMax=infinity
OOMScoreAdjust=-999
[Install]
WantedBy=multi-user.target
UNIT
    start_service containerd
    await 60 "containerd's socket" containerd_socket_ready
}

start_service() {
    systemctl daemon-reload
    systemctl enable "$1"
    systemctl restart "$1" || die "service $1 does not start (journalctl -u $1)"
}

cri_socket() {
    case $(cluster runtime name) in
        crio) echo unix:///var/run/crio/crio.sock ;;
        containerd) echo unix:///run/containerd/containerd.sock ;;
        *) die "runtime $(cluster runtime name) is not known (crio and containerd are)" ;;
    esac
}
