//! `vnfctl package lsp`: what an editor is shown, offered and led to.

mod editor;
mod neovim;
mod process;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use lsp_types::{CodeActionKind, DiagnosticSeverity};
use rstest::rstest;
use serde_json::{Value, json};
use vnfctl::check::{self, Judged, Policy};
use vnfctl::diagnose::Sources;
use vnfctl::lsp::End;

use super::bench::Bench;
use super::corpus::{self, edit};
use editor::{Editor, code};

const TOP: &str = "web/Definitions/web.vnfd.yaml";
const FLAVOUR: &str = "web/Definitions/df_simple.yaml";
const TYPES: &str = "web/Definitions/web_types.yaml";
const HOT: &str = "web/BaseHOT/simple/simple.yaml";
const NESTED: &str = "web/BaseHOT/simple/nested/machine.yaml";
const MANIFEST: &str = "web/web.mf";

#[test]
fn findings_come_and_go_with_what_is_typed() {
    let mut editor = Editor::new();
    editor.open(FLAVOUR);
    assert_eq!(editor.codes(FLAVOUR), [""; 0]);
    editor.replace(FLAVOUR, "num_virtual_cpu: 1", "num_virtual_cpus: 1");
    let found = editor.findings(FLAVOUR);
    let codes: BTreeSet<_> = found.iter().map(code).collect();
    assert!(codes.contains("vnfd-property-unknown"), "{found:?}");
    let unknown = found
        .iter()
        .find(|one| code(one) == "vnfd-property-unknown");
    let unknown = unknown.unwrap();
    assert_eq!(unknown.severity, Some(DiagnosticSeverity::ERROR));
    assert_eq!(unknown.source.as_deref(), Some("vnfctl"));
    assert_eq!(
        unknown.message,
        "`virtual_cpu` has no key `num_virtual_cpus`\ntosca-parser rejects the package\n\
         help: did you mean `num_virtual_cpu`?"
    );
    // The manifest has the digest of what lies on the disk.
    let manifest = editor.findings(MANIFEST);
    assert_eq!(
        manifest.iter().map(code).collect::<Vec<_>>(),
        ["manifest-digest"]
    );
    editor.replace(FLAVOUR, "num_virtual_cpus: 1", "num_virtual_cpu: 1");
    assert_eq!(editor.codes(FLAVOUR), [""; 0]);
    assert_eq!(editor.codes(MANIFEST), [""; 0]);
    assert_eq!(editor.leave(true), Some(End::Agreed));
}

#[test]
fn what_is_closed_unsaved_counts_no_more() {
    let mut editor = Editor::new();
    editor.open(TOP);
    editor.open_with(FLAVOUR, "a: [");
    assert!(!editor.findings(FLAVOUR).is_empty());
    editor.close(FLAVOUR);
    while !editor.all()["Definitions/df_simple.yaml"].is_empty() {
        editor.findings(FLAVOUR);
    }
    // When nothing of the package is open, nothing is told of it any more.
    editor.open_with(FLAVOUR, "a: [");
    while editor.all()["Definitions/df_simple.yaml"].is_empty() {
        editor.findings(FLAVOUR);
    }
    editor.close(TOP);
    editor.close(FLAVOUR);
    while !editor.all()["Definitions/df_simple.yaml"].is_empty() {
        editor.findings(FLAVOUR);
    }
}

