# shellcheck shell=bash
# What a Kubernetes cluster of the package template `k8s-cilium` needs to run on the node stage, and a way into its nodes.

STAND_INS=$(cd "$KIT/../../tests/standins" && pwd)

# cluster DIRECTORY: Kubernetes' stand-ins, served as a site's mirror would serve the real ones, and a spec that uses them
cluster() {
  local directory url
  [ $# = 1 ] || usage_error "cluster needs a directory"
  [ "$(<"$LAB/data/stage")" = node ] || fail "servers of the stage fake have nothing inside" "scripts/lab up --stage node"
  mkdir -p "$1"
  directory=$(cd "$1" && pwd)
  "$STAND_INS/build-mirror" "$directory/mirror"
  url=$(mirror "$directory/mirror")
  cp "$LAB/cache/debian/archive-key.asc" "$directory/packages.asc"
  cluster_spec "$url" >"$directory/cluster.yaml"
  echo "$directory/cluster.yaml"
}

# cluster_spec URL: a spec for this lab; Tacker's conductor runs here and may read the lab's own private key
cluster_spec() {
  cat <<SPEC
apiVersion: vnfctl/v1
kind: ClusterPackage
metadata:
  name: first-cluster
  vnfdId: 0b9f8e9c-5a3d-4c55-9b0e-6f1d2a7c4e10
  provider: Example
  version: "1.0"
image: {name: lab-debian}
network: net_mgmt
access:
  user: debian
  publicKey: $(<"$LAB/data/userKey.pub")
  keyFile: $LAB/data/userKey
artifacts:
  mirror: $1/
  lockFile: mirror/artifacts.yaml
  apt: {uri: $1/debian, suite: $NODE_SUITE, key: packages.asc}
flavours:
  single: {controlPlane: lab.node}
  simple:
    controlPlane: lab.node
    workers: {flavor: lab.node, min: 1, initial: 1, max: 10}
  ha:
    controlPlane: lab.node
    workers: {flavor: lab.node, min: 1, initial: 1, max: 10}
SPEC
}

# server_directory NAME: where the lab keeps a server of the node stage
server_directory() {
  local file
  file=$(grep -lsxF "NODE_HOSTNAME=$1" "$LAB"/servers/*/env) || fail "no server of the node stage is called $1"
  [ "$(wc -l <<<"$file")" = 1 ] || fail "several servers are called $1"
  echo "${file%/env}"
}

# ssh_to [SERVER [COMMAND...]]: into a server of the node stage by its name; without one, what names there are
ssh_to() {
  local name=${1:-} directory namespace address
  if [ -z "$name" ]; then
    find "$LAB/servers" -mindepth 2 -maxdepth 2 -name env -exec sed -n 's/^NODE_HOSTNAME=//p' {} +
    return
  fi
  shift
  directory=$(server_directory "$name")
  namespace=$(sed -n 's/^NODE_ID=//p' "$directory/env")
  address=$(ip -n "$namespace" -4 -br addr show scope global | awk '{ sub("/.*", "", $3); print $3; exit }')
  [ -n "$address" ] || fail "$name has no address yet"
  # A healed server has another host key, and this way in is for looking: nothing is entrusted to it.
  exec ssh -i "$LAB/data/userKey" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "debian@$address" "$@"
}
