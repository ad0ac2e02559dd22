//! Alertmanager's part, which is the same for all VNFs of a Tacker.

use url::Url;

/// Returns a configuration that posts alerts with Tacker's labels to the Tacker at `endpoint`.
///
/// A heal that met another operation is lost in Tacker, so it is said again every minute; once it is
/// done, the rules no longer name the VNFC. A step of scaling is said again only when the number of
/// nodes has had time to be seen, or one alert would make two steps.
#[must_use]
pub fn alertmanager(endpoint: &Url) -> String {
    let base = endpoint.as_str().trim_end_matches('/');
    format!(
        r#"# Alertmanager's configuration for `vnfctl autoheal` and `vnfctl autoscale`: once a site, for all VNFs.
# It works as it is. In a configuration that is there already, put both routes before your own, and add
# both receivers and the inhibition.
route:
  receiver: nobody
  routes:
    - matchers: [receiver_type="tacker", function_type="auto_heal"]
      receiver: tacker-auto-heal
      # One message a VNF: Tacker drops a whole message when one alert in it is not to its schema.
      group_by: [vnf_instance_id]
      group_wait: 5s
      group_interval: 15s
      repeat_interval: 1m
    - matchers: [receiver_type="tacker", function_type="auto_scale"]
      receiver: tacker-auto-scale
      group_by: [vnf_instance_id, aspect_id, auto_scale_type]
      group_wait: 5s
      group_interval: 1m
      repeat_interval: 5m
receivers:
  - name: nobody
  - name: tacker-auto-heal
    webhook_configs:
      - url: {base}/alert/auto_healing
        send_resolved: false
  - name: tacker-auto-scale
    webhook_configs:
      - url: {base}/alert/auto_scaling
        send_resolved: false
inhibit_rules:
  # No node is taken away while another is to be replaced.
  - source_matchers: [receiver_type="tacker", function_type="auto_heal"]
    target_matchers: [receiver_type="tacker", auto_scale_type="SCALE_IN"]
    equal: [vnf_instance_id]
"#
    )
}
