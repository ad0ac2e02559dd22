# shellcheck shell=bash
# MariaDB and RabbitMQ, with datadirs of their own: a database already on the machine is not touched.

write_base_configs() {
  # Durability is given up for speed: the data is as short-lived as the lab.
  cat >"$LAB/etc/mariadb.cnf" <<EOF
[mysqld]
datadir=$LAB/data/mysql
socket=$LAB/run/mariadb.sock
pid-file=$LAB/run/mariadbd.pid
bind-address=127.0.0.1
port=3307
user=root
max_connections=1000
innodb_flush_log_at_trx_commit=0
innodb_buffer_pool_size=256M
innodb_log_file_size=64M
innodb_doublewrite=0
skip-log-bin
performance_schema=off
skip-name-resolve
character-set-server=utf8mb3
EOF
  cat >"$LAB/etc/mariadb-client.cnf" <<EOF
[client]
host=127.0.0.1
port=3307
user=root
password=$LAB_PASSWORD
EOF
  echo '[].' >"$LAB/etc/rabbit-plugins"
  : >"$LAB/etc/rabbitmq.conf"
}
