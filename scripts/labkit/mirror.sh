# shellcheck shell=bash
# A plain web server on the management network: where nodes find what a site would give them from its own mirror.

MIRROR_ADDRESS=192.168.120.1 # the host's address in net_mgmt
MIRROR_PORT=8099

# mirror DIRECTORY: serves it, in the place of what was served before
mirror() {
  local directory
  [ $# = 1 ] || usage_error "mirror needs a directory"
  [ -d "$1" ] || fail "$1 is not a directory"
  directory=$(cd "$1" && pwd)
  stop mirror 5
  spawn mirror /usr/bin/python3 -u -m http.server "$MIRROR_PORT" --bind "$MIRROR_ADDRESS" --directory "$directory"
  await mirror 15 "answered at $MIRROR_ADDRESS:$MIRROR_PORT" answers "http://$MIRROR_ADDRESS:$MIRROR_PORT/" 200
  say "serving $directory until the next \`mirror\` or \`down\`"
  echo "http://$MIRROR_ADDRESS:$MIRROR_PORT"
}
