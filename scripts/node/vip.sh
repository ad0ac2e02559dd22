# shellcheck shell=bash
# The virtual address that several control planes share: keepalived gives it to one whose API
# server is ready.
#
# VRRP goes from address to address, not to a multicast group: Neutron drops frames whose source is
# not the port's own address, and the security group lets protocol 112 in from control planes only,
# so a peer cannot be pretended. VRRP's own password would stand in every message, readable for all
# (RFC 5798 gave it up for that), and add nothing.

KEEPALIVED_CONF=/etc/keepalived/keepalived.conf
ADDRESS_CHECK=/etc/keepalived/may-have-address
# Holds the number of the process that makes the cluster's first control plane here.
FOUNDER=/run/vnfctl/founder

# announces: whether this node is one of several control planes behind a virtual address
announces() { [[ $(node endpointMode) == vip && $(node role) == control-plane ]]; }

# interface_of ADDRESS: the network interface that has it
interface_of() {
    ip -json address show | python3 -c 'import ipaddress, json, sys
wanted = ipaddress.ip_address(sys.argv[1])
for link in json.load(sys.stdin):
    if any(ipaddress.ip_address(a["local"]) == wanted for a in link["addr_info"] if "local" in a):
        sys.exit(print(link["ifname"]))' "$1"
}

keepalived_conf() {
    python3 - "$HOME_DIR" "$1" "$ADDRESS_CHECK" <<'PY'
import ipaddress, json, sys
with open(sys.argv[1] + "/node.json") as source:
    node = json.load(source)
interface, check = sys.argv[2:4]
host = node["endpoint"].rpartition(":")[0]
shared = ipaddress.ip_address(host.strip("[]"))
own = node["address"]
peers = "\n".join(f"        {peer}" for peer in node["peers"])
print(f"""global_defs {{
    router_id {node["name"]}
    enable_script_security
    script_user root
}}
vrrp_script api_server {{
    script "{check}"
    interval 2
    timeout 4
    rise 1
    fall 3
    init_fail
}}
vrrp_instance control_plane {{
    state BACKUP
    nopreempt
    interface {interface}
    virtual_router_id {int(shared) % 255 + 1}
    priority {node["priority"]}
    advert_int 1
    unicast_src_ip {own}
    unicast_peer {{
{peers}
    }}
    virtual_ipaddress {{
        {shared}/{shared.max_prefixlen} dev {interface}
    }}
    track_script {{
        api_server
    }}
}}""")
PY
}

# readyz_url: where this node's own API server tells its readiness
readyz_url() {
    local address
    address=$(node address)
    case $address in *:*) address="[$address]" ;; esac
    printf 'https://%s:%s/readyz\n' "$address" "$(cluster controlPlaneEndpoint port)"
}

# address_check: what keepalived runs to learn whether this node may have the address. The founder of
# a cluster may before its API server is ready, since nobody else can: it has the address by the time
# that the server answers, not some seconds later.
address_check() {
    cat <<CHECK
#!/bin/sh
if read -r founder <$FOUNDER && [ -d "/proc/\$founder" ]; then exit 0; fi 2>/dev/null
exec /usr/bin/curl --silent --fail --max-time 3 --output /dev/null \\
    --cacert /etc/kubernetes/pki/ca.crt $(readyz_url)
CHECK
}

run_announce() {
    local interface
    interface=$(interface_of "$(node address)")
    [[ -n $interface ]] || die "no network interface has this node's address $(node address)"
    mkdir -p "${KEEPALIVED_CONF%/*}"
    address_check >"$ADDRESS_CHECK.new"
    chmod 0700 "$ADDRESS_CHECK.new"
    mv "$ADDRESS_CHECK.new" "$ADDRESS_CHECK"
    keepalived_conf "$interface" >"$KEEPALIVED_CONF.new"
    chmod 0600 "$KEEPALIVED_CONF.new"
    keepalived --config-test --use-file "$KEEPALIVED_CONF.new" ||
        die "keepalived refuses its configuration (see $LOG)"
    mv "$KEEPALIVED_CONF.new" "$KEEPALIVED_CONF"
    systemctl enable keepalived
    systemctl reload-or-restart keepalived || die "keepalived does not start (journalctl -u keepalived)"
    await 30 "keepalived's start" systemctl is-active --quiet keepalived
}

announce() {
    announces || return 0
    step announce "$(node name) $(node endpoint) $(node address) $(node peers) $(node priority)" run_announce
}
