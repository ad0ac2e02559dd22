# shellcheck shell=bash
# The members of etcd, of which each control plane runs one. A change needs a majority of them, and
# a member that is gone for good still counts until it is taken out.

several_members() { [[ $(node endpointMode) == vip ]]; }

etcd_container() { crictl ps --quiet --state running --name '^etcd$' | head -n 1; }

# etcdctl ARGUMENT...: asks the member on this node, with the client inside its own container
etcdctl() {
    local container pki=/etc/kubernetes/pki/etcd
    container=$(etcd_container)
    crictl exec "$container" etcdctl --endpoints=https://127.0.0.1:2379 --command-timeout=10s \
        "--cacert=$pki/ca.crt" "--cert=$pki/server.crt" "--key=$pki/server.key" "$@"
}

# etcd_members: a line for each member: hexadecimal id, name or -, voter or learner, healthy or ill
etcd_members() {
    local list health
    [[ -n $(etcd_container) ]] || die "no etcd container runs on this control plane"
    list=$(etcdctl member list --write-out=json) ||
        die "etcd has no majority, so its members cannot be changed; bring back the other control planes, or heal the whole VNF, which makes the cluster anew"
    # With a member that is ill it ends with status 1, and says so of that member.
    health=$(etcdctl endpoint health --cluster --write-out=json) || true
    printf '%s\n%s\n' "$list" "$health" | python3 -c 'import json, sys
members, health = (json.loads(line) for line in sys.stdin.read().splitlines() if line)
well = {item["endpoint"] for item in health if item["health"]}
for member in members["members"]:
    print("%x" % member["ID"], member.get("name") or "-",
          "learner" if member.get("isLearner") else "voter",
          "healthy" if well & set(member.get("clientURLs") or []) else "ill")'
}

remove_member() { etcdctl member remove "$1" || die "etcd does not give up its member $2"; }

# spare NAME: dies when etcd would have no majority, or a shaky one, without the member NAME
spare() {
    local members ill
    CURRENT_STEP=spare
    several_members || return 0
    members=$(etcd_members) || exit 1
    awk -v leaving="$1" '$2 == leaving { found = 1 } END { exit !found }' <<<"$members" || return 0
    ill=$(awk -v leaving="$1" '$2 != leaving && $4 == "ill" { printf "%s%s", sep, $2; sep = ", " }' <<<"$members")
    [[ -z $ill ]] ||
        die "etcd cannot spare $1: its member $ill is not healthy, and without both it has no majority; bring $ill back first, or heal the whole VNF, which makes the cluster anew"
}

# drop_member NAME: the member of a control plane that leaves
drop_member() {
    local members id name
    several_members || return 0
    members=$(etcd_members) || exit 1
    while read -r id name _; do
        if [[ $name == "$1" ]]; then remove_member "$id" "$name"; fi
    done <<<"$members"
}

# prune NAME...: removes what earlier attempts left: every member that is none of these
prune() {
    local members id name
    CURRENT_STEP=prune
    several_members || return 0
    members=$(etcd_members) || exit 1
    while read -r id name _; do
        [[ " $* " != *" $name "* ]] || continue
        progress prune note "etcd's member $name belongs to no control plane of the cluster"
        remove_member "$id" "$name"
    done <<<"$members"
}

# etcd_settled: every control plane has a member that votes and is well
etcd_settled() {
    local members wanted
    wanted=$(($(node peers | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))') + 1))
    members=$(etcd_members 3>/dev/null 4>/dev/null) || return 1
    [[ $(grep -c 'voter healthy$' <<<"$members") == "$wanted" && $(wc -l <<<"$members") == "$wanted" ]]
}
