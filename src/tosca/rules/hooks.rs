//! Lifecycle hooks: the scripts that the v2 API runs before and after operations.
//!
//! It looks at the first node template with interfaces and at no other, for `Vnflcm` and there
//! for the hook's name, whose implementation is an artifact of the same node.

use super::{Flavour, Template};
use crate::diagnose::{Diagnostic, Sink, Span, nearest};
use crate::package::tree::Tree;
use crate::tosca::documents::{DEFINITIONS, resolve};
use crate::tosca::types::At;
use crate::yaml::Node;

const OPERATIONS: [&str; 7] = [
    "instantiate",
    "terminate",
    "scale",
    "heal",
    "modify_information",
    "change_external_connectivity",
    "change_current_package",
];
/// Operations that can be rolled back.
const UNDONE: [&str; 4] = [
    "instantiate",
    "scale",
    "change_external_connectivity",
    "change_current_package",
];
const PYTHON: &str = "tosca.artifacts.Implementation.Python";
const VNFLCM: &str = "Vnflcm";

fn known() -> Vec<String> {
    let hooks = OPERATIONS.iter().map(|name| (*name).to_owned());
    let undone = UNDONE.iter().map(|name| format!("{name}_rollback"));
    let named = hooks.chain(undone);
    named
        .flat_map(|name| [format!("{name}_start"), format!("{name}_end")])
        .collect()
}

/// Checks the hooks of a flavour.
pub(super) fn check(tree: &dyn Tree, flavour: Flavour<'_>, sink: &mut Sink) {
    let mut nodes = flavour
        .nodes()
        .filter(|node| node.at.node.get("interfaces").is_some());
    let Some(first) = nodes.next() else { return };
    for (name, key, operation) in vnflcm(&first) {
        if name == "operations" {
            nested(key, operation, sink);
        } else {
            hook(tree, &first, name, key, operation, sink);
        }
    }
    for node in nodes {
        second(&first, &node, sink);
    }
}

fn vnflcm<'d>(node: &Template<'d>) -> impl Iterator<Item = (&'d str, Span, At<'d>)> + use<'d> {
    let interface = node.at.at(&["interfaces", VNFLCM]);
    interface.into_iter().flat_map(At::entries)
}

/// Tells whether an operation asks for a script.
fn is_asked(operation: At<'_>) -> bool {
    let implementation = operation.node.get("implementation");
    let is_short = operation.node.text().is_some() && !operation.node.is_null();
    implementation.is_some_and(|i| !i.is_null()) || is_short
}

fn second(first: &Template<'_>, node: &Template<'_>, sink: &mut Sink) {
    if vnflcm(node).any(|(_, _, operation)| is_asked(operation)) {
        let message = format!("the hooks of `{}` are never run", node.name);
        let span = node.place_of("interfaces");
        sink.push(
            Diagnostic::error("vnfd-hooks-second-node", node.at.file, span, message)
                .label(first.at.file, first.place_of("interfaces"), "the first with interfaces")
                .why("Tacker's v2 API looks at the first node template that has interfaces, whatever they are")
                .help(format!("put `{}` before `{}`, or all hooks there", node.name, first.name)),
        );
    }
}

fn nested(key: Span, operations: At<'_>, sink: &mut Sink) {
    let message = "hooks below `operations` are never run";
    sink.push(
        Diagnostic::error("vnfd-hooks-operations", operations.file, key, message)
            .why("tosca-parser knows the form of TOSCA 1.3; Tacker's v2 API looks for hooks directly below `Vnflcm`")
            .help("take the line `operations:` away and move its content up"),
    );
}

