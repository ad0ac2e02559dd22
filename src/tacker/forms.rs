//! What the requests of vnflcm v2 look like (SOL003 3.3.1 §4.4.1 and §5.5.2), so that a person's file is
//! judged before it is sent, at the place that is wrong.
//!
//! Tacker lets members pass that it does not know
//! (`sol_refactored/api/schemas/vnflcm_v2.py`, `additionalProperties`), and so says nothing of a typing
//! error; here they are refused. What a command puts in by itself may be missing.

#![expect(dead_code, reason = "the types are read into for their form alone")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;

use camino::Utf8Path;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Task;
use crate::diagnose::Sink;
use crate::yaml::{self, Node};

/// Key-value pairs of which each side thinks its own.
type Pairs = Map<String, Value>;
type Connections = BTreeMap<String, VimConnectionInfo>;

/// A request that a person may write down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// That of an operation.
    Of(Task),
    /// VnfInfoModificationRequest (§5.5.2.12).
    Modify,
}

impl Form {
    /// Judges a request; pushes each fault with its place.
    pub fn judge(self, node: &Node, file: &Utf8Path, sink: &mut Sink) {
        fn read<T: DeserializeOwned>(node: &Node, file: &Utf8Path, sink: &mut Sink) {
            // What matters is in the sink.
            let _: Option<T> = yaml::from_node(node, file, sink);
        }
        match self {
            Self::Of(Task::Instantiate) => read::<Instantiate>(node, file, sink),
            Self::Of(Task::Scale) => read::<Scale>(node, file, sink),
            Self::Of(Task::Heal) => read::<Heal>(node, file, sink),
            Self::Of(Task::ChangeVnfpkg) => read::<ChangeVnfpkg>(node, file, sink),
            Self::Of(Task::ChangeExtConn) => read::<ChangeExtConn>(node, file, sink),
            Self::Of(Task::Terminate) => read::<Terminate>(node, file, sink),
            Self::Modify => read::<Modify>(node, file, sink),
        }
    }
}

/// A text of at most `MOST` characters, and at least one.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Short<const MOST: usize = 255>;

impl<const MOST: usize> TryFrom<String> for Short<MOST> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.chars().count() {
            0 => Err("it must not be empty".to_owned()),
            count if count > MOST => Err(format!("it has {count} characters, and may have {MOST}")),
            _ => Ok(Self),
        }
    }
}

/// InstantiateVnfRequest (§5.5.2.4).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Instantiate {
    flavour_id: Option<Short>,
    instantiation_level_id: Option<Short>,
    #[serde(default)]
    ext_virtual_links: Vec<ExtVirtualLink>,
    #[serde(default)]
    ext_managed_virtual_links: Vec<ExtManagedVirtualLink>,
    #[serde(default)]
    vim_connection_info: Connections,
    localization_language: Option<Short>,
    #[serde(default)]
    additional_params: Pairs,
    #[serde(default)]
    extensions: Pairs,
    #[serde(default)]
    vnf_configurable_properties: Pairs,
}

/// ChangeCurrentVnfPkgRequest (§5.5.2.11a).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangeVnfpkg {
    vnfd_id: Option<Short>,
    #[serde(default)]
    ext_virtual_links: Vec<ExtVirtualLink>,
    #[serde(default)]
    ext_managed_virtual_links: Vec<ExtManagedVirtualLink>,
    #[serde(default)]
    vim_connection_info: Connections,
    #[serde(default)]
    additional_params: Pairs,
    #[serde(default)]
    extensions: Pairs,
    #[serde(default)]
    vnf_configurable_properties: Pairs,
}

/// ChangeExtVnfConnectivityRequest (§5.5.2.11).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ChangeExtConn {
    #[serde(default)]
    ext_virtual_links: Vec<ExtVirtualLink>,
    #[serde(default)]
    vim_connection_info: Connections,
    #[serde(default)]
    additional_params: Pairs,
}

/// ScaleVnfRequest (§5.5.2.5).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Scale {
    #[serde(rename = "type")]
    way: Option<Way>,
    aspect_id: Option<Short>,
    number_of_steps: Option<NonZeroU32>,
    #[serde(default)]
    additional_params: Pairs,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Way {
    ScaleOut,
    ScaleIn,
}

/// HealVnfRequest (§5.5.2.9, and SOL002's).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Heal {
    cause: Option<Short>,
    #[serde(default)]
    additional_params: Pairs,
    #[serde(default)]
    vnfc_instance_id: Vec<Short>,
    heal_script: Option<Short>,
}

/// TerminateVnfRequest (§5.5.2.8).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Terminate {
    termination_type: Option<Termination>,
    graceful_termination_timeout: Option<NonZeroU32>,
    #[serde(default)]
    additional_params: Pairs,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Termination {
    Forceful,
    Graceful,
}

/// VnfInfoModificationRequest (§5.5.2.12, and SOL002's).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Modify {
    vnf_instance_name: Option<Short>,
    vnf_instance_description: Option<Short<1024>>,
    vnfd_id: Option<Short>,
    #[serde(default)]
    vnf_configurable_properties: Pairs,
    #[serde(default)]
    metadata: Pairs,
    #[serde(default)]
    extensions: Pairs,
    #[serde(default)]
    vim_connection_info: Connections,
    #[serde(default)]
    vnfc_info_modifications: Vec<VnfcInfoModification>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VnfcInfoModification {
    id: Short,
    vnfc_configurable_properties: Pairs,
}

