"""Large packages' making: an image of random bytes, which no packer makes smaller; a VNFD of many VDUs."""

import os
import subprocess
import sys
import zipfile

SIZE = int(os.environ.get("VNFCTL_BENCH_BYTES") or 1 << 30)

# What a flavour says of one machine, as the package of `plain-vm` says it.
VDU = """
    extra{number}:
      type: tosca.nodes.nfv.Vdu.Compute
      properties:
        name: extra{number}
        description: "One of many"
        vdu_profile:
          min_number_of_instances: 1
          max_number_of_instances: 1
      capabilities:
        virtual_compute:
          properties:
            requested_additional_capabilities:
              properties:
                requested_additional_capability_name: "m1.small"
                support_mandatory: true
                target_performance_parameters:
                  entry_schema: extra{number}
            virtual_memory:
              virtual_mem_size: 64 MiB
            virtual_cpu:
              num_virtual_cpu: 1

    extra{number}Cp:
      type: tosca.nodes.nfv.VduCp
      properties:
        layer_protocols: [ipv4]
        order: 0
      requirements:
        - virtual_binding: extra{number}
        - virtual_link: inside
"""

LINK = """
    inside:
      type: tosca.nodes.nfv.VnfVirtualLink
      properties:
        connectivity_type:
          layer_protocols: [ipv4]
        vl_profile:
          max_bitrate_requirements: {root: 1048576}
          min_bitrate_requirements: {root: 1048576}
"""

INITIAL = """
    - extra{number}_initial_delta:
        type: tosca.policies.nfv.VduInitialDelta
        properties:
          initial_delta:
            number_of_instances: 1
        targets: [extra{number}]

    - extra{number}_instantiation_levels:
        type: tosca.policies.nfv.VduInstantiationLevels
        properties:
          levels:
            default: {number_of_instances: 1}
            minimum: {number_of_instances: 1}
            maximum: {number_of_instances: 1}
        targets: [extra{number}]
"""

SERVER = """
  extra{number}:
    type: OS::Nova::Server
    properties:
      flavor: {get_param: [nfv, VDU, extra{number}, computeFlavourId]}
      image: debian-12
      networks: [{port: {get_resource: extra{number}Cp}}]

  extra{number}Cp:
    type: OS::Neutron::Port
    properties:
      network: {get_resource: inside}
"""

NETWORK = """
  inside:
    type: OS::Neutron::Net
"""


def starter(vnfctl, template, name, folder):
    """Writes the spec that a template starts with; returns its path."""
    spec = folder / f"{name}.yaml"
    new = [vnfctl, "package", "new", template, name, "--out", str(spec)]
    key = os.environ.get("VNFCTL_BENCH_KEY")
    if key:
        new += ["--public-key", key]
    subprocess.run(new, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return spec


def specification(vnfctl, scratch, size=SIZE):
    """Writes an image of random bytes and a spec that embeds it; returns both."""
    folder = scratch / "input"
    folder.mkdir()
    image = folder / "disk.raw"
    with image.open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    # What the disk still has to write of it would be counted against whoever comes first.
    os.sync()
    spec = starter(vnfctl, "plain-vm", "bench", folder)
    text = spec.read_text()
    named = "\nimage:\n"
    if named not in text:
        sys.exit("bench: the starter spec has no `image:` to embed a file in")
    spec.write_text(text.replace(named, f"{named}  file: {image.name}\n  diskFormat: raw\n"))
    return image, spec


def vnfd(vnfctl, scratch, lines):
    """Makes a package whose flavour's file has at least that many lines; returns the folder."""
    spec = starter(vnfctl, "plain-vm", "large", scratch)
    archive = scratch / "large.zip"
    build = [vnfctl, "package", "build", str(spec), "--out", str(archive)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    package = scratch / "large"
    with zipfile.ZipFile(archive) as file:
        file.extractall(package)
    flavour = package / "Definitions" / "df_simple.yaml"
    nodes, policies = flavour.read_text().split("\n  policies:\n")
    count = 1 + (lines - nodes.count("\n") - policies.count("\n")) // (VDU + INITIAL).count("\n")
    numbers = [str(number) for number in range(count)]
    vdus = "".join(VDU.replace("{number}", number) for number in numbers)
    initial = "".join(INITIAL.replace("{number}", number) for number in numbers)
    flavour.write_text(f"{nodes}{LINK}{vdus}\n  policies:\n{policies}{initial}")
    template = package / "BaseHOT" / "simple" / "simple.yaml"
    servers = "".join(SERVER.replace("{number}", number) for number in numbers)
    template.write_text(template.read_text() + NETWORK + servers)
    fix = [vnfctl, "package", "validate", str(package), "--fix"]
    subprocess.run(fix, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return package, flavour.read_text().count("\n")
