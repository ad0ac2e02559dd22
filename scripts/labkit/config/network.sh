# shellcheck shell=bash
# Neutron with the Linux bridge agent: flat and local networks are plain bridges, which one host needs no more than.

write_network_configs() {
  local daemon
  for daemon in neutron-server neutron-linuxbridge-agent neutron-l3-agent; do
    neutron_config "$daemon" >"$LAB/etc/neutron/$daemon.conf"
  done
  cat >"$LAB/etc/neutron/ml2_conf.ini" <<EOF
[ml2]
type_drivers = flat,local
tenant_network_types = local
mechanism_drivers = linuxbridge
extension_drivers = port_security
[ml2_type_flat]
flat_networks = public,mgmt
[securitygroup]
enable_ipset = true
enable_security_group = true
EOF
  # An interface, not an existing bridge: the agent refuses a tap that Nova put into a bridge of its own.
  cat >"$LAB/etc/neutron/linuxbridge_agent.ini" <<EOF
[linux_bridge]
physical_interface_mappings = public:ex1,mgmt:mgmt1
[vxlan]
enable_vxlan = false
[securitygroup]
enable_security_group = true
firewall_driver = noop
[agent]
polling_interval = 2
EOF
  cat >"$LAB/etc/neutron/l3_agent.ini" <<EOF
[DEFAULT]
interface_driver = linuxbridge
EOF
}

# neutron_config DAEMON
neutron_config() {
  default_section "$1"
  # Neutron of Zed refuses to start the Linux bridge driver without [experimental].
  cat <<EOF
host = $LAB_HOST
state_path = $LAB/data/neutron
bind_host = 127.0.0.1
bind_port = 9696
api_workers = 2
rpc_workers = 1
rpc_state_report_workers = 0
core_plugin = ml2
service_plugins = router
allow_overlapping_ips = true
auth_strategy = keystone
api_paste_config = /etc/neutron/api-paste.ini
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
dhcp_agents_per_network = 1
global_physnet_mtu = 1500
agent_down_time = 120
send_events_interval = 1
[experimental]
linuxbridge = true
[agent]
root_helper = sudo /usr/bin/neutron-rootwrap /etc/neutron/rootwrap.conf
report_interval = 30
[quotas]
quota_network = -1
quota_subnet = -1
quota_port = -1
quota_router = -1
quota_floatingip = -1
quota_security_group = -1
quota_security_group_rule = -1
EOF
  keystone_user nova nova
  service_sections neutron
}
