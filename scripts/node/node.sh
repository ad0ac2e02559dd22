#!/usr/bin/env bash
# Makes this machine a node of a Kubernetes cluster with Cilium, one step after the other.
#
# Read: $VNFCTL_HOME/cluster.json (the package's, same for all nodes) and node.json (this node:
# name, address, serverId, role, endpoint, endpointMode, schedulable, nodeCount). Progress goes to stdout, a JSON
# object a line; everything the tools say goes to the log. A step that is done with the same inputs
# is skipped, so that any subcommand may be run again after a failure.
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
  prepare            kernel, runtime, kubeadm, kubelet, kubectl, crictl (and Cilium's on a control plane)
  init               make this node the first control plane, install Cilium
  join               join with the data in /run/vnfctl/join.json (removed afterwards)
  token [FILE]       print fresh join data as JSON, or write it to FILE (mode 0600)
  ready SECS NODE... wait until the nodes are Ready and Cilium is well
  nodes              print name, server id and readiness of the cluster's nodes as JSON
  remove NODE SECS   cordon, drain for at most SECS seconds, delete the node object
  forget NODE        delete the object of a node that is gone
  status             print what is installed and whether this node belongs to a cluster, as JSON
USAGE
}

# ---- talk ---------------------------------------------------------------------------------------

# progress STEP STATE MESSAGE: one JSON line, on stdout for the driver and in the log for people.
progress() {
    local line
    line=$(python3 -c 'import json,sys,time
print(json.dumps({"time": round(time.time(), 3), "step": sys.argv[1], "state": sys.argv[2],
                  "message": sys.argv[3]}))' "$1" "$2" "$3")
    printf '%s\n' "$line" >&3
    printf '%s\n' "$line" >>"$LOG"
}

die() {
    progress "${CURRENT_STEP:-$SUBCOMMAND}" failed "$1"
    printf 'node.sh: %s: %s\n' "${CURRENT_STEP:-$SUBCOMMAND}" "$1" >&4
    exit 1
}

# note_end STATUS: a tool that fails under errexit would otherwise leave without a word.
note_end() {
    (($1 == 0)) || printf 'node.sh: %s ended with status %s\n' "${CURRENT_STEP:-$SUBCOMMAND}" "$1" >>"$LOG"
}

# cfg FILE KEY...: the value at a path; empty for null or a missing key; JSON for a map or list.
cfg() {
    python3 - "$@" <<'PY'
import json, sys
with open(sys.argv[1]) as source:
    value = json.load(source)
for key in sys.argv[2:]:
    value = value.get(key) if isinstance(value, dict) else None
if value is None:
    value = ""
print(value if isinstance(value, str) else json.dumps(value))
PY
}
cluster() { cfg "$HOME_DIR/cluster.json" "$@"; }
node() { cfg "$HOME_DIR/node.json" "$@"; }

# step NAME INPUTS FUNCTION: runs FUNCTION unless it ended well with the same inputs before.
step() {
    local name=$1 inputs=$2 run=$3 digest
    CURRENT_STEP=$name
    digest=$(printf '%s\n%s\n' "$inputs" "$(declare -f "$run")" | sha256sum | cut -d' ' -f1)
    if [[ -f $STEP_DIR/$name && $(<"$STEP_DIR/$name") == "$digest" ]]; then
        progress "$name" skipped "already done"
        return
    fi
    progress "$name" started ""
    "$run"
    printf '%s\n' "$digest" >"$STEP_DIR/$name.new"
    mv "$STEP_DIR/$name.new" "$STEP_DIR/$name"
    progress "$name" "done" ""
}

# await SECONDS WHAT COMMAND...: polls a condition until it holds or the deadline passes.
await() {
    local seconds=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + seconds))
    until "$@"; do
        ((SECONDS < deadline)) || die "$what: not within $seconds s"
        sleep 0.5 # the pause of a poll with a deadline
    done
}

# ---- artifacts ----------------------------------------------------------------------------------

arch() {
    case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) die "machine type $(uname -m) is not supported (amd64 and arm64 are)" ;;
    esac
}

# pinned NAME FIELD: path or sha256 of an artifact for this machine's architecture.
pinned() {
    local value
    value=$(cluster artifacts "$1" "$(arch)" "$2")
    [[ -n $value ]] || value=$(cluster artifacts "$1" any "$2")
    [[ -n $value ]] || die "cluster.json pins no $2 of artifact $1 for $(arch)"
    printf '%s\n' "$value"
}

