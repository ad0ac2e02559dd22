# shellcheck shell=bash
# What every service's configuration has in common. All of it is rewritten at each `up`; nothing is edited in place.

# Everything listens on the loopback address only, so the password guards nothing; it is the same for each service.
LAB_PASSWORD=labpw
LAB_USER_PASSWORD=devstack # of nfv_user and other_user, as in Tacker's own documentation
LAB_HOST=labhost           # one name for nova-compute and the Neutron agents, or no port is ever bound
KEYSTONE_URL=http://127.0.0.1:5000/v3
BARBICAN_URL=http://127.0.0.1:9311
RABBIT_URL=rabbit://guest:guest@127.0.0.1:5672/

database_url() { echo "mysql+pymysql://root:$LAB_PASSWORD@127.0.0.1:3307/$1?charset=utf8"; }

# keystone_user SECTION USER
keystone_user() {
  cat <<EOF
[$1]
www_authenticate_uri = $KEYSTONE_URL
auth_url = $KEYSTONE_URL
auth_type = password
username = $2
password = $LAB_PASSWORD
project_name = service
project_domain_name = Default
user_domain_name = Default
region_name = RegionOne
EOF
}

# default_section DAEMON
default_section() {
  cat <<EOF
[DEFAULT]
transport_url = $RABBIT_URL
log_file = $LAB/log/$1.log
use_stderr = false
debug = ${LAB_DEBUG:-false}
EOF
}

# service_sections SERVICE: token checks, database, locks
service_sections() {
  keystone_user keystone_authtoken "$1"
  cat <<EOF
memcached_servers = 127.0.0.1:11211
service_token_roles_required = true
[database]
connection = $(database_url "$1")
max_pool_size = 10
[oslo_concurrency]
lock_path = $LAB/data/lock
[oslo_messaging_notifications]
driver = noop
EOF
}

write_configs() (
  umask 077
  mkdir -p "$LAB"/etc/{keystone,glance,placement,nova,neutron,heat,tacker,vim-keys,barbican,monitoring}
  write_base_configs
  write_identity_configs
  write_compute_configs
  write_network_configs
  write_orchestration_configs
  write_secrets_configs
  if [ "$STAGE" = node ]; then write_monitoring_configs; fi
  write_clouds_yaml
)

write_clouds_yaml() {
  local cloud
  {
    echo "clouds:"
    for cloud in "admin admin $LAB_PASSWORD admin" "nfv nfv_user $LAB_USER_PASSWORD nfv" "other other_user $LAB_USER_PASSWORD other"; do
      # shellcheck disable=SC2086 # four words each
      clouds_yaml_entry $cloud
    done
  } >"$LAB/clouds.yaml"
  chmod 600 "$LAB/clouds.yaml"
}

# clouds_yaml_entry CLOUD USER PASSWORD PROJECT
clouds_yaml_entry() {
  cat <<EOF
  $1:
    auth:
      auth_url: $KEYSTONE_URL
      username: $2
      password: $3
      project_name: $4
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
EOF
}
