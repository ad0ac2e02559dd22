//! Properties of nodes, capabilities and policies against those that their types declare.

use super::service::Service;
use super::{REJECTED, Template};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::tosca::profile::{with_property, with_type};
use crate::tosca::types::{At, Def, Fault, Value, Wrong, is_required, is_truthy, schema_fault};

/// A type that all versions of SOL001 have: without it the package has not ETSI's types at all.
const ALWAYS: &str = "tosca.nodes.nfv.VNF";

/// What has properties.
pub(super) struct Owner<'d> {
    /// How it is called in messages, such as `the node template \`x\``.
    pub(super) name: String,
    /// The place that stands for it when it has no properties.
    pub(super) span: Span,
    pub(super) def: Def<'d>,
    /// The map, if there is one.
    pub(super) properties: Option<At<'d>>,
    /// Where it is declared.
    pub(super) at: At<'d>,
}

impl<'d> Owner<'d> {
    pub(super) fn of(template: &Template<'d>, what: &str, def: Def<'d>) -> Self {
        Self {
            name: format!("{what} `{}`", template.name),
            span: template.place_of("properties"),
            def,
            properties: template.at.get("properties"),
            at: template.at,
        }
    }
}

/// Checks names, presence and values, defaults of the type included.
pub(super) fn check(service: &Service<'_>, owner: &Owner<'_>, sink: &mut Sink) {
    let types = &service.types;
    if types.is_opaque(owner.def) {
        return;
    }
    let declared = types.merged(owner.def, "properties");
    let given = owner.properties.filter(|p| p.node.is_mapping());
    let mut lacking = Vec::new();
    for (name, key, schema) in &declared {
        let value = given.and_then(|given| given.get(name));
        let key_given = given.and_then(|given| given.node.key_span(name));
        let default = schema.get("default").filter(|d| !d.node.is_null());
        match value.or(default) {
            Some(value) => {
                let key = key_given.unwrap_or(*key);
                report(Value::property(types, name, key, *schema, value), sink);
            }
            None if is_required(schema.node) => lacking.push(*name),
            None => {}
        }
    }
    if !lacking.is_empty() {
        let names = lacking.join("`, `");
        let message = format!("{} lacks `{names}`", owner.name);
        sink.push(
            Diagnostic::error("vnfd-property-missing", owner.at.file, owner.span, message)
                .why(format!(
                    "its type `{}` demands it; {REJECTED}",
                    owner.def.name
                ))
                .help(format!("add `{names}` to its properties")),
        );
    }
    for (name, key, _) in given.into_iter().flat_map(At::entries) {
        if declared.iter().all(|(known, ..)| *known != name) {
            let message = format!("{} has no property `{name}`", owner.name);
            let why = format!("its type `{}` has none; {REJECTED}", owner.def.name);
            let mut finding =
                Diagnostic::error("vnfd-property-unknown", owner.at.file, key, message)
                    .why(why)
                    .meant(name, declared.iter().map(|(known, ..)| *known));
            let chain = types.chain(owner.def).into_iter();
            let mut elsewhere = chain.map(|def| with_property(def.name, name));
            let elsewhere = elsewhere.find(|versions| !versions.is_empty());
            if let (Some(versions), None) = (elsewhere, &finding.instead) {
                finding = finding.help(of_others("it", &versions));
            }
            sink.push(finding);
        }
    }
}

/// Turns faults of values into findings. One in a type's definition is found again by each node
/// of the type, and reported once.
pub(super) fn report(faults: Vec<Fault<'_>>, sink: &mut Sink) {
    for fault in faults {
        let code = match fault.wrong {
            Wrong::Value => "vnfd-property-value",
            Wrong::Unknown => "vnfd-property-unknown",
            Wrong::Missing => "vnfd-property-missing",
            Wrong::Type => "vnfd-type-invalid",
            Wrong::Reread => "vnfd-string-reread",
        };
        let mut finding = match fault.wrong {
            Wrong::Reread => Diagnostic::warning(code, fault.file, fault.span, fault.message)
                .why("tosca-parser makes a string of what YAML has read"),
            _ => Diagnostic::error(code, fault.file, fault.span, fault.message).why(REJECTED),
        };
        finding.help = fault.help;
        finding.instead = fault.instead;
        once(finding, sink);
    }
}

/// Adds a finding unless the same is there.
pub(super) fn once(finding: Diagnostic, sink: &mut Sink) {
    if !sink.diagnostics().contains(&finding) {
        sink.push(finding);
    }
}

