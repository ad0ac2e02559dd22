//! What makes a cluster heal and scale itself: the files, written by the program as a person runs it,
//! and what Prometheus' own `promtool` makes of the rules in them.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod files;
mod healing;
mod scaling;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use vnfctl::sandbox::{Options, Sandbox};

use crate::person::Person;

/// A cluster `edge1` on an embedded VNFM.
struct Site {
    _sandbox: Sandbox,
    me: Person,
    vnf: String,
}

impl Site {
    async fn with(flavour: &str) -> Self {
        let options = Options {
            duration: std::time::Duration::from_millis(20),
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let me = Person::of_sandbox(&sandbox);
        let spec = include_str!("../../examples/cluster.yaml");
        std::fs::write(me.home().join("edge.yaml"), spec).unwrap();
        me.does(&["package", "build", "edge.yaml"]);
        me.does(&["package", "push", "edge.zip"]);
        let package = "first-cluster";
        me.does(&[
            "instantiate",
            package,
            "--name",
            "edge1",
            "--flavour",
            flavour,
        ]);
        let shown = me.json(&["show", "edge1"]);
        let vnf = shown["id"].as_str().unwrap().to_owned();
        Self {
            _sandbox: sandbox,
            me,
            vnf,
        }
    }

    /// Has rules written, and returns a clock to try them by; none without promtool.
    fn rules(&self, command: &str, more: &[&str]) -> Option<Trial<'_>> {
        let mut args = vec![command, "enable", "edge1", "--rules", "rules"];
        args.extend(more);
        let printed = self.me.does(&args);
        let file = self.me.home().join(printed.trim());
        tool("promtool").then(|| {
            judges("promtool", &["check", "rules"], &file);
            Trial {
                file: file.to_str().unwrap().to_owned(),
                site: self,
                tests: Vec::new(),
            }
        })
    }

    /// A series of the alerts that fire, with all its labels.
    fn firing(&self, name: &str, labels: &[(&str, &str)]) -> String {
        let mut series = format!(
            "ALERTS{{alertname=\"{name}\", alertstate=\"firing\", vnf_instance_id=\"{}\"",
            self.vnf
        );
        for (label, value) in labels {
            write!(series, ", {label}=\"{value}\"").unwrap();
        }
        series + "}"
    }
}

/// Tells whether a program of Prometheus is here; where the real things are required, it must be.
fn tool(name: &str) -> bool {
    let there = Command::new(name).arg("--version").output().is_ok();
    let required = std::env::var_os("VNFCTL_REQUIRE_REAL").is_some();
    assert!(there || !required, "there is no {name}");
    there
}

fn judges(tool: &str, args: &[&str], file: &Path) {
    let output = Command::new(tool).args(args).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let text = std::fs::read_to_string(file).unwrap();
    assert!(output.status.success(), "{tool} {args:?}: {said}\n{text}");
}

/// Series over time, and what must then fire by one file's rules. A minute is a sample.
struct Trial<'a> {
    file: String,
    site: &'a Site,
    tests: Vec<Value>,
}

impl Trial<'_> {
    /// Adds a case: `series` are names with labels and values in promtool's notation; at each of the
    /// times exactly these alerts fire.
    fn case(
        &mut self,
        name: &str,
        series: &[(String, &str)],
        expected: &[(&str, &[String])],
    ) -> &mut Self {
        let series = series.iter();
        let series: Vec<Value> = series
            .map(|(series, values)| json!({"series": series, "values": values}))
            .collect();
        let expected: Vec<Value> = expected
            .iter()
            .map(|(at, alerts)| {
                let alerts = alerts.iter();
                let samples: Vec<Value> = alerts
                    .map(|labels| json!({"labels": labels, "value": 1}))
                    .collect();
                let expr = "ALERTS{alertstate=\"firing\"}";
                json!({"expr": expr, "eval_time": at, "exp_samples": samples})
            })
            .collect();
        self.tests.push(json!({
            "name": name, "interval": "1m", "input_series": series, "promql_expr_test": expected,
        }));
        self
    }

    fn judged(&self) {
        let all = json!({
            "rule_files": [self.file], "evaluation_interval": "1m", "tests": self.tests,
        });
        let file = self.site.me.home().join("trial.json");
        std::fs::write(&file, all.to_string()).unwrap();
        judges("promtool", &["test", "rules"], &file);
    }
}

/// What kube-state-metrics says of a node that was seen all the time.
fn labels(node: &str, server: &str) -> (String, &'static str) {
    let series =
        format!("kube_node_labels{{node=\"{node}\", label_vnfctl_dev_server=\"{server}\"}}");
    (series, "1x60")
}

/// The same of a control plane.
fn role(node: &str) -> (String, &'static str) {
    let series = format!("kube_node_role{{node=\"{node}\", role=\"control-plane\"}}");
    (series, "1x60")
}

/// Whether Kubernetes calls a node Ready, minute by minute.
fn ready<'a>(node: &str, values: &'a str) -> (String, &'a str) {
    let condition = "condition=\"Ready\", status=\"true\"";
    (
        format!("kube_node_status_condition{{node=\"{node}\", {condition}}}"),
        values,
    )
}
