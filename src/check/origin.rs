//! What rules follow: whose reading of a package a code speaks of, to be read up.

use super::policy::fits;
use crate::diagnose::{Code, Verdict};

/// Where a family's codes come from; the longest pattern counts. Paths are those of
/// Tacker 16 and tosca-parser 2.15.
const ORIGINS: &[(&str, &str)] = &[
    ("archive-*", UNPACKED),
    (
        "archive-foreign",
        "`toscaparser/prereq/csar.py`, `_get_data_from_csar` in `tacker/common/csar_utils.py`; ETSI GS NFV-SOL 004, 4.1",
    ),
    ("baseline-*", "vnfctl itself"),
    ("file-*", UNPACKED),
    ("hot-*", "Heat, as it reads templates (HOT)"),
    ("hot-absent", FLAVOURS),
    ("hot-file-ignored", FLAVOURS),
    ("hot-flavour-unknown", FLAVOURS),
    ("hot-missing", FLAVOURS),
    ("hot-nfv-*", NFV),
    ("hot-several-tops", FLAVOURS),
    (
        "hot-standard-*",
        "`tacker/sol_refactored/infra_drivers/openstack/userdata_standard.py`",
    ),
    (
        "kubernetes-*",
        "`tacker/sol_refactored/infra_drivers/kubernetes/kubernetes_utils.py`",
    ),
    ("layout-*", FLAVOURS),
    ("layout-file-name", "`toscaparser/tosca_template.py`"),
    (
        "manifest-*",
        "`tacker/common/csar_utils.py`; ETSI GS NFV-SOL 004, 4.3",
    ),
    (
        "meta-*",
        "`toscaparser/prereq/csar.py`; ETSI GS NFV-SOL 004",
    ),
    (
        "python-*",
        "`_exec_mgmt_driver_script` in `tacker/sol_refactored/conductor/vnflcm_driver_v2.py`",
    ),
    (
        "security-*",
        "ETSI GS NFV-SEC 021; what a reader of the package can do",
    ),
    ("signature-*", "ETSI GS NFV-SOL 004, 5; CMS (RFC 5652)"),
    ("suppression-*", "vnfctl itself"),
    ("target-*", "tosca-parser 2.6 to 2.10, with Tacker 8 to 11"),
    ("vnfd-import*", "`toscaparser/imports.py`"),
    (
        "yaml-*",
        "PyYAML's `safe_load`, with which Tacker and Heat read",
    ),
];

const UNPACKED: &str = "Python's `zipfile`, with which `tacker/common/csar_utils.py` unpacks";
const FLAVOURS: &str = "`tacker/sol_refactored/common/vnfd_utils.py`";
const NFV: &str = "`tacker/sol_refactored/common/common_script_utils.py`";

/// Says where the behaviour that a code is about can be read up, where that is known.
#[must_use]
pub fn origin(code: &Code) -> Option<&'static str> {
    let fitting = ORIGINS.iter().filter(|(of, _)| fits(of, code.name));
    let longest = fitting.max_by_key(|(of, _)| of.len());
    if let Some((_, origin)) = longest {
        return Some(origin);
    }
    if !code.name.starts_with("vnfd-") {
        return None;
    }
    match code.verdict {
        // The upload has the descriptor read by tosca-parser, later operations by Tacker's v2 API.
        Verdict::Rejected => Some("`toscaparser/`, and `tacker/common/csar_utils.py` after it"),
        Verdict::FailsLater => Some(FLAVOURS),
        Verdict::Accepted => Some("ETSI GS NFV-SOL 001"),
        Verdict::Unbuildable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::of_packages;
    use super::*;

    #[test]
    fn every_code_of_packages_has_an_origin_and_every_origin_a_code() {
        for code in of_packages() {
            assert!(origin(code).is_some(), "{}", code.name);
        }
        for (of, _) in ORIGINS {
            assert!(of_packages().any(|code| fits(of, code.name)), "{of}");
        }
    }
}
