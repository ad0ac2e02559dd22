# shellcheck shell=bash
# Binaries from the site's mirror: nothing is installed whose SHA-256 the package does not pin.

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
        # A mirror that says nothing, or next to nothing, is given up long before the last deadline.
        curl --fail --silent --show-error --location --retry 3 --retry-max-time 30 --connect-timeout 10 \
            --speed-limit 1024 --speed-time 15 --max-time 600 ${ca:+--cacert "$ca"} --output "$target.part" "$url" ||
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