/// VimConnectionInfo (§4.4.1.6).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VimConnectionInfo {
    vim_id: Option<Short>,
    vim_type: Short,
    #[serde(default)]
    interface_info: Pairs,
    #[serde(default)]
    access_info: Pairs,
    #[serde(default)]
    extra: Pairs,
}

/// ExtVirtualLinkData (§4.4.1.11).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExtVirtualLink {
    id: Short,
    vim_connection_id: Option<Short>,
    resource_provider_id: Option<Short>,
    resource_id: Short,
    ext_cps: Vec<ExtCp>,
    #[serde(default)]
    ext_link_ports: Vec<ExtLinkPort>,
}

/// ExtManagedVirtualLinkData (§4.4.1.12).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExtManagedVirtualLink {
    id: Short,
    vnf_virtual_link_desc_id: Short,
    vim_connection_id: Option<Short>,
    resource_provider_id: Option<Short>,
    resource_id: Short,
    #[serde(default)]
    vnf_link_port: Vec<VnfLinkPort>,
    ext_managed_multisite_virtual_link_id: Option<Short>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExtLinkPort {
    id: Short,
    resource_handle: ResourceHandle,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VnfLinkPort {
    vnf_link_port_id: Short,
    resource_handle: ResourceHandle,
}

/// ResourceHandle (§4.4.1.7).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ResourceHandle {
    vim_connection_id: Option<Short>,
    resource_provider_id: Option<Short>,
    resource_id: Short,
    vim_level_resource_type: Option<Short>,
}

/// VnfExtCpData (§4.4.1.10).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExtCp {
    cpd_id: Short,
    cp_config: BTreeMap<String, CpConfig>,
}

/// VnfExtCpConfig (§4.4.1.10a).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CpConfig {
    parent_cp_config_id: Option<Short>,
    link_port_id: Option<Short>,
    #[serde(default)]
    cp_protocol_data: Vec<CpProtocol>,
}

/// CpProtocolData (§4.4.1.10b).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CpProtocol {
    layer_protocol: Layer,
    ip_over_ethernet: Option<IpOverEthernet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Layer {
    IpOverEthernet,
}

/// IpOverEthernetAddressData (§4.4.1.10c).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IpOverEthernet {
    mac_address: Option<Short>,
    segmentation_id: Option<Short>,
    #[serde(default)]
    ip_addresses: Vec<IpAddresses>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct IpAddresses {
    #[serde(rename = "type")]
    family: Family,
    #[serde(default)]
    fixed_addresses: Vec<IpAddr>,
    num_dynamic_addresses: Option<NonZeroU32>,
    address_range: Option<AddressRange>,
    subnet_id: Option<Short>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Family {
    Ipv4,
    Ipv6,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AddressRange {
    min_address: IpAddr,
    max_address: IpAddr,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn judged(form: Form, text: &str) -> Vec<(String, usize)> {
        let file = Utf8Path::new("request.yaml");
        let mut sink = Sink::default();
        let node = yaml::parse(file, text, &mut sink).expect("YAML");
        form.judge(&node, file, &mut sink);
        let findings = sink.diagnostics().iter();
        let place =
            |finding: &crate::diagnose::Diagnostic| finding.primary.span.expect("a place").start;
        findings
            .map(|finding| (finding.message.clone(), place(finding)))
            .collect()
    }

    #[test]
    fn whole_requests_are_in_order() {
        let links = "extVirtualLinks:\n- {id: a, resourceId: b, extCps: [{cpdId: c, cpConfig: {d: \
            {cpProtocolData: [{layerProtocol: IP_OVER_ETHERNET, ipOverEthernet: {ipAddresses: \
            [{type: IPV4, fixedAddresses: [192.0.2.1], subnetId: s}]}}]}}}]}\n\
            vimConnectionInfo: {vim1: {vimId: v, vimType: openstack, accessInfo: {a: 1}}}\n\
            additionalParams: {a: {b: [1]}}\n";
        for task in [Task::Instantiate, Task::ChangeVnfpkg, Task::ChangeExtConn] {
            assert_eq!(judged(Form::Of(task), links), []);
        }
        let scale = "type: SCALE_OUT\naspectId: a\nnumberOfSteps: 2\n";
        assert_eq!(judged(Form::Of(Task::Scale), scale), []);
        let heal = "cause: a\nvnfcInstanceId: [b]\n";
        assert_eq!(judged(Form::Of(Task::Heal), heal), []);
        let end = "terminationType: GRACEFUL\ngracefulTerminationTimeout: 3\n";
        assert_eq!(judged(Form::Of(Task::Terminate), end), []);
        let note = "vnfInstanceName: a\nmetadata: {a: null}\n";
        assert_eq!(judged(Form::Modify, note), []);
    }

    #[rstest]
    #[case::typing_error(Form::Of(Task::Instantiate), "flavorId: simple\n", 0)]
    #[case::kind(Form::Of(Task::Instantiate), "extVirtualLinks: {}\n", 17)]
    #[case::inside(
        Form::Of(Task::Instantiate),
        "vimConnectionInfo: {a: {vimId: b}}\n",
        23
    )]
    #[case::none(Form::Of(Task::Scale), "numberOfSteps: 0\n", 15)]
    #[case::word(Form::Of(Task::Terminate), "terminationType: SOON\n", 17)]
    #[case::empty(Form::Modify, "vnfInstanceName: ''\n", 17)]
    fn a_fault_has_its_place(#[case] form: Form, #[case] text: &str, #[case] place: usize) {
        let found = judged(form, text);
        assert_eq!(
            found.first().map(|(_, place)| *place),
            Some(place),
            "{found:?}"
        );
    }
}
