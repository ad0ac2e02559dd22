# shellcheck shell=bash
# What an image is given so that nodes made of it download nothing: system packages, all pinned
# artifacts in the cache where `fetch` looks first, the programs installed as `prepare` does it, and
# the container images in the runtime's store. No kernel setting is changed, since the machine that
# runs this is not the one that boots the image, and there is no systemd: the runtime is a child of
# this script and gone when it ends. Services are only enabled, for the first boot.

RUNTIME_PID=

# bake [--no-images]
bake() {
    local name count=0
    CURRENT_STEP=bake
    [[ ${1:-} == --no-images || $# -eq 0 ]] || die "bake takes --no-images and nothing else"
    install_packages
    while read -r name; do
        fetch "$name" >/dev/null || exit 1
        count=$((count + 1))
        progress bake note "$name"
    done < <(cluster artifacts | python3 -c 'import json, sys
print("\n".join(json.load(sys.stdin)))')
    ((count)) || die "cluster.json pins no artifacts"
    progress bake "done" "$count artifacts in $CACHE_DIR"
    if [[ ${1:-} != --no-images ]]; then bake_images; fi
}

bake_images() {
    trap 'bake_ends $?' EXIT
    CURRENT_STEP=images
    overlay_mounts ||
        die "no overlay can be mounted below $STATE_DIR, and the runtime unpacks images by that: the kernel's module overlay is missing, or this root is itself an overlay"
    # A step that an earlier baking marked would be skipped, and the runtime not started.
    rm -f "$STEP_DIR"/*
    unpack crictl /usr/local/bin crictl
    # shellcheck disable=SC2317 # the installing functions call it
    start_service() {
        systemctl enable "$1"
        run_runtime "$1"
    }
    install_programs
    CURRENT_STEP=images
    pull_images
    stop_runtime
}

# overlay_mounts: whether a layer can be mounted over another here
overlay_mounts() {
    local dir mounted=1
    dir=$(mktemp -d "$STATE_DIR/overlay.XXXXXX")
    mkdir "$dir"/{lower,upper,work,merged}
    if mount -t overlay overlay "$dir/merged" \
        -o "lowerdir=$dir/lower,upperdir=$dir/upper,workdir=$dir/work"; then
        umount "$dir/merged" && mounted=0
    fi
    rm -rf "$dir"
    return "$mounted"
}

# run_runtime NAME: as a child of this script, without the files that this script holds open
run_runtime() {
    local options=()
    # CRI-O would load its profile into the kernel of this machine.
    if [[ $1 == crio ]]; then options=(--apparmor-profile unconfined); fi
    "$1" "${options[@]}" </dev/null >>"$LOG" 2>&1 3>&- 4>&- 9>&- &
    RUNTIME_PID=$!
    await 60 "an answer of $1" runtime_answers "$1"
}

runtime_lives() { kill -0 "$RUNTIME_PID" 2>/dev/null; }
runtime_gone() { ! runtime_lives; }

runtime_answers() {
    runtime_lives || die "$1 cannot run in this root; its log says why"
    crictl --runtime-endpoint "$(cri_socket)" --image-endpoint "$(cri_socket)" info >/dev/null 2>&1
}

# stop_runtime: as the system would, so that it finds its store sound at the next start
stop_runtime() {
    local pid=$RUNTIME_PID
    kill "$pid"
    await 60 "the end of the container runtime" runtime_gone
    RUNTIME_PID=
    wait "$pid" || die "the container runtime ended with status $?"
    # Each machine makes its own.
    rm -f /var/lib/containerd/io.containerd.grpc.v1.introspection/uuid
    if [[ $(cluster runtime name) == crio && ! -f /var/lib/crio/clean.shutdown ]]; then
        die "CRI-O did not note that it ended well: nodes would check and empty its store"
    fi
}

# bake_ends STATUS: what was broken off leaves no runtime behind
bake_ends() {
    if [[ -n $RUNTIME_PID ]]; then
        {
            kill -KILL "$RUNTIME_PID"
            wait "$RUNTIME_PID"
        } 2>/dev/null || true
    fi
    note_end "$1"
}
