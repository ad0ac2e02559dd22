//! The free Helm values, and what all values together ask of the image's kernel.

use serde_json::Value;

use super::say;
use crate::spec::check::Context;
use crate::spec::matrix::{Matrix, minor, ordered};
use crate::spec::types::ClusterPackage;

/// Values that the package's Heat templates, node script and lock follow, and their options.
const FOLLOWED: [(&str, &str); 13] = [
    ("routingMode", "routing"),
    ("tunnelProtocol", "routing"),
    ("tunnelPort", "routing"),
    ("kubeProxyReplacement", "kubeProxyReplacement"),
    ("loadBalancer.mode", "loadBalancer"),
    ("loadBalancer.dsrDispatch", "loadBalancer"),
    ("encryption.enabled", "encryption"),
    ("encryption.type", "encryption"),
    ("ipam.mode", "kubernetes.podCidr"),
    (
        "ipam.operator.clusterPoolIPv4PodCIDRList",
        "kubernetes.podCidr",
    ),
    ("gatewayAPI.enabled", "gatewayApi"),
    ("hubble.relay.enabled", "hubble"),
    ("authentication.mutual.spire.enabled", "mutualAuth"),
];

pub(super) fn check(spec: &ClusterPackage, context: &mut Context<'_>) {
    let Ok(matrix) = Matrix::builtin() else {
        return; // said when the spec's versions were checked
    };
    removed(spec, &matrix, context);
    followed(spec, context);
    secrets(spec, context);
    proxy(spec, context);
    kernel(spec, &matrix, context);
}

/// The value at a path with dots between keys.
fn at<'v>(values: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(values, |value, key| value.get(key))
}

/// The place of a value in the spec.
fn place(path: &str) -> Vec<&str> {
    ["cilium", "values"]
        .into_iter()
        .chain(path.split('.'))
        .collect()
}

fn given(spec: &ClusterPackage) -> Value {
    Value::Object(spec.cilium.values.clone().into_iter().collect())
}

fn removed(spec: &ClusterPackage, matrix: &Matrix, context: &mut Context<'_>) {
    let (values, own) = (given(spec), minor(&spec.cilium.version));
    let Some(own) = own.as_deref().and_then(ordered) else {
        return; // said when the spec's versions were checked
    };
    for gone in &matrix.removed {
        let since = ordered(&gone.since);
        if since.is_none_or(|since| since > own) || at(&values, &gone.value).is_none() {
            continue;
        }
        let message = format!(
            "Cilium has no Helm value `{}` since {}",
            gone.value, gone.since
        );
        let finding = context.error("spec-cilium-value-removed", &place(&gone.value), message);
        let why = "the chart refuses it, or ignores it";
        say(
            finding,
            why,
            &format!("write {} instead", gone.instead),
            context,
        );
    }
}

fn followed(spec: &ClusterPackage, context: &mut Context<'_>) {
    let (values, own) = (given(spec), spec.own_values());
    for (path, option) in FOLLOWED {
        let Some(value) = at(&values, path).filter(|value| at(&own, path) != Some(*value)) else {
            continue;
        };
        let message = format!("`{path}: {value}` goes past the option that it belongs to");
        let finding = context.warning("spec-cilium-value-followed", &place(path), message);
        let why = "security groups, allowed addresses and the node script follow the option";
        say(finding, why, &format!("write `{option}` instead"), context);
    }
}

/// Helm values go into the package and into the cluster's release, where all may read them.
fn secrets(spec: &ClusterPackage, context: &mut Context<'_>) {
    const KEYS: [&str; 3] = [
        "tls.ca.key",
        "encryption.ipsec.key",
        "clustermesh.apiserver.tls.ca.key",
    ];
    let values = given(spec);
    for path in KEYS.iter().filter(|path| at(&values, path).is_some()) {
        let message = format!("`{path}` is a secret, and the package is none");
        let finding = context.error("spec-cilium-value-secret", &place(path), message);
        let why = "everybody who may read the package, or the cluster's Helm release, has it";
        say(
            finding,
            why,
            "leave it out; keys are made in the cluster",
            context,
        );
    }
}

fn proxy(spec: &ClusterPackage, context: &mut Context<'_>) {
    let cilium = &spec.cilium;
    let off = at(&given(spec), "l7Proxy") == Some(&Value::Bool(false));
    if off && (cilium.ingress.enabled || cilium.gateway_api.enabled) {
        let message = "Ingress and Gateway API need the proxy, which this value turns off";
        let finding = context.error("spec-cilium-proxy", &place("l7Proxy"), message);
        say(
            finding,
            "Envoy is what serves them",
            "leave it out",
            context,
        );
    }
}

fn kernel(spec: &ClusterPackage, matrix: &Matrix, context: &mut Context<'_>) {
    let Some(os) = &spec.image.os else { return };
    let Some(kernel) = matrix.distributions.get(os) else {
        let known: Vec<_> = matrix.distributions.keys().map(String::as_str).collect();
        let message = format!("the kernel of `{os}` is not known");
        let finding = context.error("spec-image-os", &["image", "os"], message);
        context.push(finding.help(format!("known here: {}", known.join(", "))));
        return;
    };
    let values = spec.helm_values();
    let line = minor(&spec.cilium.version).unwrap_or_default();
    let base = matrix.kernel(&line).map(|floor| ("Cilium", floor));
    let features = matrix.features.iter();
    let features = features.filter(|feature| at(&values, &feature.value) == Some(&feature.is));
    let features = features.map(|feature| (feature.name.as_str(), feature.kernel.as_str()));
    for (name, floor) in base.into_iter().chain(features) {
        if ordered(kernel) < ordered(floor) {
            let message = format!("{name} needs Linux {floor}, and {os} has {kernel}");
            let finding = context.error("spec-cilium-kernel", &["image", "os"], message);
            let why = "the agent does not start on an older one, or leaves the feature out";
            let newer = matrix.distributions.iter();
            let newer: Vec<_> = newer
                .filter(|(_, kernel)| ordered(kernel) >= ordered(floor))
                .map(|(name, _)| name.as_str())
                .collect();
            let help = format!("take an image of {}, or leave {name} out", newer.join(", "));
            say(finding, why, &help, context);
        }
    }
}
