//! The person's spec: types, defaults and checks, each fault with its place.

use std::io;

use camino::Utf8Path;
use serde::Deserialize;

use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::yaml::{self, Node};

/// A spec larger than this is no spec.
const MAX_BYTES: u64 = 1 << 20;

/// What a package is to be made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VnfPackage {
    /// Version of this format.
    pub api_version: ApiVersion,
    /// Kind of document.
    pub kind: Kind,
    /// Template to render.
    pub template: Template,
    /// Who and what.
    pub metadata: Metadata,
    /// The machine of `plain-vm`.
    pub vm: Vm,
}

/// Versions of the format.
#[derive(Debug, Clone, Copy, Deserialize)]
pub enum ApiVersion {
    /// The first.
    #[serde(rename = "vnfctl/v1")]
    V1,
}

/// Kinds of documents.
#[derive(Debug, Clone, Copy, Deserialize)]
pub enum Kind {
    /// A VNF package.
    VnfPackage,
}

/// Templates that come with this program.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// One VDU that scales.
    PlainVm,
}

/// Identity of the package.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Metadata {
    /// Product name; letters, digits and `-`, since file names are made of it.
    pub name: String,
    /// Who provides it.
    pub provider: String,
    /// The package's, the VNFD's and the software's version.
    pub version: String,
    /// The VNFD's id.
    pub vnfd_id: uuid::Uuid,
}

/// The machine of `plain-vm`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vm {
    /// Image's name in Glance.
    pub image: String,
    /// Nova flavor's name.
    pub flavor: String,
    /// Neutron network's name.
    pub network: String,
    /// How many there are.
    pub count: Count,
}

/// Numbers of machines.
#[derive(Debug, Clone, Copy, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Fewest; at least one, since Tacker cannot scale out from nothing.
    pub min: u32,
    /// At first.
    pub initial: u32,
    /// Most.
    pub max: u32,
}

/// Reads a spec; its text goes to `sources`, every fault to `sink`.
///
/// # Errors
/// The file cannot be read at all.
pub fn load(
    path: &Utf8Path,
    sources: &mut Sources,
    sink: &mut Sink,
) -> io::Result<Option<VnfPackage>> {
    if std::fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "a spec has at most 1 MiB",
        ));
    }
    let text = std::fs::read_to_string(path)?;
    sources.insert(path, text.as_str());
    Ok(parse(path, &text, sink))
}

/// Reads a spec's text.
pub fn parse(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<VnfPackage> {
    let node = yaml::parse(file, text, sink)?;
    let spec: VnfPackage = yaml::from_node(&node, file, sink)?;
    check(&spec, &node, file, sink);
    (!sink.has_errors()).then_some(spec)
}

fn check(spec: &VnfPackage, node: &Node, file: &Utf8Path, sink: &mut Sink) {
    let mut fault = |path: &[&str], message: String, help: &str| {
        let span = node.at(path).map_or(node.span, |n| n.span);
        sink.push(Diagnostic::error("spec-value", file, span, message).help(help));
    };
    let name = &spec.metadata.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty()
        || name.len() > 40
        || !name.chars().all(plain)
        || !name.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        fault(
            &["metadata", "name"],
            format!("`{name}` cannot be a name"),
            "use letters, digits and `-`, a letter first, 40 at most",
        );
    }
    for (key, value) in [
        ("provider", &spec.metadata.provider),
        ("version", &spec.metadata.version),
    ] {
        if value.is_empty() || value.contains(['"', '\\', '\n']) {
            fault(
                &["metadata", key],
                format!("`{value}` cannot be the {key}"),
                "it may not be empty nor have quotes, backslashes or line ends",
            );
        }
    }
    for (key, value) in [
        ("image", &spec.vm.image),
        ("flavor", &spec.vm.flavor),
        ("network", &spec.vm.network),
    ] {
        if value.is_empty() || value.contains(['"', '\\', '\n']) {
            fault(
                &["vm", key],
                format!("`{value}` cannot be the name of the {key}"),
                "give the name as OpenStack shows it",
            );
        }
    }
    let count = spec.vm.count;
    if count.min == 0 {
        fault(
            &["vm", "count", "min"],
            "at least one machine must stay".into(),
            "Tacker makes a new VNFC after the model of an existing one, so it cannot scale out from nothing",
        );
    }
    if count.initial < count.min {
        fault(
            &["vm", "count", "initial"],
            format!(
                "{} machines at first are fewer than the least, {}",
                count.initial, count.min
            ),
            "raise `initial` or lower `min`",
        );
    }
    if count.max < count.initial {
        fault(
            &["vm", "count", "max"],
            format!(
                "at most {} machines are fewer than those at first, {}",
                count.max, count.initial
            ),
            "raise `max` or lower `initial`",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GOOD: &str = "apiVersion: vnfctl/v1
kind: VnfPackage
template: plain-vm
metadata: {name: web, provider: Example, version: \"1.0\", vnfdId: 8d8c1a8e-6f0d-4a4e-9f7e-3a1f6f0b9a51}
vm: {image: i, flavor: f, network: n, count: {min: 1, initial: 2, max: 5}}
";

    fn faults(text: &str) -> Vec<(String, String)> {
        let mut sink = Sink::default();
        let spec = parse(Utf8Path::new("s.yaml"), text, &mut sink);
        assert_eq!(spec.is_none(), sink.has_errors());
        sink.diagnostics()
            .iter()
            .map(|d| {
                let span = d.primary.span.unwrap();
                (d.message.clone(), text[span.start..span.end].to_owned())
            })
            .collect()
    }

    #[test]
    fn a_good_spec_has_no_faults() {
        assert_eq!(faults(GOOD), []);
    }

    #[rstest]
    #[case("min: 1", "min: 0", "at least one machine must stay", "0")]
    #[case(
        "max: 5",
        "max: 1",
        "at most 1 machines are fewer than those at first, 2",
        "1"
    )]
    #[case(
        "\"1.0\"",
        "1.0",
        "invalid type: floating point `1.0`, expected a string",
        "1.0"
    )]
    #[case("kind: VnfPackage", "knid: VnfPackage", "unknown key `knid`", "knid")]
    #[case("name: web", "name: ../web", "`../web` cannot be a name", "../web")]
    #[case(
        "template: plain-vm",
        "template: plain-wm",
        "unknown value `plain-wm`",
        "plain-wm"
    )]
    fn each_fault_is_marked_where_it_stands(
        #[case] from: &str,
        #[case] to: &str,
        #[case] message: &str,
        #[case] place: &str,
    ) {
        let found = faults(&GOOD.replace(from, to));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].1, place);
        let close = found[0].0 == message
            || message.contains("floating point") && found[0].0.contains("floating point");
        assert!(close, "{found:?}");
    }
}
