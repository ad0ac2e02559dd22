//! Alerts by which a cluster heals and scales itself: Prometheus' rules for one VNF, Alertmanager's
//! routes for all.
//!
//! All that Tacker wants of an alert is known beforehand but for the VNFC's id, which is another after
//! every heal. Tacker makes it of the VDU and the server's id (`openstack.py`, `_make_vnfc_info_id`), and
//! each node object has its server's id as the label `vnfctl.dev/server`: so the rules reckon it from
//! kube-state-metrics' `kube_node_labels`, and need not be written anew when nodes change.

mod alertmanager;
mod file;
mod heal;
mod promql;
mod rules;
mod scale;
mod watched;

pub use alertmanager::alertmanager;
pub use file::{FileError, RuleFile};
pub use heal::{Heal, Signal};
pub use promql::Matcher;
pub use rules::{Settings, render};
pub use scale::{Metric, Reach, Scale};
pub use watched::Watched;

/// Why there can be no rules.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// Nothing exists of it that could be watched.
    #[error("VNF `{0}` is not instantiated, so there is nothing to watch")]
    NotInstantiated(String),
    /// A VNFC is called otherwise than the rules can reckon.
    #[error(
        "VNFC `{vnfc}` of VNF `{vnf}` is not called after its VDU and server, so rules cannot name it"
    )]
    ForeignId {
        /// The VNF.
        vnf: String,
        /// The VNFC.
        vnfc: String,
    },
    /// The VNF has no nodes of that VDU.
    #[error("VNF `{vnf}` has no nodes of VDU `{vdu}`; it has: {known}")]
    NoSuchVdu {
        /// The VNF.
        vnf: String,
        /// The VDU.
        vdu: String,
        /// The VDUs that have nodes.
        known: String,
    },
    /// Only what must not be replaced without a person is there.
    #[error(
        "VNF `{vnf}` has one node, its control plane `{vdu}`; what replaces it is a new and empty cluster"
    )]
    OnlyControlPlane {
        /// The VNF.
        vnf: String,
        /// The control plane's VDU.
        vdu: String,
    },
    /// What is asked for contradicts itself or the VNF.
    #[error("{0}")]
    Invalid(String),
}
