"""The smallest VNF package Tacker takes: one VDU on one external network, in an AutoScalingGroup."""

import io
import zipfile
from pathlib import Path

TYPES = ("etsi_nfv_sol001_common_types.yaml", "etsi_nfv_sol001_vnfd_types.yaml")
VDU, CP, FLAVOUR, IMAGE, FLAVOR = "VDU1", "VDU1_CP1", "simple", "lab-debian", "m1.tiny"

META = """\
TOSCA-Meta-File-Version: 1.0
CSAR-Version: 1.1
Created-By: lab smoke
Entry-Definitions: Definitions/vnfd.yaml
"""

VNFD = """\
tosca_definitions_version: tosca_simple_yaml_1_2
imports:
  - etsi_nfv_sol001_common_types.yaml
  - etsi_nfv_sol001_vnfd_types.yaml
  - types.yaml
  - flavour.yaml
topology_template:
  inputs: {{}}
  node_templates:
    VNF:
      type: lab.VNF
      properties: {properties}
"""

NODE_TYPES = """\
tosca_definitions_version: tosca_simple_yaml_1_2
imports:
  - etsi_nfv_sol001_common_types.yaml
  - etsi_nfv_sol001_vnfd_types.yaml
node_types:
  lab.VNF:
    derived_from: tosca.nodes.nfv.VNF
    properties:
      descriptor_id: {{type: string, default: {vnfd_id}}}
      descriptor_version: {{type: string, default: "1.0"}}
      provider: {{type: string, default: lab}}
      product_name: {{type: string, default: smoke}}
      software_version: {{type: string, default: "1.0"}}
      vnfm_info: {{type: list, entry_schema: {{type: string}}, default: [Tacker]}}
      flavour_id: {{type: string, default: simple}}
      flavour_description: {{type: string, default: one server}}
    requirements:
      - virtual_link: {{capability: tosca.capabilities.nfv.VirtualLinkable, occurrences: [0, 1]}}
    interfaces:
      Vnflcm: {{type: tosca.interfaces.nfv.Vnflcm}}
"""

DEPLOYMENT_FLAVOUR = """\
tosca_definitions_version: tosca_simple_yaml_1_2
imports:
  - etsi_nfv_sol001_common_types.yaml
  - etsi_nfv_sol001_vnfd_types.yaml
  - types.yaml
topology_template:
  # tosca-parser wants each required property of the base type as an input, default or not.
  inputs:
    descriptor_id: {{type: string}}
    descriptor_version: {{type: string}}
    provider: {{type: string}}
    product_name: {{type: string}}
    software_version: {{type: string}}
    vnfm_info: {{type: list, entry_schema: {{type: string}}}}
    flavour_id: {{type: string}}
    flavour_description: {{type: string}}
  substitution_mappings:
    node_type: lab.VNF
    properties: {{flavour_id: {flavour}}}
  node_templates:
    VNF:
      type: lab.VNF
      properties: {{flavour_description: one server}}
    {vdu}:
      type: tosca.nodes.nfv.Vdu.Compute
      properties:
        name: {vdu}
        description: a server
        vdu_profile: {{min_number_of_instances: 1, max_number_of_instances: 1}}
        sw_image_data:
          name: {image}
          version: "1.0"
          checksum: {{algorithm: sha-256, hash: "{hash}"}}
          container_format: bare
          disk_format: raw
          min_disk: 0 GB
          size: 1 MB
      capabilities:
        virtual_compute:
          properties:
            requested_additional_capabilities:
              properties:
                requested_additional_capability_name: {flavor}
                support_mandatory: true
                target_performance_parameters: {{entry_schema: test}}
            virtual_memory: {{virtual_mem_size: 256 MB}}
            virtual_cpu: {{num_virtual_cpu: 1}}
    {cp}:
      type: tosca.nodes.nfv.VduCp
      properties: {{layer_protocols: [ipv4], order: 0}}
      requirements:
        - virtual_binding: {vdu}
  policies:
    - levels:
        type: tosca.policies.nfv.InstantiationLevels
        properties:
          levels: {{one: {{description: one server}}}}
          default_level: one
    - counts:
        type: tosca.policies.nfv.VduInstantiationLevels
        properties: {{levels: {{one: {{number_of_instances: 1}}}}}}
        targets: [{vdu}]
"""

BASE_HOT = """\
heat_template_version: 2013-05-23
parameters:
  nfv: {{type: json}}
resources:
  {vdu}_group:
    type: OS::Heat::AutoScalingGroup
    properties:
      min_size: 1
      max_size: 1
      desired_capacity: {{get_param: [nfv, VDU, {vdu}, desired_capacity]}}
      resource:
        type: {vdu}.yaml
        properties:
          flavor: {{get_param: [nfv, VDU, {vdu}, computeFlavourId]}}
          image-{vdu}: {{get_param: [nfv, VDU, {vdu}, vcImageId]}}
          network: {{get_param: [nfv, CP, {cp}, network]}}
"""

NESTED_HOT = """\
heat_template_version: 2013-05-23
parameters:
  flavor: {{type: string}}
  image-{vdu}: {{type: string}}
  network: {{type: string}}
resources:
  {vdu}:
    type: OS::Nova::Server
    properties:
      flavor: {{get_param: flavor}}
      image: {{get_param: image-{vdu}}}
      key_name: userKey
      networks: [{{port: {{get_resource: {cp}}}}}]
      user_data_format: RAW
  {cp}:
    type: OS::Neutron::Port
    properties:
      network: {{get_param: network}}
"""


def build(vnfd_id, tosca):
    """Returns the package's bytes; `tosca` is the directory with the SOL001 type files."""
    names = {"vdu": VDU, "cp": CP, "flavour": FLAVOUR, "image": IMAGE, "flavor": FLAVOR, "hash": "0" * 64}
    properties = (
        f"{{descriptor_id: {vnfd_id}, provider: lab, product_name: smoke, "
        'software_version: "1.0", descriptor_version: "1.0", vnfm_info: [Tacker], '
        f"flavour_id: {FLAVOUR}, flavour_description: one server}}"
    )
    files = {
        "TOSCA-Metadata/TOSCA.meta": META,
        "Definitions/vnfd.yaml": VNFD.format(properties=properties),
        "Definitions/types.yaml": NODE_TYPES.format(vnfd_id=vnfd_id),
        "Definitions/flavour.yaml": DEPLOYMENT_FLAVOUR.format(**names),
        f"BaseHOT/{FLAVOUR}/base.yaml": BASE_HOT.format(**names),
        f"BaseHOT/{FLAVOUR}/nested/{VDU}.yaml": NESTED_HOT.format(**names),
    }
    files |= {f"Definitions/{name}": (Path(tosca) / name).read_text(encoding="utf-8") for name in TYPES}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()
