#!/usr/bin/env bash
# Makes this machine a node of a Kubernetes cluster with Cilium, one step after the other.
#
# Read: $VNFCTL_HOME/cluster.json (the package's, same for all nodes) and node.json (this node:
# name, address, serverId, vnf, role, endpoint, endpointMode, schedulable, nodeCount; behind a virtual
# address also peers and priority). Progress goes to stdout, a JSON object a line; everything the
# tools say goes to the log. A step that is done with the same inputs is skipped, so that any
# subcommand may be run again after a failure. The parts lie beside this file, one subject each.
set -euo pipefail

HOME_DIR=${VNFCTL_HOME:-/opt/vnfctl}
STATE_DIR=/var/lib/vnfctl
CACHE_DIR=$STATE_DIR/cache
STEP_DIR=$STATE_DIR/steps
LOG=/var/log/vnfctl-node.log
JOIN_FILE=/run/vnfctl/join.json
ADMIN_CONF=/etc/kubernetes/admin.conf
export KUBECONFIG=$ADMIN_CONF
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

usage() {
    cat <<'USAGE'
usage: node.sh SUBCOMMAND
  prepare            kernel, system packages, runtime, kubeadm, kubelet, kubectl, crictl (and on a
                     control plane Cilium's, and the announcer of a virtual address)
  bake [--no-images] put what nodes would download into this image: programs and container images
  init               make this node the first control plane
  network            install Cilium, or bring it to this package's version and values
  prejoin [anew]     what of a control plane's join can be done before its turn, with the same data
  join [anew]        join with the data in /run/vnfctl/join.json (removed afterwards)
  announce           tell the announcer of the virtual address of the present peers
  token [FILE]       print fresh join data as JSON, or write it to FILE (mode 0600)
  ready SECS NODE... wait until the nodes are Ready and Cilium is well
  nodes              print name, server id and readiness of the cluster's nodes as JSON
  remove NODE SECS   cordon, drain for at most SECS seconds, then as forget
  forget NODE        delete a node's etcd member, if it has one, and its object
  spare NODE         fail unless etcd keeps a sound majority without this control plane
  prune NODE...      remove etcd members of all others
  kubeconfig [HOST:PORT]
                     print the administrator's kubeconfig, for another endpoint if one is given
  status             print what is installed and whether this node belongs to a cluster, as JSON
USAGE
}

KIT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
for part in talk artifacts packages bake images runtime prepare vip etcd cilium membership day2; do
    # shellcheck source=/dev/null
    . "$KIT/$part.sh"
done

main() {
    SUBCOMMAND=${1:-}
    [[ $# -gt 0 ]] && shift
    case $SUBCOMMAND in
        prepare | bake | init | network | prejoin | join | announce | token | ready | nodes | remove | forget | spare | prune | kubeconfig | status) ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    [[ $EUID -eq 0 ]] || { echo "node.sh: must run as root" >&2; exit 1; }
    mkdir -p "$STEP_DIR" "$CACHE_DIR" /run/vnfctl
    chmod 0700 "$STATE_DIR" /run/vnfctl
    touch "$LOG"
    chmod 0600 "$LOG"
    # What is data goes to 3, talk for the operator to 4; all that tools say, to the log.
    exec 3>&1 4>&2 >>"$LOG" 2>&1
    load_settings
    # One at a time changes this node: a retry must not meet its predecessor half-way. Drains of
    # several nodes may go on side by side.
    local lock=--shared
    case $SUBCOMMAND in prepare | bake | init | network | prejoin | join | announce | token) lock=--exclusive ;; esac
    exec 9>/run/vnfctl/lock
    flock "$lock" --timeout 30 9 || die "another node.sh is at work on this node"
    trap 'note_end $?' EXIT
    "$SUBCOMMAND" "$@"
}

main "$@"