matches() { [[ $(sha256sum "$1" | cut -d' ' -f1) == "$2" ]]; }

# fetch NAME: puts the artifact into the cache, verified, and prints where it lies.
fetch() {
    local name=$1 path sha base ca target url got
    path=$(pinned "$name" path) || exit 1
    sha=$(pinned "$name" sha256) || exit 1
    base=$(cluster mirror base)
    ca=$(cluster mirror caFile)
    target=$CACHE_DIR/$name-$sha
    url=${base%/}/$path
    if [[ ! -f $target ]] || ! matches "$target" "$sha"; then
        curl --fail --silent --show-error --location --retry 3 --connect-timeout 10 --max-time 600 \
            ${ca:+--cacert "$ca"} --output "$target.part" "$url" ||
            die "cannot download $name from $url (see $LOG; is the mirror reachable from this node?)"
        if ! matches "$target.part" "$sha"; then
            got=$(sha256sum "$target.part" | cut -d' ' -f1)
            rm -f "$target.part"
            die "checksum of $name from $url is $got, the package pins $sha; nothing was installed"
        fi
        mv "$target.part" "$target"
    fi
    printf '%s\n' "$target"
}

install_binary() {
    local file
    file=$(fetch "$1") || exit 1
    install -m 0755 "$file" "/usr/local/bin/$1"
}

# unpack NAME DIR [TAR-OPTION...]: extracts the artifact's tar into DIR.
unpack() {
    local file dir=$2
    file=$(fetch "$1") || exit 1
    shift 2
    mkdir -p "$dir"
    tar --extract --file "$file" --directory "$dir" --no-same-owner "$@"
}

# ---- prepare ------------------------------------------------------------------------------------

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

crio_socket_ready() { [[ -S /var/run/crio/crio.sock ]]; }
containerd_socket_ready() { [[ -S /run/containerd/containerd.sock ]]; }

install_crio() {
    local dir=$STATE_DIR/crio file
    rm -rf "$dir"
    unpack crio "$dir" --strip-components=1
    mkdir -p /etc/crio/crio.conf.d /usr/local/libexec/crio /etc/containers /etc/cni/net.d
    for file in "$dir"/bin/*; do
        case ${file##*/} in
            crio | pinns | crictl) install -m 0755 "$file" /usr/local/bin/ ;;
            *) install -m 0755 "$file" /usr/local/libexec/crio/ ;;
        esac
    done
    [[ -x /usr/local/bin/crio ]] || die "the CRI-O archive holds no bin/crio"
    if [[ ! -f /etc/containers/policy.json ]]; then
        echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
    fi
    cat >/etc/crio/crio.conf.d/10-vnfctl.conf <<'CONF'
[crio.runtime]
cgroup_manager = "systemd"
conmon_cgroup = "pod"
conmon = "/usr/local/libexec/crio/conmon"
pinns_path = "/usr/local/bin/pinns"
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/local/libexec/crio/crun"
monitor_path = "/usr/local/libexec/crio/conmon"
[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = ["/opt/cni/bin/"]
CONF
    cat >/etc/systemd/system/crio.service <<'UNIT'
[Unit]
Description=CRI-O container runtime
Wants=network-online.target
Before=kubelet.service
After=network-online.target
[Service]
Type=notify
ExecStart=/usr/local/bin/crio
Restart=on-failure
LimitNOFILE=1048576
LimitNPROC=1048576
TasksMax=infinity
OOMScoreAdjust=-999
TimeoutStartSec=120
[Install]
WantedBy=multi-user.target
UNIT
    start_service crio
    await 60 "CRI-O's socket" crio_socket_ready
}

install_containerd() {
    unpack containerd /usr/local
    install_binary runc
    mkdir -p /etc/containerd
    cat >/etc/containerd/config.toml <<'CONF'
version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = true
BinaryName = '/usr/local/bin/runc'
CONF
    cat >/etc/systemd/system/containerd.service <<'UNIT'
[Unit]
Description=containerd container runtime
After=network.target
Before=kubelet.service
[Service]
Type=notify
ExecStart=/usr/local/bin/containerd
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=1048576
LimitNPROC=infinity
TasksMax=infinity
OOMScoreAdjust=-999
[Install]
WantedBy=multi-user.target
UNIT
    start_service containerd
    await 60 "containerd's socket" containerd_socket_ready
}

