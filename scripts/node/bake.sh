# shellcheck shell=bash
# What an image is given so that nodes made of it download nothing: system packages, and all pinned
# artifacts in the cache where `fetch` looks first. Nothing is started and no kernel setting changed,
# since the machine that runs this is not the one that boots the image.

bake() {
    local name count=0
    CURRENT_STEP=bake
    mkdir -p "$CACHE_DIR"
    install_packages
    while read -r name; do
        fetch "$name" >/dev/null || exit 1
        count=$((count + 1))
        progress bake note "$name"
    done < <(cluster artifacts | python3 -c 'import json, sys
print("\n".join(json.load(sys.stdin)))')
    ((count)) || die "cluster.json pins no artifacts"
    progress bake "done" "$count artifacts in $CACHE_DIR"
}
