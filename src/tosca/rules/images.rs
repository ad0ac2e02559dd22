//! Software images: their artifact and what Tacker makes of their data.

use super::service::Service;
use super::{Flavour, Template};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::{At, is_image_size, is_truthy, unit_names};

const IMAGE: &str = "tosca.artifacts.nfv.SwImage";
const WITH_IMAGE: [&str; 2] = [
    "tosca.nodes.nfv.Vdu.Compute",
    "tosca.nodes.nfv.Vdu.VirtualBlockStorage",
];

/// Checks what the upload looks at.
pub(super) fn check(service: &Service<'_>, sink: &mut Sink) {
    for topology in &service.topologies {
        for node in topology.nodes() {
            let images: Vec<_> = artifacts(&node).filter(|(_, a)| is_image(*a)).collect();
            if let [_, (second, _), ..] = &images[..] {
                several(&node, second, sink);
            }
            let is_registered = topology.mapped.is_some()
                && node
                    .kind()
                    .is_some_and(|k| service.is_or_derives(k, &WITH_IMAGE));
            if let Some((name, _)) = images.first() {
                data(&node, name, is_registered, sink);
            }
        }
    }
}

fn artifacts<'d>(node: &Template<'d>) -> impl Iterator<Item = (&'d str, At<'d>)> + use<'d> {
    let artifacts = node.at.get("artifacts").into_iter().flat_map(At::entries);
    artifacts.map(|(name, _, artifact)| (name, artifact))
}

/// Tells whether Tacker takes an artifact for an image: by its type, or when it is a bare path.
fn is_image(artifact: At<'_>) -> bool {
    match artifact.node.get("type") {
        Some(kind) => kind.as_str() == Some(IMAGE),
        None => artifact.node.as_str().is_some(),
    }
}

fn several(node: &Template<'_>, second: &str, sink: &mut Sink) {
    let artifacts = node.at.node.get("artifacts");
    let span = artifacts
        .and_then(|a| a.key_span(second))
        .unwrap_or(node.key);
    let message = format!("`{}` has more than one image", node.name);
    sink.push(
        Diagnostic::error("vnfd-image-several", node.at.file, span, message)
            .why(
                "Tacker rejects the package: it allows one SwImage artifact per node, and takes \
                 an artifact that is a bare path for one too",
            )
            .help("keep one; give artifacts of other kinds a `type`"),
    );
}

fn data(node: &Template<'_>, artifact: &str, is_registered: bool, sink: &mut Sink) {
    let properties = node.at.node.get("properties").filter(|p| is_truthy(p));
    let found = properties.and_then(|properties| properties.get("sw_image_data"));
    let Some(found) = found.filter(|found| is_truthy(found)) else {
        if properties.is_some() || is_registered {
            let message = format!("`{}` has an image and no `sw_image_data`", node.name);
            let artifacts = node.at.node.get("artifacts");
            let span = artifacts
                .and_then(|a| a.key_span(artifact))
                .unwrap_or(node.key);
            sink.push(
                Diagnostic::error("vnfd-image-data-missing", node.at.file, span, message)
                    .why("Tacker rejects the package when an image artifact has no data beside it")
                    .help("add `sw_image_data` to the node's properties"),
            );
        }
        return;
    };
    if !is_registered {
        return;
    }
    for key in ["min_disk", "min_ram", "size"] {
        let Some(value) = found.get(key).filter(|value| is_truthy(value)) else {
            continue;
        };
        if !is_image_size(value) {
            let shown = value.text().unwrap_or_else(|| value.type_name());
            let message = format!("Tacker cannot read the size `{shown}`");
            let units = unit_names("scalar-unit.size");
            sink.push(
                Diagnostic::error("vnfd-image-size", node.at.file, value.span, message)
                    .why("it splits the text into a number and a unit at the space, and rejects the package otherwise")
                    .help(format!("write a number, a space and one of {units}")),
            );
        }
    }
}

/// Checks what is looked for once the image is uploaded to Glance.
pub(super) fn later(flavour: Flavour<'_>, sink: &mut Sink) {
    let nodes = flavour.nodes();
    let with_image = |node: &Template<'_>| node.kind().is_some_and(|k| WITH_IMAGE.contains(&k));
    for node in nodes.filter(with_image) {
        let image = artifacts(&node).find(|(_, artifact)| is_image(*artifact));
        let has_data = node.at.at(&["properties", "sw_image_data"]).is_some();
        let Some((name, artifact)) = image.filter(|_| has_data) else {
            continue;
        };
        let section = node.at.node.get("artifacts");
        let span = section.and_then(|s| s.key_span(name)).unwrap_or(node.key);
        if name == "sw_image" && artifact.node.is_mapping() {
            continue;
        }
        let (message, help) = if name == "sw_image" {
            let path = artifact.node.as_str().unwrap_or_default();
            let message = format!("the artifact `sw_image` of `{}` is a bare path", node.name);
            (message, format!("write `{{type: {IMAGE}, file: {path}}}`"))
        } else {
            let message = format!("the image of `{}` is the artifact `{name}`", node.name);
            (message, "call it `sw_image`".to_owned())
        };
        sink.push(
            Diagnostic::error("vnfd-image-artifact", node.at.file, span, message)
                .why(
                    "Tacker's v2 API knows an image's file by the artifact `sw_image` with `file` \
                     only: it does not upload this one to Glance",
                )
                .help(help),
        );
    }
}
