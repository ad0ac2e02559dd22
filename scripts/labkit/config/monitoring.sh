# shellcheck shell=bash
# Prometheus and Alertmanager as a site has them beside Tacker: they watch nothing until somebody adds targets and
# rules, and what fires with Tacker's labels is told to Tacker.

PROMETHEUS_URL=http://127.0.0.1:9090
ALERTMANAGER_URL=http://127.0.0.1:9093
TACKER_ALERTS=http://127.0.0.1:9890/alert

write_monitoring_configs() {
  mkdir -p "$LAB"/monitoring/{rules,targets}
  prometheus_config >"$LAB/etc/monitoring/prometheus.yml"
  alertmanager_config >"$LAB/etc/monitoring/alertmanager.yml"
}

prometheus_config() {
  cat <<EOF
global:
  scrape_interval: 2s
  scrape_timeout: 2s
  evaluation_interval: 2s
rule_files:
  - $LAB/monitoring/rules/*.yml
alerting:
  alertmanagers:
    - static_configs:
        - targets: [${ALERTMANAGER_URL#http://}]
scrape_configs:
  - job_name: nodes
    file_sd_configs:
      - files: [$LAB/monitoring/targets/*.yml]
        refresh_interval: 2s
EOF
}

# One group a VNF: Tacker drops a whole message without a word when one alert of it is not to its schema.
alertmanager_config() {
  cat <<EOF
route:
  receiver: nobody
  routes:
    - matchers: [receiver_type="tacker", function_type="auto_heal"]
      receiver: tacker-auto-healing
      group_by: [vnf_instance_id]
      group_wait: 1s
      group_interval: 5s
      repeat_interval: 1m
    - matchers: [receiver_type="tacker", function_type="auto_scale"]
      receiver: tacker-auto-scaling
      group_by: [vnf_instance_id, aspect_id]
      group_wait: 1s
      group_interval: 5s
      repeat_interval: 1m
receivers:
  - name: nobody
  - name: tacker-auto-healing
    webhook_configs:
      - url: $TACKER_ALERTS/auto_healing
        send_resolved: false
  - name: tacker-auto-scaling
    webhook_configs:
      - url: $TACKER_ALERTS/auto_scaling
        send_resolved: false
EOF
}
