//! Combinations that cannot work, each refused with its place, reason and cure.
//!
//! What the agent itself refuses at its start is refused here for the same reasons; what Neutron
//! would drop in silence is refused too, since nobody else would say it.

mod announcing;
mod datapath;
mod mesh;
mod services;
mod values;

use super::super::check::Context;
use crate::diagnose::Diagnostic;
use crate::spec::types::ClusterPackage;

/// Checks what a cluster wants of Cilium.
pub(in crate::spec) fn cluster(spec: &ClusterPackage, context: &mut Context<'_>) {
    datapath::check(spec, context);
    services::check(spec, context);
    announcing::check(spec, context);
    mesh::check(spec, context);
    values::check(spec, context);
}

/// Adds why it matters and what to do, and says it.
fn say(finding: Diagnostic, why: &str, help: &str, context: &mut Context<'_>) {
    context.push(finding.why(why).help(help));
}

/// Tells whether a text can name a Kubernetes resource: a DNS label (RFC 1123).
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 63
        && text.starts_with(inner)
        && text.ends_with(inner)
        && text.chars().all(|c| inner(c) || c == '-')
}

/// Says so when a text cannot name a resource.
fn label(path: &[&str], text: &str, context: &mut Context<'_>) {
    if !is_label(text) {
        let message = format!("`{text}` cannot name a Kubernetes resource");
        let finding = context.error("spec-cilium-name", path, message);
        let why = "the API server refuses it when the node script applies it";
        let help = "lower-case letters, digits and dashes, at most 63";
        say(finding, why, help, context);
    }
}
