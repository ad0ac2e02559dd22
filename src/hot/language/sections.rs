//! The parts of a template, of a resource and of an output: what they are called and what form they
//! have (`heat/engine/hot/template.py`, `heat/engine/template_common.py`).

use super::functions::Language;
use super::is_string;
use super::value::is_computed;
use crate::diagnose::Sink;
use crate::hot::template::Template;
use crate::yaml::Node;

const SECTIONS: [&str; 7] = [
    "heat_template_version",
    "description",
    "parameter_groups",
    "parameters",
    "resources",
    "outputs",
    "conditions",
];
const RESOURCE: [&str; 9] = [
    "type",
    "properties",
    "metadata",
    "depends_on",
    "deletion_policy",
    "update_policy",
    "description",
    "external_id",
    "condition",
];
const OUTPUT: [&str; 3] = ["description", "value", "condition"];
/// What becomes of a resource that the stack has no more.
const POLICIES: [&str; 6] = [
    "Delete", "Retain", "Snapshot", "delete", "retain", "snapshot",
];

/// What a field may be.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Map,
    TextOrList,
}

/// Checks the sections, and the fields of resources and outputs.
pub(super) fn check(template: &Template, language: Language, sink: &mut Sink) {
    // Conditions, and what they need of resources, are the last of each list.
    let newer = usize::from(language < Language::CONDITIONS);
    let sections = &SECTIONS[..SECTIONS.len() - newer];
    keys(template, &template.root, ("the template", sections), sink);
    let resource = &RESOURCE[..RESOURCE.len() - 2 * newer];
    for (name, node) in maps(template, "resources", sink) {
        let what = format!("the resource `{name}`");
        keys(template, node, (&what, resource), sink);
        fields(template, language, node, sink);
        if node.get("type").is_none() {
            let message = format!("{what} has no `type`");
            sink.push(template.refused("hot-definition-invalid", node, message));
        }
    }
    let output = &OUTPUT[..OUTPUT.len() - newer];
    for (name, node) in maps(template, "outputs", sink) {
        let what = format!("the output `{name}`");
        keys(template, node, (&what, output), sink);
        if node.get("value").is_none() {
            let message = format!("{what} has no `value`");
            sink.push(template.refused("hot-definition-invalid", node, message));
        }
    }
}

/// Returns the entries of a section that are maps, and reports those that are not.
fn maps<'t>(template: &'t Template, section: &str, sink: &mut Sink) -> Vec<(&'t str, &'t Node)> {
    let Some(node) = template.root.get(section) else {
        return Vec::new();
    };
    let mut wrong = |at: &Node, what: &str| {
        let message = format!("{what} is {} and must be a map", at.type_name());
        sink.push(template.refused("hot-definition-invalid", at, message));
    };
    if !node.is_mapping() && !node.is_null() {
        wrong(node, &format!("`{section}`"));
    }
    let mut maps = Vec::new();
    for (key, node) in node.entries() {
        let name = key.text().unwrap_or_default();
        if node.is_mapping() {
            maps.push((name, node));
        } else {
            wrong(node, &format!("`{name}`"));
        }
    }
    maps
}

fn keys(template: &Template, node: &Node, (what, known): (&str, &[&str]), sink: &mut Sink) {
    let is_given = |name: &str| node.get(name).is_some();
    for (key, _) in node.entries() {
        let name = key.text().unwrap_or_default();
        if !known.contains(&name) {
            let message = format!("{what} has no key `{name}`");
            let open = known.iter().copied().filter(|known| !is_given(known));
            let finding = template.refused("hot-key-unknown", key, message);
            sink.push(finding.meant(name, open));
        }
    }
}

fn fields(template: &Template, language: Language, node: &Node, sink: &mut Sink) {
    let forms = [
        ("type", Form::Text),
        ("properties", Form::Map),
        ("metadata", Form::Map),
        ("depends_on", Form::TextOrList),
        ("deletion_policy", Form::Text),
        ("update_policy", Form::Map),
        ("description", Form::Text),
    ];
    for (name, form) in forms {
        let Some(value) = node.get(name) else {
            continue;
        };
        let is_literal = matches!(name, "depends_on" | "description");
        if !is_literal && is_computed(value, language) {
            continue;
        }
        let (is_right, due) = match form {
            Form::Text => (is_string(value), "a string"),
            Form::Map => (value.is_mapping(), "a map"),
            Form::TextOrList => {
                let is_names = value.is_list() && value.items().iter().all(is_string);
                (is_string(value) || is_names, "a name or a list of names")
            }
        };
        if !is_right {
            let message = format!("`{name}` is {} and must be {due}", value.type_name());
            sink.push(template.refused("hot-definition-invalid", value, message));
        } else if let ("deletion_policy", Some(policy)) = (name, value.text()) {
            policies(template, language, value, policy, sink);
        }
    }
}

fn policies(template: &Template, language: Language, at: &Node, policy: &str, sink: &mut Sink) {
    let known = match language >= Language::CONDITIONS {
        true => &POLICIES[..],
        false => &POLICIES[..3],
    };
    if !known.contains(&policy) {
        let message = format!("there is no deletion policy `{policy}`");
        let finding = template.refused("hot-definition-invalid", at, message);
        sink.push(finding.meant(policy, known.iter().copied()));
    }
}
