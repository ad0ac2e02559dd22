//! What Tacker's driver stumbles over, or passes over in silence.

use super::kinds::{self, SCALABLE, WITH_PODS, WITHOUT_NAMESPACE};
use super::manifest::Object;
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::model::Vnfd;
use crate::yaml::Node;

/// Checks one object.
pub(super) fn object(object: &Object, sink: &mut Sink) {
    let kind = &object.kind;
    let Some(version) = kinds::version(kind) else {
        let message = format!("Tacker does not know the kind `{kind}`");
        sink.push(
            Diagnostic::error("kubernetes-kind-ignored", &object.file, object.place_of("kind"), message)
                .why("it makes the other objects and passes over this one without a word")
                .help("put it elsewhere, such as into with-kubectl/ beside the manifests, and apply it with kubectl"),
        );
        return;
    };
    let given = object.root.get("apiVersion").and_then(Node::as_str);
    if given != Some(version) {
        let given = given.unwrap_or("none");
        let message = format!("the API version is {given}, and Tacker calls {version}");
        let place = object.place_of("apiVersion");
        sink.push(
            Diagnostic::error("kubernetes-api-version", &object.file, place, message)
                .why("Kubernetes refuses an object of another version than is called")
                .help(format!("write `apiVersion: {version}`")),
        );
    }
    if WITHOUT_NAMESPACE.contains(&&**kind) && object.root.at(&["metadata", "namespace"]).is_none()
    {
        let message = format!("the {kind} has no namespace");
        let place = object.place_of("metadata");
        sink.push(
            Diagnostic::error("kubernetes-namespace-missing", &object.file, place, message)
                .why("Tacker gives a namespace to objects of other kinds, and not to roles and their bindings: it fails to make this one")
                .help("write it into `metadata`; the request must name the same"),
        );
    }
    for container in object.containers() {
        let image = container
            .get("image")
            .and_then(|node| Some((node, node.as_str()?)));
        if let Some((node, image)) = image
            && !image.contains("@sha256:")
        {
            let message = format!("the image `{image}` is not named by its digest");
            sink.push(
                Diagnostic::warning("kubernetes-image-not-pinned", &object.file, node.span, message)
                    .why("a tag can mean another image tomorrow, and pods of one VNF would run different ones")
                    .help("write NAME@sha256:DIGEST"),
            );
        }
    }
}

/// Checks that each VDU has the object that Tacker looks for, by the VDU's `name`.
pub(super) fn vdus(objects: &[Object], vnfd: &Vnfd, sink: &mut Sink) {
    for flavour in &vnfd.flavours {
        for vdu in &flavour.vdus {
            let name = vdu.name.as_deref().unwrap_or_default();
            let own = objects
                .iter()
                .find(|one| one.name() == Some(name) && WITH_PODS.contains(&&*one.kind));
            let Some(own) = own else {
                let message = format!(
                    "no manifest has a {} called `{name}`, for the VDU `{}` of flavour `{}`",
                    WITH_PODS.join(", "),
                    vdu.id,
                    flavour.id
                );
                sink.push(
                    Diagnostic::file_error("kubernetes-vdu-missing", super::FOLDER.into(), message)
                        .why("Tacker finds a VDU's pods by its property `name`: this one has no VNFC, and cannot be scaled or healed")
                        .help(format!("give the object the name `{name}`, or the VDU the object's")),
                );
                continue;
            };
            let is_scaled = flavour.aspects.values().any(|aspect| {
                let mut deltas = aspect.deltas.values();
                deltas.any(|delta| delta.contains_key(&vdu.id))
            });
            if is_scaled && !SCALABLE.contains(&&*own.kind) {
                let message = format!(
                    "the VDU `{}` is a {} and cannot be scaled",
                    vdu.id, own.kind
                );
                let place = own.place_of("kind");
                sink.push(
                    Diagnostic::error("kubernetes-vdu-not-scalable", &own.file, place, message)
                        .why("Tacker completes the scaling without having done anything")
                        .help(format!("take one of {}", SCALABLE.join(", "))),
                );
            }
        }
    }
}
