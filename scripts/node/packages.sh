# shellcheck shell=bash
# Packages of the operating system that Kubernetes or the virtual address needs and images may lack:
# from the site's own repository when the package names one, else from the distribution's sources.

APT_LIST=/etc/apt/vnfctl.list
APT_KEY=/etc/apt/keyrings/vnfctl.asc

# missing_packages: the packages of those programs that are not there
missing_packages() {
    local program wanted=(conntrack socat ethtool iptables)
    if announces; then wanted+=(keepalived); fi
    for program in "${wanted[@]}"; do
        command -v "$program" >/dev/null || printf '%s\n' "$program" # all are named as their package
    done
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        die "${missing[*]} is missing and there is no apt-get to install it (Debian and Ubuntu are supported)"
    progress packages note "installing ${missing[*]}"
    local options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3) ca source="the distribution's package sources"
    if [[ -n $(cluster apt) ]]; then
        source="the package repository $(cluster apt uri)"
        own_repository
        # No other source: sites that keep a mirror of their own are often cut off from all others.
        options+=(-o "Dir::Etc::SourceList=$APT_LIST" -o Dir::Etc::SourceParts=/dev/null)
        ca=$(cluster mirror caFile)
        if [[ -n $ca ]]; then options+=(-o "Acquire::https::CAInfo=$ca"); fi
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get "${options[@]}" update || die "$source cannot be read (is it reachable from this node?)"
    apt-get "${options[@]}" install --yes --no-install-recommends "${missing[@]}" ||
        die "$source cannot give ${missing[*]} (see $LOG)"
}

own_repository() {
    mkdir -p "${APT_KEY%/*}"
    cluster apt key >"$APT_KEY.new"
    chmod 0644 "$APT_KEY.new"
    mv "$APT_KEY.new" "$APT_KEY"
    printf 'deb [signed-by=%s] %s %s %s\n' "$APT_KEY" "$(cluster apt uri)" "$(cluster apt suite)" \
        "$(cluster apt components)" >"$APT_LIST"
}
