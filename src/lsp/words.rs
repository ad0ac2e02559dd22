//! The words of TOSCA and HOT themselves, and what they are for.

/// Words and what they say.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// Keys of a file of definitions (TOSCA Simple Profile 1.3 §3.10).
pub(super) const FILE: Words = &[
    (
        "tosca_definitions_version",
        "The version of TOSCA in which the file is written, such as `tosca_simple_yaml_1_2`.",
    ),
    ("description", "What the file is, for people."),
    (
        "metadata",
        "Who wrote the file, and which version of it this is.",
    ),
    ("imports", "Other files whose definitions can be used."),
    (
        "node_types",
        "Types of nodes: the VNF's own type among them.",
    ),
    ("capability_types", "Types of what nodes offer."),
    ("relationship_types", "Types of what binds nodes."),
    ("data_types", "Types of values."),
    (
        "interface_types",
        "Types of interfaces, each with its operations.",
    ),
    ("artifact_types", "Types of files."),
    ("policy_types", "Types of policies."),
    ("group_types", "Types of groups."),
    ("repositories", "Places where imports and artifacts are."),
    (
        "topology_template",
        "What one flavour of the VNF is made of.",
    ),
];

/// Keys of `topology_template` (§3.9).
pub(super) const TOPOLOGY: Words = &[
    ("description", "What the flavour is, for people."),
    (
        "inputs",
        "Values that are given when the VNF is instantiated.",
    ),
    (
        "substitution_mappings",
        "The node type that this template is one realisation of: the VNF's.",
    ),
    (
        "node_templates",
        "The VNF, its VDUs, connection points, virtual links and storages.",
    ),
    ("relationship_templates", "Bindings that have a name."),
    (
        "groups",
        "Nodes that belong together, such as placement groups.",
    ),
    (
        "policies",
        "Scaling aspects, levels, deltas, placement: what holds for several nodes.",
    ),
    ("outputs", "Values that the template gives."),
    (
        "workflows",
        "Sequences of operations; Tacker does not run them.",
    ),
];

/// Keys of a node template (§3.8.3).
pub(super) const NODE: Words = &[
    ("type", "The node type."),
    ("description", "What it is, for people."),
    ("metadata", "More about it, for people."),
    ("directives", "How an orchestrator is to treat it."),
    ("properties", "The values of the type's properties."),
    ("attributes", "Values that the node begins with."),
    ("requirements", "What it is bound and linked to."),
    (
        "capabilities",
        "Values of the properties of what it offers.",
    ),
    ("interfaces", "What is run when something happens to it."),
    ("artifacts", "Files that belong to it: images and scripts."),
    (
        "node_filter",
        "What a node must fulfil that is chosen for it.",
    ),
    ("copy", "The template that it is a copy of."),
];

/// Keys of a policy (§3.8.6).
pub(super) const POLICY: Words = &[
    ("type", "The policy type."),
    ("description", "What it is, for people."),
    ("metadata", "More about it, for people."),
    ("properties", "The values of the type's properties."),
    ("targets", "The nodes or groups that it holds for."),
    ("triggers", "What sets it off."),
];

/// Keys of a group (§3.8.5).
pub(super) const GROUP: Words = &[
    ("type", "The group type."),
    ("description", "What it is, for people."),
    ("metadata", "More about it, for people."),
    ("properties", "The values of the type's properties."),
    ("members", "The nodes that belong to it."),
];

/// Keys of a type's definition (§3.7).
pub(super) const TYPE: Words = &[
    (
        "derived_from",
        "The type whose definition this one adds to.",
    ),
    ("version", "The type's version."),
    ("metadata", "More about it, for people."),
    ("description", "What it is, for people."),
    ("properties", "What instances are given."),
    ("attributes", "What instances tell."),
    ("requirements", "What instances need of others."),
    ("capabilities", "What instances offer to others."),
    ("interfaces", "What can be run on instances."),
    ("artifacts", "Files that belong to instances."),
    ("constraints", "What values must fulfil."),
    ("targets", "Types that a policy can hold for."),
    ("members", "Types that a group can have."),
    (
        "valid_target_types",
        "Types of capabilities that a relationship can lead to.",
    ),
    (
        "valid_source_types",
        "Types of nodes that a capability can be required by.",
    ),
    ("mime_type", "The media type of such files."),
    ("file_ext", "How names of such files end."),
];