#[test]
fn an_editor_that_watches_files_is_asked_to() {
    let bench = Bench::new();
    bench.build("");
    bench.unpack();
    let watch = json!({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": true}}});
    let mut editor = Editor::over(bench, watch);
    editor.open(FLAVOUR);
    assert_eq!(editor.codes(FLAVOUR), [""; 0]);
    // Another program writes.
    let text = editor.bench.read(HOT);
    editor
        .bench
        .write(HOT, &text.replacen("OS::Heat::", "OS::Haet::", 1));
    let change = json!({"changes": [{"uri": editor.uri(HOT), "type": 2}]});
    editor.tell("workspace/didChangeWatchedFiles", change);
    let codes = editor.codes(HOT);
    assert!(codes.contains(&"hot-type-unknown".to_owned()), "{codes:?}");
}

/// All that is told of a package is what `package validate` finds in it, at the same places.
#[test]
fn editors_are_told_what_the_command_finds() {
    let home = tempfile::tempdir().unwrap();
    let plans = edit::plans(home.path());
    let mut compared = 0;
    // One of some codes is enough.
    let mut codes = BTreeSet::new();
    let mutants = corpus::mutants().into_iter().filter(|mutant| {
        let first = mutant.codes.first().cloned().unwrap_or_default();
        !mutant.is_of_the_network() && codes.insert(first)
    });
    for mutant in mutants.step_by(5) {
        let bench = Bench::new();
        let zip = mutant.build(home.path(), &plans);
        std::fs::copy(zip, bench.path("web.zip")).unwrap();
        bench.unpack();
        let folder = bench.path("web");
        let Some(expected) = expected(&folder) else {
            continue;
        };
        let mut editor = Editor::over(bench, json!({}));
        let meta = "web/TOSCA-Metadata/TOSCA.meta";
        if !editor.bench.path(meta).is_file() {
            continue;
        }
        editor.open(meta);
        let _ = editor.findings(meta);
        // What is told of one package is told at once.
        let _ = editor.answer("textDocument/hover", json!({}));
        let mut told = BTreeSet::new();
        for (file, findings) in editor.all() {
            for finding in findings {
                told.insert((file.clone(), finding.range.start.line, code(&finding)));
            }
        }
        assert_eq!(told, expected, "{}", mutant.name);
        compared += 1;
    }
    assert!(compared > 30, "only {compared} packages were compared");
}

/// Returns file, line and code of what is found in a folder; nothing if it is not safe to read.
fn expected(folder: &std::path::Path) -> Option<BTreeSet<(String, u32, String)>> {
    let (mut sink, sources) = match check::open(folder).ok()? {
        Judged::Read(checked) => (checked.sink, checked.sources),
        Judged::Refused(_) => return None,
    };
    Policy::default().apply("web".into(), &sources, &mut sink);
    // Images are large, and not read at every keystroke.
    let others = sink.diagnostics().iter();
    let others = others.filter(|finding| finding.code != "manifest-image-entry");
    let findings = others.map(|finding| {
        let place = &finding.primary;
        let is_there = folder.join(&place.file).is_file();
        let file = match is_there {
            true => place.file.as_str(),
            false => "TOSCA-Metadata/TOSCA.meta",
        };
        let line = place
            .span
            .and_then(|span| line(&sources, &place.file, span.start));
        (file.to_owned(), line.unwrap_or(0), finding.code.to_owned())
    });
    Some(findings.collect())
}

fn line(sources: &Sources, file: &Utf8Path, offset: usize) -> Option<u32> {
    let (line, _) = sources.position(file, offset)?;
    u32::try_from(line - 1).ok()
}

#[test]
fn a_finding_is_mended_where_it_stands() {
    let mut editor = Editor::new();
    let text = editor.bench.read(FLAVOUR);
    let broken = text.replacen("virtual_binding: machine", "virtual_bindng: machine", 1);
    // Before it on its line are characters of two words of UTF-16 and of more bytes.
    let broken = broken.replacen("- virtual_bindng", "- \"virtual_bindng\"", 1);
    editor.open_with(FLAVOUR, &broken);
    assert!(!editor.findings(FLAVOUR).is_empty());
    let actions = editor.actions(FLAVOUR, "\"virtual_bindng\"", json!({"diagnostics": []}));
    let mend = actions
        .iter()
        .find(|one| one.is_preferred == Some(true))
        .unwrap();
    assert_eq!(mend.title, "Write `\"virtual_binding\"`");
    editor.apply(mend);
    assert!(
        editor
            .text(FLAVOUR)
            .contains("- \"virtual_binding\": machine")
    );
    assert_eq!(editor.codes(FLAVOUR), [""; 0]);
}

#[test]
fn a_finding_can_be_let_pass_with_a_reason() {
    let mut editor = Editor::new();
    let text = editor.bench.read(HOT).replacen(
        "type: OS::Heat::AutoScalingGroup",
        "type: OS::Heat::AutoScalngGroup",
        1,
    );
    editor.open_with(HOT, &text);
    assert!(editor.codes(HOT).contains(&"hot-type-unknown".to_owned()));
    let actions = editor.actions(HOT, "OS::Heat::AutoScalngGroup", json!({"diagnostics": []}));
    let allow = actions
        .iter()
        .find(|one| one.title.contains("hot-type-unknown` pass"));
    editor.apply(allow.unwrap());
    assert!(
        editor
            .text(HOT)
            .contains("    # vnfctl: allow(hot-type-unknown) say why\n")
    );
    assert!(!editor.codes(HOT).contains(&"hot-type-unknown".to_owned()));
    // What Tacker rejects cannot be let pass.
    editor.open(FLAVOUR);
    editor.replace(FLAVOUR, "num_virtual_cpu: 1", "num_virtual_cpus: 1");
    let actions = editor.actions(FLAVOUR, "num_virtual_cpus", json!({"diagnostics": []}));
    assert!(
        actions.iter().all(|one| !one.title.contains("pass here")),
        "{actions:?}"
    );
}

#[test]
fn all_that_is_certain_is_mended_at_once() {
    let mut editor = Editor::new();
    editor.open(FLAVOUR);
    editor.open(MANIFEST);
    editor.replace(FLAVOUR, "num_virtual_cpu: 1", "num_virtual_cpus: 1");
    let automatic = json!({"diagnostics": [], "triggerKind": 2});
    let kinds = |actions: Vec<lsp_types::CodeAction>| -> Vec<_> {
        actions.into_iter().filter_map(|one| one.kind).collect()
    };
    let some = kinds(editor.actions(FLAVOUR, "num_virtual_cpus", automatic));
    assert!(!some.contains(&CodeActionKind::SOURCE_FIX_ALL), "{some:?}");
    let only = json!({"diagnostics": [], "only": ["source"]});
    let actions = editor.actions(FLAVOUR, "num_virtual_cpus", only);
    let [all] = &actions[..] else {
        panic!("{actions:?}");
    };
    editor.apply(all);
    assert!(editor.text(FLAVOUR).contains(" num_virtual_cpu: 1"));
    assert_eq!(editor.codes(FLAVOUR), [""; 0]);
    assert_eq!(editor.codes(MANIFEST), [""; 0]);
}

#[rstest]
#[case::node_type(FLAVOUR, "tosca.nodes.nfv.Vdu.Compute", &["(node type)", "- `vdu_profile`: tosca.datatypes.nfv.VduProfile, needed"])]
#[case::own_type(FLAVOUR, "vnfctl.web.VNF\n    properties", &["(node type)", "Derived from `tosca.nodes.nfv.VNF`"])]
#[case::policy_type(FLAVOUR, "tosca.policies.nfv.ScalingAspects", &["(policy type)"])]
#[case::property(FLAVOUR, "vdu_profile:", &["(tosca.datatypes.nfv.VduProfile, needed)"])]
#[case::nested_property(FLAVOUR, "max_number_of_instances", &["(integer, needed)", "greater_or_equal"])]
#[case::property_of_capability(FLAVOUR, "num_virtual_cpu", &["(integer, needed)"])]
#[case::requirement(FLAVOUR, "virtual_binding: machine", &["(requirement)", "tosca.capabilities.nfv.VirtualBindable"])]
#[case::node(FLAVOUR, "machine\n\n  policies", &["(tosca.nodes.nfv.Vdu.Compute)"])]
#[case::aspect(FLAVOUR, "machines\n          deltas", &["Number of machines"])]
#[case::keyword(FLAVOUR, "substitution_mappings", &["(TOSCA)"])]
#[case::type_in_type(TYPES, "tosca.nodes.nfv.VNF", &["(node type)"])]
#[case::resource_type(HOT, "OS::Heat::AutoScalingGroup", &["Needs: ", "`max_size`"])]
#[case::resource_property(HOT, "max_size", &["(property, needed)"])]
#[case::function(HOT, "get_param", &["(function)"])]
#[case::own_template(HOT, "machine.yaml", &["(template of the package)"])]
fn what_stands_at_a_place_is_told(
    #[case] file: &str,
    #[case] text: &str,
    #[case] expected: &[&str],
) {
    let mut editor = Editor::new();
    editor.open(file);
    let said = editor.hover(file, text).unwrap();
    for words in expected {
        assert!(said.contains(words), "{said}");
    }
}

#[rstest]
#[case::own_type(
    FLAVOUR,
    "vnfctl.web.VNF\n",
    "Definitions/web_types.yaml",
    "vnfctl.web.VNF:"
)]
#[case::sol001_type(
    FLAVOUR,
    "tosca.nodes.nfv.VduCp",
    "Definitions/etsi_nfv_sol001_vnfd_types.yaml",
    "tosca.nodes.nfv.VduCp:"
)]
#[case::property(
    FLAVOUR,
    "vdu_profile",
    "Definitions/etsi_nfv_sol001_vnfd_types.yaml",
    "vdu_profile:"
)]
#[case::node(FLAVOUR, "machine]\n", "Definitions/df_simple.yaml", "machine:")]
#[case::bound_node(
    FLAVOUR,
    "machine\n\n  policies",
    "Definitions/df_simple.yaml",
    "machine:"
)]
#[case::aspect(
    FLAVOUR,
    "machines\n          deltas",
    "Definitions/df_simple.yaml",
    "machines:"
)]
#[case::import(
    TOP,
    "df_simple.yaml",
    "Definitions/df_simple.yaml",
    "tosca_definitions_version: tosca_simple_yaml_1_2"
)]
#[case::parameter(HOT, "nfv, ", "BaseHOT/simple/simple.yaml", "nfv:")]
#[case::template(
    HOT,
    "machine.yaml",
    "BaseHOT/simple/nested/machine.yaml",
    "heat_template_version: 2021-04-16"
)]
#[case::manifest(
    MANIFEST,
    "Definitions/df_simple.yaml",
    "Definitions/df_simple.yaml",
    "tosca_definitions_version: tosca_simple_yaml_1_2"
)]
fn what_stands_at_a_place_is_found(
    #[case] file: &str,
    #[case] text: &str,
    #[case] in_file: &str,
    #[case] line: &str,
) {
    let mut editor = Editor::new();
    editor.open(file);
    let first = std::fs::read_to_string(editor.bench.path("web").join(in_file)).unwrap();
    assert!(first.contains(line), "{first}");
    let found = editor.definition(file, text).unwrap();
    let is_whole_file = first.lines().next().is_some_and(|first| found.1 == first);
    assert_eq!(found.0, in_file);
    assert!(found.1 == line || is_whole_file, "{found:?}");
}

