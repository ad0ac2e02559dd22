//! What a manifest says beside digests: its metadata, and the artifacts that are not the MANO's.
//!
//! Tacker reads neither. Both are read line by line, as those do who read them: names may be
//! indented or not, and a set names several files under one key, which YAML does not have.

use camino::Utf8Path;

use crate::diagnose::{Diagnostic, Sink, Span, only_near};
use crate::package::tree::Tree;

/// What every manifest of a VNF has (SOL004 from 2.4.1 on).
const BASE: [&str; 4] = [
    "vnf_product_name",
    "vnf_provider_id",
    "vnf_package_version",
    "vnf_release_date_time",
];
/// What later versions have beside (from 2.7.1 and 3.3.1 on).
const LATER: [&str; 4] = [
    "vnfd_id",
    "vnf_software_version",
    "vnfm_info",
    "compatible_specification_versions",
];
/// Sets of artifacts that are registered with ETSI for everybody, by ONAP.
const SETS: [&str; 7] = [
    "onap_ves_events",
    "onap_pm_dictionary",
    "onap_yang_modules",
    "onap_pnf_sw_information",
    "onap_scripts",
    "onap_ansible_playbooks",
    "onap_others",
];
const UNREAD: &str = "Tacker does not read it; orchestrators and catalogues of others do";

/// A name and its value, with their places.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    name: String,
    value: String,
    of_name: Span,
    of_value: Span,
}

/// The metadata of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    items: Vec<Item>,
}

impl Metadata {
    /// Returns the value of a name, and where it stands.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<(&str, Span)> {
        let mut items = self.items.iter();
        let item = items.find(|item| item.name == name)?;
        Some((&item.value, item.of_value))
    }
}

/// The lines of a text with what is written on each, and where that begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start + line.len() - line.trim_start().len();
        start += line.len();
        (at, line.trim())
    })
}

/// Reads a line `name: value`.
fn item((at, line): (usize, &str)) -> Option<Item> {
    let (name, rest) = line.split_once(':')?;
    let value = rest.trim();
    let start = at + line.len() - rest.trim_start().len();
    let unquoted = value.trim_matches(['"', '\'']);
    Some(Item {
        name: name.trim_end().to_owned(),
        value: unquoted.to_owned(),
        of_name: Span {
            start: at,
            end: at + name.trim_end().len(),
        },
        of_value: Span {
            start,
            end: start + value.len(),
        },
    })
}

/// Reads the metadata of a manifest and tells their faults.
pub(super) fn metadata(file: &Utf8Path, text: &str, sink: &mut Sink) -> Metadata {
    let block = lines(text)
        .skip_while(|(_, line)| *line != "metadata:")
        .skip(1)
        .take_while(|(_, line)| !line.is_empty() && !ends(line))
        .filter(|(_, line)| !line.starts_with('#'));
    let items: Vec<_> = block.filter_map(item).collect();
    let metadata = Metadata { items };
    let missing = BASE.into_iter().filter(|name| metadata.get(name).is_none());
    let missing: Vec<_> = missing.collect();
    let known: Vec<_> = BASE.into_iter().chain(LATER).collect();
    let mut misspelt = 0;
    for item in &metadata.items {
        if known.contains(&&*item.name) {
            value(file, item, sink);
        } else if let Some(name) = only_near(&item.name, known.iter().copied())
            && metadata.get(name).is_none()
        {
            misspelt += usize::from(missing.contains(&name));
            let message = format!("`{}` is no name of SOL004", item.name);
            sink.push(
                Diagnostic::note("manifest-metadata-name", file, item.of_name, message)
                    .why(UNREAD)
                    .help(format!("write `{name}`"))
                    .instead(name),
            );
        }
    }
    if missing.len() > misspelt {
        let message = format!("the manifest's metadata have no {}", missing.join(", "));
        sink.push(
            Diagnostic::file_note("manifest-metadata-missing", file, message)
                .why("SOL004 asks for them: catalogues show a package by these; Tacker does not look")
                .help("write them below `metadata:`, one a line, above the entries with a blank line between"),
        );
    }
    metadata
}

/// Tells whether a line is the first of something else.
fn ends(line: &str) -> bool {
    ["Source:", "Name:", "non_mano_artifact_sets:", "-----BEGIN"]
        .iter()
        .any(|start| line.starts_with(start))
}

fn value(file: &Utf8Path, item: &Item, sink: &mut Sink) {
    let value = item.value.as_str();
    let fault = match item.name.as_str() {
        _ if value.is_empty() => Some(("has no value", "give it one, or leave the line out")),
        "vnf_release_date_time" if value.parse::<jiff::Timestamp>().is_err() => Some((
            "is no date and time of RFC 3339 with its zone",
            "write such as `2026-01-31T12:00:00Z`",
        )),
        "compatible_specification_versions" if !listed(value).all(is_version) => Some((
            "is no list of versions of SOL004",
            "write such as `2.6.1`, several with commas between",
        )),
        "vnfm_info" if !listed(value).all(is_vnfm) => Some((
            "names no VNFM as SOL004 does",
            "write `etsivnfm:v2.6.1` for any VNFM of that SOL003, or the IANA number of a vendor with its own name: `2636:name`",
        )),
        _ => None,
    };
    if let Some((what, help)) = fault {
        let message = format!("`{}` {what}", item.name);
        let span = if value.is_empty() {
            item.of_name
        } else {
            item.of_value
        };
        sink.push(
            Diagnostic::note("manifest-metadata-value", file, span, message)
                .why(UNREAD)
                .help(help),
        );
    }
}

