# shellcheck shell=bash
# What the scripts beside a local.conf share: words, deadlines, and files that nobody has changed.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/vnfctl-devstack

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# await SECONDS WHAT COMMAND...: polls a condition until it holds or the deadline passes.
await() {
    local seconds=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + seconds))
    until "$@"; do
        ((SECONDS < deadline)) || die "$what: not within $seconds s"
        sleep 1 # the pause of a poll with a deadline
    done
}

arch() {
    case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) die "machine type $(uname -m) is not supported (amd64 and arm64 are)" ;;
    esac
}

matches() { [[ -f $1 && $(sha256sum "$1" | cut -d' ' -f1) == "$2" ]]; }

# fetch NAME: puts the file into the cache, verified, and prints where it lies.
fetch() {
    local name=$1 pin url sha target
    pin=${PINS[$name-$(arch)]:-${PINS[$name-any]:-}}
    [[ -n $pin ]] || die "the lock pins no $name for $(arch): vnfctl devstack lock --arch $(arch)"
    read -r url sha <<<"$pin"
    target=$CACHE/$name-$sha
    if ! matches "$target" "$sha"; then
        mkdir -p "$CACHE"
        say "fetching $url"
        curl --fail --silent --show-error --location --retry 3 --retry-max-time 60 --connect-timeout 10 \
            --speed-limit 1024 --speed-time 30 --max-time 900 --output "$target.part" "$url" ||
            die "cannot fetch $url"
        if ! matches "$target.part" "$sha"; then
            rm -f "$target.part"
            die "$url is not what the lock pins ($sha): nothing was installed"
        fi
        mv "$target.part" "$target"
    fi
    printf '%s\n' "$target"
}