#[test]
fn nothing_is_known_of_nothing() {
    let mut editor = Editor::new();
    editor.open(FLAVOUR);
    for text in ["\n", "# Tacker takes", "One of the machines"] {
        assert_eq!(editor.hover(FLAVOUR, text), None, "{text}");
        assert_eq!(editor.definition(FLAVOUR, text), None, "{text}");
    }
    // A file that belongs to no package.
    editor.bench.write("alone.yaml", "a: 1\n");
    editor.open("alone.yaml");
    assert_eq!(editor.hover("alone.yaml", "a"), None);
    let refused = editor
        .answer("textDocument/rename", Value::Null)
        .unwrap_err();
    assert_eq!(refused, "there is no textDocument/rename here");
    assert!(
        editor
            .answer("textDocument/hover", json!({"a": 1}))
            .is_err()
    );
}

/// In a file, what is written `by` the person in the place of `text`, with `|` where the cursor is;
/// what is offered then, and what is not.
#[rstest]
#[case::type_of_node(FLAVOUR, "type: tosca.nodes.nfv.VduCp", "type: tosca.no|", &["tosca.nodes.nfv.VduCp", "vnfctl.web.VNF"], &["tosca.datatypes.nfv.VduProfile"])]
#[case::type_after_colon(FLAVOUR, "type: tosca.nodes.nfv.VduCp", "type: |", &["tosca.nodes.nfv.Vdu.Compute"], &[])]
#[case::policy_type(FLAVOUR, "type: tosca.policies.nfv.ScalingAspects", "type: tos|", &["tosca.policies.nfv.VduInitialDelta"], &["tosca.nodes.nfv.VduCp"])]
#[case::property(FLAVOUR, "        layer_protocols: [ipv4]\n", "        layer_protocols: [ipv4]\n        |\n", &["description", "role", "vnic_type"], &["layer_protocols", "order"])]
#[case::half_a_property(FLAVOUR, "        layer_protocols: [ipv4]\n", "        layer_protocols: [ipv4]\n        ro|\n", &["role"], &["layer_protocols"])]
#[case::value(FLAVOUR, "layer_protocols: [ipv4]", "layer_protocols: [|]", &["ipv6", "ethernet"], &["role"])]
#[case::boolean(FLAVOUR, "support_mandatory: true", "support_mandatory: |", &["true", "false"], &[])]
#[case::nested(FLAVOUR, "              num_virtual_cpu: 1\n", "              num_virtual_cpu: 1\n              |\n", &["virtual_cpu_clock", "cpu_architecture"], &["num_virtual_cpu"])]
#[case::requirement(FLAVOUR, "- virtual_binding: machine", "- v|", &["virtual_binding", "virtual_link"], &[])]
#[case::binding(FLAVOUR, "virtual_binding: machine", "virtual_binding: |", &["machine", "machineCp", "VNF"], &[])]
#[case::target(FLAVOUR, "targets: [machine]", "targets: [m|]", &["machine"], &[])]
#[case::open_bracket(FLAVOUR, "targets: [machine]", "targets: [m|", &["machine"], &[])]
#[case::aspect(FLAVOUR, "aspect: machines", "aspect: |", &["machines"], &["machine"])]
#[case::section(FLAVOUR, "topology_template:", "top|:", &["topology_template", "node_types"], &[])]
#[case::input(FLAVOUR, "        order: 0\n", "        order: { get_input: | }\n", &["flavour_id"], &["machine"])]
#[case::function(FLAVOUR, "        order: 0\n", "        order: { get_| }\n", &["get_input", "get_property"], &[])]
#[case::property_of_node(FLAVOUR, "        order: 0\n", "        order: { get_property: [machine, |] }\n", &["vdu_profile"], &["order"])]
#[case::import(TOP, "  - df_simple.yaml", "  - |", &["df_simple.yaml", "web_types.yaml"], &["web.vnfd.yaml"])]
#[case::hook(FLAVOUR, "        flavour_description: \"Machines that scale together\"\n\n", "        flavour_description: x\n      interfaces:\n        Vnflcm:\n          inst|\n\n", &["instantiate_start", "heal_end"], &["type"])]
#[case::derived(TYPES, "derived_from: tosca.nodes.nfv.VNF", "derived_from: |", &["tosca.nodes.nfv.VNF"], &["tosca.policies.nfv.ScalingAspects"])]
#[case::resource(HOT, "type: OS::Heat::AutoScalingGroup", "type: OS::|", &["OS::Nova::Server", "machine.yaml"], &["simple.yaml", "nested/machine.yaml"])]
#[case::resource_property(NESTED, "      length: 5\n", "      length: 5\n      |\n", &["salt", "character_sequences"], &["length", "sequence"])]
#[case::property_of_template(HOT, "          flavor: {get_param: [nfv, VDU, machine, computeFlavourId]}", "          |", &["flavor"], &["network", "min_size"])]
#[case::attribute(HOT, "\nresources:", "\noutputs:\n  a: {value: {get_attr: [machines, |]}}\nresources:", &["outputs_list", "current_size"], &["first_address"])]
#[case::resource_name(NESTED, "{get_resource: machineCp}", "{get_resource: |}", &["machine", "machineCp", "suffix"], &["flavor"])]
#[case::parameter(NESTED, "get_param: flavor", "get_param: |", &["flavor", "image-machine"], &["machineCp"])]
#[case::parameter_type(NESTED, "flavor: {type: string}", "flavor: {type: |}", &["json", "number"], &[])]
fn what_can_stand_at_a_place_is_offered(
    #[case] file: &str,
    #[case] text: &str,
    #[case] by: &str,
    #[case] offered: &[&str],
    #[case] not: &[&str],
) {
    let mut editor = Editor::new();
    let whole = editor.bench.read(file);
    let at = whole
        .find(text)
        .unwrap_or_else(|| panic!("`{text}` is not in\n{whole}"));
    let written = by.replacen('|', "", 1);
    let after = format!("{}{written}{}", &whole[..at], &whole[at + text.len()..]);
    editor.open_with(file, &after);
    let items = editor.completion_at(file, at + by.find('|').unwrap());
    let names: BTreeMap<_, _> = items.iter().map(|item| (&*item.label, item)).collect();
    for name in offered {
        assert!(names.contains_key(name), "{name}: {:?}", names.keys());
    }
    for name in not {
        assert!(!names.contains_key(name), "{name}: {:?}", names.keys());
    }
}

