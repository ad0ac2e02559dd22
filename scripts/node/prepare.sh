# shellcheck shell=bash
# What a machine needs before it can be a node: kernel settings, system packages, runtime, Kubernetes.

prepare_kernel() {
    printf 'overlay\nbr_netfilter\n' >/etc/modules-load.d/vnfctl.conf
    if ! grep -qw overlay /proc/filesystems; then
        modprobe overlay || die "kernel module overlay cannot be loaded"
    fi
    # Only kube-proxy's iptables mode needs br_netfilter; Cilium does without.
    [[ -d /sys/module/br_netfilter ]] || modprobe br_netfilter ||
        progress kernel note "module br_netfilter is not available; Cilium does not need it"
    cat >/etc/sysctl.d/90-vnfctl.conf <<'SYSCTL'
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
SYSCTL
    sysctl --quiet --load=/etc/sysctl.d/90-vnfctl.conf ||
        progress kernel note "not every sysctl could be set"
    [[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]] || die "net.ipv4.ip_forward stays 0"
    swapoff --all || die "swap cannot be switched off"
    if grep -qE '^[^#].*[[:space:]]swap[[:space:]]' /etc/fstab 2>/dev/null; then
        sed -i -E '/^[^#].*[[:space:]]swap[[:space:]]/s/^/#/' /etc/fstab
    fi
}

install_cni_plugins() { unpack cni-plugins /opt/cni/bin; }

install_kubernetes() {
    local binary
    for binary in kubeadm kubelet kubectl; do
        install_binary "$binary"
    done
    unpack crictl /usr/local/bin crictl
    printf 'runtime-endpoint: %s\nimage-endpoint: %s\n' "$(cri_socket)" "$(cri_socket)" >/etc/crictl.yaml
    mkdir -p /etc/systemd/system/kubelet.service.d
    cat >/etc/systemd/system/kubelet.service <<'UNIT'
[Unit]
Description=Kubernetes node agent
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/local/bin/kubelet
Restart=always
RestartSec=2
[Install]
WantedBy=multi-user.target
UNIT
    cat >/etc/systemd/system/kubelet.service.d/10-kubeadm.conf <<'UNIT'
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
UNIT
    systemctl daemon-reload
    systemctl enable kubelet # kubeadm starts it when its configuration is there
}

install_cilium_tools() {
    unpack cilium-cli /usr/local/bin cilium
    rm -rf "$STATE_DIR/chart"
    unpack cilium-chart "$STATE_DIR/chart"
    [[ -f $STATE_DIR/chart/cilium/Chart.yaml ]] || die "the Cilium chart holds no cilium/Chart.yaml"
}

# install_tools: what needs no runtime that runs
install_tools() {
    local artifacts
    artifacts="$(cluster artifacts) $(cluster mirror)"
    step kubernetes "$(cluster kubernetes) $artifacts" install_kubernetes
    if [[ $(node role) == control-plane ]]; then
        step cilium-tools "$(cluster cilium version) $artifacts" install_cilium_tools
    fi
}

# install_programs: what an image may have as well, before it boots; the tools while the runtime is
# unpacked and started
install_programs() {
    local runtime
    runtime=$(cluster runtime name)
    beside install_tools
    if [[ $runtime == containerd ]]; then
        step cni-plugins "$(cluster artifacts cni-plugins)" install_cni_plugins
    fi
    step runtime "$(cluster runtime) $(cluster artifacts) $(cluster mirror)" "install_$runtime"
    together
    # Where all was done before, as in a baked image, the runtime may be at its start just now.
    await 60 "an answer of the container runtime" crictl_answers
}

crictl_answers() { crictl info >/dev/null 2>&1; }

prepare_packages() { step packages "$(cluster apt) $(missing_packages)" install_packages; }

install_announcer() {
    prepare_packages
    announce
}

prepare() {
    cri_socket >/dev/null
    mkdir -p "$CACHE_DIR"
    step kernel 1 prepare_kernel
    if [[ $(missing_packages) == keepalived ]]; then # no runtime asks for it
        beside install_announcer
    else
        prepare_packages
        beside announce
    fi
    install_programs
}