start_service() {
    systemctl daemon-reload
    systemctl enable "$1"
    systemctl restart "$1" || die "service $1 does not start (journalctl -u $1)"
}

cri_socket() {
    case $(cluster runtime name) in
        crio) echo unix:///var/run/crio/crio.sock ;;
        containerd) echo unix:///run/containerd/containerd.sock ;;
        *) die "runtime $(cluster runtime name) is not known (crio and containerd are)" ;;
    esac
}

install_cni_plugins() { unpack cni-plugins /opt/cni/bin; }

install_kubernetes() {
    local binary
    for binary in kubeadm kubelet kubectl; do
        install_binary "$binary"
    done
    unpack crictl /usr/local/bin crictl
    printf 'runtime-endpoint: %s\nimage-endpoint: %s\n' "$(cri_socket)" "$(cri_socket)" >/etc/crictl.yaml
    crictl info >/dev/null || die "the container runtime does not answer crictl"
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

prepare() {
    local runtime artifacts
    runtime=$(cluster runtime name)
    artifacts="$(cluster artifacts) $(cluster mirror)"
    cri_socket >/dev/null
    mkdir -p "$CACHE_DIR"
    step kernel 1 prepare_kernel
    if [[ $runtime == containerd ]]; then
        step cni-plugins "$(cluster artifacts cni-plugins)" install_cni_plugins
    fi
    step runtime "$(cluster runtime) $artifacts" "install_$runtime"
    step kubernetes "$(cluster kubernetes) $artifacts" install_kubernetes
    if [[ $(node role) == control-plane ]]; then
        step cilium-tools "$(cluster cilium version) $artifacts" install_cilium_tools
    fi
}

# ---- init, join ---------------------------------------------------------------------------------

# write_private FILE: stdin into FILE, mode 0600, at once or not at all.
write_private() {
    mkdir -p "$(dirname "$1")"
    (umask 077 && cat >"$1.new")
    mv "$1.new" "$1"
}

# kubeadm_config init|join: kubeadm's v1beta4 documents (JSON is YAML).
kubeadm_config() {
    CRI_SOCKET=$(cri_socket) python3 - "$1" "$HOME_DIR" "$JOIN_FILE" <<'PY'
import json, os, sys
mode, home, join_file = sys.argv[1:4]
read = lambda path: json.load(open(path))
cluster, node = read(home + "/cluster.json"), read(home + "/node.json")
api = {"apiVersion": "kubeadm.k8s.io/v1beta4"}
port = cluster["controlPlaneEndpoint"]["port"]
registration = {
    "name": node["name"],
    "criSocket": os.environ["CRI_SOCKET"],
    "kubeletExtraArgs": [
        {"name": "node-ip", "value": node["address"]},
        {"name": "node-labels", "value": "vnfctl.dev/server=" + node["serverId"]},
    ],
}
control_plane = node["role"] == "control-plane"
if control_plane and node["schedulable"]:
    registration["taints"] = []
local = {"advertiseAddress": node["address"], "bindPort": port}
if mode == "init":
    documents = [
        {**api, "kind": "InitConfiguration", "nodeRegistration": registration,
         "localAPIEndpoint": local, "skipPhases": ["addon/kube-proxy"]},
        {**api, "kind": "ClusterConfiguration", "clusterName": cluster["cluster"],
         "kubernetesVersion": "v" + cluster["kubernetes"]["version"].lstrip("v"),
         "controlPlaneEndpoint": node["endpoint"], "proxy": {"disabled": True},
         "networking": {"podSubnet": cluster["podCidr"], "serviceSubnet": cluster["serviceCidr"]}},
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
         "cgroupDriver": "systemd"},
    ]
else:
    join = read(join_file)
    document = {**api, "kind": "JoinConfiguration", "nodeRegistration": registration,
                "discovery": {"bootstrapToken": {
                    "apiServerEndpoint": join["endpoint"], "token": join["token"],
                    "caCertHashes": join["caCertHashes"]}}}
    if control_plane:
        document["controlPlane"] = {"localAPIEndpoint": local,
                                    "certificateKey": join["certificateKey"]}
    documents = [document]
print("\n---\n".join(json.dumps(item, indent=1) for item in documents))
PY
}

