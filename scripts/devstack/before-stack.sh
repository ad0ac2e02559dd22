#!/usr/bin/env bash
# @MARK@
# What a host needs before stack.sh: its local.conf in place, and on nodes of the cluster CRI-O in a
# version that the container plugin cannot install. Run it as the user that runs stack.sh, on the host,
# as often as you like.
#
# usage: before-stack.sh [DEVSTACK], where DEVSTACK is the checkout [default: ~/devstack]
set -euo pipefail

# @SETTINGS@
# @COMMON@
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# place NAME MODE: puts a file beside stack.sh, but not over one of somebody else's.
place() {
    local name=$1 mode=$2 target=$DEVSTACK/$1
    if [[ -e $target ]] && ! grep -qF "vnfctl devstack generate" "$target"; then
        die "$target was not written by vnfctl: move it away first"
    fi
    install -m "$mode" "$HERE/$name" "$target.new"
    mv "$target.new" "$target"
}

load_modules() {
    printf 'overlay\nbr_netfilter\n' | sudo tee /etc/modules-load.d/vnfctl-devstack.conf >/dev/null
    sudo modprobe overlay
    sudo modprobe br_netfilter
    sudo tee /etc/sysctl.d/90-vnfctl-devstack.conf >/dev/null <<'CONF'
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1
CONF
    sudo sysctl --quiet --load /etc/sysctl.d/90-vnfctl-devstack.conf
}

# The container plugin installs CRI-O unless dpkg lists a package `cri-o`, and it knows no repository
# that has the minors from 1.34. So the pinned archive is made a package of that name.
install_crio() {
    local version=$CRIO_VERSION-1vnfctl archive found
    found=$(dpkg-query --show --showformat '${db:Status-Abbrev}${Version}' cri-o 2>/dev/null || true)
    if [[ $found == "ii $version" ]]; then
        say "CRI-O $CRIO_VERSION is there already"
    else
        archive=$(fetch crio) || exit 1
        SCRATCH=$(mktemp -d)
        trap 'rm -rf "$SCRATCH"' EXIT
        pack_crio "$archive" "$version"
        sudo dpkg --install "$SCRATCH/cri-o.deb" >&2 || die "the package of CRI-O cannot be installed"
    fi
    # The plugin adds its settings to this file and asks it for the cgroup manager.
    if [[ ! -f /etc/crio/crio.conf ]]; then
        printf '[crio.runtime]\ncgroup_manager = "systemd"\n' | sudo tee /etc/crio/crio.conf >/dev/null
    fi
    if [[ ! -f /etc/containers/policy.json ]]; then
        sudo mkdir -p /etc/containers
        echo '{"default":[{"type":"insecureAcceptAnything"}]}' | sudo tee /etc/containers/policy.json >/dev/null
    fi
    sudo systemctl daemon-reload
    sudo systemctl enable --now crio || die "CRI-O does not start (journalctl -u crio)"
}

# pack_crio ARCHIVE VERSION: makes $SCRATCH/cri-o.deb of the makers' archive
pack_crio() {
    local archive=$1 version=$2 root=$SCRATCH/root file name
    mkdir -p "$SCRATCH/archive" "$root"/{DEBIAN,usr/bin,usr/libexec/crio,etc/crio/crio.conf.d}
    mkdir -p "$root/usr/lib/systemd/system"
    tar --extract --file "$archive" --directory "$SCRATCH/archive" --no-same-owner --strip-components=1
    [[ -f $SCRATCH/archive/bin/crio ]] || die "the archive of CRI-O holds no bin/crio"
    for file in "$SCRATCH"/archive/bin/*; do
        name=${file##*/}
        case $name in
            crio | pinns) install -m 0755 "$file" "$root/usr/bin/$name" ;;
            crictl) ;; # kubeadm's package brings its own
            *) install -m 0755 "$file" "$root/usr/libexec/crio/$name" ;;
        esac
    done
    crio_settings >"$root/etc/crio/crio.conf.d/10-crio.conf"
    if [[ -f $root/usr/libexec/crio/runc ]]; then
        # The plugin names a place of runc that no newer package has; this file is read after that.
        printf '[crio.runtime.runtimes.runc]\nruntime_path = "/usr/libexec/crio/runc"\n' \
            >>"$root/etc/crio/crio.conf.d/10-crio.conf"
    fi
    crio_unit >"$root/usr/lib/systemd/system/crio.service"
    cat >"$root/DEBIAN/control" <<CONTROL
Package: cri-o
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: this devstack's operator <root@localhost>
Section: misc
Priority: optional
Description: CRI-O $CRIO_VERSION of its makers' archive, packed by before-stack.sh
CONTROL
    chmod -R u=rwX,go=rX "$root"
    dpkg-deb --root-owner-group --build "$root" "$SCRATCH/cri-o.deb" >/dev/null
}

crio_settings() {
    cat <<'CONF'
[crio.runtime]
conmon = "/usr/libexec/crio/conmon"
conmon_cgroup = "pod"
pinns_path = "/usr/bin/pinns"
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/libexec/crio/crun"
monitor_path = "/usr/libexec/crio/conmon"
[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = ["/opt/cni/bin/"]
CONF
}

crio_unit() {
    cat <<'UNIT'
[Unit]
Description=CRI-O container runtime
Wants=network-online.target
Before=kubelet.service
After=network-online.target
[Service]
Type=notify
ExecStart=/usr/bin/crio
Restart=on-failure
LimitNOFILE=1048576
LimitNPROC=1048576
TasksMax=infinity
OOMScoreAdjust=-999
TimeoutStartSec=120
[Install]
WantedBy=multi-user.target
UNIT
}

DEVSTACK=${1:-$HOME/devstack}
((EUID != 0)) || die "run it as the user that runs stack.sh, which is not root"
[[ -f $DEVSTACK/stack.sh ]] || die "$DEVSTACK is no checkout of devstack: it has no stack.sh"
[[ ! -e $DEVSTACK/localrc ]] || die "stack.sh would read $DEVSTACK/localrc and not local.conf: move it away"
if [[ $NODE == true ]]; then
    command -v dpkg-deb >/dev/null || die "nodes of the cluster need Debian or Ubuntu"
    load_modules
    install_crio
fi
if [[ $CONTROL_PLANE == true ]]; then
    place cilium.sh 0755
    place local.sh 0755
fi
place local.conf 0600
say "ready: run $DEVSTACK/stack.sh"
