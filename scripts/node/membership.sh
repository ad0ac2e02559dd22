# shellcheck shell=bash
# How this machine becomes a member of the cluster: kubeadm init and join, and Cilium.

# kubeadm_config init|join|certs [FILE]: kubeadm's configuration for this node
kubeadm_config() {
    CRI_SOCKET=$(cri_socket) python3 "$HOME_DIR/kubeadm_config.py" "$1" "$HOME_DIR" "${2:-$JOIN_FILE}"
}

JOIN_CONFIG=/run/vnfctl/kubeadm-join.yaml
# Says for which membership kubeadm has prepared this node, until it joins.
PREPARED=/run/vnfctl/prepared-to-join

# A half-made or foreign membership is undone before the next attempt: kubeadm refuses otherwise.
reset_membership() {
    if [[ -e /etc/kubernetes/kubelet.conf || -e /etc/kubernetes/manifests/kube-apiserver.yaml || -e /etc/kubernetes/pki/ca.crt ]]; then
        progress "$CURRENT_STEP" note "resetting what an earlier attempt or another cluster left here"
        kubeadm reset --force --cri-socket "$(cri_socket)" || die "kubeadm reset failed"
        # kubeadm leaves what the network plugin wrote; the node would seem ready before its time.
        rm -rf /etc/cni/net.d/05-cilium.conflist /var/run/cilium/state
        rm -f "$PREPARED" "$STEP_DIR/init" "$STEP_DIR/join" "$STEP_DIR"/{cilium,gateway-api,ipsec-key,manifests}
    fi
}

api_answers() { kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1; }

run_init() {
    local config=/run/vnfctl/kubeadm-init.yaml
    reset_membership
    kubeadm_config init | write_private "$config" || die "kubeadm's configuration cannot be made (see $LOG)"
    printf '%s\n' "$$" >"$FOUNDER"
    kubeadm init --config "$config" || die "kubeadm init failed"
    await 120 "the API server's readiness" api_answers
    rm -f "$config" "$FOUNDER"
}

cilium_values() {
    python3 - "$HOME_DIR" <<'PY'
import json, sys
cluster = json.load(open(sys.argv[1] + "/cluster.json"))
node = json.load(open(sys.argv[1] + "/node.json"))
values = dict(cluster["cilium"].get("values") or {})
host, _, port = node["endpoint"].rpartition(":")
values.setdefault("k8sServiceHost", host.strip("[]"))
values.setdefault("k8sServicePort", int(port))
# Replicas repel each other: a second one would stay Pending on the only node.
if node["nodeCount"] == 1:
    values["operator"] = {**values.get("operator", {}), "replicas": 1}
print(json.dumps(values, indent=1))
PY
}

run_cilium() {
    local verb=install
    cilium_values >"$STATE_DIR/cilium-values.yaml"
    if kubectl -n kube-system get daemonset cilium >/dev/null 2>&1; then
        verb=upgrade
    fi
    cilium "$verb" --version "$(cluster cilium version)" --chart-directory "$STATE_DIR/chart/cilium" \
        --values "$STATE_DIR/cilium-values.yaml" || die "cilium $verb failed"
}

# belongs: this node is a control plane of a cluster, the first or a later one
belongs() { [[ -f $ADMIN_CONF && (-f $STEP_DIR/init || -f $STEP_DIR/join) ]]; }

init() {
    # Neither a later control plane that leads now, nor a package with other versions or ranges, may
    # make a cluster anew that is there.
    if belongs; then
        CURRENT_STEP=init
        progress init skipped "this node is a control plane already"
        await 120 "the API server's readiness" api_answers
    else
        step init "$(node name) $(node serverId)" run_init
    fi
}

# network: Cilium, which nodes need to be Ready but not to join
network() {
    prepare_cilium
    step cilium "$(cluster cilium) $(node endpoint)" run_cilium
    tell_cilium
}

# kubeadm_join WORD...: kubeadm's join, or some phases of it
kubeadm_join() {
    kubeadm_config join | write_private "$JOIN_CONFIG"
    kubeadm join "$@" --config "$JOIN_CONFIG" || { rm -f "$JOIN_CONFIG"; die "kubeadm join failed"; }
    rm -f "$JOIN_CONFIG"
}

# join_inputs: what a membership stands and falls with; the CA's hash is another one when the control
# plane was rebuilt
join_inputs() {
    local of_cluster
    [[ -f $JOIN_FILE ]] || die "$JOIN_FILE is missing"
    of_cluster=$(python3 -c 'import json, sys
data = json.load(sys.stdin)
print(data["endpoint"], json.dumps(data["caCertHashes"]))' <"$JOIN_FILE") || die "$JOIN_FILE says no cluster"
    printf '%s %s %s\n' "$(node name)" "$(node serverId)" "$of_cluster"
}

# not_known [anew]: `anew` when the cluster does not know this node, whatever was done here before
not_known() { if [[ ${1:-} == anew ]]; then rm -f "$STEP_DIR/join"; fi; }

# prejoin [anew]: what a control plane can do before its turn in etcd: kubeadm's checks with the pull of
# images, the certificates and the manifests
prejoin() {
    CURRENT_STEP=prejoin
    JOINING=$(join_inputs)
    not_known "$@"
    if finished join "$JOINING" run_join; then
        progress prejoin skipped "this node has joined already"
        return
    fi
    progress prejoin started ""
    reset_membership
    kubeadm_join phase preflight
    kubeadm_join phase control-plane-prepare all
    printf '%s\n' "$JOINING" >"$PREPARED"
    progress prejoin "done" ""
}

run_join() {
    if [[ -f $PREPARED && $(<"$PREPARED") == "$JOINING" ]]; then
        rm -f "$PREPARED" # an attempt that fails from here on leaves more than what is prepared
        kubeadm_join --skip-phases preflight,control-plane-prepare
    else
        reset_membership
        kubeadm_join
    fi
}

# join [anew]: as a whole, or what prejoin left to do
join() {
    JOINING=$(join_inputs)
    not_known "$@"
    step join "$JOINING" run_join
    rm -f "$JOIN_FILE"
}