# A half-made or foreign membership is undone before the next attempt: kubeadm refuses otherwise.
reset_membership() {
    if [[ -e /etc/kubernetes/kubelet.conf || -e /etc/kubernetes/manifests/kube-apiserver.yaml || -e /etc/kubernetes/pki/ca.crt ]]; then
        progress "$CURRENT_STEP" note "resetting what an earlier attempt or another cluster left here"
        kubeadm reset --force --cri-socket "$(cri_socket)" || die "kubeadm reset failed"
        rm -f "$STEP_DIR/init" "$STEP_DIR/join" "$STEP_DIR/cilium"
    fi
}

api_answers() { kubectl --request-timeout=5s get --raw /readyz >/dev/null 2>&1; }

run_init() {
    local config=/run/vnfctl/kubeadm-init.yaml
    reset_membership
    kubeadm_config init | write_private "$config"
    kubeadm init --config "$config" || die "kubeadm init failed"
    await 120 "the API server's readiness" api_answers
    rm -f "$config"
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

init() {
    if [[ $(node endpointMode) == vip ]]; then
        die "a control plane behind a virtual address needs an address announcer, which this package does not carry yet; use flavour single or simple"
    fi
    # Node count is left out: kubeadm's part must not run again because a worker came.
    step init "$(node name) $(node serverId) $(node endpoint) $(cluster kubernetes version) $(cluster podCidr) $(cluster serviceCidr)" run_init
    step cilium "$(cluster cilium) $(node endpoint)" run_cilium
}

run_join() {
    local config=/run/vnfctl/kubeadm-join.yaml
    reset_membership
    kubeadm_config join | write_private "$config"
    kubeadm join --config "$config" || { rm -f "$config"; die "kubeadm join failed"; }
    rm -f "$config"
}

join() {
    [[ -f $JOIN_FILE ]] || die "$JOIN_FILE is missing"
    # The CA's hash is an input: a rebuilt control plane makes the old membership worthless.
    step join "$(node name) $(node serverId) $(cfg $JOIN_FILE endpoint) $(cfg $JOIN_FILE caCertHashes)" run_join
    rm -f "$JOIN_FILE"
}

# ---- day 2, on a control plane ------------------------------------------------------------------

join_data() {
    local token hash key=""
    token=$(kubeadm token create --ttl 30m) || die "kubeadm token create failed"
    hash=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -pubkey -noout |
        openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
    if [[ $(node endpointMode) == vip ]]; then
        key=$(kubeadm init phase upload-certs --upload-certs | tail -n 1)
    fi
    # By standard input, since arguments can be read in the process list.
    printf '%s\n%s\n%s\n%s\n' "$(node endpoint)" "$token" "sha256:$hash" "$key" | python3 -c 'import json,sys
endpoint, token, ca, key = (sys.stdin.read() + "\n").split("\n")[:4]
print(json.dumps({"endpoint": endpoint, "token": token, "caCertHashes": [ca],
                  "certificateKey": key or None}))'
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
    for name in "$@"; do
        kubectl wait --for=condition=Ready "node/$name" --timeout "${seconds}s" ||
            die "node $name is not Ready within $seconds s"
    done
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
    kubectl cordon "$name" || die "cannot cordon $name"
    kubectl drain "$name" --ignore-daemonsets --delete-emptydir-data --timeout "${seconds}s" ||
        die "node $name could not be drained within $seconds s (a disruption budget may forbid it: kubectl get pdb -A); it stays cordoned"
    forget "$name"
}

forget() {
    kubectl delete node "$1" --ignore-not-found --timeout 60s || die "cannot delete node object $1"
    progress remove "done" "$1"
}

status() {
    python3 - "$STEP_DIR" "$ADMIN_CONF" >&3 <<'PY'
import json, os, sys
steps, admin = sys.argv[1:3]
done = sorted(os.listdir(steps)) if os.path.isdir(steps) else []
print(json.dumps({"steps": done, "initialised": "init" in done and os.path.exists(admin),
                  "joined": "join" in done}))
PY
}

main() {
    SUBCOMMAND=${1:-}
    [[ $# -gt 0 ]] && shift
    case $SUBCOMMAND in
        prepare | init | join | token | ready | nodes | remove | forget | status) ;;
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
    # One at a time: a retry must not meet its predecessor half-way.
    exec 9>/run/vnfctl/lock
    flock --timeout 30 9 || die "another node.sh is at work on this node"
    trap 'note_end $?' EXIT
    "$SUBCOMMAND" "$@"
}

main "$@"
