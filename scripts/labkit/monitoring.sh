# shellcheck shell=bash
# Starts Prometheus and Alertmanager on the loopback address.

# After a reload Prometheus knows no Alertmanager for 5 s; what fires meanwhile is dropped, and not sent again for as
# long as the resend delay: a minute, by itself.
start_monitoring() {
  spawn alertmanager prometheus-alertmanager --config.file="$LAB/etc/monitoring/alertmanager.yml" \
    --storage.path="$LAB/data/alertmanager" --web.listen-address="${ALERTMANAGER_URL#http://}" --cluster.listen-address=
  spawn prometheus prometheus --config.file="$LAB/etc/monitoring/prometheus.yml" --web.enable-lifecycle \
    --web.listen-address="${PROMETHEUS_URL#http://}" --storage.tsdb.path="$LAB/data/prometheus" --storage.tsdb.retention.time=1d \
    --rules.alert.resend-delay=2s
}

# `up` has written the lab's configuration again; one that a test had put in its place may still be the loaded one.
await_monitoring() {
  await alertmanager 60 "read its configuration" posts "$ALERTMANAGER_URL/-/reload"
  await prometheus 60 "read its configuration" posts "$PROMETHEUS_URL/-/reload"
}

posts() { curl -sf -o /dev/null -m 10 -X POST "$1"; }
