//! The parameter `nfv`: which parts of it Tacker's default user data fills, and which it never sees.
//!
//! `common_script_utils.py` looks at the properties of the top template's resources for calls
//! `get_param: [nfv, A, B, C, …]` of four items or more and makes a map with exactly these paths.
//! Whatever is asked for elsewhere, or with fewer items, is not in the map.

use std::collections::BTreeSet;

use super::nodes::Nodes;
use super::stack::Templates;
use super::template::{Template, calls};
use crate::diagnose::Sink;
use crate::yaml::Node;

/// Items that a path needs to be seen.
const SHORTEST: usize = 4;

/// Checks all uses of the parameter.
pub(super) fn check(templates: &Templates, nodes: &Nodes, sink: &mut Sink) {
    declaration(&templates.top, sink);
    let seen = seen(&templates.top);
    for path in &seen {
        path.check(&templates.top, nodes, sink);
    }
    let known: BTreeSet<_> = seen.iter().map(Path::text).collect();
    for template in templates.all() {
        for path in paths(&template.root) {
            unseen(template, &path, &known, sink);
        }
    }
}

/// Checks the top template's parameters: Tacker gives `nfv` and no other.
fn declaration(top: &Template, sink: &mut Sink) {
    match top.parameter("nfv") {
        None => {
            let at = top.root.get("parameters").unwrap_or(&top.root);
            let message = "the top template has no parameter `nfv`";
            sink.push(
                top.error("hot-nfv-missing", at, message)
                    .why(
                        "Tacker always gives it, and Heat refuses a parameter that is not declared",
                    )
                    .help("declare `nfv: {type: json}`"),
            );
        }
        Some(nfv) => {
            if nfv.get("type").and_then(Node::as_str) != Some("json") {
                let message = "the parameter `nfv` must be of type json";
                let finding = top.error("hot-nfv-type", nfv.get("type").unwrap_or(nfv), message);
                sink.push(finding.why("Tacker gives a map"));
            }
        }
    }
    for (key, parameter) in top.parameters() {
        if key.text() != Some("nfv") && parameter.get("default").is_none() {
            let name = key.text().unwrap_or_default();
            let message = format!("nothing fills the parameter `{name}`");
            sink.push(
                top.error("hot-parameter-unfilled", key, message)
                    .why("Tacker gives the top template the parameter `nfv` and no other")
                    .help("give it a default, or take the value from `nfv`"),
            );
        }
    }
}

/// A path into `nfv` as it is written.
struct Path<'t> {
    node: &'t Node,
    items: &'t [Node],
}

impl Path<'_> {
    fn text(&self) -> Vec<&str> {
        self.items
            .iter()
            .map(|item| item.text().unwrap_or_default())
            .collect()
    }

    /// Checks that somebody fills the path.
    fn check(&self, top: &Template, nodes: &Nodes, sink: &mut Sink) {
        let text = self.text();
        let [_, group, name, key, ..] = text[..] else {
            return;
        };
        let is_node = match group {
            "VDU" => nodes.has_vdu(name) || (key == "vcImageId" && nodes.has_volume(name)),
            "CP" => nodes.has_port(name),
            _ => return self.unfilled(top, sink),
        };
        if !is_node {
            let message = format!("the flavour has no {group} `{name}`");
            sink.push(
                top.error("hot-nfv-unknown-node", &self.items[2], message)
                    .why("Tacker finds nothing in the VNFD to fill it with: Heat gets null")
                    .perhaps(name, names(group, nodes))
                    .help(known(group, nodes)),
            );
            return;
        }
        match (group, key, text.len()) {
            ("CP", "fixed_ips", _) => self.fixed_ips(top, sink),
            ("VDU", "computeFlavourId" | "vcImageId" | "locationConstraints", 4)
            | ("VDU", "desired_capacity", 4)
            | ("CP", "network", 4) => {}
            _ => self.unfilled(top, sink),
        }
    }

    fn unfilled(&self, top: &Template, sink: &mut Sink) {
        let message = format!("nothing fills `{}`", self.text().join("."));
        sink.push(
            top.warning("hot-nfv-unfilled", self.node, message)
                .why("it is null unless every request gives it as additionalParams.nfv")
                .help(
                    "Tacker fills VDU.<vdu>.{computeFlavourId, vcImageId, locationConstraints, \
                     desired_capacity} and CP.<cp>.{network, fixed_ips}",
                ),
        );
    }

    /// `[nfv, CP, <cp>, fixed_ips, <index>, subnet or ip_address]`, the index an integer.
    fn fixed_ips(&self, top: &Template, sink: &mut Sink) {
        let is_right = match self.items {
            [_, _, _, _, index, key] => {
                index.as_i64().is_some_and(|index| index >= 0)
                    && matches!(key.text(), Some("subnet" | "ip_address"))
            }
            _ => false,
        };
        if !is_right {
            let message = "fixed_ips must be followed by an index and `subnet` or `ip_address`";
            sink.push(
                top.error("hot-nfv-fixed-ips", self.node, message)
                    .why("Tacker looks the addresses up by an integer and these two names, and ends with an error 500 otherwise")
                    .help("write `[nfv, CP, <cp>, fixed_ips, 0, ip_address]`"),
            );
        }
    }
}

/// The VDUs or connection points of the flavour.
fn names<'n>(group: &str, nodes: &'n Nodes) -> Vec<&'n str> {
    let names = if group == "VDU" {
        &nodes.vdus
    } else {
        &nodes.ports
    };
    names.iter().map(|(name, _)| name.as_str()).collect()
}

fn known(group: &str, nodes: &Nodes) -> String {
    let names = names(group, nodes);
    if names.is_empty() {
        return format!("the flavour has no {group} at all");
    }
    format!("the flavour has {}", names.join(", "))
}

/// Returns the paths that Tacker sees.
fn seen(top: &Template) -> Vec<Path<'_>> {
    let properties = top.resources().filter_map(|r| r.node.get("properties"));
    let mut seen: Vec<Path<'_>> = Vec::new();
    for path in properties.flat_map(paths) {
        let is_new = seen.iter().all(|other| other.text() != path.text());
        if path.items.len() >= SHORTEST && is_new {
            seen.push(path);
        }
    }
    seen
}

fn paths(node: &Node) -> impl Iterator<Item = Path<'_>> {
    calls(node, "get_param").into_iter().filter_map(|argument| {
        let items = argument.items();
        let is_nfv = items.first().and_then(Node::text) == Some("nfv");
        is_nfv.then_some(Path {
            node: argument,
            items,
        })
    })
}

/// Reports a path that is not in the map that Tacker makes.
fn unseen(template: &Template, path: &Path<'_>, known: &BTreeSet<Vec<&str>>, sink: &mut Sink) {
    let text = path.text();
    if known.iter().any(|seen| seen.starts_with(&text)) {
        return;
    }
    let shown = text.join(".");
    if text.len() < SHORTEST {
        let message = format!("Tacker does not see `{shown}`: it has fewer than four items");
        sink.push(
            template
                .warning("hot-nfv-short", path.node, message)
                .why("it is not in the map unless every request gives it as additionalParams.nfv")
                .help("write `[nfv, VDU, <vdu>, <key>]` or `[nfv, CP, <cp>, <key>]`"),
        );
    } else {
        let message = format!("Tacker does not see `{shown}` here");
        sink.push(
            template
                .error("hot-nfv-unseen", path.node, message)
                .why("it looks at the properties of the top template's resources only, so Heat does not find this path")
                .help("ask for it in a property of the top template as well, or hand it down as a parameter"),
        );
    }
}
