//! The scripts beside a local.conf: those of `scripts/devstack`, with this devstack's settings.

use std::fmt::Write as _;

use super::local_conf::MARK;
use super::spec::{Devstack, Host, Role};
use crate::spec::Matrix;

const COMMON: &str = include_str!("../../scripts/devstack/common.sh");
const BEFORE: &str = include_str!("../../scripts/devstack/before-stack.sh");
const CILIUM: &str = include_str!("../../scripts/devstack/cilium.sh");
const LOCAL: &str = include_str!("../../scripts/devstack/local.sh");

/// Returns `before-stack.sh` of a host.
pub(super) fn before_stack(devstack: &Devstack, host: &Host, matrix: &Matrix) -> String {
    let mut settings = format!(
        "NODE={}\nCONTROL_PLANE={}\nCRIO_VERSION={}\n",
        host.is_node(),
        host.is(Role::KubernetesControlPlane),
        devstack.crio(matrix)
    );
    let wanted: &[&str] = if host.is_node() { &["crio"] } else { &[] };
    settings += &pins(devstack, wanted);
    whole(BEFORE, &settings)
}

/// Returns `cilium.sh`.
pub(super) fn cilium(devstack: &Devstack) -> String {
    let mut settings = format!("CILIUM_VERSION={}\n", devstack.cilium.version);
    settings += &pins(devstack, &["cilium-cli", "cilium-chart"]);
    let values = devstack.helm_values();
    // Within a quoted here-document nothing is expanded, and no line of JSON is the word that ends it.
    let _ = write!(
        settings,
        "\n# Cilium's Helm values\ncilium_values() {{\n    cat <<'VALUES'\n{values:#}\nVALUES\n}}\n"
    );
    whole(CILIUM, &settings)
}

/// Returns `local.sh`, which stack.sh runs at its end.
pub(super) fn local() -> String {
    whole(LOCAL, "")
}

/// Where each file lies, and its SHA-256.
fn pins(devstack: &Devstack, names: &[&str]) -> String {
    let base = devstack.artifacts.mirror.as_ref();
    let base = base.map_or("https://", url::Url::as_str);
    let base = match base {
        "https://" => base.to_owned(),
        // A URL may have the quotes that end a text of the shell.
        mirror => format!("{}/", mirror.trim_end_matches('/').replace('\'', "%27")),
    };
    let mut text = "# name-architecture: address and SHA-256\ndeclare -A PINS=(\n".to_owned();
    for name in names {
        for (arch, pin) in devstack.lock.artifacts.get(*name).into_iter().flatten() {
            let _ = writeln!(
                text,
                "    [{name}-{}]='{base}{} {}'",
                arch.name(),
                pin.path,
                pin.sha256
            );
        }
    }
    text + ")\n"
}

/// The script with its mark, its settings and what it shares.
fn whole(body: &str, settings: &str) -> String {
    let common = COMMON
        .lines()
        .skip_while(|line| line.starts_with("# shellcheck"));
    let common: Vec<_> = common.collect();
    body.replace("# @MARK@\n", &format!("{MARK}.\n"))
        .replace("# @SETTINGS@\n", settings)
        .replace("# @COMMON@\n", &format!("\n{}\n\n", common.join("\n")))
}
