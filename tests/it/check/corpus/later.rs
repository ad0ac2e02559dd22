//! Faults that the upload lets pass and Tacker's v2 API stumbles over.

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

const STRAY: &str = "tosca_definitions_version: tosca_simple_yaml_1_2\n";
/// A storage, which the volumes of no template stand for.
const DISK: &str = "    disk:\n      type: tosca.nodes.nfv.Vdu.VirtualBlockStorage\n      properties: {virtual_block_storage_data: {size_of_storage: 1 GB}}\n    machineCp:\n";

pub(super) const ALL: &[Mutant] = &[
    // Flavours.
    m("later-flavour-id-call", Plain, &[Replace(DF, "      flavour_id: simple\n    requirements", "      flavour_id: {get_input: flavour_id}\n    requirements"), Replace(DF, "        flavour_description: \"Machines", "        flavour_id: simple\n        flavour_description: \"Machines")], &["vnfd-flavour-id-not-literal", "hot-flavour-unknown"]),
    m("later-flavour-id-number", Plain, &[Replace(DF, "      flavour_id: simple\n    requirements", "      flavour_id: 1\n    requirements"), Replace(DF, "        flavour_description: \"Machines", "        flavour_id: simple\n        flavour_description: \"Machines")], &["vnfd-flavour-id-not-literal", "hot-flavour-unknown"]),
    m("later-flavour-twice", Plain, &[Add("Definitions/df_again.yaml", "topology_template: {substitution_mappings: {properties: {flavour_id: simple}}}\n")], &["vnfd-flavour-id-twice", "vnfd-flavour-not-imported", "hot-group-image", "hot-nfv-unknown-node", "hot-server-without-vdu"]).beyond_reading(),
    m("later-flavour-lookup", Plain, &[Add("Definitions/aaa.yaml", STRAY), Append("Definitions/aaa.yaml", "topology_template:\n")], &["vnfd-flavour-lookup"]).beyond_reading(),
    m("later-flavour-lookup-properties", Plain, &[Add("Definitions/aaa.yaml", STRAY), Append("Definitions/aaa.yaml", "topology_template: {substitution_mappings: {properties: }}\n")], &["vnfd-flavour-lookup", "vnfd-flavour-id-missing"]).beyond_reading(),
    m("later-definitions-elsewhere", Plain, &[Replace(TOP, "  - df_simple.yaml", "  - ../More/df_simple.yaml"), Edit::Move(DF, "More/df_simple.yaml"), Replace("More/df_simple.yaml", "imports:\n  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml\n  - demo_types.yaml\n", "")], &["vnfd-flavour-elsewhere", "hot-flavour-unknown"]),
    m("later-flavour-unmatched", Plain, &[Add("Definitions/df_b.yaml", "topology_template:\n  substitution_mappings: {node_type: acme.VNF, properties: {flavour_id: b}}\n"), Replace(TOP, "  - df_simple.yaml\n", "  - df_simple.yaml\n  - df_b.yaml\n")], &["vnfd-flavour-unmatched", "hot-missing"]).beyond_reading(),

    // Nodes.
    m("later-derived-vdu", Plain, &[Append(TYPES, "  acme.Compute: {derived_from: tosca.nodes.nfv.Vdu.Compute}\n"), Replace(DF, "type: tosca.nodes.nfv.Vdu.Compute", "type: acme.Compute")], &["vnfd-node-type-derived", "vnfd-binding-target", "hot-server-without-vdu", "hot-nfv-unknown-node", "hot-group-image"]),
    m("later-derived-cp", Plain, &[Append(TYPES, "  acme.Cp: {derived_from: tosca.nodes.nfv.VduCp}\n"), Replace(DF, "type: tosca.nodes.nfv.VduCp", "type: acme.Cp")], &["vnfd-node-type-derived", "hot-nfv-unknown-node"]),
    m("later-binding-form", Plain, &[Replace(DF, "- virtual_binding: machine", "- virtual_binding: {node: machine}")], &["vnfd-requirement-form"]),
    m("later-link-form", Plain, &[Replace(DF, "- virtual_binding: machine", "- virtual_binding: machine\n        - virtual_link: {node: machine}")], &["vnfd-requirement-form"]),
    m("later-storage-form", Plain, &[Replace(DF, "    machineCp:\n", DISK), Replace(DF, "      capabilities:\n", "      requirements: [{virtual_storage: {node: disk}}]\n      capabilities:\n")], &["vnfd-requirement-form", "hot-storage-without-volume"]),
    m("later-cp-unbound", Plain, &[Replace(DF, "      requirements:\n        - virtual_binding: machine\n", "")], &["vnfd-cp-unbound"]),
    m("later-binding-target", Plain, &[Replace(DF, "    machineCp:\n", DISK), Replace(DF, "virtual_binding: machine", "virtual_binding: disk")], &["vnfd-binding-target", "hot-storage-without-volume"]),
    m("later-flavor-place", Plain, &[Replace(DF, "              properties:\n                requested", "              any:\n                requested")], &["vnfd-flavor-place"]),
    m("later-affinity-scope", Plain, &[Append(DF, "    - apart: {type: tosca.policies.nfv.AntiAffinityRule, properties: {scope: nfvi_pop}, targets: [machine]}\n")], &["vnfd-affinity-scope"]).beyond_reading(),
    m("later-affinity-targets", Plain, &[Append(DF, "    - apart: {type: tosca.policies.nfv.AntiAffinityRule, properties: {scope: zone}}\n")], &["vnfd-affinity-targets"]),

    m("later-groups-empty", Plain, &[Append(DF, "  groups:\n")], &["vnfd-section-empty"]),
    m("later-policies-empty", Plain, &[Append(TYPES, "dsl_definitions: 1\n"), Replace(DF, "  policies:\n", "  policies:\n  description: x\ndsl_definitions:\n")], &["vnfd-section-empty", "vnfd-vdu-without-level"]),
    m("later-requirements-empty", Plain, &[Replace(DF, "      requirements:\n        - virtual_binding: machine\n", "      requirements:\n")], &["vnfd-section-empty", "vnfd-cp-unbound"]),
    m("later-group-without-members", Plain, &[Append(DF, "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup}\n")], &["vnfd-group-without-members"]),

    // Levels and scaling.
    m("later-vdu-without-level", Plain, &[Replace(DF, "              number_of_instances: 10\n        targets: [machine]", "              number_of_instances: 10\n        targets: []")], &["vnfd-vdu-without-level"]),
    m("later-level-without-count", Plain, &[Replace(DF, "            minimum:\n              number_of_instances: 1\n", "")], &["vnfd-level-without-count"]),
    m("later-default-level-missing", Plain, &[Replace(DF, "          default_level: default\n", "")], &["vnfd-default-level-missing"]),
    m("later-level-without-aspect", Plain, &[Replace(DF, "              description: \"As few as possible\"\n              scale_info:\n                machines:\n                  scale_level: 0\n", "              description: \"As few as possible\"\n")], &["vnfd-level-without-aspect"]),
    m("later-level-aspect-unknown", Plain, &[Replace(DF, "              scale_info:\n", "              scale_info:\n                others: {scale_level: 1}\n")], &["vnfd-level-aspect-unknown"]),
    m("later-level-above-max", Plain, &[Replace(DF, "max_scale_level: 9", "max_scale_level: 8")], &["vnfd-level-above-max"]),
    m("later-step-deltas-none", Plain, &[Replace(DF, "              step_deltas: [step]\n", "")], &["vnfd-step-deltas-missing"]),
    m("later-step-deltas-empty", Plain, &[Replace(DF, "step_deltas: [step]", "step_deltas: []")], &["vnfd-step-deltas-missing"]),
    m("later-delta-unknown", Plain, &[Replace(DF, "step_deltas: [step]", "step_deltas: [steps]")], &["vnfd-delta-unknown"]),
    m("later-delta-unused", Plain, &[Replace(DF, "step_deltas: [step]", "step_deltas: [step, big]"), Replace(DF, "            step:\n              number_of_instances: 1\n", "            step:\n              number_of_instances: 1\n            big: {number_of_instances: 3}\n")], &["vnfd-delta-unused"]).beyond_reading(),
    m("later-aspect-without-deltas", Plain, &[Replace(DF, "          aspect: machines", "          aspect: machine")], &["vnfd-aspect-without-deltas", "vnfd-deltas-aspect"]),
    m("later-deltas-targets", Plain, &[Replace(DF, "        targets: [machine]\n", "")], &["vnfd-deltas-targets"]),
    m("later-scaled-from-zero", Plain, &[Replace(DF, "            minimum:\n              number_of_instances: 1", "            minimum:\n              number_of_instances: 0")], &["vnfd-scaled-from-zero", "vnfd-count-outside-profile", "vnfd-level-count", "hot-group-size"]),

    // Hooks.
    m("later-hooks-second-node", Cluster, &[Replace(DF, "  node_templates:\n", "  node_templates:\n    first:\n      type: tosca.nodes.Root\n      interfaces: {Standard: {create: []}}\n")], &["vnfd-hooks-second-node"]),
    m("later-hooks-operations", Cluster, &[Replace(DF, "        Vnflcm:\n", "        Vnflcm: {operations: {instantiate_end: {implementation: mgmt_script}}}\n      metadata:\n        x:\n")], &["vnfd-hooks-operations"]),
    m("later-hook-never-run", Cluster, &[Replace(DF, "          instantiate_end:", "          instantiate:")], &["vnfd-hook-never-run"]),
    m("later-hook-map", Cluster, &[Replace(DF, "            implementation: mgmt_script\n", "            implementation: {primary: mgmt_script}\n")], &["vnfd-hook-form"]),
    m("later-hook-short", Cluster, &[Replace(DF, "          instantiate_end:\n            implementation: mgmt_script\n", "          instantiate_end: mgmt_script\n")], &["vnfd-hook-form"]),
    m("later-hook-artifact", Cluster, &[Replace(DF, "            implementation: mgmt_script\n", "            implementation: script\n")], &["vnfd-hook-artifact"]),
    m("later-hook-artifact-elsewhere", Cluster, &[Replace(DF, "            implementation: mgmt_script\n", "            implementation: other\n"), Replace(DF, "    controlPlaneCp:\n", "    controlPlaneCp:\n      artifacts: {other: {type: tosca.artifacts.Implementation.Python, file: ../Scripts/mgmt/cluster_mgmt.py}}\n")], &["vnfd-hook-artifact"]),
    m("later-hook-artifact-short", Cluster, &[Replace(DF, "          type: tosca.artifacts.Implementation.Python\n          file: ../Scripts/mgmt/cluster_mgmt.py\n", "          type: tosca.artifacts.Implementation.Python\n          path: ../Scripts/mgmt/cluster_mgmt.py\n")], &["vnfd-hook-artifact", "vnfd-artifact-without-file"]),
    m("later-hook-type", Cluster, &[Replace(DF, "tosca.artifacts.Implementation.Python", "tosca.artifacts.Implementation.Bash")], &["vnfd-hook-artifact-type"]),
    m("later-hook-script", Cluster, &[Replace(DF, "file: ../Scripts/mgmt/cluster_mgmt.py", "file: ../Scripts/cluster_mgmt.py")], &["vnfd-hook-script-missing", "vnfd-artifact-file-unchecked"]),

    // Images.
    m("later-image-artifact-name", Image, &[Replace(DF, "        sw_image:\n", "        image:\n")], &["vnfd-image-artifact"]),
    m("later-image-bare-path", Image, &[Replace(DF, "        sw_image:\n          type: tosca.artifacts.nfv.SwImage\n          file: ../Files", "        sw_image: ../Files")], &["vnfd-image-artifact"]),

    // The rest of Definitions/.
    m("later-stray-syntax", Plain, &[Add("Definitions/note.yml", "a: [\n")], &["layout-definitions-unreadable"]),
    m("later-stray-empty", Plain, &[Add("Definitions/note.yml", "")], &["layout-definitions-not-a-map"]).beyond_reading(),
];
