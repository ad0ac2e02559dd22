//! Pods on a Kubernetes cluster: what such a package can say, and what Kubernetes would refuse.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{self, Context};
use super::types::{Counts, Metadata, one};

/// Pods that are all alike, behind one address: one VDU, one scaling aspect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ContainerPackage {
    /// Always `vnfctl/v1`, which is [`super::API_VERSION`].
    pub api_version: String,
    /// Always `ContainerPackage`.
    pub kind: String,
    /// What the package is called.
    pub metadata: Metadata,
    /// Folder under `vnf-templates/`.
    #[serde(default = "default_template")]
    pub template: String,
    /// The container's image with its digest, such as `registry.example.org/web@sha256:…`.
    pub image: String,
    /// Arguments of the image's program.
    #[serde(default)]
    pub args: Vec<String>,
    /// TCP port that the program listens on.
    pub port: u16,
    /// HTTP path on that port which answers 200 when the program is well; without one, the port
    /// is tried.
    #[serde(default)]
    pub health: Option<String>,
    /// User and group id of the program, never 0.
    #[serde(default = "nobody")]
    pub user: u32,
    /// What a pod gets of its node.
    #[serde(default)]
    pub resources: Resources,
    /// The address that clients use.
    #[serde(default)]
    pub service: Service,
    /// Who may reach the pods, and whom these may reach.
    #[serde(default)]
    pub allow: Peers,
    /// A Gateway API route into the cluster.
    #[serde(default)]
    pub gateway: Option<Gateway>,
    /// Number of pods.
    pub pods: Pods,
}

/// What a pod gets of its node, as request and as limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// Processors, such as `100m` or `2`.
    pub cpu: String,
    /// Memory, such as `64Mi`.
    pub memory: String,
}

/// The address that clients use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// Port of the address.
    pub port: u16,
    /// Kind of address.
    #[serde(rename = "type")]
    pub kind: ServiceType,
}

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServiceType {
    /// Inside the cluster.
    #[serde(rename = "ClusterIP")]
    ClusterIp,
    /// On each node.
    NodePort,
    /// Outside, where the cluster gives such addresses, as Cilium's LB-IPAM does.
    LoadBalancer,
}

/// Who may reach the pods, beside pods of their own namespace, and whom these may reach, beside
/// the cluster's DNS. Ranges of addresses; pods are not meant by them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Peers {
    /// Clients' ranges.
    pub from: Vec<String>,
    /// Servers' ranges.
    pub to: Vec<String>,
}

/// A Gateway API route into the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gateway {
    /// Gateway class; Cilium's is `cilium`.
    #[serde(default = "default_class")]
    pub class: String,
    /// Host name of requests; any when not said.
    #[serde(default)]
    pub host: Option<String>,
}

/// Numbers of pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pods {
    /// Number at scale level 0.
    #[serde(default = "one")]
    pub min: u32,
    /// Number after instantiation at the default level; `min` when not said.
    #[serde(default)]
    pub initial: Option<u32>,
    /// Number at the highest scale level.
    pub max: u32,
    /// Pods per scaling step.
    #[serde(default = "one")]
    pub step: u32,
}

impl Pods {
    /// Their numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::new(self.min, self.initial, self.max, self.step)
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            cpu: "100m".into(),
            memory: "64Mi".into(),
        }
    }
}

impl Default for Service {
    fn default() -> Self {
        Self {
            port: 80,
            kind: ServiceType::ClusterIp,
        }
    }
}

fn default_template() -> String {
    "cnf-sample".into()
}

fn default_class() -> String {
    "cilium".into()
}

const fn nobody() -> u32 {
    65534
}

