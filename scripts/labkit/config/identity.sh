# shellcheck shell=bash
# Keystone.

write_identity_configs() {
  cat >"$LAB/etc/keystone/keystone.conf" <<EOF
[DEFAULT]
use_stderr = true
debug = ${LAB_DEBUG:-false}
[database]
connection = $(database_url keystone)
[token]
provider = fernet
expiration = 14400
[fernet_tokens]
key_repository = $LAB/data/keystone-fernet
[credential]
key_repository = $LAB/data/keystone-credential
[cache]
enabled = true
backend = dogpile.cache.memcached
memcache_servers = 127.0.0.1:11211
[identity]
password_hash_rounds = 4
EOF
}
