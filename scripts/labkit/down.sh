# shellcheck shell=bash
# Stops what `up` started, and with --wipe removes what it left in the kernel and on disk.

# In the order of starting; stopping goes services first, then the base.
BASE_DAEMONS=(mariadb memcached epmd rabbitmq)
DAEMONS=(
  keystone placement barbican glance-api neutron-server neutron-linuxbridge-agent neutron-l3-agent
  nova-api nova-conductor nova-scheduler nova-compute heat-api heat-engine tacker-server tacker-conductor
  alertmanager prometheus
)
ON_DEMAND_DAEMONS=(mirror registry "${KUBERNETES_DAEMONS[@]}")
NODE_STAGE_DAEMONS=(neutron-l3-agent alertmanager prometheus)

stop_all() {
  local daemon
  for daemon in "${ON_DEMAND_DAEMONS[@]}" "${DAEMONS[@]}"; do stop "$daemon" 10 & done
  wait
  for daemon in rabbitmq mariadb memcached; do stop "$daemon" 20 & done
  wait
  stop epmd 5 # RabbitMQ says goodbye to it
}

wipe() {
  local server bridge namespace pair
  for server in "$LAB"/servers/*/; do
    if [ -e "$server/env" ]; then logged wipe "$KIT/node/nodectl" destroy "${server%/}"; fi
  done
  # The l3 agent's routers and Neutron's bridges outlive the agents. Their names carry the ids of this lab's networks.
  for namespace in /run/netns/qrouter-*; do
    if [ -e "$namespace" ]; then remove_router "${namespace##*/}"; fi
  done
  for bridge in /sys/class/net/brq*; do
    if [ -e "$bridge" ]; then logged wipe ip link del "${bridge##*/}"; fi
  done
  for pair in ex0 mgmt0; do
    if [ -e "/sys/class/net/$pair" ]; then logged wipe ip link del "$pair"; fi
  done
  rm -rf "${LAB:?}"/{data,etc,run,log,tmp,servers,monitoring,clouds.yaml}
  say "wiped; kept for the next \`up\`: installed software and caches in $LAB (remove the directory to drop them)"
}

remove_router() {
  local pid link
  for pid in $(ip netns pids "$1"); do kill "$pid"; done
  # Deleted from inside, their outer taps go at once, not when the kernel gets to it.
  ip -n "$1" -o link show type veth | while IFS=' :@' read -r _ link _; do logged wipe ip -n "$1" link del "$link"; done
  logged wipe ip netns del "$1"
}
