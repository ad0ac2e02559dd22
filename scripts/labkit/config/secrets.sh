# shellcheck shell=bash
# Barbican: secrets are encrypted in its database with a key of the lab's own.

# Barbican reads barbican.conf in the home of who starts it; it can be told no other place.
write_secrets_configs() {
  barbican_config >"$LAB/etc/barbican/barbican.conf"
}

barbican_config() {
  local kek=$LAB/data/barbican-kek
  if [ ! -e "$kek" ]; then head -c 32 /dev/urandom | base64 | tr '+/' '-_' >"$kek"; fi
  cat <<EOF
[DEFAULT]
use_stderr = true
debug = ${LAB_DEBUG:-false}
host_href = $BARBICAN_URL
sql_connection = $(database_url barbican)
[simple_crypto_plugin]
kek = $(<"$kek")
[oslo_policy]
enforce_scope = true
enforce_new_defaults = true
EOF
  keystone_user keystone_authtoken barbican
  printf 'memcached_servers = 127.0.0.1:11211\nservice_token_roles_required = true\n'
}