/// Keys of a property's definition (§3.6.10) and of an input's (§3.6.14).
pub(super) const SCHEMA: Words = &[
    ("type", "The type of its values."),
    ("description", "What it is, for people."),
    (
        "required",
        "Whether it must be given; so it is where nothing is said.",
    ),
    ("default", "The value where none is given."),
    (
        "status",
        "`supported`, `unsupported`, `experimental` or `deprecated`.",
    ),
    ("constraints", "What its values must fulfil."),
    ("entry_schema", "What the entries of a list or map are."),
    ("key_schema", "What the keys of a map are."),
    ("value", "The value that an output gives."),
];

/// Keys of `substitution_mappings` (§3.8.13).
pub(super) const SUBSTITUTION: Words = &[
    ("node_type", "The VNF's node type."),
    (
        "properties",
        "Values that the VNF's node must have for this flavour to be its.",
    ),
    (
        "requirements",
        "Which node's requirement each of the VNF's is.",
    ),
    (
        "capabilities",
        "Which node's capability each of the VNF's is.",
    ),
    ("interfaces", "Which workflow each operation of the VNF is."),
];

/// Keys of a requirement that is written out (§3.8.2).
pub(super) const REQUIREMENT: Words = &[
    ("node", "The node that fulfils it."),
    ("capability", "What of that node fulfils it."),
    ("relationship", "How the two are bound."),
    ("node_filter", "What a node must fulfil."),
];

/// Keys of a requirement's definition in a type (§3.7.3).
pub(super) const REQUIREMENT_TYPE: Words = &[
    ("capability", "The type of capability that fulfils it."),
    ("node", "The type of node that has that capability."),
    ("relationship", "The type of relationship that it makes."),
    (
        "occurrences",
        "How many there must and may be, as `[least, most]`.",
    ),
    ("description", "What it is, for people."),
];

/// Keys of a capability's definition in a type (§3.7.2).
pub(super) const CAPABILITY_TYPE: Words = &[
    ("type", "The type of the capability."),
    ("description", "What it is, for people."),
    (
        "valid_source_types",
        "Types of nodes that it can be required by.",
    ),
    ("occurrences", "How many may use it, as `[least, most]`."),
    ("properties", "More properties that it has here."),
];

/// Keys of an artifact (§3.6.7).
pub(super) const ARTIFACT: Words = &[
    ("type", "The artifact type."),
    (
        "file",
        "The file in the package, as seen from this one; or a URL.",
    ),
    ("repository", "Where the file is, if not in the package."),
    ("description", "What it is, for people."),
    ("properties", "The values of the type's properties."),
    ("artifact_version", "The version of the file."),
    ("checksum", "The file's digest."),
    (
        "checksum_algorithm",
        "How the digest is made, such as `sha-256`.",
    ),
];

/// Keys of an operation (§3.6.17).
pub(super) const OPERATION: Words = &[
    ("implementation", "The artifact that is run."),
    ("inputs", "Values that it is given."),
    ("description", "What it is, for people."),
];

/// Functions that can stand for a value (§4).
pub(super) const FUNCTIONS: Words = &[
    ("get_input", "The value of an input: `{ get_input: NAME }`."),
    (
        "get_property",
        "The value of a property: `{ get_property: [NODE, NAME] }`.",
    ),
    (
        "get_attribute",
        "The value of an attribute: `{ get_attribute: [NODE, NAME] }`.",
    ),
    (
        "concat",
        "Texts one after the other: `{ concat: [ONE, TWO] }`.",
    ),
    (
        "token",
        "A part of a text: `{ token: [TEXT, SEPARATOR, INDEX] }`.",
    ),
];

