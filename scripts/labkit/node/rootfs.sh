# shellcheck shell=bash
# The root filesystem that all servers of the node stage share, read-only under an overlay of their own:
# Debian 13 with systemd, sshd and cloud-init, and what a Kubernetes node script expects of a Debian base.

NODE_SUITE=trixie
NODE_PACKAGES=(
  systemd systemd-sysv dbus util-linux procps kmod sudo less
  openssh-server cloud-init python3-minimal python3-yaml
  iproute2 iputils-ping netbase ca-certificates curl
  iptables nftables ipset ebtables conntrack socat ethtool jq tcpdump zstd
)
# There is no udev, no disk, no clock to set, no log in at a seat; the driver sets the network before systemd starts.
NODE_MASKED=(
  systemd-{udevd,udev-trigger,udev-settle,modules-load,sysctl,timesyncd,logind,binfmt,random-seed}.service
  systemd-{machine-id-commit,remount-fs,hwdb-update,update-done,firstboot,boot-update,pcrphase,oomd}.service
  systemd-{networkd,networkd-wait-online,resolved}.service systemd-{networkd,networkd-varlink}.socket
  systemd-{resolved-varlink,resolved-monitor,journald-audit}.socket
  systemd-{udevd-control,udevd-kernel,udevd-varlink}.socket
  {getty@tty1,console-getty,container-getty@,serial-getty@ttyS0,ldconfig,e2scrub_reap}.service
  cloud-init-hotplugd.socket {e2scrub_all,fstrim,apt-daily,apt-daily-upgrade,dpkg-db-backup}.timer
  sys-kernel-{debug,tracing,config}.mount sys-fs-fuse-connections.mount dev-{hugepages,mqueue}.mount
  proc-sys-fs-binfmt_misc.automount
)

# Made once; made anew when this file has changed, which must not happen under running servers.
prepare_node_rootfs() {
  local rootfs=$LAB/rootfs recipe=$KIT/node/rootfs.sh server
  if cmp -s "$recipe" "$rootfs.recipe"; then return; fi
  for server in "$LAB"/servers/*/init.pid; do
    [ ! -e "$server" ] || fail "the servers' root filesystem must be made anew, but servers run on it" "delete them, or scripts/lab down --wipe"
  done
  say "making the servers' root filesystem (2 minutes the first time; log/node-rootfs.out)"
  rm -rf "$rootfs" "$rootfs.new" "$rootfs.recipe"
  logged node-rootfs bootstrap_rootfs "$rootfs.new"
  adapt_rootfs "$rootfs.new"
  mv "$rootfs.new" "$rootfs"
  cp "$recipe" "$rootfs.recipe"
}

# bootstrap_rootfs DIRECTORY
bootstrap_rootfs() {
  local packages
  packages=$(IFS=, && echo "${NODE_PACKAGES[*]}")
  mmdebstrap --variant=minbase --mode=root --components=main --include="$packages" --skip=check/qemu \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' "$NODE_SUITE" "$1"
}

# adapt_rootfs DIRECTORY: from a machine's root filesystem to a system container's
adapt_rootfs() {
  local root=$1 unit
  echo localhost >"$root/etc/hostname"
  : >"$root/etc/machine-id"
  rm -f "$root/etc/resolv.conf" "$root"/etc/ssh/ssh_host_*
  : >"$root/etc/resolv.conf"
  for unit in "${NODE_MASKED[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
  rm -f "$root"/etc/systemd/system/*.target.wants/nftables.service
  # Machine-wide values belong to the host, which shows them read-only.
  find "$root/usr/lib/sysctl.d" -name '*.conf' -exec sed -i -E '/^-?(kernel|vm|fs)\./d' {} +
  mkdir -p "$root/etc/systemd/journald.conf.d"
  printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\nReadKMsg=no\nAudit=no\n' >"$root/etc/systemd/journald.conf.d/labnode.conf"
  configure_cloud_init "$root"
  add_heat_shims "$root/usr/lib/python3/dist-packages"
}

configure_cloud_init() {
  local root=$1
  printf 'datasource: NoCloud\npolicy: enabled\n' >"$root/etc/cloud/ds-identify.cfg"
  # Without the modules for disks, package sources and locale, which a container has no use for.
  cat >"$root/etc/cloud/cloud.cfg.d/90-labnode.cfg" <<EOF
datasource_list: [NoCloud, None]
network: {config: disabled}
ssh_genkeytypes: [ed25519, ecdsa]
manage_etc_hosts: false
cloud_init_modules: [bootcmd, write_files, set_hostname, update_hostname, users_groups, ssh, set_passwords]
cloud_config_modules: [ssh_import_id, timezone, runcmd]
cloud_final_modules: [package_update_upgrade_install, write_files_deferred, scripts_vendor, scripts_per_once,
  scripts_per_boot, scripts_per_instance, scripts_user, ssh_authkey_fingerprints, keys_to_console, phone_home, final_message]
EOF
}

# Heat's default user data (HEAT_CFNTOOLS) starts with a Python script that imports distutils and pkg_resources;
# Python 3.13 has neither, and without them cloud-init would not run the user's part.
add_heat_shims() {
  local packages=$1
  mkdir -p "$packages/distutils"
  : >"$packages/distutils/__init__.py"
  cat >"$packages/distutils/version.py" <<EOF
class LooseVersion:
    def __init__(self, version):
        self.parts = [int(part) for part in version.split(".") if part.isdigit()]

    def __ge__(self, other):
        return self.parts >= other.parts
EOF
  if [ -e "$packages/pkg_resources" ]; then return; fi
  cat >"$packages/pkg_resources.py" <<EOF
import subprocess
from types import SimpleNamespace


def get_distribution(name):
    query = ["dpkg-query", "-W", "-f", "\${Version}", name]
    return SimpleNamespace(version=subprocess.run(query, capture_output=True, text=True, check=True).stdout)
EOF
}
