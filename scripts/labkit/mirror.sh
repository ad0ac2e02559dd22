# shellcheck shell=bash
# What the servers find on the management network and nowhere else, for they have no way out: a plain web server with
# what a site would put on its own mirror and, in the stage node, a package repository and an image registry.

SITE_ADDRESS=192.168.120.1 # the host's address in net_mgmt
MIRROR_PORT=8099
REGISTRY_PORT=5000
MIRROR_URL=http://$SITE_ADDRESS:$MIRROR_PORT
REGISTRY_URL=http://$SITE_ADDRESS:$REGISTRY_PORT

# mirror [DIRECTORY]: serves it, in the place of what was served before
mirror() {
  local directory=$LAB/tmp/empty-mirror
  [ $# -le 1 ] || usage_error "mirror takes one directory"
  mkdir -p "$LAB/tmp/empty-mirror"
  if [ $# = 1 ]; then
    [ -d "$1" ] || fail "$1 is not a directory"
    directory=$(cd "$1" && pwd)
  fi
  if [ "$(<"$LAB/data/stage")" = node ]; then start_registry; fi
  spawn mirror /usr/bin/python3 "$KIT/mirror_server.py" "$SITE_ADDRESS" "$MIRROR_PORT" "$directory" "$LAB/cache/debian" "$LAB/run/faults"
  await mirror 15 "answered at $MIRROR_URL" listens "$MIRROR_PORT" "$SITE_ADDRESS"
  say "serving $directory until the next \`mirror\` or \`down\`"
  echo "$MIRROR_URL"
}

start_registry() {
  registry_config >"$LAB/etc/registry.yml"
  spawn registry docker-registry serve "$LAB/etc/registry.yml"
  await registry 15 "answered at $REGISTRY_URL" answers "$REGISTRY_URL/v2/" 200
}

# Without TLS and without users: a node's runtime must be told that it is insecure.
registry_config() {
  cat <<EOF
version: 0.1
storage:
  filesystem:
    rootdirectory: $LAB/data/registry
  delete:
    enabled: true
http:
  addr: $SITE_ADDRESS:$REGISTRY_PORT
EOF
}