/// Reports a type at which a chain of types comes back to one that it has passed.
fn cycle(chain: &[Def<'_>], sink: &mut Sink) {
    let Some(last) = chain.last() else { return };
    let Some(parent) = last.body.node.get("derived_from") else {
        return;
    };
    let name = parent.text().unwrap_or_default();
    if chain.iter().all(|known| known.name != name) {
        return;
    }
    let message = format!("`{}` derives from itself", last.name);
    let mut finding = Diagnostic::error("vnfd-type-cycle", last.body.file, parent.span, message)
        .why("tosca-parser follows the types round and round and never ends")
        .help("derive it from a type of SOL001 or of TOSCA, such as `tosca.nodes.Root`");
    if let Some(first) = chain
        .iter()
        .find(|known| known.name == name && known.name != last.name)
    {
        finding = finding.label(first.body.file, first.key, "which derives from it");
    }
    once(finding, sink);
}

/// Checks the definition of a type and of those that it derives from, as far as the parser reads
/// it when something is of that type.
pub(super) fn definition(service: &Service<'_>, def: Def<'_>, keys: &[&str], sink: &mut Sink) {
    let chain = service.types.chain(def);
    cycle(&chain, sink);
    for def in chain {
        if def.is_normative() {
            continue;
        }
        let file = def.body.file;
        for (key, _) in def.body.node.entries() {
            let name = key.text().unwrap_or_default();
            if !keys.contains(&name) {
                let message = format!("the type `{}` has a key `{name}`", def.name);
                let finding = Diagnostic::error("vnfd-type-invalid", file, key.span, message)
                    .why(REJECTED)
                    .meant(name, keys.iter().copied());
                once(finding, sink);
            }
        }
        if let Some(parent) = def.body.node.get("derived_from").filter(|p| !p.is_null()) {
            let name = parent.text().unwrap_or_default();
            if service.types.get(name, "").is_none() {
                let known = service.types.custom().map(|def| def.name);
                let message = format!("the type `{name}` is not defined");
                let mut finding =
                    Diagnostic::error("vnfd-type-unknown", file, parent.span, message)
                        .why(REJECTED);
                finding = finding.perhaps(name, known);
                once(finding, sink);
            }
        }
        schemas(def, sink);
        requirements(def, sink);
    }
}

/// Requirements are a list of maps from a name to a map.
fn requirements(def: Def<'_>, sink: &mut Sink) {
    let Some(section) = def.body.get("requirements").filter(|r| is_truthy(r.node)) else {
        return;
    };
    let help = "write `- <requirement>: {capability: <type>}`";
    let items: Vec<_> = section.items().collect();
    let is_broken = |item: &&At<'_>| !item.node.is_mapping();
    let broken = match section.node.is_list() {
        true => items.iter().find(is_broken).copied(),
        false => Some(section),
    };
    if let Some(broken) = broken {
        let what = broken.node.type_name();
        let message = format!(
            "a requirement of the type `{}` is {what} and must be a map in a list",
            def.name
        );
        let span = broken.node.span;
        let finding = Diagnostic::error("vnfd-type-invalid", broken.file, span, message);
        once(finding.why(REJECTED).help(help), sink);
        return;
    }
    for (name, _, body) in items.iter().flat_map(|item| item.entries()) {
        if body.node.is_mapping() {
            continue;
        }
        let what = body.node.type_name();
        let message = format!(
            "the requirement `{name}` of the type `{}` is {what} and must be a map",
            def.name
        );
        let span = body.node.span;
        let finding = Diagnostic::error("vnfd-occurrences", body.file, span, message);
        let why = "tosca-parser looks for `occurrences` in it and ends with an error";
        once(finding.why(why).help(help), sink);
        return;
    }
}

fn schemas(def: Def<'_>, sink: &mut Sink) {
    for (name, key, schema) in def.body.get("properties").into_iter().flat_map(At::entries) {
        let fault = schema_fault(name, key, schema.node);
        if let Some((span, message)) = fault {
            let finding = Diagnostic::error("vnfd-type-invalid", schema.file, span, message);
            once(finding.why(REJECTED), sink);
        }
    }
}

/// Reports a type that nothing defines.
pub(super) fn unknown_type(
    service: &Service<'_>,
    template: &Template<'_>,
    prefix: &str,
    sink: &mut Sink,
) {
    let Some(node) = template.at.node.get("type").filter(|node| !node.is_null()) else {
        return;
    };
    let name = node.text().unwrap_or_default();
    let message = format!("the type `{name}` of `{}` is not defined", template.name);
    let file = template.at.file;
    let versions = with_type(name);
    let help = match service.types.get(ALWAYS, "") {
        Some(_) if !versions.is_empty() => of_others("the type", &versions),
        _ => "import the file that defines it".to_owned(),
    };
    sink.push(
        Diagnostic::error("vnfd-type-unknown", file, node.span, message)
            .why(REJECTED)
            .help(help)
            .perhaps(name, service.types.names(prefix)),
    );
}

/// Says which versions of SOL001 have what the package's types have not.
fn of_others(what: &str, versions: &[&str]) -> String {
    let versions = versions.join(", ");
    format!("SOL001 has {what} in {versions}; the package's types are of another version")
}