fn hook(
    tree: &dyn Tree,
    node: &Template<'_>,
    name: &str,
    key: Span,
    operation: At<'_>,
    sink: &mut Sink,
) {
    if !is_asked(operation) {
        return;
    }
    let file = operation.file;
    let known = known();
    if !known.iter().any(|known| known == name) {
        let message = format!("Tacker never runs the hook `{name}`");
        let finding = Diagnostic::error("vnfd-hook-never-run", file, key, message)
            .why("its v2 API runs <operation>_start and <operation>_end, and _rollback_start and _rollback_end");
        sink.push(if OPERATIONS.contains(&name) {
            finding.help(format!("did you mean `{name}_start` or `{name}_end`?"))
        } else {
            finding.meant(name, known.iter().map(String::as_str))
        });
        return;
    }
    let Some(implementation) = operation.node.get("implementation") else {
        let artifact = operation.node.text().unwrap_or_default();
        let message = format!("the hook `{name}` is written in the short form");
        form(operation, message, "does not run it", artifact, sink);
        return;
    };
    match implementation.as_str() {
        Some(artifact) => script(tree, node, implementation.span, artifact, operation, sink),
        None => {
            let primary = implementation.get("primary").and_then(Node::as_str);
            let what = implementation.type_name();
            let message = format!("the implementation of `{name}` is {what}");
            let artifact = primary.unwrap_or("<artifact>");
            form(
                operation,
                message,
                "ends the operation with an error 500",
                artifact,
                sink,
            );
        }
    }
}

fn form(operation: At<'_>, message: String, outcome: &str, artifact: &str, sink: &mut Sink) {
    sink.push(
        Diagnostic::error(
            "vnfd-hook-form",
            operation.file,
            operation.node.span,
            message,
        )
        .why(format!(
            "Tacker's v2 API wants the name of an artifact as `implementation`, and {outcome}"
        ))
        .help(format!("write `{{implementation: {artifact}}}`")),
    );
}

fn script(
    tree: &dyn Tree,
    node: &Template<'_>,
    span: Span,
    artifact: &str,
    operation: At<'_>,
    sink: &mut Sink,
) {
    let file = operation.file;
    let artifacts = node.at.get("artifacts");
    let Some(found) = artifacts.and_then(|artifacts| artifacts.get(artifact)) else {
        let known = artifacts
            .into_iter()
            .flat_map(At::entries)
            .map(|(name, ..)| name);
        let message = format!("`{}` has no artifact `{artifact}`", node.name);
        sink.push(
            Diagnostic::error("vnfd-hook-artifact", file, span, message)
                .why("Tacker's v2 API runs nothing then, and says nothing")
                .meant(artifact, known),
        );
        return;
    };
    let Some(path) = found.node.get("file").and_then(Node::as_str) else {
        let message = format!("the artifact `{artifact}` has no `file`");
        sink.push(
            Diagnostic::error("vnfd-hook-artifact", file, found.node.span, message)
                .why("Tacker's v2 API runs nothing then, or ends the operation with an error 500")
                .help(format!(
                    "write `{{type: {PYTHON}, file: ../Scripts/<script>.py}}`"
                )),
        );
        return;
    };
    let kind = found.node.get("type");
    if kind.and_then(Node::text) != Some(PYTHON) {
        let shown = kind.and_then(Node::text).unwrap_or("nothing");
        let message = format!("the script's type is `{shown}`");
        let place = kind.map_or(found.node.span, |kind| kind.span);
        sink.push(
            Diagnostic::error("vnfd-hook-artifact-type", file, place, message)
                .why("Tacker's v2 API runs Python scripts and answers 422 to all others")
                .help(format!("write `type: {PYTHON}`")),
        );
    }
    let place = found
        .node
        .get("file")
        .map_or(found.node.span, |node| node.span);
    is_there(tree, found, path, place, sink);
}

fn is_there(tree: &dyn Tree, artifact: At<'_>, path: &str, place: Span, sink: &mut Sink) {
    let whole = resolve(DEFINITIONS.into(), path);
    if whole.as_ref().is_some_and(|whole| tree.contains(whole)) {
        return;
    }
    let message = format!("the script `{path}` is not in the package");
    let paths = tree.paths();
    let name = path.rsplit('/').next().unwrap_or(path);
    let near = nearest(name, paths.iter().filter_map(|path| path.file_name()));
    let found = paths.iter().find(|path| path.file_name() == near);
    let help = match found {
        Some(found) => format!("write `file: ../{found}`"),
        None => "the path starts at Definitions/: write `file: ../Scripts/<script>.py`".to_owned(),
    };
    let finding = Diagnostic::error("vnfd-hook-script-missing", artifact.file, place, message)
        .why("Tacker starts it as Definitions/<file>, and every operation with this hook fails")
        .help(help);
    super::properties::once(finding, sink);
}