/// The parts of a list, written with commas or as YAML's `[a, b]`.
fn listed(value: &str) -> impl Iterator<Item = &str> {
    let inner = value.trim_start_matches('[').trim_end_matches(']');
    inner
        .split(',')
        .map(|one| one.trim().trim_matches(['"', '\'']))
}

fn is_version(text: &str) -> bool {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let parts: Vec<_> = text.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(is_number)
}

/// SOL004 has the form of SOL001's `vnfm_info`: `etsivnfm:vX.Y.Z`, or a vendor's number and name.
fn is_vnfm(text: &str) -> bool {
    let Some((kind, name)) = text.split_once(':') else {
        return false;
    };
    match kind {
        "etsivnfm" => name.strip_prefix('v').is_some_and(is_version),
        number => {
            let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
            is_number && !name.trim().is_empty()
        }
    }
}

/// Checks the sets of artifacts that no MANO reads (SOL004 §4.3.7).
pub(super) fn sets(tree: &dyn Tree, file: &Utf8Path, text: &str, sink: &mut Sink) {
    let block = lines(text)
        .skip_while(|(_, line)| *line != "non_mano_artifact_sets:")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("-----BEGIN") && *line != "metadata:")
        .filter(|(_, line)| !line.starts_with('#'));
    let mut is_entry = false;
    for item in block.filter_map(item) {
        match item.name.as_str() {
            "Source" if is_entry => {}
            "Source" => source(tree, file, &item, sink),
            // Entries with a digest may follow; those are checked as such.
            "Algorithm" | "Hash" => is_entry = true,
            name if item.value.is_empty() => {
                is_entry = false;
                let is_known = SETS.contains(&name) || name.starts_with("prv.");
                if !is_known {
                    set(file, &item, sink);
                }
            }
            _ => {}
        }
    }
}

fn set(file: &Utf8Path, item: &Item, sink: &mut Sink) {
    let message = format!("`{}` is no registered name of a set", item.name);
    let finding = Diagnostic::note("manifest-set-name", file, item.of_name, message)
        .why(
            "whoever looks for a set by its registered name does not find it; Tacker does not look",
        )
        .help("names of one's own begin with `prv.`: `prv.example.org.scripts`");
    sink.push(finding.meant(&item.name, SETS));
}

fn source(tree: &dyn Tree, file: &Utf8Path, item: &Item, sink: &mut Sink) {
    let path = item.value.as_str();
    let is_url = url::Url::parse(path).is_ok_and(|url| url.has_host());
    if is_url || tree.contains(path.into()) {
        return;
    }
    let message = format!("`{path}` is not in the package");
    sink.push(
        Diagnostic::warning("manifest-set-source", file, item.of_value, message)
            .why("whoever takes the set's artifacts finds none there; Tacker does not look")
            .help("write the path as it is in the archive, from its root, without `./`")
            .perhaps_instead(crate::package::meta::without_dot(tree, path)),
    );
}

/// Compares metadata with what the VNFD says, given by the name of the one and the value and name
/// of the other.
pub fn differing<'v>(
    manifest: &Utf8Path,
    metadata: &Metadata,
    vnfd: impl IntoIterator<Item = (&'static str, &'v str, &'static str)>,
    sink: &mut Sink,
) {
    for (name, expected, of_vnfd) in vnfd {
        let Some((value, span)) = metadata.get(name) else {
            continue;
        };
        if expected.is_empty() || value.is_empty() || value == expected {
            continue;
        }
        let message = format!("`{name}` is `{value}`, and the VNFD's `{of_vnfd}` is `{expected}`");
        sink.push(
            Diagnostic::note("manifest-metadata-differs", manifest, span, message)
                .why("SOL004 has them be one: catalogues show a package by its manifest, Tacker by its VNFD")
                .help("write the VNFD's value, if that is the right one"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_read_with_their_places_indented_or_not() {
        let text = "metadata:\n  vnfd_id: \"a b\"\nvnf_product_name :x\n# no\n\nSource: a\n";
        let metadata = metadata("a.mf".into(), text, &mut Sink::default());
        let (value, span) = metadata.get("vnfd_id").unwrap();
        assert_eq!((value, &text[span.start..span.end]), ("a b", "\"a b\""));
        let (value, span) = metadata.get("vnf_product_name").unwrap();
        assert_eq!((value, &text[span.start..span.end]), ("x", "x"));
        assert_eq!(metadata.items.len(), 2);
    }

    #[test]
    fn lists_are_taken_in_both_ways() {
        for good in [
            "2.6.1",
            "2.6.1, 3.3.1",
            "[2.6.1,4.4.1]",
            "['2.7.1']",
            "v3.3.1",
        ] {
            assert!(listed(good).all(is_version), "{good}");
        }
        for bad in ["", "2", "two", "2.6.1,", "2.6.1.1"] {
            assert!(!listed(bad).all(is_version), "{bad}");
        }
        for good in ["etsivnfm:v2.6.1", "etsivnfm:v2.6.1,2636:vnfm", "0:any"] {
            assert!(listed(good).all(is_vnfm), "{good}");
        }
        for bad in ["Tacker", "etsivnfm", "etsivnfm:2.6.1", "vendor:name", "1:"] {
            assert!(!listed(bad).all(is_vnfm), "{bad}");
        }
    }
}