/// Types of values that TOSCA has without a definition (§3.3).
pub(super) const SIMPLE: Words = &[
    ("string", "A text."),
    ("integer", "A whole number."),
    ("float", "A number."),
    ("boolean", "`true` or `false`."),
    ("timestamp", "A point in time."),
    (
        "range",
        "Two whole numbers, `[least, most]`; `UNBOUNDED` is without end.",
    ),
    ("list", "Values in order; `entry_schema` says of what type."),
    ("map", "Values by name; `entry_schema` says of what type."),
    (
        "version",
        "A version: `MAJOR.MINOR[.FIX[.QUALIFIER[-BUILD]]]`.",
    ),
    ("scalar-unit.size", "An amount of data, such as `8 GiB`."),
    ("scalar-unit.time", "A time, such as `30 s`."),
    ("scalar-unit.frequency", "A frequency, such as `2.4 GHz`."),
    ("scalar-unit.bitrate", "A rate, such as `10 Gbps`."),
];

/// Constraints of values (§3.6.3).
pub(super) const CONSTRAINTS: Words = &[
    ("equal", "The one value."),
    ("greater_than", "The value must be above this."),
    ("greater_or_equal", "The value must not be below this."),
    ("less_than", "The value must be below this."),
    ("less_or_equal", "The value must not be above this."),
    ("in_range", "Least and most, as `[1, 10]`."),
    ("valid_values", "The values that there are."),
    ("length", "How long the value must be."),
    ("min_length", "How long the value must be at least."),
    ("max_length", "How long the value may be at most."),
    ("pattern", "A regular expression that the value must match."),
];

/// Keys of a Heat template.
pub(super) const TEMPLATE: Words = &[
    (
        "heat_template_version",
        "The version of HOT, such as `2018-08-31`.",
    ),
    ("description", "What the template is, for people."),
    (
        "parameters",
        "Values that are given to the stack; Tacker gives `nfv`.",
    ),
    ("parameter_groups", "How parameters are shown."),
    (
        "conditions",
        "Facts that resources and outputs can depend on.",
    ),
    ("resources", "What Heat makes."),
    ("outputs", "Values that the stack gives."),
];

/// Keys of a resource.
pub(super) const RESOURCE: Words = &[
    ("type", "What Heat makes; or a template of the package."),
    ("properties", "What it is made with."),
    ("depends_on", "Resources that are made before."),
    ("condition", "The fact without which it is not made."),
    ("metadata", "More about it, for programs on the server."),
    ("deletion_policy", "`Delete`, `Retain` or `Snapshot`."),
    ("update_policy", "How a group changes its members."),
    ("external_id", "The id of what is there already."),
];

/// Keys of a parameter.
pub(super) const PARAMETER: Words = &[
    (
        "type",
        "`string`, `number`, `json`, `comma_delimited_list` or `boolean`.",
    ),
    ("label", "A name for people."),
    ("description", "What it is, for people."),
    ("default", "The value where none is given."),
    ("hidden", "Whether Heat keeps it from being shown."),
    ("constraints", "What it must fulfil."),
    ("immutable", "Whether it stays as it is for ever."),
    ("tags", "Words to find it by."),
];

/// Types of parameters.
pub(super) const PARAMETER_TYPES: Words = &[
    ("string", "A text."),
    ("number", "A number."),
    ("json", "A map or list; so `nfv` is."),
    ("comma_delimited_list", "Texts with commas between."),
    ("boolean", "`true` or `false`."),
];

/// Functions of HOT.
pub(super) const HOT_FUNCTIONS: Words = &[
    (
        "get_param",
        "A parameter, or what lies in it: `{ get_param: [nfv, VDU, VDU1, computeFlavourId] }`.",
    ),
    (
        "get_resource",
        "The id of a resource: `{ get_resource: NAME }`.",
    ),
    (
        "get_attr",
        "What a resource tells: `{ get_attr: [NAME, ATTRIBUTE] }`.",
    ),
    ("get_file", "The text of a file: `{ get_file: PATH }`."),
    (
        "str_replace",
        "A text with words replaced: `template` and `params`.",
    ),
    (
        "list_join",
        "Texts with another between: `[', ', [ONE, TWO]]`.",
    ),
    ("str_split", "The parts of a text."),
    (
        "repeat",
        "A list, an item for each of others: `for_each` and `template`.",
    ),
    ("map_merge", "Maps as one; the last counts."),
    (
        "if",
        "One of two, by a condition: `[CONDITION, THEN, ELSE]`.",
    ),
    ("digest", "The digest of a text: `[sha256, TEXT]`."),
    ("yaql", "What an expression makes of data."),
];
