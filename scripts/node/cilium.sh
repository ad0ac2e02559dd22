# shellcheck shell=bash
# What the cluster must have before Cilium's chart is installed, and what Cilium is told afterwards.

# prepare_cilium: the definitions of Gateway API, and the key that nodes encrypt with
prepare_cilium() {
    if [[ -n $(cluster gatewayApi) ]]; then
        step gateway-api "$(cluster gatewayApi) $(cluster artifacts gateway-api)" apply_gateway_api
    fi
    if [[ $(cluster ipsecKey) == true ]]; then
        step ipsec-key 1 make_ipsec_key
    fi
}

# Some of the definitions are too large for what a client-side apply notes on them.
apply_gateway_api() {
    local file
    file=$(fetch gateway-api) || exit 1
    kubectl apply --server-side --filename "$file" || die "Gateway API's definitions cannot be applied"
}

# A key that is there stays: nodes that have another cannot read each other. It goes from one program
# to the next, never by arguments, files or the log.
make_ipsec_key() {
    local found
    found=$(kubectl --namespace kube-system get secret cilium-ipsec-keys --ignore-not-found --output name) ||
        die "cannot ask the cluster for its IPsec key"
    if [[ -n $found ]]; then
        progress ipsec-key note "the cluster has a key already"
        return
    fi
    python3 -c 'import json, secrets
# AES-GCM with a key of 128 bits and a salt of 32; number 3, one key for each pair of nodes (+).
keys = f"3+ rfc4106(gcm(aes)) {secrets.token_hex(20)} 128"
print(json.dumps({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
                  "metadata": {"name": "cilium-ipsec-keys", "namespace": "kube-system"},
                  "stringData": {"keys": keys}}))' | kubectl create --filename - ||
        die "the IPsec key cannot be stored in the cluster"
}

# tell_cilium: address pools, announcements, BGP sessions
tell_cilium() {
    if [[ $(cluster manifests items) != "[]" ]]; then
        step manifests "$(cluster manifests)" apply_manifests
    fi
}

established() { kubectl wait --for=condition=Established "crd/$1" --timeout 5s >/dev/null 2>&1; }

apply_manifests() {
    local crd crds file=$STATE_DIR/manifests.json
    # Cilium's operator makes the definitions once it runs.
    crds=$(python3 -c 'import json, sys
print("\n".join(json.load(sys.stdin)))' <<<"$(cluster manifests crds)")
    while read -r crd; do
        await 300 "the definition of $crd, which Cilium's operator makes" established "$crd"
    done <<<"$crds"
    python3 -c 'import json, sys
print(json.dumps({"apiVersion": "v1", "kind": "List", "items": json.load(sys.stdin)}, indent=1))' \
        <<<"$(cluster manifests items)" >"$file"
    kubectl apply --filename "$file" || die "Cilium's resources cannot be applied (see $LOG)"
}
