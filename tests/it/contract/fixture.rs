//! A package small enough to upload in every test, which a real Tacker onboards.

use std::io::{Cursor, Write as _};

use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const META: &str = "TOSCA-Meta-File-Version: 1.0\nCreated-By: test\nCSAR-Version: 1.1\n\
    Entry-Definitions: Definitions/top.yaml\nETSI-Entry-Manifest: top.mf\n";
const COMMON: &str = include_str!("../../../tosca/etsi_nfv_sol001_common_types.yaml");
const VNFD: &str = include_str!("../../../tosca/etsi_nfv_sol001_vnfd_types.yaml");
const IMPORTS: &str = "tosca_definitions_version: tosca_simple_yaml_1_2
imports:
  - etsi_nfv_sol001_common_types.yaml
  - etsi_nfv_sol001_vnfd_types.yaml
";
/// Defaults and occurrences are what tosca-parser insists on.
const TYPES: &str = "
node_types:
  acme.VNF:
    derived_from: tosca.nodes.nfv.VNF
    properties:
      descriptor_id: {type: string, default: ''}
      descriptor_version: {type: string, default: ''}
      provider: {type: string, default: ''}
      product_name: {type: string, default: ''}
      software_version: {type: string, default: ''}
      vnfm_info: {type: list, entry_schema: {type: string}, default: [Tacker]}
      flavour_id: {type: string, default: simple}
      flavour_description: {type: string, default: simple}
    requirements:
      - virtual_link:
          capability: tosca.capabilities.nfv.VirtualLinkable
          relationship: tosca.relationships.nfv.VirtualLinksTo
          occurrences: [0, 1]
    interfaces:
      Vnflcm: {type: tosca.interfaces.nfv.Vnflcm}
";
const TOP: &str = "  - types.yaml
  - simple.yaml
topology_template:
  inputs:
    selected_flavour: {type: string, default: simple}
  node_templates:
    VNF:
      type: acme.VNF
      properties:
        flavour_id: {get_input: selected_flavour}
        descriptor_id: DESCRIPTOR
        provider: Acme
        product_name: Sample
        software_version: '1.0'
        descriptor_version: '1.1'
        vnfm_info: [Tacker]
";
const FLAVOUR: &str = "  - types.yaml
topology_template:
  inputs:
    descriptor_id: {type: string}
    descriptor_version: {type: string}
    provider: {type: string}
    product_name: {type: string}
    software_version: {type: string}
    vnfm_info: {type: list, entry_schema: {type: string}}
    flavour_id: {type: string}
    flavour_description: {type: string}
  substitution_mappings:
    node_type: acme.VNF
    properties: {flavour_id: simple}
  node_templates:
    VNF:
      type: acme.VNF
      properties: {flavour_description: One VDU}
    worker:
      type: tosca.nodes.nfv.Vdu.Compute
      properties:
        name: worker
        description: A worker
        vdu_profile: {min_number_of_instances: 1, max_number_of_instances: 5}
    workerCp:
      type: tosca.nodes.nfv.VduCp
      properties: {layer_protocols: [ipv4], order: 0}
      requirements: [{virtual_binding: worker}]
  policies:
    - aspects:
        type: tosca.policies.nfv.ScalingAspects
        properties:
          aspects:
            workers: {name: workers, description: More, max_scale_level: 2, step_deltas: [d]}
    - initial:
        type: tosca.policies.nfv.VduInitialDelta
        properties: {initial_delta: {number_of_instances: 1}}
        targets: [worker]
    - deltas:
        type: tosca.policies.nfv.VduScalingAspectDeltas
        properties: {aspect: workers, deltas: {d: {number_of_instances: 2}}}
        targets: [worker]
    - levels:
        type: tosca.policies.nfv.InstantiationLevels
        properties:
          levels:
            small: {description: One, scale_info: {workers: {scale_level: 0}}}
            large: {description: Three, scale_info: {workers: {scale_level: 1}}}
          default_level: small
    - counts:
        type: tosca.policies.nfv.VduInstantiationLevels
        properties: {levels: {small: {number_of_instances: 1}, large: {number_of_instances: 3}}}
        targets: [worker]
";

/// A template that Tacker hands out when the manifest lists it.
pub(crate) const TEMPLATE: &str = "heat_template_version: 2021-04-16\n# with a comment\n";

/// A file that Tacker stumbles over, listed or not.
const JSON: &str = "{}\n";

/// The zip, with that `descriptor_id`.
pub(crate) fn package(descriptor: &str) -> Vec<u8> {
    let top = format!("{IMPORTS}{}", TOP.replace("DESCRIPTOR", descriptor));
    let listed = [
        ("BaseHOT/simple/simple.yaml", TEMPLATE),
        ("Files/a.json", JSON),
    ]
    .map(|(path, text)| {
        let hash = hex::encode(Sha256::digest(text));
        format!("\nSource: {path}\nAlgorithm: SHA-256\nHash: {hash}\n")
    });
    let manifest = format!("metadata:\n  vnf_product_name: Sample\n{}", listed.concat());
    archive(&[
        ("TOSCA-Metadata/TOSCA.meta", META),
        ("top.mf", &manifest),
        ("BaseHOT/simple/simple.yaml", TEMPLATE),
        ("Files/a.json", JSON),
        ("Definitions/etsi_nfv_sol001_common_types.yaml", COMMON),
        ("Definitions/etsi_nfv_sol001_vnfd_types.yaml", VNFD),
        ("Definitions/types.yaml", &format!("{IMPORTS}{TYPES}")),
        ("Definitions/simple.yaml", &format!("{IMPORTS}{FLAVOUR}")),
        ("Definitions/top.yaml", &top),
    ])
}

/// A zip of these files.
pub(crate) fn archive(files: &[(impl AsRef<str>, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer
            .start_file(path.as_ref(), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
