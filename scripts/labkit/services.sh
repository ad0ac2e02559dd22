# shellcheck shell=bash
# Keystone, the OpenStack services and Tacker: started together where the order does not matter, then awaited one by one.

start_keystone() {
  local keystone=(keystone-manage --config-file "$LAB/etc/keystone/keystone.conf")
  once keystone-keys create_keystone_keys "${keystone[@]}"
  once keystone-bootstrap bootstrap_keystone "${keystone[@]}"
  start_wsgi keystone 5000 2 /usr/bin/keystone-wsgi-public OS_KEYSTONE_CONFIG_FILES="$LAB/etc/keystone/keystone.conf"
  await keystone 240 "answered at $KEYSTONE_URL" answers "$KEYSTONE_URL" 200
}

create_keystone_keys() {
  logged keystone "$@" fernet_setup --keystone-user root --keystone-group root
  logged keystone "$@" credential_setup --keystone-user root --keystone-group root
}

bootstrap_keystone() {
  OS_BOOTSTRAP_PASSWORD=$LAB_PASSWORD logged keystone "$@" bootstrap --bootstrap-username admin --bootstrap-project-name admin \
    --bootstrap-role-name admin --bootstrap-service-name keystone --bootstrap-region-id RegionOne \
    --bootstrap-admin-url "$KEYSTONE_URL" --bootstrap-internal-url "$KEYSTONE_URL" --bootstrap-public-url "$KEYSTONE_URL"
}

# start_wsgi NAME PORT PROCESSES FILE VARIABLE=VALUE
# Without `Connection: close` uwsgi resets every second request of a client that keeps its connection.
start_wsgi() {
  spawn "$1" env "$5" uwsgi_python311 --add-header 'Connection: close' --http-socket "127.0.0.1:$2" --buffer-size 65535 \
    --master --lazy-apps --no-orphans --die-on-term --enable-threads --processes "$3" --threads 1 --listen 100 --wsgi-file "$4"
}

# The agent takes ex1 and mgmt1 into its bridges; the host keeps its addresses on the other ends.
prepare_networks() {
  local pair
  for pair in ex mgmt; do
    ip link show "${pair}0" >/dev/null 2>&1 || logged network ip link add "${pair}0" type veth peer name "${pair}1"
    logged network ip link set "${pair}0" up
    logged network ip link set "${pair}1" up
  done
  logged network ip addr replace 172.24.4.1/24 dev ex0
  logged network ip addr replace 192.168.120.1/24 dev mgmt0
}

start_services() {
  local daemon etc=$LAB/etc neutron
  neutron=(--config-file "$etc/neutron/ml2_conf.ini")
  start_wsgi placement 8778 1 /usr/bin/placement-api OS_PLACEMENT_CONFIG_DIR="$etc/placement"
  start_barbican
  spawn glance-api glance-api --config-file "$etc/glance/glance-api.conf"
  spawn neutron-server "$KIT/neutron-server" --config-file "$etc/neutron/neutron-server.conf" "${neutron[@]}"
  for daemon in nova-api nova-conductor nova-scheduler; do
    spawn "$daemon" "$daemon" --config-file "$etc/nova/$daemon.conf"
  done
  for daemon in heat-api heat-engine; do
    spawn "$daemon" "$daemon" --config-file "$etc/heat/$daemon.conf"
  done
  start_tacker tacker-server
  start_tacker tacker-conductor
  await placement 240 "answered on port 8778" answers http://127.0.0.1:8778/ 200
  await neutron-server 240 "answered on port 9696" answers http://127.0.0.1:9696/ 200
  start_stage "${neutron[@]}"
  await_barbican
  await nova-api 240 "answered on port 8774" answers http://127.0.0.1:8774/ 200
  await glance-api 240 "answered on port 9292" answers http://127.0.0.1:9292/ 200 300
  await heat-api 240 "answered on port 8004" answers http://127.0.0.1:8004/ 200 300
  await tacker-server 240 "answered on port 9890" answers http://127.0.0.1:9890/ 200
  if [ "$STAGE" = node ]; then await_monitoring; fi
  once compute-host await nova-compute 240 "reported to Nova" discover_compute_host
  await nova-compute 240 "took over the servers" compute_ready
  for daemon in "${DAEMONS[@]}"; do
    daemon_of_stage "$daemon" || continue
    running "$daemon" || fail_with_log "$daemon" "ended soon after its start"
  done
}

start_barbican() { start_wsgi barbican 9311 1 /usr/bin/barbican-wsgi-api HOME="$LAB/etc/barbican"; }
await_barbican() { await barbican 240 "answered at $BARBICAN_URL" answers "$BARBICAN_URL" 200 300; }

# start_tacker DAEMON
start_tacker() {
  spawn "$1" env PATH="$LAB/venv-tacker/bin:$PATH" "$LAB/venv-tacker/bin/$1" --config-file "$LAB/etc/tacker/$1.conf"
}

# What differs between the stages: who answers for Nova's servers and their ports.
start_stage() {
  local etc=$LAB/etc agent=neutron-linuxbridge-agent compute=nova-compute
  if [ "$STAGE" = node ]; then
    agent=$KIT/node/linuxbridge-agent
    compute=$KIT/node/nova-compute
    prepare_node_rootfs
    prepare_packages
    start_monitoring
    spawn neutron-l3-agent neutron-l3-agent --config-file "$etc/neutron/neutron-l3-agent.conf" --config-file "$etc/neutron/l3_agent.ini"
  fi
  spawn neutron-linuxbridge-agent "$agent" --config-file "$etc/neutron/neutron-linuxbridge-agent.conf" "$@" \
    --config-file "$etc/neutron/linuxbridge_agent.ini"
  # LABNODE_DRIVER is for `fingerprint` alone: another driver is a reason to restart nova-compute.
  spawn nova-compute env LABNODE_SERVERS="$LAB/servers" LABNODE_LOWER="$LAB/rootfs" LABNODE_DRIVER="$KIT/node/virt/labnode" \
    "$compute" --config-file "$etc/nova/nova-compute.conf"
}

# The scheduler looks for new hosts too, every half a minute: either may be the one that finds it.
discover_compute_host() {
  logged nova-compute nova-manage --config-file "$LAB/etc/nova/nova-manage.conf" cell_v2 discover_hosts
  [ "$(sql -N -e "select count(*) from nova_api.host_mappings where host = '$LAB_HOST'")" = 1 ]
}

# While it starts, nova-compute declares failed what others ask it to build; this is the last thing it does of that.
# Log lines carry the pid, so those of its last life do not count.
compute_ready() {
  grep -q "^[^ ]* [^ ]* $(daemon_pid nova-compute) .*Looking for unclaimed instances stuck in BUILDING" "$LAB/log/nova-compute.log"
}

daemon_of_stage() { [ "$STAGE" = node ] || [[ " ${NODE_STAGE_DAEMONS[*]} " != *" $1 "* ]]; }