#[test]
fn what_is_chosen_takes_the_place_of_what_was_typed() {
    let mut editor = Editor::new();
    editor.open(FLAVOUR);
    let marked = "        layer_pro|tocols: [ipv4]";
    let items = editor.completion(FLAVOUR, marked);
    let order = items.iter().find(|item| item.label == "role").unwrap();
    let Some(lsp_types::CompletionTextEdit::Edit(edit)) = &order.text_edit else {
        panic!("{order:?}");
    };
    // The colon is there.
    assert_eq!(edit.new_text, "role");
    assert_eq!(edit.range.end.character - edit.range.start.character, 15);
    assert_eq!(edit.range.start.character, 8);
}

/// Wherever the cursor is, in whatever is half written, the server answers.
#[rstest]
#[case(FLAVOUR)]
#[case(HOT)]
#[case(MANIFEST)]
fn any_place_of_any_beginning_is_answered(#[case] file: &str) {
    let mut editor = Editor::new();
    let text = editor.bench.read(file);
    for (round, (offset, _)) in text.char_indices().step_by(97).enumerate() {
        let open = if round % 2 == 0 {
            &text[..offset]
        } else {
            text.as_str()
        };
        editor.open_with(file, open);
        editor.completion_at(file, offset);
        editor.hover_at(file, offset);
    }
    assert_eq!(editor.leave(true), Some(End::Agreed));
}

#[test]
fn whoever_leaves_without_a_word_is_noticed() {
    assert_eq!(Editor::new().leave(false), Some(End::Gone));
}
