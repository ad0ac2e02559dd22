//! What Tacker takes as it is: other forms of the same, and what others may mind.

use super::edit::Base::{self, Cluster, Image, Plain};
use super::edit::Edit::{self, Add, Append, Replace};
use super::edit::{DF, Mutant, TOP, TYPES};

const fn m(
    name: &'static str,
    base: Base,
    edits: &'static [Edit],
    codes: &'static [&'static str],
) -> Mutant {
    Mutant::new(name, base, edits, codes)
}

const URL: &str =
    "  - https://forge.etsi.org/rep/nfv/SOL001/raw/v2.6.1/etsi_nfv_sol001_common_types.yaml";

pub(super) const ALL: &[Mutant] = &[
    m("fine-version-1-3", Plain, &[Replace(TOP, "yaml_1_2", "yaml_1_3")], &[]),
    m("fine-version-of-import-none", Plain, &[Replace(DF, "tosca_definitions_version: tosca_simple_yaml_1_2", "")], &[]),
    m("fine-version-nfv", Plain, &[Replace(TOP, "tosca_simple_yaml_1_2", "tosca_simple_profile_for_nfv_1_0_0")], &[]),
    m("fine-import-map", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", "  - common: {file: etsi_nfv_sol001_common_types.yaml}")], &[]),
    m("fine-import-named-path", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", "  - common: etsi_nfv_sol001_common_types.yaml")], &[]),
    m("fine-import-file", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", "  - file: etsi_nfv_sol001_common_types.yaml")], &[]),
    m("fine-import-from-root", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", "  - Definitions/etsi_nfv_sol001_common_types.yaml")], &[]),
    m("fine-import-dots", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", "  - ../Definitions/./etsi_nfv_sol001_common_types.yaml")], &[]),
    m("fine-df-without-imports", Plain, &[Replace(DF, "imports:\n  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml\n  - demo_types.yaml\n", "")], &[]),
    m("fine-import-twice", Plain, &[Replace(TOP, "  - demo_types.yaml", "  - demo_types.yaml\n  - demo_types.yaml")], &[]),
    m("fine-import-order", Plain, &[Replace(TOP, "  - etsi_nfv_sol001_vnfd_types.yaml\n  - demo_types.yaml\n", "  - demo_types.yaml\n")], &[]),
    m("fine-inputs-empty-of-top", Plain, &[Replace(TOP, "topology_template:\n", "topology_template:\n  inputs: {}\n")], &[]),
    m("fine-sections-null", Plain, &[Append(DF, "  outputs:\n")], &[]),
    m("fine-key-part-of-metadata", Plain, &[Append(TOP, "meta: 1\n")], &[]),
    m("fine-node-metadata", Plain, &[Replace(DF, "    machineCp:\n", "    machineCp:\n      metadata: {a: b}\n")], &[]),
    m("fine-id-call", Plain, &[Replace(TOP, "topology_template:\n", "topology_template:\n  inputs: {id: {type: string, default: x}}\n"), Replace(TOP, "descriptor_id: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12", "descriptor_id: {get_input: id}")], &[]),
    m("fine-flavour-id-call-in-top", Plain, &[Replace(TOP, "topology_template:\n", "topology_template:\n  inputs: {flavour: {type: string, default: simple}}\n"), Replace(TOP, "flavour_id: simple", "flavour_id: {get_input: flavour}")], &[]),
    m("fine-nested-call", Plain, &[Replace(DF, "name: machine\n", "name: {get_input: product_name}\n")], &[]),
    m("fine-get-property", Plain, &[Replace(DF, "description: \"One of the machines\"", "description: {get_property: [SELF, name]}")], &[]),
    m("fine-integer-in-quotes", Plain, &[Replace(DF, "order: 0", "order: \"0\"")], &[]),
    m("fine-text-of-number", Plain, &[Replace(DF, "description: \"One of the machines\"", "description: 7")], &[]),
    m("fine-size-together", Plain, &[Replace(DF, "64 MiB", "64mib")], &[]),
    m("fine-operation-empty", Cluster, &[Replace(DF, "        Vnflcm:\n", "        Vnflcm:\n          terminate_start: []\n          terminate_end:\n          heal: {}\n")], &[]),
    m("fine-rollback-declared", Cluster, &[Replace(TYPES, "        type: tosca.interfaces.nfv.Vnflcm\n", "        type: tosca.interfaces.nfv.Vnflcm\n        scale_rollback_start: {}\n"), Replace(DF, "        Vnflcm:\n", "        Vnflcm:\n          scale_rollback_start: {implementation: mgmt_script}\n")], &[]),
    m("fine-interface-type-1-3", Cluster, &[Append(TYPES, "interface_types:\n  acme.Lcm: {derived_from: tosca.interfaces.nfv.Vnflcm, operations: {instantiate_end: {}, scale_start: {}, scale_end: {}, heal_start: {}, heal_end: {}}}\n"), Replace(TYPES, "        type: tosca.interfaces.nfv.Vnflcm\n", "        type: acme.Lcm\n")], &[]),
    m("fine-artifact-type-unknown", Plain, &[Replace(DF, "    machineCp:\n", "    machineCp:\n      artifacts: {a: {type: acme.Unknown, file: df_simple.yaml}}\n")], &[]),
    m("fine-artifact-missing-with-hooks", Cluster, &[Replace(DF, "    controlPlaneCp:\n", "    controlPlaneCp:\n      artifacts: {a: {type: tosca.artifacts.File, file: ../none.txt}}\n")], &["vnfd-artifact-file-unchecked"]).beyond_reading(),
    m("fine-requirement-long-unknown", Plain, &[Replace(DF, "- virtual_binding: machine", "- virtual_binding: machine\n        - other: {node: machine}")], &[]),
    m("fine-occurrences-mapped", Plain, &[Replace(TYPES, "          occurrences: [0, 1]\n", ""), Replace(DF, "    requirements:\n", "    requirements:\n      virtual_link: [machineCp, virtual_link]\n")], &[]),
    m("fine-requirement-added", Plain, &[Replace(TYPES, "          occurrences: [0, 1]\n", "          occurrences: [0, 1]\n      - other:\n          capability: tosca.capabilities.nfv.VirtualLinkable\n          occurrences: [0, UNBOUNDED]\n")], &[]),
    m("fine-group", Plain, &[Append(DF, "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup, properties: {description: a}, members: [machine]}\n")], &[]),
    m("fine-group-without-properties", Plain, &[Append(DF, "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup, members: [machine]}\n")], &[]),
    m("fine-storage", Plain, &[Replace(DF, "    machineCp:\n", "    disk:\n      type: tosca.nodes.nfv.Vdu.VirtualObjectStorage\n      properties: {virtual_object_storage_data: {max_size_of_storage: 1 GB}}\n    machineCp:\n")], &[]),
    m("fine-definitions-other-file", Plain, &[Add("Definitions/more.yaml", "tosca_definitions_version: tosca_simple_yaml_1_1\nnode_templates: 1\n")], &[]),
    m("fine-type-broken-unused", Plain, &[Append(TYPES, "  acme.Broken: {derived_from: acme.Nothing, abstract: true}\n")], &[]),
    m("fine-image-without-artifact", Image, &[Replace(DF, "      artifacts:\n        sw_image:\n          type: tosca.artifacts.nfv.SwImage\n", "      metadata:\n        sw_image:\n          type: tosca.artifacts.nfv.SwImage\n")], &[]).beyond_reading(),
    m("fine-image-size-spaces", Image, &[Replace(DF, "size: 3 B", "size: 3   b")], &[]),


    m(
        "fine-import-handed-on",
        Plain,
        &[Replace(
            TOP,
            "  - demo_types.yaml\n  - df_simple.yaml",
            "  - df_simple.yaml\n  - demo_types.yaml",
        )],
        &[],
    ),
    m(
        "fine-import-forms-mixed",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_vnfd_types.yaml",
            "  - vnfd: etsi_nfv_sol001_vnfd_types.yaml",
        )],
        &[],
    ),
    // Others may mind.
    m("url-mapped", Plain, &[Replace(TYPES, "  - etsi_nfv_sol001_common_types.yaml", URL)], &["vnfd-import-url"]),
    m("url-unreachable", Plain, &[Replace(DF, "  - demo_types.yaml", "  - demo_types.yaml\n  - http://127.0.0.1:9/types.yaml")], &["vnfd-import-url"]),
    m("artifact-url", Plain, &[Replace(DF, "    machineCp:\n", "    machineCp:\n      artifacts: {a: {type: tosca.artifacts.File, file: \"http://127.0.0.1:9/a\"}}\n")], &["vnfd-artifact-url"]),
    m("mind-provider-number", Plain, &[Replace(TOP, "provider: \"Example\"", "provider: 7"), Replace(TYPES, "valid_values: [\"Example\"]", "valid_values: [\"7\", \"Example\"]")], &["vnfd-identity-number"]),
    m("mind-count-outside-profile", Plain, &[Replace(DF, "max_number_of_instances: 10", "max_number_of_instances: 9")], &["vnfd-count-outside-profile"]),
    m("mind-level-count", Plain, &[Replace(DF, "initial_delta:\n            number_of_instances: 1", "initial_delta:\n            number_of_instances: 2")], &["vnfd-level-count"]),
    m("mind-flavour-not-imported", Plain, &[Add("Definitions/df_b.yaml", "topology_template: {substitution_mappings: {properties: {flavour_id: b}}}\n")], &["vnfd-flavour-not-imported", "hot-missing"]).beyond_reading(),
    m("mind-artifact-without-file", Plain, &[Replace(DF, "    machineCp:\n", "    machineCp:\n      artifacts: {a: {type: tosca.artifacts.File}}\n")], &["vnfd-artifact-without-file"]),
];
