//! The codes of the manifests' rules. The upload looks into none, so none rejects.

use crate::diagnose::{Code, Verdict};

const fn later(name: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code::error(name, Verdict::FailsLater, meaning, why)
}

/// Every code of this room.
pub const CODES: &[Code] = &[
    later(
        "kubernetes-unreadable",
        "A manifest in `Files/kubernetes/` is no YAML",
        "The instantiation fails",
    ),
    later(
        "kubernetes-document-empty",
        "A manifest has an empty document, as behind a last `---`",
        "Tacker looks for its kind and stops with an error 500",
    ),
    later(
        "kubernetes-kind-missing",
        "An object has no kind",
        "Tacker answers the instantiation with `Invalid manifest found.`",
    ),
    later(
        "kubernetes-kind-ignored",
        "An object is of a kind that Tacker does not know: a custom resource, an Ingress, a CronJob, a PodDisruptionBudget",
        "Tacker makes the other objects and passes over this one without a word",
    ),
    later(
        "kubernetes-api-version",
        "An object is of another API version than Tacker calls for its kind",
        "Kubernetes refuses it",
    ),
    later(
        "kubernetes-namespace-missing",
        "A role or a role's binding names no namespace",
        "Tacker gives one to objects of other kinds, and fails to make this one",
    ),
    later(
        "kubernetes-vdu-missing",
        "A VDU has no object of its `name` in the manifests",
        "Tacker finds pods by that name: the VDU has no VNFCs and cannot be scaled or healed",
    ),
    later(
        "kubernetes-vdu-not-scalable",
        "A scaling aspect has a VDU whose object has no number of replicas",
        "Tacker completes the scaling without having done anything",
    ),
    Code::warning(
        "kubernetes-image-not-pinned",
        Verdict::Accepted,
        "A container's image is not named by its digest",
        "A tag can mean another image tomorrow, and pods of one VNF would run different ones",
    ),
];
