//! Faults for which Tacker drops the upload.

use super::edit::Base::{Cluster, Image, Plain};
use super::edit::Edit::{Add, Append, Move, Remove, Replace};
use super::edit::{DF, Mutant, TOP, TYPES};

const fn m(
    name: &'static str,
    base: super::edit::Base,
    edits: &'static [super::edit::Edit],
    codes: &'static [&'static str],
) -> Mutant {
    Mutant::new(name, base, edits, codes)
}

const STRAY: &str = "tosca_definitions_version: tosca_simple_yaml_1_2\n";

pub(super) const ALL: &[Mutant] = &[
    // Versions and imports.
    m(
        "version-1-1",
        Plain,
        &[Replace(TOP, "yaml_1_2", "yaml_1_1")],
        &["vnfd-version"],
    ),
    m(
        "version-of-import",
        Plain,
        &[Replace(DF, "yaml_1_2", "yaml_1_1")],
        &["vnfd-version"],
    ),
    m(
        "version-none",
        Plain,
        &[Replace(
            TOP,
            "tosca_definitions_version: tosca_simple_yaml_1_2",
            "",
        )],
        &["vnfd-version"],
    ),
    m(
        "imports-null",
        Plain,
        &[Replace(
            TYPES,
            "imports:\n  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml",
            "imports:",
        )],
        &["vnfd-imports-empty"],
    ),
    m(
        "imports-empty",
        Plain,
        &[Replace(
            TYPES,
            "imports:\n  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml",
            "imports: []",
        )],
        &["vnfd-imports-empty"],
    ),
    m(
        "imports-map",
        Plain,
        &[Replace(
            TYPES,
            "imports:\n  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml",
            "imports:\n  common: etsi_nfv_sol001_common_types.yaml",
        )],
        &["vnfd-import-form"],
    ),
    m(
        "import-number",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - etsi_nfv_sol001_common_types.yaml\n  - 12",
        )],
        &["vnfd-import-form"],
    ),
    m(
        "import-null",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - etsi_nfv_sol001_common_types.yaml\n  -",
        )],
        &["vnfd-import-form"],
    ),
    m(
        "import-unknown-key",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - common: {file: etsi_nfv_sol001_common_types.yaml, path: x}",
        )],
        &["vnfd-import-form"],
    ),
    m(
        "import-without-file",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - common: {namespace_prefix: x}",
        )],
        &["vnfd-import-form"],
    ),
    m(
        "import-file-twice",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml\n  - etsi",
            "  - file: etsi_nfv_sol001_common_types.yaml\n  - file: etsi",
        )],
        &["vnfd-import-name-twice"],
    ),
    m(
        "import-name-twice",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml\n  - etsi",
            "  - a: etsi_nfv_sol001_common_types.yaml\n  - a: etsi",
        )],
        &["vnfd-import-name-twice"],
    ),
    m(
        "import-repository",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - common: {file: etsi_nfv_sol001_common_types.yaml, repository: here}",
        )],
        &["vnfd-import-repository"],
    ),
    m(
        "import-missing",
        Plain,
        &[Replace(
            TOP,
            "  - demo_types.yaml",
            "  - demo_types.yaml\n  - more_types.yaml",
        )],
        &["vnfd-import-missing"],
    ),
    m(
        "import-from-root",
        Plain,
        &[Replace(
            DF,
            "  - demo_types.yaml",
            "  - Scripts/demo_types.yaml",
        )],
        &["vnfd-import-missing"],
    ),
    m(
        "import-beyond",
        Plain,
        &[Replace(
            DF,
            "  - demo_types.yaml",
            "  - ../../demo_types.yaml",
        )],
        &["vnfd-import-missing"],
    ),
    m(
        "import-list",
        Plain,
        &[
            Replace(
                DF,
                "  - demo_types.yaml",
                "  - demo_types.yaml\n  - list.yaml",
            ),
            Add("Definitions/list.yaml", "- a\n"),
        ],
        &["vnfd-import-not-a-map", "layout-definitions-not-a-map"],
    ),
    m(
        "import-cycle",
        Plain,
        &[Replace(
            TYPES,
            "  - etsi_nfv_sol001_common_types.yaml",
            "  - etsi_nfv_sol001_common_types.yaml\n  - df_simple.yaml",
        )],
        &["vnfd-import-cycle"],
    ),
    m(
        "import-itself",
        Plain,
        &[Replace(
            DF,
            "  - demo_types.yaml",
            "  - demo_types.yaml\n  - df_simple.yaml",
        )],
        &["vnfd-import-cycle"],
    ),
    m(
        "import-forbidden-key",
        Plain,
        &[Append(TYPES, "template_name: types\n")],
        &["vnfd-key-unknown"],
    ),
    m(
        "import-syntax",
        Plain,
        &[Append(TYPES, "a: [\n")],
        &["yaml-syntax"],
    ),
    m(
        "import-folders",
        Plain,
        &[
            Move("Definitions/df_simple.yaml", "More/df_simple.yaml"),
            Replace(TOP, "  - df_simple.yaml", "  - ../More/df_simple.yaml"),
            Replace(
                "More/df_simple.yaml",
                "  - etsi_nfv_sol001_common_types.yaml\n  - etsi_nfv_sol001_vnfd_types.yaml\n  - demo_types.yaml",
                "  - ../Definitions/demo_types.yaml",
            ),
        ],
        &[
            "vnfd-import-folder",
            "vnfd-flavour-elsewhere",
            "hot-flavour-unknown",
        ],
    ),
    // Keys and sections.
    m(
        "key-top",
        Plain,
        &[Append(TOP, "flavours: 1\n")],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-topology",
        Plain,
        &[Append(DF, "  workflows: {}\n")],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-node",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    machineCp:\n      requirement: []\n",
        )],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-policy",
        Plain,
        &[Replace(
            DF,
            "        targets: [machine]\n",
            "        target: [machine]\n",
        )],
        &["vnfd-key-unknown", "vnfd-deltas-targets"],
    ),
    m(
        "key-policy-meta",
        Plain,
        &[Replace(
            DF,
            "        targets: [machine]\n",
            "        targets: [machine]\n        meta: {}\n",
        )],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-input",
        Plain,
        &[Replace(
            DF,
            "    descriptor_version:\n",
            "    descriptor_version:\n      metadata: {}\n",
        )],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-operation",
        Cluster,
        &[Replace(
            DF,
            "            implementation: mgmt_script\n",
            "            implementation: mgmt_script\n            description: x\n",
        )],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-mapping",
        Plain,
        &[Replace(
            DF,
            "  substitution_mappings:\n",
            "  substitution_mappings:\n    node_typ: x\n",
        )],
        &["vnfd-key-unknown"],
    ),
    m(
        "key-requirement",
        Plain,
        &[Replace(
            DF,
            "- virtual_binding: machine",
            "- virtual_link: {nodes: machine}",
        )],
        &[
            "vnfd-key-unknown",
            "vnfd-requirement-form",
            "vnfd-cp-unbound",
        ],
    ),
    m(
        "policies-map",
        Plain,
        &[
            Replace(DF, "    - scaling_aspects:", "    scaling_aspects:"),
            Replace(DF, "    - machine_deltas:", "    machine_deltas:"),
            Replace(
                DF,
                "    - machine_initial_delta:",
                "    machine_initial_delta:",
            ),
            Replace(
                DF,
                "    - instantiation_levels:",
                "    instantiation_levels:",
            ),
            Replace(
                DF,
                "    - machine_instantiation_levels:",
                "    machine_instantiation_levels:",
            ),
        ],
        &["vnfd-section-type", "vnfd-vdu-without-level"],
    ),
    m(
        "groups-list",
        Plain,
        &[Append(
            DF,
            "  groups:\n    - a: {type: tosca.groups.nfv.PlacementGroup, members: [machine]}\n",
        )],
        &["vnfd-section-type"],
    ),
    m(
        "inputs-list",
        Plain,
        &[Replace(
            TOP,
            "topology_template:\n",
            "topology_template:\n  inputs: [a]\n",
        )],
        &["vnfd-section-type"],
    ),
    m(
        "node-null",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    extra:\n    machineCp:\n",
        )],
        &["vnfd-section-type"],
    ),
    m(
        "policy-string",
        Plain,
        &[Append(DF, "    - text\n")],
        &["vnfd-section-type"],
    ),
    m(
        "artifacts-list",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    machineCp:\n      artifacts: [a]\n",
        )],
        &["vnfd-section-type"],
    ),
    m(
        "requirements-map",
        Plain,
        &[Replace(
            DF,
            "        - virtual_binding: machine",
            "        virtual_binding: machine",
        )],
        &["vnfd-section-type", "vnfd-cp-unbound"],
    ),
    // Types.
    m(
        "type-none",
        Plain,
        &[Replace(DF, "      type: tosca.nodes.nfv.VduCp\n", "")],
        &["vnfd-type-missing", "hot-nfv-unknown-node"],
    ),
    m(
        "type-unknown",
        Plain,
        &[Replace(DF, "nfv.VduCp\n", "nfv.VduPort\n")],
        &["vnfd-type-unknown", "hot-nfv-unknown-node"],
    ),
    m(
        "policy-type-unknown",
        Plain,
        &[Replace(DF, "nfv.VduInitialDelta", "nfv.InitialDelta")],
        &["vnfd-type-unknown"],
    ),
    m(
        "policy-type-none",
        Plain,
        &[Replace(
            DF,
            "        type: tosca.policies.nfv.VduInitialDelta\n",
            "",
        )],
        &["vnfd-type-missing"],
    ),
    m(
        "group-type-unknown",
        Plain,
        &[Append(
            DF,
            "  groups:\n    a: {type: tosca.groups.nfv.Group, members: [machine]}\n",
        )],
        &["vnfd-type-unknown"],
    ),
    m(
        "parent-unknown",
        Plain,
        &[
            Append(TYPES, "  acme.Cp: {derived_from: acme.Port}\n"),
            Replace(DF, "type: tosca.nodes.nfv.VduCp", "type: acme.Cp"),
        ],
        &[
            "vnfd-type-unknown",
            "vnfd-property-unknown",
            "vnfd-requirement-unknown",
            "hot-nfv-unknown-node",
        ],
    ),
    m(
        "unsupported-type",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    disk: {type: tosca.nodes.Storage.BlockStorage}\n    machineCp:\n",
        )],
        &["vnfd-type-unknown"],
    ),
    m(
        "type-null",
        Plain,
        &[Append(TYPES, "  acme.Nothing:\n")],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-key",
        Plain,
        &[Replace(
            TYPES,
            "    derived_from: tosca.nodes.nfv.VNF\n",
            "    derived_from: tosca.nodes.nfv.VNF\n    abstract: true\n",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-schema-without-type",
        Plain,
        &[Replace(
            TYPES,
            "      flavour_description:\n        type: string\n",
            "      flavour_description:\n",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-required-text",
        Plain,
        &[Replace(
            TYPES,
            "      flavour_description:\n",
            "      flavour_description:\n        required: maybe\n",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-entry-schema-text",
        Plain,
        &[Replace(
            TYPES,
            "        entry_schema:\n          type: string\n",
            "        entry_schema: string\n",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-constraint-unknown",
        Plain,
        &[Replace(TYPES, "[valid_values: [demo]]", "[values: [demo]]")],
        &["vnfd-type-invalid"],
    ),
    m(
        "type-constraint-of-other-type",
        Plain,
        &[Replace(
            TYPES,
            "[valid_values: [demo]]",
            "[greater_than: 3]",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "default-breaks-constraint",
        Plain,
        &[Replace(
            TYPES,
            "[valid_values: [simple]]\n        default: simple",
            "[valid_values: [simple]]\n        default: other",
        )],
        &["vnfd-property-value"],
    ),
    // Properties.
    m(
        "property-missing",
        Plain,
        &[Replace(
            DF,
            "        description: \"One of the machines\"\n",
            "",
        )],
        &["vnfd-property-missing"],
    ),
    m(
        "property-unknown",
        Plain,
        &[Replace(
            DF,
            "        vdu_profile:\n",
            "        boot: x\n        vdu_profile:\n",
        )],
        &["vnfd-property-unknown"],
    ),
    m(
        "property-value-list",
        Plain,
        &[Replace(
            DF,
            "layer_protocols: [ipv4]",
            "layer_protocols: ipv4",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "layer-protocol",
        Plain,
        &[Replace(
            DF,
            "layer_protocols: [ipv4]",
            "layer_protocols: [ipv7]",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "order-negative",
        Plain,
        &[Replace(DF, "order: 0", "order: -1")],
        &["vnfd-property-value"],
    ),
    m(
        "order-text",
        Plain,
        &[Replace(DF, "order: 0", "order: first")],
        &["vnfd-property-value"],
    ),
    m(
        "profile-key",
        Plain,
        &[Replace(
            DF,
            "          max_number_of_instances: 10",
            "          max_number: 10",
        )],
        &["vnfd-property-unknown", "vnfd-property-missing"],
    ),
    m(
        "profile-text",
        Plain,
        &[Replace(
            DF,
            "min_number_of_instances: 1",
            "min_number_of_instances: \"1\"",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "profile-list",
        Plain,
        &[Replace(
            DF,
            "        vdu_profile:\n          min_number_of_instances: 1\n          max_number_of_instances: 10",
            "        vdu_profile: [1, 10]",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "valid-values",
        Plain,
        &[Replace(TOP, "product_name: demo", "product_name: other")],
        &["vnfd-property-value"],
    ),
    m(
        "vnfm-info-pattern",
        Plain,
        &[
            Replace(
                TYPES,
                "          type: string\n        default: [\"etsi",
                "          type: string\n          constraints: [pattern: \"etsivnfm:v[0-9.]*\"]\n        default: [\"etsi",
            ),
            Replace(TOP, "etsivnfm:v2.6.1", "Tacker"),
        ],
        &["vnfd-property-value"],
    ),
    m(
        "memory-without-unit",
        Plain,
        &[Replace(DF, "64 MiB", "64")],
        &["vnfd-property-value"],
    ),
    m(
        "cpu-zero",
        Plain,
        &[Replace(DF, "num_virtual_cpu: 1", "num_virtual_cpu: 0")],
        &["vnfd-property-value"],
    ),
    m(
        "level-without-description",
        Plain,
        &[Replace(
            DF,
            "              description: \"The usual number\"\n",
            "",
        )],
        &["vnfd-property-missing"],
    ),
    m(
        "scope",
        Plain,
        &[Append(
            DF,
            "    - apart: {type: tosca.policies.nfv.AntiAffinityRule, properties: {scope: rack}, targets: [machine]}\n",
        )],
        &["vnfd-property-value", "vnfd-affinity-scope"],
    ),
    m(
        "policy-property",
        Plain,
        &[Replace(
            DF,
            "          aspect: machines\n",
            "          aspects: machines\n",
        )],
        &[
            "vnfd-property-unknown",
            "vnfd-property-missing",
            "vnfd-aspect-without-deltas",
        ],
    ),
    m(
        "nested-function-in-constraint",
        Plain,
        &[Replace(
            DF,
            "layer_protocols: [ipv4]",
            "layer_protocols: [{get_input: provider}]",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "capability-unknown",
        Plain,
        &[Replace(
            DF,
            "        virtual_compute:\n",
            "        compute: {properties: {}}\n        virtual_compute:\n",
        )],
        &["vnfd-capability-unknown"],
    ),
    m(
        "capability-bare",
        Plain,
        &[Replace(
            DF,
            "        virtual_compute:\n",
            "        virtual_binding: {}\n        virtual_compute:\n",
        )],
        &["vnfd-capability-without-properties"],
    ),
    m(
        "capability-property",
        Plain,
        &[Replace(
            DF,
            "            virtual_cpu:\n",
            "            virtual_cpus: 1\n            virtual_cpu:\n",
        )],
        &["vnfd-property-unknown"],
    ),
    m(
        "input-unknown",
        Plain,
        &[Replace(
            TOP,
            "flavour_id: simple",
            "flavour_id: {get_input: flavour}",
        )],
        &["vnfd-input-unknown"],
    ),
    m(
        "get-property-node",
        Plain,
        &[Replace(
            DF,
            "description: \"One of the machines\"",
            "description: {get_property: [other, name]}",
        )],
        &["vnfd-call-invalid"],
    ),
    m(
        "get-property-short",
        Plain,
        &[Replace(
            DF,
            "description: \"One of the machines\"",
            "description: {get_property: name}",
        )],
        &["vnfd-call-invalid"],
    ),
    // Requirements.
    m(
        "requirement-unknown",
        Plain,
        &[Replace(
            DF,
            "- virtual_binding: machine",
            "- virtual_binding: machine\n        - binding: machine",
        )],
        &["vnfd-requirement-unknown"],
    ),
    m(
        "requirement-node",
        Plain,
        &[Replace(
            DF,
            "- virtual_binding: machine",
            "- virtual_binding: maschine",
        )],
        &["vnfd-requirement-node"],
    ),
    m(
        "requirement-type",
        Plain,
        &[Replace(
            DF,
            "- virtual_binding: machine",
            "- virtual_binding: tosca.nodes.nfv.Vdu.Compute",
        )],
        &["vnfd-requirement-node"],
    ),
    m(
        "occurrences",
        Plain,
        &[Replace(TYPES, "          occurrences: [0, 1]\n", "")],
        &["vnfd-requirement-occurrences"],
    ),
    m(
        "occurrences-of-sample",
        Plain,
        &[
            Replace(
                TYPES,
                "      - virtual_link:\n",
                "      - virtual_link_internal:\n",
            ),
            Replace(TYPES, "          occurrences: [0, 1]\n", ""),
        ],
        &["vnfd-requirement-occurrences"],
    ),
    m(
        "occurrences-parent",
        Plain,
        &[Replace(
            TYPES,
            "          occurrences: [0, 1]\n",
            "          occurrences: [1, 1]\n",
        )],
        &["vnfd-requirement-occurrences"],
    ),
    m(
        "occurrences-too-many",
        Plain,
        &[
            Replace(
                DF,
                "    requirements:\n",
                "    requirements:\n      virtual_link: [machineCp, virtual_link]\n",
            ),
            Replace(TYPES, "[0, 1]", "[0, 0]"),
        ],
        &["vnfd-requirement-occurrences"],
    ),
    m(
        "capability-nowhere",
        Plain,
        &[
            Append(
                TYPES,
                "  acme.Cp:\n    derived_from: tosca.nodes.nfv.VduCp\n    requirements:\n      - far: {capability: acme.capabilities.Far, relationship: tosca.relationships.nfv.VirtualLinksTo, occurrences: [0, 1]}\n",
            ),
            Replace(DF, "type: tosca.nodes.nfv.VduCp", "type: acme.Cp"),
        ],
        &[
            "vnfd-type-invalid",
            "vnfd-node-type-derived",
            "hot-nfv-unknown-node",
        ],
    ),
    // Interfaces and artifacts.
    m(
        "interface-unknown",
        Cluster,
        &[Replace(DF, "        Vnflcm:\n", "        Lcm:\n")],
        &["vnfd-interface-unknown"],
    ),
    m(
        "interface-on-vdu",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    other:\n      type: tosca.nodes.nfv.VduCp\n      properties: {layer_protocols: [ipv4]}\n      interfaces: {Vnflcm: {instantiate_end: []}}\n    machineCp:\n",
        )],
        &[
            "vnfd-interface-unknown",
            "vnfd-cp-unbound",
            "hot-cp-without-port",
        ],
    ),
    m(
        "interface-null",
        Cluster,
        &[Replace(
            DF,
            "      interfaces:\n",
            "      interfaces:\n        Standard:\n",
        )],
        &["vnfd-section-type"],
    ),
    m(
        "operation-unknown",
        Cluster,
        &[Replace(
            DF,
            "          instantiate_end:",
            "          instantiate_finish:",
        )],
        &["vnfd-operation-unknown", "vnfd-hook-never-run"],
    ),
    m(
        "operation-rollback",
        Cluster,
        &[Replace(
            DF,
            "          scale_start:",
            "          scale_rollback_start:",
        )],
        &["vnfd-operation-unknown"],
    ),
    m(
        "operation-package",
        Cluster,
        &[Replace(
            DF,
            "          scale_start:",
            "          change_current_package_start:",
        )],
        &["vnfd-operation-unknown"],
    ),
    m(
        "operation-of-parent",
        Cluster,
        &[
            Append(
                TYPES,
                "interface_types:\n  acme.Lcm: {derived_from: tosca.interfaces.nfv.Vnflcm, scale_rollback_start: {}}\n",
            ),
            Replace(
                TYPES,
                "        type: tosca.interfaces.nfv.Vnflcm\n",
                "        type: acme.Lcm\n",
            ),
        ],
        &["vnfd-operation-unknown"],
    ),
    m(
        "interface-type-unknown",
        Cluster,
        &[Replace(
            TYPES,
            "        type: tosca.interfaces.nfv.Vnflcm\n",
            "        type: acme.Lcm\n",
        )],
        &["vnfd-type-invalid"],
    ),
    m(
        "artifact-file",
        Image,
        &[Replace(DF, "file: ../Files", "file: ../File")],
        &["vnfd-artifact-file-missing"],
    ),
    m(
        "artifact-number",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n",
            "    machineCp:\n      artifacts: {a: 12}\n",
        )],
        &["vnfd-artifact-form"],
    ),
    m(
        "implementation-unknown",
        Cluster,
        &[Replace(
            DF,
            "        mgmt_script:\n",
            "        other_script:\n",
        )],
        &["vnfd-implementation-unknown", "vnfd-hook-artifact"],
    ),
    // Images.
    m(
        "image-twice",
        Image,
        &[Replace(
            DF,
            "        sw_image:\n",
            "        other: {type: tosca.artifacts.nfv.SwImage, file: ../Files/images/disk.qcow2}\n        sw_image:\n",
        )],
        &["vnfd-image-several", "vnfd-image-artifact"],
    ),
    m(
        "image-and-bare-path",
        Image,
        &[Replace(
            DF,
            "        sw_image:\n",
            "        other: df_simple.yaml\n        sw_image:\n",
        )],
        &["vnfd-image-several", "vnfd-image-artifact"],
    ),
    m(
        "image-size-together",
        Image,
        &[Replace(DF, "size: 3 B", "size: 3B")],
        &["vnfd-image-size"],
    ),
    m(
        "image-size-unit",
        Image,
        &[Replace(DF, "size: 3 B", "size: 3 bytes")],
        &["vnfd-property-value", "vnfd-image-size"],
    ),
    m(
        "image-algorithm",
        Image,
        &[Replace(DF, "algorithm: sha-256", "algorithm: sha256")],
        &["vnfd-property-value"],
    ),
    m(
        "image-disk-format",
        Image,
        &[Replace(DF, "disk_format: qcow2", "disk_format: img")],
        &["vnfd-property-value"],
    ),
    m(
        "image-container-format",
        Image,
        &[Replace(
            DF,
            "container_format: bare",
            "container_format: none",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "image-without-version",
        Image,
        &[Replace(
            DF,
            "          version: \"1.0\"\n          checksum",
            "          checksum",
        )],
        &["vnfd-property-missing"],
    ),
    m(
        "image-without-data",
        Plain,
        &[Replace(
            DF,
            "    machineCp:\n      type: tosca.nodes.nfv.VduCp\n",
            "      artifacts: {sw_image: {type: tosca.artifacts.nfv.SwImage, file: df_simple.yaml}}\n    machineCp:\n      type: tosca.nodes.nfv.VduCp\n",
        )],
        &["vnfd-image-data-missing"],
    ),
    // Inputs and flavours.
    m(
        "inputs-none",
        Plain,
        &[Replace(
            DF,
            "  inputs:\n",
            "  outputs: {}\n  relationship_templates:\n",
        )],
        &["vnfd-inputs-missing", "vnfd-input-missing"],
    ),
    m(
        "input-type",
        Plain,
        &[Replace(
            DF,
            "    provider:\n      type: string\n",
            "    provider:\n      type: text\n",
        )],
        &["vnfd-input-type"],
    ),
    m(
        "input-without-type",
        Plain,
        &[Replace(
            DF,
            "    provider:\n      type: string\n",
            "    provider:\n",
        )],
        &["vnfd-input-type"],
    ),
    m(
        "input-missing",
        Plain,
        &[Replace(
            DF,
            "    provider:\n      type: string\n      default: \"Example\"\n",
            "",
        )],
        &["vnfd-input-missing"],
    ),
    m(
        "input-without-default",
        Plain,
        &[Replace(
            DF,
            "  inputs:\n",
            "  inputs:\n    vendor: {type: string}\n",
        )],
        &["vnfd-input-without-default"],
    ),
    m(
        "input-default-value",
        Plain,
        &[Replace(
            DF,
            "  inputs:\n",
            "  inputs:\n    vendor: {type: integer, default: many}\n",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "mapping-type-unknown",
        Plain,
        &[Replace(
            DF,
            "node_type: vnfctl.demo.VNF",
            "node_type: vnfctl.demo.VMF",
        )],
        &["vnfd-flavour-unmatched", "vnfd-no-flavour"],
    ),
    m(
        "mapping-of-top",
        Plain,
        &[Append(
            TOP,
            "  substitution_mappings: {properties: {flavour_id: simple}}\n",
        )],
        &[
            "vnfd-mapping-type",
            "vnfd-flavour-id-twice",
            "hot-group-image",
            "hot-nfv-unknown-node",
            "hot-server-without-vdu",
        ],
    ),
    m(
        "mapping-properties",
        Plain,
        &[Replace(
            DF,
            "    properties:\n      flavour_id: simple\n    requirements",
            "    requirements",
        )],
        &[
            "vnfd-mapping-properties",
            "vnfd-no-flavour",
            "vnfd-flavour-id-missing",
            "hot-flavour-unknown",
        ],
    ),
    m(
        "output-unknown",
        Plain,
        &[Append(DF, "  outputs: {address: {value: x}}\n")],
        &["vnfd-output-unknown"],
    ),
    m(
        "vnf-node-missing",
        Plain,
        &[Replace(
            TOP,
            "      type: vnfctl.demo.VNF",
            "      type: tosca.nodes.Root",
        )],
        &[
            "vnfd-vnf-node-missing",
            "vnfd-property-unknown",
            "vnfd-flavour-unmatched",
            "vnfd-no-flavour",
        ],
    ),
    m(
        "vnf-without-topology",
        Plain,
        &[Replace(
            TOP,
            "topology_template:",
            "template_name: a\nmetadata:",
        )],
        &[
            "vnfd-vnf-node-missing",
            "vnfd-flavour-unmatched",
            "vnfd-no-flavour",
        ],
    ),
    m(
        "vnf-type-properties",
        Plain,
        &[
            Append(
                TYPES,
                "  acme.Base:\n    derived_from: tosca.nodes.nfv.VNF\n  acme.VNF:\n    derived_from: tosca.nodes.nfv.VNF\n    metadata: {a: b}\n",
            ),
            Replace(TOP, "      type: vnfctl.demo.VNF", "      type: acme.VNF"),
            Replace(DF, "node_type: vnfctl.demo.VNF", "node_type: acme.VNF"),
            Replace(
                DF,
                "      type: vnfctl.demo.VNF\n      properties:\n",
                "      type: acme.VNF\n      properties:\n        descriptor_id: a\n        descriptor_version: a\n        provider: a\n        product_name: a\n        software_version: a\n        vnfm_info: [\"etsivnfm:v2.6.1\"]\n        flavour_id: simple\n",
            ),
        ],
        &["vnfd-vnf-type-properties"],
    ),
    m(
        "vnf-derived-twice",
        Plain,
        &[
            Append(
                TYPES,
                "  acme.VNF:\n    derived_from: vnfctl.demo.VNF\n    properties: {}\n",
            ),
            Replace(TOP, "      type: vnfctl.demo.VNF", "      type: acme.VNF"),
            Replace(DF, "node_type: vnfctl.demo.VNF", "node_type: acme.VNF"),
        ],
        &["vnfd-vnf-node-missing"],
    ),
    m(
        "identity-version-number",
        Plain,
        &[Replace(
            TOP,
            "descriptor_version: \"1.0\"",
            "descriptor_version: 1.0",
        )],
        &["vnfd-identity-not-a-string"],
    ),
    m(
        "identity-provider-missing",
        Plain,
        &[Replace(TOP, "        provider: \"Example\"\n", "")],
        &["vnfd-identity-not-a-string"],
    ),
    m(
        "identity-provider-call",
        Plain,
        &[
            Replace(
                TOP,
                "topology_template:\n",
                "topology_template:\n  inputs: {who: {type: string, default: Example}}\n",
            ),
            Replace(TOP, "provider: \"Example\"", "provider: {get_input: who}"),
        ],
        &["vnfd-identity-not-a-string"],
    ),
    m(
        "identity-id-call-without-default",
        Plain,
        &[
            Replace(
                TOP,
                "topology_template:\n",
                "topology_template:\n  inputs: {id: {type: string, default: x}}\n",
            ),
            Replace(
                TOP,
                "descriptor_id: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12",
                "descriptor_id: {get_input: id}",
            ),
            Replace(
                TYPES,
                "        default: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12\n",
                "",
            ),
            Replace(
                DF,
                "        flavour_description",
                "        descriptor_id: 6e4b3071-66ba-4e1d-9b45-8c9c7a4e0d12\n        flavour_description",
            ),
        ],
        &["vnfd-identity-not-a-string"],
    ),
    m(
        "flavour-not-imported-at-all",
        Plain,
        &[Replace(TOP, "  - df_simple.yaml\n", "")],
        &["vnfd-no-flavour", "vnfd-flavour-not-imported"],
    ),
    m(
        "vnf-node-with-interfaces",
        Cluster,
        &[Append(
            TOP,
            "      interfaces: {Vnflcm: {instantiate_end: {}}}\n",
        )],
        &["vnfd-flavour-unmatched", "vnfd-no-flavour"],
    ),
    m(
        "flavour-description-missing",
        Plain,
        &[Replace(
            DF,
            "      type: vnfctl.demo.VNF\n      properties:\n        flavour_description: \"Machines that scale together\"\n",
            "      type: vnfctl.demo.VNF\n      properties: {provider: Example}\n",
        )],
        &["vnfd-flavour-description-missing"],
    ),
    m(
        "flavour-vnf-without-properties",
        Plain,
        &[Replace(
            DF,
            "      type: vnfctl.demo.VNF\n      properties:\n        flavour_description: \"Machines that scale together\"\n",
            "      type: vnfctl.demo.VNF\n",
        )],
        &["vnfd-flavour-description-missing"],
    ),
    m(
        "flavour-id-number",
        Plain,
        &[Replace(
            DF,
            "      flavour_id: simple\n    requirements",
            "      flavour_id: 1\n    requirements",
        )],
        &[
            "vnfd-flavour-id-not-a-string",
            "vnfd-flavour-id-not-literal",
            "hot-flavour-unknown",
        ],
    ),
    m(
        "flavour-id-call",
        Plain,
        &[Replace(
            DF,
            "      flavour_id: simple\n    requirements",
            "      flavour_id: {get_input: flavour_id}\n    requirements",
        )],
        &[
            "vnfd-flavour-id-not-a-string",
            "vnfd-flavour-id-not-literal",
            "hot-flavour-unknown",
        ],
    ),
    // Policies, groups and levels.
    m(
        "policy-target",
        Plain,
        &[Replace(
            DF,
            "        targets: [machine]\n",
            "        targets: [machines]\n",
        )],
        &["vnfd-policy-target"],
    ),
    m(
        "group-member",
        Plain,
        &[Append(
            DF,
            "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup, properties: {description: a}, members: [machines]}\n",
        )],
        &["vnfd-group-members"],
    ),
    m(
        "group-empty",
        Plain,
        &[Append(
            DF,
            "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup, properties: {description: a}, members: []}\n",
        )],
        &["vnfd-group-members"],
    ),
    m(
        "group-member-twice",
        Plain,
        &[Append(
            DF,
            "  groups:\n    a: {type: tosca.groups.nfv.PlacementGroup, properties: {description: a}, members: [machine, machine]}\n",
        )],
        &["vnfd-group-members"],
    ),
    m(
        "policy-type-target",
        Plain,
        &[
            Append(
                TYPES,
                "policy_types:\n  acme.Rule: {derived_from: tosca.policies.Root, targets: [tosca.nodes.Compute]}\n",
            ),
            Append(DF, "    - rule: {type: acme.Rule}\n"),
        ],
        &["vnfd-type-invalid"],
    ),
    m(
        "levels-missing",
        Plain,
        &[Replace(
            DF,
            "nfv.InstantiationLevels\n        properties:\n          levels:",
            "nfv.InstantiationLevels\n        metadata:\n          levels:",
        )],
        &[
            "vnfd-levels-missing",
            "vnfd-property-missing",
            "vnfd-default-level-missing",
        ],
    ),
    m(
        "level-unknown",
        Plain,
        &[Replace(
            DF,
            "            minimum:\n              number_of_instances: 1\n",
            "            minimal:\n              number_of_instances: 1\n",
        )],
        &["vnfd-level-unknown", "vnfd-level-without-count"],
    ),
    m(
        "default-level",
        Plain,
        &[Replace(
            DF,
            "default_level: default",
            "default_level: usual",
        )],
        &["vnfd-default-level"],
    ),
    m(
        "levels-empty",
        Plain,
        &[Append(
            DF,
            "    - more: {type: tosca.policies.nfv.InstantiationLevels, properties: {levels: {}}}\n",
        )],
        &["vnfd-property-value"],
    ),
    m(
        "types-gone",
        Plain,
        &[Remove("Definitions/etsi_nfv_sol001_common_types.yaml")],
        &["vnfd-import-missing"],
    ),
    m(
        "second-flavour-broken",
        Plain,
        &[
            Add("Definitions/df_b.yaml", STRAY),
            Append(
                "Definitions/df_b.yaml",
                "topology_template:\n  inputs: {}\n  substitution_mappings: {node_type: vnfctl.demo.VNF, properties: {flavour_id: b}}\n  node_templates: {}\n",
            ),
            Replace(
                TOP,
                "  - df_simple.yaml\n",
                "  - df_simple.yaml\n  - df_b.yaml\n",
            ),
        ],
        &[
            "vnfd-input-missing",
            "vnfd-flavour-description-missing",
            "hot-missing",
        ],
    ),
    m(
        "flavour-without-nodes",
        Plain,
        &[
            Add(
                "Definitions/df_b.yaml",
                "topology_template:\n  inputs: {}\n  substitution_mappings: {node_type: vnfctl.demo.VNF, properties: {flavour_id: b}}\n",
            ),
            Replace(
                TOP,
                "  - df_simple.yaml\n",
                "  - df_simple.yaml\n  - df_b.yaml\n",
            ),
        ],
        &[
            "vnfd-input-missing",
            "vnfd-flavour-nodes-missing",
            "hot-missing",
        ],
    ),
];
