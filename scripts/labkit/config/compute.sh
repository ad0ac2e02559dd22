# shellcheck shell=bash
# Glance, Placement and Nova.

write_compute_configs() {
  local daemon
  glance_config >"$LAB/etc/glance/glance-api.conf"
  placement_config >"$LAB/etc/placement/placement.conf"
  for daemon in nova-api nova-conductor nova-scheduler nova-compute nova-manage; do
    nova_config "$daemon" >"$LAB/etc/nova/$daemon.conf"
  done
}

glance_config() {
  default_section glance-api
  cat <<EOF
bind_host = 127.0.0.1
bind_port = 9292
workers = 1
enabled_backends = fs:file
show_multiple_locations = true
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = $LAB/data/glance
[paste_deploy]
flavor = keystone
config_file = /etc/glance/glance-api-paste.ini
EOF
  service_sections glance
}

placement_config() {
  cat <<EOF
[DEFAULT]
use_stderr = true
[placement_database]
connection = $(database_url placement)
[api]
auth_strategy = keystone
EOF
  keystone_user keystone_authtoken placement
  echo "memcached_servers = 127.0.0.1:11211"
}

# nova_config DAEMON
nova_config() {
  local driver=fake.FakeDriver resume=false
  if [ "$STAGE" = node ]; then driver=labnode.NodeDriver resume=true; fi
  default_section "$1"
  cat <<EOF
my_ip = 127.0.0.1
host = $LAB_HOST
state_path = $LAB/data/nova
instances_path = $LAB/data/nova/instances
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_workers = 1
use_neutron = true
compute_driver = $driver
resume_guests_state_on_host_boot = $resume
allow_resize_to_same_host = true
ram_allocation_ratio = 16.0
cpu_allocation_ratio = 64.0
sync_power_state_interval = -1
vif_plugging_timeout = 60
block_device_allocate_retries = 3
[api_database]
connection = $(database_url nova_api)
[api]
auth_strategy = keystone
[wsgi]
api_paste_config = /etc/nova/api-paste.ini
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 30
[glance]
api_servers = http://127.0.0.1:9292
region_name = RegionOne
[quota]
instances = -1
cores = -1
ram = -1
key_pairs = -1
server_groups = -1
server_group_members = -1
metadata_items = -1
[filter_scheduler]
track_instance_changes = false
[vnc]
enabled = false
[spice]
enabled = false
EOF
  keystone_user placement placement
  keystone_user service_user nova
  echo "send_service_user_token = true"
  keystone_user neutron neutron
  service_sections nova
}
