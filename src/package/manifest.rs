//! The two files that are derived from the others: SOL004's manifest and `TOSCA.meta`.
//!
//! Written as SOL004 §4.3 has it and as Tacker's `csar_utils.py` reads it: LF, a blank line
//! between `Source` blocks (without one, only the last block counts there), lower-case digests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::build::BuildError;
use super::meta::META;
use super::plan::{Content, Entry, Identity, MODE_FILE, Plan};
use crate::diagnose::Sink;
use crate::yaml;

/// Release time of a package whose build was not told one: the earliest that ZIP can hold.
const EARLIEST: &str = "1980-01-01T00:00:00Z";

/// Returns the manifest's path: at the root, named after the top VNFD file.
pub(super) fn path(plan: &Plan) -> Utf8PathBuf {
    let stem = plan.entry_definitions.file_stem().unwrap_or("package");
    let name = stem.strip_suffix(".vnfd").unwrap_or(stem);
    Utf8PathBuf::from(format!("{name}.mf"))
}

/// Returns the text of `TOSCA.meta`.
pub(super) fn meta(plan: &Plan) -> String {
    let mut text = format!(
        "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: vnfctl {}\n\
         Entry-Definitions: {}\nETSI-Entry-Manifest: {}\n",
        env!("CARGO_PKG_VERSION"),
        plan.entry_definitions,
        path(plan),
    );
    let has = |prefix: &str| plan.entries().iter().any(|e| e.path.starts_with(prefix));
    for (key, value) in [
        ("ETSI-Entry-Change-Log", "ChangeLog.txt"),
        ("ETSI-Entry-Tests", "Tests"),
        ("ETSI-Entry-Licenses", "Licenses"),
    ] {
        if has(value) {
            let _ = writeln!(text, "{key}: {value}");
        }
    }
    text
}

/// Returns a plan with `TOSCA.meta` among its files and a place kept for the manifest, which can
/// only be written once the digests of all others are known.
#[must_use]
pub fn with_meta(plan: &Plan) -> Plan {
    let mut whole = plan.clone();
    let mut add = |path, text: String| {
        whole.insert(Entry {
            path,
            mode: MODE_FILE,
            content: Content::Bytes(text.into()),
        });
    };
    add(META.into(), meta(plan));
    add(path(plan), String::new());
    whole
}

/// A manifest under way.
#[derive(Debug)]
pub(super) struct Manifest {
    metadata: String,
    /// Digests by path: files are listed sorted, in whatever order they are written.
    sources: BTreeMap<Utf8PathBuf, String>,
}

impl Manifest {
    /// Starts one with the metadata block.
    pub(super) fn new(identity: &Identity, released: &str) -> Result<Self, BuildError> {
        let mut text = String::from("metadata:\n");
        let vnfm_info = identity.vnfm_info.join(",");
        for (key, value) in [
            ("vnf_product_name", identity.product_name.as_str()),
            ("vnf_provider_id", &identity.provider),
            ("vnf_package_version", &identity.version),
            ("vnf_release_date_time", released),
            ("vnfd_id", &identity.vnfd_id),
            ("vnf_software_version", &identity.software_version),
            ("vnfm_info", &vnfm_info),
            ("compatible_specification_versions", "2.6.1"),
        ] {
            if value.trim().is_empty() || value.chars().any(char::is_control) {
                return Err(BuildError::Identity {
                    key,
                    value: value.to_owned(),
                });
            }
            let _ = writeln!(text, "  {key}: {value}");
        }
        Ok(Self {
            metadata: text,
            sources: BTreeMap::new(),
        })
    }

    /// Adds a file with its SHA-256.
    pub(super) fn add(&mut self, path: &Utf8Path, sha256: String) {
        self.sources.insert(path.to_owned(), sha256);
    }

    /// Returns the text.
    pub(super) fn finish(self) -> String {
        let mut text = self.metadata;
        for (path, sha256) in self.sources {
            let _ = write!(
                text,
                "\nSource: {path}\nAlgorithm: SHA-256\nHash: {sha256}\n"
            );
        }
        text
    }
}

/// Tells whether `path` is read from a manifest or `TOSCA.meta` as it is written there: Tacker
/// reads both as YAML, in which `12`, `yes` or `a #b` are something else, and takes what looks
/// like a URL for one.
pub(super) fn is_plain(path: &Utf8Path) -> bool {
    let text = format!("Source: {path}\n");
    let mut sink = Sink::default();
    let node = yaml::parse(Utf8Path::new("manifest"), &text, &mut sink);
    let read = node.as_ref().and_then(|n| n.get("Source")?.as_str());
    !path.as_str().contains(':') && read == Some(path.as_str())
}

/// Returns the release time for `SOURCE_DATE_EPOCH`, in seconds since 1970.
pub(super) fn released(epoch: Option<&str>) -> Result<String, BuildError> {
    let Some(epoch) = epoch else {
        return Ok(EARLIEST.to_owned());
    };
    let seconds = epoch.parse().ok();
    let time = seconds.and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.map(|t| t.to_string())
        .ok_or_else(|| BuildError::Epoch(epoch.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_time_follows_source_date_epoch() {
        assert_eq!(released(None).unwrap(), "1980-01-01T00:00:00Z");
        assert_eq!(
            released(Some("1700000000")).unwrap(),
            "2023-11-14T22:13:20Z"
        );
        for bad in ["", "now", "99999999999999"] {
            assert!(matches!(released(Some(bad)), Err(BuildError::Epoch(text)) if text == bad));
        }
    }

    #[test]
    fn paths_that_yaml_reads_otherwise_are_not_plain() {
        for path in ["Scripts/a.py", "a b.txt", "Files/ü.txt"] {
            assert!(is_plain(path.into()), "{path}");
        }
        for path in ["12", "yes", "1.5", "a #b", "- a", "file:x", "[a", " a", "~"] {
            assert!(!is_plain(path.into()), "{path}");
        }
    }
}
