//! What Heat itself refuses in a template, whatever Tacker does with it.

use std::collections::BTreeSet;

use super::language::Language;
use super::template::{Template, calls, subject};
use crate::diagnose::Sink;
use crate::yaml::Node;

/// Parameters that Heat sets.
const PSEUDO: [&str; 3] = ["OS::stack_name", "OS::stack_id", "OS::project_id"];

/// Checks one template by itself.
pub(super) fn check(template: &Template, sink: &mut Sink) {
    version(template, sink);
    let resources: BTreeSet<&str> = template.resources().map(|r| r.name).collect();
    if resources.is_empty() {
        let at = template.root.get("resources").unwrap_or(&template.root);
        sink.push(
            template
                .error("hot-resources-missing", at, "the template has no resources")
                .why("nothing would be made of it; Tacker ends with an error where it is null"),
        );
    }
    references(template, &resources, sink);
    parameters(template, sink);
}

fn version(template: &Template, sink: &mut Sink) {
    let Some(version) = template.root.get("heat_template_version") else {
        let message = "the template has no heat_template_version";
        sink.push(
            template
                .error("hot-version", &template.root, message)
                .why("Heat refuses it when the VNF is instantiated")
                .help("write `heat_template_version: 2021-04-16` as the first line"),
        );
        return;
    };
    if version.text().and_then(Language::named).is_none() {
        let message = "this is no version of Heat's language";
        sink.push(
            template
                .error("hot-version", version, message)
                .why("Heat refuses it when the VNF is instantiated")
                .help("2021-04-16 is the newest")
                .perhaps(version.text().unwrap_or_default(), Language::names()),
        );
    }
}

/// Checks that what is referred to is there.
fn references(template: &Template, resources: &BTreeSet<&str>, sink: &mut Sink) {
    let mut expect = |node: &Node| {
        let Some(name) = node.text().filter(|name| !resources.contains(name)) else {
            return;
        };
        let message = format!("there is no resource `{name}` in this template");
        sink.push(
            template
                .error("hot-resource-unknown", node, message)
                .why("Heat refuses the template when the VNF is instantiated")
                .meant(name, resources.iter().copied()),
        );
    };
    for section in ["resources", "outputs"] {
        let Some(section) = template.root.get(section) else {
            continue;
        };
        for function in ["get_resource", "get_attr"] {
            for argument in calls(section, function) {
                subject(argument).into_iter().for_each(&mut expect);
            }
        }
    }
    for resource in template.resources() {
        let Some(above) = resource.node.get("depends_on") else {
            continue;
        };
        match above.items() {
            [] => expect(above),
            items => items.iter().for_each(&mut expect),
        }
    }
}

/// Checks that parameters which are used are declared, and the other way round.
fn parameters(template: &Template, sink: &mut Sink) {
    let mut used = BTreeSet::new();
    for argument in calls(&template.root, "get_param") {
        let Some(node) = subject(argument) else {
            continue;
        };
        let name = node.text().unwrap_or_default();
        used.insert(name);
        if template.parameter(name).is_none() && !PSEUDO.contains(&name) {
            let message = format!("there is no parameter `{name}` in this template");
            sink.push(
                template
                    .error("hot-parameter-unknown", node, message)
                    .why("Heat refuses the template when the VNF is instantiated")
                    .meant(name, template.parameter_names()),
            );
        }
    }
    for (key, _) in template.parameters() {
        let name = key.text().unwrap_or_default();
        if !used.contains(name) {
            let message = format!("the parameter `{name}` is not used");
            sink.push(
                template
                    .warning("hot-parameter-unused", key, message)
                    .why("whoever sets it will expect that something changes"),
            );
        }
    }
}
