//! TOSCA.meta and the SOL004 manifest, which are derived from the plan.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::plan::Plan;

/// Where TOSCA.meta lies.
pub(super) const TOSCA_META: &str = "TOSCA-Metadata/TOSCA.meta";

/// Returns the manifest's path: at the root, named after the product.
pub(super) fn path(plan: &Plan) -> Utf8PathBuf {
    format!("{}.mf", plan.identity.product_name).into()
}

/// Returns TOSCA.meta. Tacker reads the whole of it as one YAML document.
pub(super) fn tosca_meta(plan: &Plan) -> String {
    format!(
        "TOSCA-Meta-File-Version: \"1.0\"\nCSAR-Version: \"1.1\"\nCreated-By: vnfctl\n\
         Entry-Definitions: {}\nETSI-Entry-Manifest: {}\n",
        plan.entry_definitions,
        path(plan),
    )
}

/// Returns the manifest (SOL004 §4.3) with one block for each file.
///
/// Tacker needs LF, a blank line between blocks, dashed algorithm names and lower-case
/// digests (`tacker/common/csar_utils.py`).
pub(super) fn manifest(plan: &Plan, digests: &[(Utf8PathBuf, String)]) -> String {
    let identity = &plan.identity;
    let mut text = format!(
        "metadata:\n  vnf_product_name: {}\n  vnf_provider_id: {}\n  vnf_package_version: {}\n  \
         vnf_release_date_time: {}\n  vnfd_id: {}\n  vnf_software_version: {}\n  vnfm_info: {}\n  \
         compatible_specification_versions: 2.6.1\n",
        identity.product_name,
        identity.provider,
        identity.version,
        release_time(),
        identity.vnfd_id,
        identity.software_version,
        identity.vnfm_info.join(","),
    );
    for (path, digest) in digests {
        block(&mut text, path, digest);
    }
    text
}

fn block(text: &mut String, path: &Utf8Path, digest: &str) {
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\nSource: {path}\nAlgorithm: SHA-256\nHash: {digest}\n"
    );
}

/// `SOURCE_DATE_EPOCH`, or the epoch of zip archives: a clock would make every build differ.
fn release_time() -> jiff::Timestamp {
    std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .unwrap_or(jiff::Timestamp::constant(315_532_800, 0))
}