/// Checks what Kubernetes would refuse when the VNF is instantiated, or what is not safe.
pub(super) fn check(spec: &ContainerPackage, context: &mut Context<'_>) {
    image(&spec.image, context);
    check::counts(spec.pods.counts(), &["pods"], context);
    for (path, port) in [
        (&["port"][..], spec.port),
        (&["service", "port"], spec.service.port),
    ] {
        if port == 0 {
            let finding = context.error("spec-value", path, "there is no port 0");
            context.push(finding.help("ports are 1 to 65535"));
        }
    }
    if spec.user == 0 {
        let finding = context.error("spec-container-user", &["user"], "the program runs as root");
        context.push(finding.help("take another user id; leave `user` out for 65534"));
    }
    if let Some(path) = &spec.health
        && !path.starts_with('/')
    {
        let message = format!("`{path}` is no path");
        let finding = context.error("spec-value", &["health"], message);
        context.push(finding.help("it begins with `/`"));
    }
    for (key, text, suffixes) in [
        ("cpu", &spec.resources.cpu, &["m"][..]),
        ("memory", &spec.resources.memory, &["Ki", "Mi", "Gi", "Ti"]),
    ] {
        if !is_quantity(text, suffixes) {
            let message = format!("`{text}` is no amount of {key}");
            let finding = context.error("spec-value", &["resources", key], message);
            let known = suffixes.join(", ");
            context.push(finding.help(format!("a whole number above 0, or one with {known}")));
        }
    }
    for (key, ranges) in [("from", &spec.allow.from), ("to", &spec.allow.to)] {
        for (number, text) in ranges.iter().enumerate() {
            range(&["allow", key, &number.to_string()], text, context);
        }
    }
    if let Some(gateway) = &spec.gateway {
        names(gateway, context);
    }
    if spec.service.kind != ServiceType::ClusterIp && spec.allow.from.is_empty() {
        let message = "the address reaches out of the cluster, and nobody there is allowed";
        let path = ["service", "type"];
        let finding = context.warning("spec-container-unreachable", &path, message);
        let finding = finding.why("the NetworkPolicy drops what comes from outside the namespace");
        context.push(finding.help("name the clients' ranges in `allow.from`"));
    }
}

/// Kubernetes takes any reference; a tag can mean another image tomorrow.
fn image(image: &str, context: &mut Context<'_>) {
    let digest = image.split_once("@sha256:");
    let is_pinned = digest.is_some_and(|(name, digest)| {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let is_name = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '@');
        !name.is_empty()
            && name.chars().all(is_name)
            && digest.len() == 64
            && digest.chars().all(is_hex)
    });
    if !is_pinned {
        let message = format!("`{image}` does not name an image by its digest");
        let finding = context.error("spec-container-image", &["image"], message);
        context.push(finding.help(
            "write NAME@sha256:DIGEST; `skopeo inspect --format '{{.Digest}}' docker://NAME:TAG` prints it",
        ));
    }
}

fn is_quantity(text: &str, suffixes: &[&str]) -> bool {
    let number = suffixes.iter().find_map(|one| text.strip_suffix(one));
    number.unwrap_or(text).parse().is_ok_and(|one: u32| one > 0)
}

fn range(path: &[&str], text: &str, context: &mut Context<'_>) {
    if !text
        .parse::<IpNet>()
        .is_ok_and(|net| net.trunc().addr() == net.addr())
    {
        let message = format!("`{text}` is no range of addresses");
        let finding = context.error("spec-cidr", path, message);
        context.push(finding.help("write the first address and the prefix, such as 10.1.0.0/16"));
    }
}

fn names(gateway: &Gateway, context: &mut Context<'_>) {
    let host = gateway.host.as_deref().unwrap_or("any");
    // A Gateway's host may begin with a wildcard.
    let host = host.strip_prefix("*.").unwrap_or(host);
    for (key, text) in [("class", gateway.class.as_str()), ("host", host)] {
        let is_name = !text.is_empty()
            && text.split('.').all(|label| {
                let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(is_inner)
            });
        if !is_name {
            let message = format!("`{text}` is no name in the DNS");
            let finding = context.error("spec-value", &["gateway", key], message);
            context.push(finding.help("lower-case letters, digits and dashes, with dots between"));
        }
    }
}
