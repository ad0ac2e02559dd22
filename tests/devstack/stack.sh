#!/usr/bin/env bash
# Reads a local.conf as stack.sh does, with devstack's own functions, and prints what came of it. Then
# runs the container plugin's own kubeadm_init or kubeadm_join with stand-ins for what would change the
# machine.
#
# usage: stack.sh CHECKOUTS DEVSTACK LOG NAME..., where CHECKOUTS has the repositories, DEVSTACK is a copy
# of devstack with the local.conf and a cilium.sh, and NAME are variables to print.
# shellcheck disable=SC1090,SC1091,SC2317,SC2154
set -eo pipefail

CHECKOUTS=$1 TOP_DIR=$2 LOG=$3
shift 3
cd "$TOP_DIR"
source "$TOP_DIR/functions"
GetDistro
rm -f "$TOP_DIR/.localrc.auto"
extract_localrc_section "$TOP_DIR/local.conf" "$TOP_DIR/localrc" "$TOP_DIR/.localrc.auto"
source "$TOP_DIR/stackrc"
# As load_plugin_settings does for each plugin that local.conf enables.
for plugin in ${DEVSTACK_PLUGINS//,/ }; do
    source "$CHECKOUTS/$plugin/devstack/settings"
done
verify_disabled_services
for group in local post-config; do
    for file in $(get_meta_section_files "$TOP_DIR/local.conf" "$group"); do
        echo "section $group $file"
    done
done
for name in "$@"; do
    echo "variable $name=${!name}"
done
for service in ${ENABLED_SERVICES//,/ }; do
    echo "service $service"
done
for plugin in ${DEVSTACK_PLUGINS//,/ }; do
    echo "plugin $plugin ${GITREPO[$plugin]} ${GITBRANCH[$plugin]}"
done

# Nothing of the machine is touched: what would be done as root is noted.
function sudo {
    echo "sudo $*" >>"$LOG"
    case "$1 $3" in
        "kubeadm --config") sed 's/^/config /' "$4" >>"$LOG" ;;
        "tee "*) cat >/dev/null ;;
        "test "*) "$@" ;;
    esac
}
if is_service_enabled k8s-master; then
    source "$CHECKOUTS/devstack-plugin-container/devstack/lib/k8s"
    kubeadm_init >/dev/null
    kubectl get nodes
    "$TOP_DIR/local.sh"
elif is_service_enabled k8s-node; then
    source "$CHECKOUTS/devstack-plugin-container/devstack/lib/k8s"
    kubeadm_join >/dev/null
fi
