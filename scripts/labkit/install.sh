# shellcheck shell=bash
# Installs what the lab runs: OpenStack from Debian 12, Tacker and the clients from PyPI, each in a venv of its own.

DEBIAN_PACKAGES=(
  keystone glance-api placement-api nova-api nova-conductor nova-scheduler nova-compute
  neutron-server neutron-linuxbridge-agent neutron-dhcp-agent neutron-l3-agent neutron-metadata-agent
  heat-api heat-engine barbican-api rabbitmq-server mariadb-server memcached
  python3-requests python3-yaml python3-venv openssh-client curl iproute2 sudo zstd
)
# Also what other tests hold against the real thing: an editor.
NODE_STAGE_PACKAGES=(mmdebstrap prometheus prometheus-alertmanager docker-registry apt-utils gpg gpg-agent neovim)

check_machine() {
  [ "$(id -u)" = 0 ] || fail "the lab starts system daemons and network devices: it must run as root" "sudo scripts/lab up"
  local id='' version=''
  if [ -r /etc/os-release ]; then
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && echo "${ID:-}") version=$(. /etc/os-release && echo "${VERSION_ID:-}")
  fi
  [ "$id $version" = "debian 12" ] ||
    fail "the lab needs Debian 12 for its OpenStack packages; this is ${id:-unknown} ${version:-}" "run it in a Debian 12 machine or container"
}

# install_debian_packages PACKAGE...
install_debian_packages() {
  if all_installed "$@"; then return; fi
  say "installing Debian packages (some minutes the first time; log/apt.out)"
  # The lab starts the daemons itself, with its own configuration; Debian's own instances must not take the ports.
  local policy=/usr/sbin/policy-rc.d made=''
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=yes
  fi
  logged apt apt-get -q update
  logged apt env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-unsafe-io "$@"
  if [ -n "$made" ]; then rm -f "$policy"; fi
}

all_installed() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || return 1
  done
}

# install_venv NAME: versions pinned to the set that was tested together; a changed list is installed anew
install_venv() {
  local name=$1 venv=$LAB/venv-$1 list=$KIT/requirements-$1.txt
  if cmp -s "$list" "$venv/installed.txt"; then return; fi
  say "installing $venv (about 90 s the first time; log/pip-$name.out)"
  if [ ! -x "$venv/bin/pip" ]; then logged "pip-$name" python3 -m venv "$venv"; fi
  logged "pip-$name" "$venv/bin/pip" install --disable-pip-version-check -r "$list"
  cp "$list" "$venv/installed.txt"
}

install_all() {
  local wanted=("${DEBIAN_PACKAGES[@]}")
  check_machine
  if [ "$STAGE" = node ]; then wanted+=("${NODE_STAGE_PACKAGES[@]}"); fi
  install_debian_packages "${wanted[@]}"
  install_venv tacker
  install_venv cli
}
