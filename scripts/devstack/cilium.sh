#!/usr/bin/env bash
# @MARK@
# Makes Cilium the cluster's network. stack.sh runs it in flannel's place, once the control plane is up;
# run by hand it does what is missing, takes flannel away if somebody applied it, and brings changed
# settings into the cluster. As the user that runs stack.sh.
set -euo pipefail

# @SETTINGS@
# @COMMON@
export KUBECONFIG=${KUBECONFIG:-$HOME/.kube/config}

api_is_ready() { kubectl get --raw /readyz >/dev/null 2>&1; }

there() { [[ -n $(kubectl get "$@" --ignore-not-found --output name) ]]; }

# Two networks on one node would give pods addresses by turns.
drop_flannel() {
    local link
    there namespace kube-flannel || return 0
    say "taking flannel away"
    kubectl delete namespace kube-flannel --timeout 120s
    kubectl delete clusterrole,clusterrolebinding flannel --ignore-not-found
    sudo rm -f /etc/cni/net.d/10-flannel.conflist
    for link in flannel.1 cni0; do
        if [[ -e /sys/class/net/$link ]]; then
            sudo ip link delete "$link"
        fi
    done
    FLANNEL=gone
}

unpack_tools() {
    local cli chart
    cli=$(fetch cilium-cli) || exit 1
    chart=$(fetch cilium-chart) || exit 1
    rm -rf "$CACHE/cilium"
    mkdir -p "$CACHE/cilium"
    tar --extract --file "$cli" --directory "$CACHE/cilium" --no-same-owner cilium
    mv "$CACHE/cilium/cilium" "$CACHE/cilium/cilium-cli"
    tar --extract --file "$chart" --directory "$CACHE/cilium" --no-same-owner
    [[ -f $CACHE/cilium/cilium/Chart.yaml ]] || die "the archive of the chart holds no cilium/Chart.yaml"
}

cilium() { "$CACHE/cilium/cilium-cli" "$@"; }

install_cilium() {
    local verb=install
    if there daemonset cilium --namespace kube-system; then
        verb=upgrade
    fi
    cilium_values >"$CACHE/cilium/values.json"
    say "Cilium $CILIUM_VERSION: $verb"
    cilium "$verb" --version "$CILIUM_VERSION" --chart-directory "$CACHE/cilium/cilium" \
        --values "$CACHE/cilium/values.json" || die "cilium $verb failed"
}

FLANNEL=none
[[ -f $KUBECONFIG ]] || die "$KUBECONFIG is not there: stack.sh writes it when the control plane is up"
command -v kubectl >/dev/null || die "kubectl is not there: stack.sh installs it"
await 180 "the API server's readiness" api_is_ready
drop_flannel
unpack_tools
install_cilium
kubectl wait --for=condition=Ready nodes --all --timeout 600s ||
    die "the nodes are not ready: kubectl -n kube-system get pods"
cilium status --wait --wait-duration 600s || die "Cilium is not well: kubectl -n kube-system get pods"
if [[ $FLANNEL == gone ]]; then
    # Its pods had their addresses from flannel.
    kubectl --namespace kube-system rollout restart deployment/coredns
fi
say "Cilium $CILIUM_VERSION is the cluster's network"
