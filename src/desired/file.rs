//! The person's file: which VNFs there should be.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diagnose::{Diagnostic, Sink};
use crate::spec::{API_VERSION, expect};
use crate::yaml::{self, Node};

/// The kind of such a file.
const KIND: &str = "VnfInstances";

/// The VNFs that there should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Desired {
    /// Always `vnfctl/v1`.
    pub api_version: String,
    /// Always `VnfInstances`.
    pub kind: String,
    /// The VNFs, each name once.
    pub vnfs: Vec<Wanted>,
}

/// A VNF that there should be. What is not said is left as it is, and on creation as the package has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What it is made of: a spec (`.yaml`) or package (`.zip`) relative to the file, else VNFD id,
    /// package id or product name of a package that is onboarded.
    pub package: String,
    /// VIM by name or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vim: Option<String>,
    /// Deployment flavour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flavour: Option<String>,
    /// By scaling aspect, how many VNFCs the VDUs that it scales have together.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub size: BTreeMap<String, u32>,
    /// By connection point of the VNFD, the network that it is on, by name or id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<String, String>,
    /// Description that Tacker keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Entries of its metadata; others stay.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Entries of its configurable properties; others stay.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// Entries of its extensions; others stay.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extensions: Map<String, Value>,
    /// Additional parameters of its instantiation.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// InstantiateVnfRequest (SOL003 §5.5.2.4) to start from.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub request: Map<String, Value>,
}

impl Wanted {
    /// The file that it is made of, when it names one and not a package that is onboarded.
    #[must_use]
    pub fn file(&self) -> Option<&Utf8Path> {
        let path = Utf8Path::new(&self.package);
        let is_file = matches!(path.extension(), Some("yaml" | "yml" | "zip"));
        is_file.then_some(path)
    }
}

/// Reads such a file; names of packages' files become relative to the working folder. Pushes every
/// fault found, and then returns nothing.
pub fn read(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<Desired> {
    let node = yaml::parse(file, text, sink)?;
    expect(&node, file, "apiVersion", &[API_VERSION], sink)?;
    expect(&node, file, "kind", &[KIND], sink)?;
    let mut desired = yaml::from_node::<Desired>(&node, file, sink)?;
    check(&desired, &node, file, sink);
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    for wanted in &mut desired.vnfs {
        if let Some(path) = wanted.file() {
            wanted.package = Utf8PathBuf::from(folder).join(path).into_string();
        }
    }
    (!sink.has_errors()).then_some(desired)
}

fn check(desired: &Desired, node: &Node, file: &Utf8Path, sink: &mut Sink) {
    let mut fault = |node: &Node, message: String, help: &str| {
        let finding = Diagnostic::error("spec-value", file, node.span, message);
        sink.push(finding.help(help));
    };
    let list = node.get("vnfs").unwrap_or(node);
    if desired.vnfs.is_empty() {
        let help = "name one; `vnfctl terminate` takes VNFs away";
        fault(list, "there is no VNF in the list".to_owned(), help);
    }
    let mut seen = BTreeSet::new();
    for (wanted, node) in desired.vnfs.iter().zip(list.items()) {
        let at = node.get("name").unwrap_or(node);
        if wanted.name.is_empty() {
            fault(at, "a VNF needs a name".to_owned(), "write `name: web1`");
        } else if !seen.insert(&wanted.name) {
            let message = format!("there is another VNF `{}` in the list", wanted.name);
            fault(at, message, "give each a name of its own");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Sources;
    use rstest::rstest;

    const HEAD: &str = "apiVersion: vnfctl/v1\nkind: VnfInstances\n";

    fn read_text(text: &str) -> (Option<Desired>, Vec<(&'static str, usize, usize)>) {
        let file = Utf8Path::new("site/vnfs.yaml");
        let mut sink = Sink::default();
        let desired = read(file, text, &mut sink);
        let mut sources = Sources::default();
        sources.insert(file, text);
        let found = sink.diagnostics().iter().map(|finding| {
            let span = finding.primary.span.expect("a place");
            let (line, column) = sources.position(file, span.start).expect("in the text");
            (finding.code, line, column)
        });
        (desired, found.collect())
    }

    #[test]
    fn files_are_relative_to_the_file_and_names_are_left() {
        let (desired, found) = read_text(&format!(
            "{HEAD}vnfs:\n- {{name: a, package: web.yaml, size: {{machines: 2}}}}\n\
             - {{name: b, package: ../web.zip}}\n- {{name: c, package: web}}\n"
        ));
        assert_eq!(found, []);
        let desired = desired.expect("no faults");
        let packages: Vec<&str> = desired.vnfs.iter().map(|one| &*one.package).collect();
        assert_eq!(packages, ["site/web.yaml", "site/../web.zip", "web"]);
        assert_eq!(desired.vnfs[0].size["machines"], 2);
    }

    #[rstest]
    #[case::none("vnfs: []", ("spec-value", 3, 7))]
    #[case::twice("vnfs:\n- {name: a, package: b}\n- {name: a, package: c}", ("spec-value", 5, 10))]
    #[case::nameless("vnfs:\n- {name: '', package: b}", ("spec-value", 4, 10))]
    #[case::typo("vnfs:\n- {name: a, pakage: b}", ("spec-unknown-key", 4, 13))]
    fn a_fault_has_its_place(#[case] text: &str, #[case] expected: (&'static str, usize, usize)) {
        let (desired, found) = read_text(&format!("{HEAD}{text}\n"));
        assert_eq!(desired, None);
        assert_eq!(found.first(), Some(&expected));
    }

    #[test]
    fn another_kind_is_refused() {
        let (desired, found) = read_text("apiVersion: vnfctl/v1\nkind: VmPackage\nvnfs: []\n");
        assert_eq!(desired, None);
        assert_eq!(found, [("spec-value", 2, 7)]);
    }
}
