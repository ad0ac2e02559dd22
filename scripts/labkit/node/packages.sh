# shellcheck shell=bash
# The servers' package repository, as a site without a way out keeps one: what a node script may want to install.

MIRRORED_PACKAGES=(keepalived conntrack socat ethtool ipset)

# Made once; made anew when the list, its program or the root filesystem has changed.
prepare_packages() {
  local repository=$LAB/cache/debian make=$KIT/node/make-repository state
  state=$({ echo "${MIRRORED_PACKAGES[*]}" && cat "$make" "$LAB/rootfs/var/lib/dpkg/status"; } | sha256sum)
  if [ "$state" = "$(cat "$repository.state" 2>/dev/null)" ]; then return; fi
  say "making the servers' package repository (some seconds; log/node-packages.out)"
  rm -rf "$repository.new"
  logged node-packages "$make" "$LAB/rootfs" "$NODE_SUITE" "$LAB/cache/debian-key" "$repository.new" "${MIRRORED_PACKAGES[@]}"
  rm -rf "$repository"
  mv "$repository.new" "$repository"
  echo "$state" >"$repository.state"
}
