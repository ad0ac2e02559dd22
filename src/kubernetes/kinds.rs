//! The kinds of objects that Tacker 16 knows (`sol_refactored/infra_drivers/kubernetes/
//! kubernetes_resource.py`). It calls one version of each kind's API, whatever a manifest says.

/// Kind and API version.
const KNOWN: [(&str, &str); 33] = [
    ("ConfigMap", "v1"),
    ("LimitRange", "v1"),
    ("Namespace", "v1"),
    ("Node", "v1"),
    ("PersistentVolume", "v1"),
    ("PersistentVolumeClaim", "v1"),
    ("Pod", "v1"),
    ("PodTemplate", "v1"),
    ("ResourceQuota", "v1"),
    ("Secret", "v1"),
    ("Service", "v1"),
    ("ServiceAccount", "v1"),
    ("ControllerRevision", "apps/v1"),
    ("DaemonSet", "apps/v1"),
    ("Deployment", "apps/v1"),
    ("ReplicaSet", "apps/v1"),
    ("StatefulSet", "apps/v1"),
    ("HorizontalPodAutoscaler", "autoscaling/v1"),
    ("Job", "batch/v1"),
    ("APIService", "apiregistration.k8s.io/v1"),
    ("TokenReview", "authentication.k8s.io/v1"),
    ("LocalSubjectAccessReview", "authorization.k8s.io/v1"),
    ("SelfSubjectAccessReview", "authorization.k8s.io/v1"),
    ("SelfSubjectRulesReview", "authorization.k8s.io/v1"),
    ("SubjectAccessReview", "authorization.k8s.io/v1"),
    ("Lease", "coordination.k8s.io/v1"),
    ("NetworkPolicy", "networking.k8s.io/v1"),
    ("ClusterRole", "rbac.authorization.k8s.io/v1"),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1"),
    ("Role", "rbac.authorization.k8s.io/v1"),
    ("RoleBinding", "rbac.authorization.k8s.io/v1"),
    ("PriorityClass", "scheduling.k8s.io/v1"),
    ("StorageClass", "storage.k8s.io/v1"),
];

/// Kinds whose pods are VNFCs (`kubernetes_utils.py`, `TARGET_KIND`).
pub(super) const WITH_PODS: [&str; 5] = [
    "Pod",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "ReplicaSet",
];
/// Those of them that can be scaled (`SCALABLE_KIND`).
pub(super) const SCALABLE: [&str; 3] = ["Deployment", "ReplicaSet", "StatefulSet"];
/// Kinds of a namespace that Tacker gives none: two of its names have grown together into one
/// (`SUPPORTED_NAMESPACE_KIND`).
pub(super) const WITHOUT_NAMESPACE: [&str; 2] = ["Role", "RoleBinding"];

/// Returns the API version that Tacker calls for a kind that it knows.
pub(super) fn version(kind: &str) -> Option<&'static str> {
    KNOWN
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, version)| *version)
}
