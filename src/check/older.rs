//! What older releases of Tacker make of a package otherwise than Tacker 16.
//!
//! Their own reading is the same, down to Tacker 8; what differs is the tosca-parser that was
//! released with them (the constraints of each OpenStack release):
//!
//! | Tacker  | tosca-parser  | differs by                                                       |
//! |---------|---------------|------------------------------------------------------------------|
//! | 14 – 16 | 2.13 – 2.15   |                                                                  |
//! | 12, 13  | 2.11, 2.12    | counts no requirements                                           |
//! | 9 – 11  | 2.8 – 2.10    | knows TOSCA 1.2 at most: no version 1.3, no `operations`         |
//! | 8       | 2.6           | looks into operations: each must have a map, and a path in it    |
//!
//! The tests hold this to the real releases, package by package.

use camino::Utf8Path;

use crate::diagnose::{Diagnostic, Sink, Sources, Span};
use crate::tosca::documents::DEFINITIONS;
use crate::yaml::{self, Node};

/// The release that all else is said of.
pub(super) const NEWEST: u8 = 16;

/// Codes of what only the parser of Tacker 14 and newer asks for.
pub(super) const NOT_BEFORE_14: &[&str] = &[
    "vnfd-mapping-requirements",
    "vnfd-occurrences",
    "vnfd-requirement-occurrences",
];

/// Adds what a release before 12 minds and Tacker 16 does not.
pub(super) fn check(release: u8, sources: &Sources, sink: &mut Sink) {
    if release > 11 {
        return;
    }
    let before = sink.diagnostics().len();
    for (file, text) in sources.iter() {
        let is_definition = file.starts_with(DEFINITIONS)
            && file
                .extension()
                .is_some_and(|end| matches!(end, "yaml" | "yml"));
        // What cannot be read has been reported.
        let document = is_definition.then(|| yaml::parse(file, text, &mut Sink::default()));
        if let Some(document) = document.flatten() {
            let mut look = Look {
                release,
                file,
                sink,
            };
            look.document(&document);
        }
    }
    if sink.diagnostics().len() > before {
        sink.sort();
    }
}

struct Look<'a> {
    release: u8,
    file: &'a Utf8Path,
    sink: &'a mut Sink,
}

impl Look<'_> {
    fn document(&mut self, document: &Node) {
        if let Some(version) = document.get("tosca_definitions_version")
            && version.text() == Some("tosca_simple_yaml_1_3")
        {
            self.version(version);
        }
        for (_, interface) in document
            .get("interface_types")
            .map_or(&[][..], Node::entries)
        {
            if let Some(key) = interface.key_span("operations") {
                self.operations(key);
            }
        }
        let nodes = document.at(&["topology_template", "node_templates"]);
        for (_, node) in nodes.map_or(&[][..], Node::entries) {
            for (_, interface) in node.get("interfaces").map_or(&[][..], Node::entries) {
                self.interface(interface);
            }
        }
    }

    fn version(&mut self, version: &Node) {
        let what = format!(
            "tosca-parser of Tacker {} knows TOSCA 1.2 at most",
            self.release
        );
        self.sink.push(
            Diagnostic::error("target-version", self.file, version.span, what)
                .why("it refuses a file of a version that it does not know")
                .help("write `tosca_simple_yaml_1_2`, which Tacker 16 takes as well")
                .instead("tosca_simple_yaml_1_2"),
        );
    }

    fn interface(&mut self, interface: &Node) {
        if let Some(key) = interface.key_span("operations") {
            self.operations(key);
        }
        if self.release > 8 {
            return;
        }
        for (name, operation) in interface.entries() {
            let called = name.text().unwrap_or_default();
            if matches!(called, "type" | "inputs") {
                continue;
            }
            let implementation = operation.get("implementation");
            if operation.is_null() {
                let what = format!("the operation `{called}` is nothing and must be a map");
                self.form(name.span, what);
            } else if let Some(map) = implementation.filter(|node| node.is_mapping()) {
                let what = format!("the implementation of `{called}` must be a path or a name");
                self.form(map.span, what);
            }
        }
    }

    fn operations(&mut self, key: Span) {
        let what = "operations stand under `operations`";
        self.sink.push(
            Diagnostic::error("target-operations", self.file, key, what)
                .why("the notation of TOSCA 1.3 is taken for an operation of that name")
                .help("write the operations directly under the interface, as TOSCA 1.2 has it"),
        );
    }

    fn form(&mut self, span: Span, what: String) {
        self.sink.push(
            Diagnostic::error("target-operation-form", self.file, span, what)
                .why("tosca-parser 2.6 looks into it and ends with an error")
                .help(
                    "write `{}` where there is no script, and its artifact's name where there is",
                ),
        );
    }
}
