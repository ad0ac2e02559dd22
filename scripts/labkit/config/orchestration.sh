# shellcheck shell=bash
# Heat and Tacker.

write_orchestration_configs() {
  local daemon
  for daemon in heat-api heat-engine; do
    heat_config "$daemon" >"$LAB/etc/heat/$daemon.conf"
  done
  for daemon in tacker-server tacker-conductor; do
    tacker_config "$daemon" >"$LAB/etc/tacker/$daemon.conf"
  done
  cp "$LAB"/venv-tacker/etc/tacker/{api-paste.ini,prometheus-plugin.yaml} "$LAB/etc/tacker/"
}

# heat_config DAEMON
heat_config() {
  default_section "$1"
  cat <<EOF
num_engine_workers = 2
heat_metadata_server_url = http://127.0.0.1:8000
heat_waitcondition_server_url = http://127.0.0.1:8000/v1/waitcondition
stack_user_domain_name = heat
stack_domain_admin = heat_domain_admin
stack_domain_admin_password = $LAB_PASSWORD
auth_encryption_key = 0123456789abcdef0123456789abcdef
max_stacks_per_tenant = -1
max_resources_per_stack = -1
region_name_for_services = RegionOne
[heat_api]
bind_host = 127.0.0.1
bind_port = 8004
workers = 1
[paste_deploy]
api_paste_config = /etc/heat/api-paste.ini
[clients_keystone]
auth_uri = $KEYSTONE_URL
[ec2authtoken]
auth_uri = $KEYSTONE_URL
[trustee]
auth_type = password
auth_url = $KEYSTONE_URL
username = heat
password = $LAB_PASSWORD
user_domain_name = Default
EOF
  service_sections heat
}

# tacker_config DAEMON
tacker_config() {
  # operation_timeout: how soon v1 lets an operation be cancelled, which takes a minute else.
  # debug: Tacker tells the reason of a refused package nowhere else.
  cat <<EOF
[DEFAULT]
transport_url = $RABBIT_URL
log_file = $LAB/log/$1.log
use_stderr = false
debug = true
auth_strategy = keystone
bind_host = 127.0.0.1
bind_port = 9890
api_workers = 1
api_paste_config = $LAB/etc/tacker/api-paste.ini
state_path = $LAB/data/tacker
[vnf_package]
vnf_package_csar_path = $LAB/data/tacker/vnfpackages
[glance_store]
default_backend = file
filesystem_store_datadir = $LAB/data/tacker/csar_files
[vim_keys]
openstack = $LAB/etc/vim-keys
use_barbican = false
[v2_vnfm]
endpoint = http://127.0.0.1:9890
default_graceful_termination_timeout = 10
[vnf_lcm]
operation_timeout = 5
[prometheus_plugin]
fault_management = true
auto_healing = true
auto_scaling = true
[agent]
root_helper = sudo
EOF
  keystone_user keystone_authtoken tacker
  cat <<EOF
memcached_servers = 127.0.0.1:11211
[database]
connection = $(database_url tacker)
[oslo_concurrency]
lock_path = $LAB/data/lock
[coordination]
backend_url = file://$LAB/data/tacker/coord
EOF
}
