//! The VNFD model and the faults that keep it from being read.

use rstest::rstest;
use vnfctl::diagnose::Sink;
use vnfctl::package::plan::{Content, Entry, Identity, MODE_FILE, Plan};
use vnfctl::tosca::model::Vnfd;

const META: &str = "TOSCA-Meta-File-Version: 1.0\nEntry-Definitions: Definitions/top.yaml\n";
const TOP: &str = r#"
tosca_definitions_version: tosca_simple_yaml_1_2
node_types:
  acme.VNF: {derived_from: tosca.nodes.nfv.VNF}
topology_template:
  node_templates:
    VNF:
      type: acme.VNF
      properties:
        descriptor_id: 3f1c0e4c-0f5b-4d0e-9d44-6a8f6a8a0001
        provider: Acme
        product_name: Sample
        software_version: "1.0"
        descriptor_version: "1.1"
"#;
const FLAVOUR: &str = r"
tosca_definitions_version: tosca_simple_yaml_1_2
topology_template:
  substitution_mappings:
    node_type: acme.VNF
    properties: {flavour_id: simple}
  node_templates:
    VNF:
      type: acme.VNF
      properties: {flavour_description: One VDU}
      interfaces: {Vnflcm: {instantiate_end: {implementation: script}}}
      artifacts: {script: {type: tosca.artifacts.Implementation.Python, file: ../Scripts/m.py}}
    worker:
      type: tosca.nodes.nfv.Vdu.Compute
      properties: {vdu_profile: {min_number_of_instances: 1, max_number_of_instances: 5}}
    workerCp:
      type: tosca.nodes.nfv.VduCp
      requirements: [{virtual_binding: worker}]
    derived:
      type: acme.Compute
  policies:
    - deltas:
        type: tosca.policies.nfv.VduScalingAspectDeltas
        targets: [worker]
        properties: {aspect: workers, deltas: {d: {number_of_instances: 2}}}
    - counts:
        type: tosca.policies.nfv.VduInstantiationLevels
        targets: [worker]
        properties: {levels: {small: {number_of_instances: 1}}}
    - aspects:
        type: tosca.policies.nfv.ScalingAspects
        properties: {aspects: {workers: {max_scale_level: 2, step_deltas: [d]}}}
    - levels:
        type: tosca.policies.nfv.InstantiationLevels
        properties:
          default_level: small
          levels: {small: {scale_info: {workers: {scale_level: 0}}}}
";

fn package(meta: &str, top: &str) -> Plan {
    let identity = Identity {
        vnfd_id: String::new(),
        provider: String::new(),
        product_name: String::new(),
        version: String::new(),
        software_version: String::new(),
        vnfm_info: vec![],
    };
    let mut plan = Plan::new(identity, "Definitions/top.yaml");
    for (path, text) in [
        ("TOSCA-Metadata/TOSCA.meta", meta),
        ("Definitions/top.yaml", top),
        ("Definitions/simple.yaml", FLAVOUR),
    ] {
        plan.insert(Entry {
            path: path.into(),
            mode: MODE_FILE,
            content: Content::Bytes(text.into()),
        });
    }
    plan
}

#[test]
fn model_holds_what_tacker_reads_whatever_the_order_of_policies() {
    let mut sink = Sink::default();
    let vnfd = Vnfd::read(&package(META, TOP), &mut sink).unwrap();
    assert_eq!(sink.diagnostics(), []);
    assert_eq!(
        (vnfd.provider.as_str(), vnfd.version.as_str()),
        ("Acme", "1.1")
    );
    let flavour = &vnfd.flavours[0];
    assert_eq!(
        (flavour.id.as_str(), flavour.description.as_str()),
        ("simple", "One VDU")
    );
    assert_eq!(
        flavour.vdus.len(),
        1,
        "a derived VDU type is invisible to Tacker"
    );
    assert_eq!(
        (flavour.vdus[0].min, flavour.vdus[0].max),
        (Some(1), Some(5))
    );
    assert_eq!(flavour.vdus[0].cps, ["workerCp"]);
    assert_eq!(flavour.default_level.as_deref(), Some("small"));
    assert_eq!(flavour.levels["small"].counts["worker"], 1);
    assert_eq!(flavour.levels["small"].scale_info["workers"], 0);
    assert_eq!(flavour.aspects["workers"].step().unwrap()["worker"], 2);
    assert_eq!(flavour.hooks["instantiate_end"], "../Scripts/m.py");
}

#[rstest]
#[case("Created-By: x\n".into(), TOP.into(), "meta-entry-definitions-missing", 0)]
#[case(META.replace("top", "gone"), TOP.into(), "meta-entry-definitions-dangling", META.find("Definitions/").unwrap())]
#[case(META.into(), TOP.replace("\"1.1\"", "1.1"), "vnfd-identity-not-a-string", TOP.find("\"1.1\"").unwrap())]
#[case(META.into(), TOP.replace("tosca.nodes.nfv.VNF", "acme.Other"), "vnfd-vnf-node-missing", 101)]
fn fault_is_reported_at_its_place(
    #[case] meta: String,
    #[case] top: String,
    #[case] code: &str,
    #[case] start: usize,
) {
    let mut sink = Sink::default();
    assert_eq!(Vnfd::read(&package(&meta, &top), &mut sink), None);
    let found: Vec<_> = sink
        .diagnostics()
        .iter()
        .map(|d| (d.code, d.primary.span.unwrap().start))
        .collect();
    assert_eq!(found, [(code, start)]);
}
