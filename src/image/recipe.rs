//! What an image must hold, as a text to review before anything is made.

use std::fmt::Write as _;

use crate::spec::{ClusterPackage, Matrix, MatrixError, Versions};

/// Where the node script looks for a file before it fetches it (`scripts/node/artifacts.sh`).
const CACHE: &str = "/var/lib/vnfctl/cache";
/// Programs that the node script installs where they are missing (`scripts/node/packages.sh`).
const PACKAGES: [&str; 4] = ["conntrack", "socat", "ethtool", "iptables"];
/// The same for control planes behind a virtual address.
const FOR_VIP: &str = "keepalived";
/// What images of distributions have, and the node script takes for granted.
const EXPECTED: [&str; 8] = [
    "systemd",
    "cloud-init",
    "openssh-server",
    "sudo",
    "curl",
    "python3",
    "python3-yaml",
    "openssl",
];
/// What kubeadm runs on a control plane in Kubernetes' own version; kube-proxy is left out.
const KUBERNETES: [&str; 3] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
];

/// Returns the recipe of an image for the nodes of `spec`, as commented YAML.
///
/// # Errors
/// The version matrix cannot be read.
pub fn recipe(spec: &ClusterPackage) -> Result<String, MatrixError> {
    let versions = spec.versions(&Matrix::builtin()?);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, spec, &versions);
    Ok(text)
}

fn write(text: &mut String, spec: &ClusterPackage, versions: &Versions) -> std::fmt::Result {
    let name = &spec.metadata.name;
    writeln!(
        text,
        "# What an image must hold so that no node of `{name}` downloads anything when it boots.\n\
         # `vnfctl image bake` installs packages and artifacts and has the runtime pull the container\n\
         # images, from the registries below or the mirror that its configuration names."
    )?;
    writeln!(text, "versions:")?;
    for (name, version) in versions.by_name(spec) {
        writeln!(text, "  {name}: \"{version}\"")?;
    }
    let (expected, packages) = (EXPECTED.join(", "), PACKAGES.join(", "));
    writeln!(
        text,
        "# Not installed by the node script: cloud images have them."
    )?;
    writeln!(text, "expected: [{expected}]")?;
    writeln!(
        text,
        "# Debian's and Ubuntu's names. {FOR_VIP} for the flavour `ha`."
    )?;
    let vip = spec
        .flavours
        .ha
        .as_ref()
        .map_or_else(String::new, |_| format!(", {FOR_VIP}"));
    writeln!(text, "packages: [{packages}{vip}]")?;
    let base = spec.artifacts.mirror.as_ref();
    let base = base.map_or("https://", url::Url::as_str);
    writeln!(
        text,
        "# Each file under the name that the node script looks for; it is used only while its\n\
         # SHA-256 is the pinned one."
    )?;
    writeln!(text, "artifacts:")?;
    for (name, files) in &spec.artifacts.lock.artifacts {
        for (arch, pin) in files {
            writeln!(text, "  - file: {CACHE}/{name}-{}", pin.sha256)?;
            writeln!(text, "    arch: {}", arch.name())?;
            writeln!(text, "    url: {}{}", with_slash(base), pin.path)?;
        }
    }
    let kubernetes = spec.kubernetes.version.trim_start_matches('v');
    let cilium = spec.cilium.version.trim_start_matches('v');
    writeln!(
        text,
        "# Beside these, baking asks the pinned programs: the tags of etcd, coredns and pause are kubeadm's\n\
         # to say (`kubeadm config images list --kubernetes-version v{kubernetes}`), those of Cilium's proxy\n\
         # and of what the spec turns on, and all digests, are in values.yaml of the pinned chart."
    )?;
    writeln!(text, "containerImages:")?;
    for image in KUBERNETES {
        writeln!(text, "  - registry.k8s.io/{image}:v{kubernetes}")?;
    }
    for image in ["cilium", "operator-generic"] {
        writeln!(text, "  - quay.io/cilium/{image}:v{cilium}")?;
    }
    Ok(())
}

fn with_slash(base: &str) -> String {
    match base.ends_with('/') {
        true => base.to_owned(),
        false => format!("{base}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_names_what_the_node_script_installs() {
        let script = include_str!("../../scripts/node/packages.sh");
        assert!(script.contains(&format!("wanted=({})", PACKAGES.join(" "))));
        assert!(script.contains(&format!("wanted+=({FOR_VIP})")));
        let script = include_str!("../../scripts/node/node.sh");
        assert!(script.contains("STATE_DIR=/var/lib/vnfctl\nCACHE_DIR=$STATE_DIR/cache\n"));
        let script = include_str!("../../scripts/node/artifacts.sh");
        assert!(script.contains("target=$CACHE_DIR/$name-$sha"));
    }
}
