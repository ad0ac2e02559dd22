# shellcheck shell=bash
# The container images of a cluster: which ones its nodes run, and how they get into the store.

# images: one a line, by the name that kubelet asks the runtime for
images() {
    local config=/run/vnfctl/kubeadm-images.yaml
    kubeadm_config init | write_private "$config" || die "kubeadm's configuration cannot be made (see $LOG)"
    kubeadm config images list --config "$config" || die "kubeadm does not tell its images (see $LOG)"
    rm -f "$config"
    python3 "$HOME_DIR/cilium_images.py" "$STATE_DIR/chart/cilium/values.yaml" "$HOME_DIR/cluster.json" ||
        die "the images of Cilium's chart cannot be told (see $LOG)"
    pause_image
}

# pause_image: what the runtime starts pods with, which is not always what kubeadm names
pause_image() {
    local found
    case $(cluster runtime name) in
        crio) found=$(crio config | sed -nE 's/^(# ?)?pause_image = "(.+)"$/\2/p') ;;
        containerd) found=$(containerd config dump | sed -nE "s/^ *sandbox = ['\"](.+)['\"]\$/\1/p") ;;
    esac
    [[ -n $found ]] || die "the runtime's configuration names no image to start pods with"
    printf '%s\n' "$found"
}

# stored IMAGE: the runtime has it under this name, as kubelet asks before it pulls
stored() { crictl inspecti "$1" >/dev/null 2>&1; }

pull_images() {
    local list image count=0
    list=$(images) || exit 1
    while read -r image; do
        pull "$image"
        count=$((count + 1))
        progress images note "$image"
    done < <(sort -u <<<"$list")
    progress images "done" "$count container images"
}

# pull IMAGE: from its registry, or where the runtime's configuration finds a mirror of it
pull() {
    local attempts=3
    until stored "$1"; do
        ((attempts--)) || die "cannot pull $1 (see $LOG; is its registry, or the mirror of it, reachable?)"
        crictl pull "$1" || progress images note "$1 was not pulled; $attempts more attempts"
    done
}
