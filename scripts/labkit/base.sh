# shellcheck shell=bash
# The ground the services stand on: MariaDB, memcached, RabbitMQ, and the databases' schemas.

DATABASES=(keystone glance placement nova_api nova nova_cell0 neutron heat tacker)

sql() { mysql --defaults-file="$LAB/etc/mariadb-client.cnf" "$@"; }

start_base() {
  if [ ! -d "$LAB/data/mysql/mysql" ]; then
    logged mariadb mariadb-install-db --defaults-file="$LAB/etc/mariadb.cnf" --auth-root-authentication-method=normal --skip-test-db
  fi
  spawn mariadb /usr/sbin/mariadbd --defaults-file="$LAB/etc/mariadb.cnf"
  spawn memcached memcached -u root -l 127.0.0.1 -p 11211 -m 64
  # RabbitMQ would start an epmd itself, listening on all addresses.
  spawn epmd env ERL_EPMD_ADDRESS=127.0.0.1 epmd -address 127.0.0.1 -port 4369
  start_rabbitmq
  await mariadb 240 "let root in" mariadb_ready
  await memcached 240 "listened on port 11211" listens 11211
  await rabbitmq 240 "listened on port 5672" listens 5672
}

start_rabbitmq() {
  spawn rabbitmq env HOME="$LAB/data/rabbit" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME=lab@localhost \
    RABBITMQ_MNESIA_BASE="$LAB/data/rabbit" RABBITMQ_LOG_BASE="$LAB/log" RABBITMQ_LOGS="$LAB/log/rabbitmq.log" \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=5672 RABBITMQ_ENABLED_PLUGINS_FILE="$LAB/etc/rabbit-plugins" \
    RABBITMQ_CONFIG_FILE="$LAB/etc/rabbitmq" RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# listens PORT [ADDRESS]
listens() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

# A new datadir lets root in without a password by the socket, once.
mariadb_ready() {
  sql -e 'select 1' >/dev/null 2>&1 && return
  mysql --no-defaults -S "$LAB/run/mariadb.sock" -uroot >/dev/null 2>&1 <<EOF
CREATE OR REPLACE USER root@127.0.0.1 IDENTIFIED BY '$LAB_PASSWORD';
GRANT ALL ON *.* TO root@127.0.0.1 WITH GRANT OPTION;
SET PASSWORD FOR root@localhost = PASSWORD('$LAB_PASSWORD');
EOF
  return 1
}

make_schemas() {
  once schemas cached_schemas schemas migrate_all "${DATABASES[@]}"
  # By itself, so that a lab, or a cache, from before it came gets it too.
  once schemas-barbican cached_schemas schemas-barbican migrate_barbican barbican
}

# cached_schemas NAME MIGRATE DATABASE...: the result of the migrations is kept and takes seconds the next time
cached_schemas() {
  local dump=$LAB/cache/$1.sql.gz migrate=$2
  shift 2
  if [ -e "$dump" ]; then
    zcat "$dump" | sql
    return
  fi
  printf 'CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8;\n' "$@" | sql
  "$migrate"
  mysqldump --defaults-file="$LAB/etc/mariadb-client.cnf" --skip-comments --databases "$@" | gzip >"$dump.new"
  mv "$dump.new" "$dump"
}

migrate_all() {
  say "making the database schemas (2 minutes the first time; log/schemas-*.out)"
  migrate_control_plane &
  local control=$!
  migrate_compute_and_network
  wait "$control" || exit 1
}

migrate_barbican() { logged schemas-barbican env HOME="$LAB/etc/barbican" barbican-manage db upgrade; }

migrate_control_plane() {
  local log=schemas-control-plane
  logged $log keystone-manage --config-file "$LAB/etc/keystone/keystone.conf" db_sync
  logged $log placement-manage --config-file "$LAB/etc/placement/placement.conf" db sync
  logged $log glance-manage --config-file "$LAB/etc/glance/glance-api.conf" db_sync
  logged $log heat-manage --config-file "$LAB/etc/heat/heat-engine.conf" db_sync
  logged $log "$LAB/venv-tacker/bin/tacker-db-manage" --config-file "$LAB/etc/tacker/tacker-server.conf" upgrade head
}

migrate_compute_and_network() {
  local log=schemas-compute nova=(nova-manage --config-file "$LAB/etc/nova/nova-manage.conf")
  logged $log "${nova[@]}" api_db sync
  logged $log "${nova[@]}" cell_v2 map_cell0
  logged $log "${nova[@]}" db sync
  logged $log "${nova[@]}" cell_v2 create_cell --name=cell1
  logged $log neutron-db-manage --config-file "$LAB/etc/neutron/neutron-server.conf" --config-file "$LAB/etc/neutron/ml2_conf.ini" upgrade head
}
