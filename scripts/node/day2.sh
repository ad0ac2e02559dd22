# shellcheck shell=bash
# What a control plane is asked once the cluster is there.

# upload_certificates: what control planes share goes into the cluster, encrypted; prints its key
upload_certificates() {
    local key=/run/vnfctl/certificate.key config=/run/vnfctl/kubeadm-certs.yaml
    openssl rand -hex 32 | write_private "$key"
    kubeadm_config certs "$key" | write_private "$config" || die "kubeadm's configuration cannot be made (see $LOG)"
    kubeadm init phase upload-certs --upload-certs --skip-certificate-key-print --config "$config" >>"$LOG" ||
        { rm -f "$key" "$config"; die "kubeadm cannot upload the control planes' certificates"; }
    cat "$key"
    rm -f "$key" "$config"
}

join_data() {
    local token hash key=""
    token=$(kubeadm token create --ttl 30m) || die "kubeadm token create failed"
    hash=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -pubkey -noout |
        openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
    if several_members; then key=$(upload_certificates) || exit 1; fi
    # By standard input, since arguments can be read in the process list.
    printf '%s\n%s\n%s\n%s\n' "$(node endpoint)" "$token" "sha256:$hash" "$key" | python3 -c 'import json,sys
endpoint, token, ca, key = (sys.stdin.read() + "\n").split("\n")[:4]
print(json.dumps({"endpoint": endpoint, "token": token, "caCertHashes": [ca],
                  **({"certificateKey": key} if key else {})}))'
}

token() {
    if [[ $# -gt 0 ]]; then
        join_data | write_private "$1"
    else
        join_data >&3
    fi
}

nodes() {
    local list
    CURRENT_STEP=nodes
    # A virtual address that moves just now is nobody's for some seconds.
    await 60 "an answer of the API server at $(node endpoint)" api_answers
    list=$(kubectl --request-timeout=30s get nodes -o json) || die "kubectl get nodes failed"
    printf '%s' "$list" | python3 -c 'import json,sys
print(json.dumps([{"name": n["metadata"]["name"],
  "serverId": n["metadata"].get("labels", {}).get("vnfctl.dev/server"),
  "ready": any(c["type"] == "Ready" and c["status"] == "True"
               for c in n.get("status", {}).get("conditions", []))}
  for n in json.load(sys.stdin)["items"]]))' >&3
}

ready() {
    local seconds=$1 name
    shift
    CURRENT_STEP=ready
    kubectl wait --for=condition=Ready "${@/#/node/}" --timeout "${seconds}s" ||
        for name in "$@"; do
            kubectl wait --for=condition=Ready "node/$name" --timeout 1s ||
                die "node $name is not Ready within $seconds s"
        done
    if several_members; then await "$seconds" "a healthy etcd member on every control plane" etcd_settled; fi
    cilium status --wait --wait-duration "${seconds}s" || die "Cilium is not well within $seconds s"
    progress ready "done" "$*"
}

node_exists() { [[ -n $(kubectl get node "$1" --ignore-not-found -o name) ]]; }

remove() {
    local name=$1 seconds=$2
    CURRENT_STEP=remove
    if ! node_exists "$name"; then
        progress remove skipped "node $name is not in the cluster"
        return
    fi
    spare "$name"
    CURRENT_STEP=remove
    kubectl cordon "$name" || die "cannot cordon $name"
    kubectl drain "$name" --ignore-daemonsets --delete-emptydir-data --timeout "${seconds}s" ||
        die "node $name could not be drained within $seconds s (a disruption budget may forbid it: kubectl get pdb -A); it stays cordoned"
    forget "$name"
}

forget() {
    CURRENT_STEP=forget
    # First, so that an attempt that ends here is found and repeated by the node object.
    drop_member "$1"
    kubectl delete node "$1" --ignore-not-found --timeout 60s || die "cannot delete node object $1"
    progress remove "done" "$1"
}

# kubeconfig [HOST:PORT]: the administrator's, for use elsewhere. The API server's certificate names
# the cluster's own endpoint; by another one, such as a floating IP, it is still verified by that name.
kubeconfig() {
    local file=/run/vnfctl/kubeconfig.$$ own cluster_name
    CURRENT_STEP=kubeconfig
    [[ -f $ADMIN_CONF ]] || die "this node is not a control plane of a cluster"
    write_private "$file" <"$ADMIN_CONF"
    if [[ $# -gt 0 ]]; then
        own=$(node endpoint)
        own=${own%:*}
        cluster_name=$(kubectl --kubeconfig "$file" config view -o 'jsonpath={.clusters[0].name}')
        kubectl --kubeconfig "$file" config set-cluster "$cluster_name" --server "https://$1" \
            --tls-server-name "$(tr -d '[]' <<<"$own")" || die "kubectl cannot change the endpoint to $1"
    fi
    cat "$file" >&3
    rm -f "$file"
}

# serves: this node's own API server is ready, whoever has the virtual address
serves() {
    curl --silent --fail --max-time 5 --output /dev/null --cacert /etc/kubernetes/pki/ca.crt "$(readyz_url)"
}

status() {
    local member=false serving=false
    if belongs; then
        member=true
        if serves; then serving=true; fi
    fi
    python3 - "$STEP_DIR" "$member" "$serving" >&3 <<'PY'
import json, os, sys
steps, member, serving = sys.argv[1:4]
done = sorted(os.listdir(steps)) if os.path.isdir(steps) else []
print(json.dumps({"steps": done, "initialised": member == "true", "serving": serving == "true",
                  "joined": "join" in done}))
PY
}
