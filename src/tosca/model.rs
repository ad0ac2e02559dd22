//! What a VNFD says to Tacker's v2 API: only what `vnfd_utils.py` reads, as it reads it.
//!
//! Types are compared as strings there, so a node of a derived type is none of these.

use std::collections::BTreeMap;

use serde::Serialize;

use super::documents::Documents;
use super::flavour;
use super::rules::{self, Identity, Service};
use crate::diagnose::{Sink, Sources};
use crate::package::tree::Tree;

/// A VNF descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vnfd {
    /// `descriptor_id`.
    pub id: String,
    /// `provider`.
    pub provider: String,
    /// `product_name`.
    pub product_name: String,
    /// `software_version`.
    pub software_version: String,
    /// `descriptor_version`.
    pub version: String,
    /// Deployment flavours, in the order of their files.
    pub flavours: Vec<Flavour>,
}

/// A deployment flavour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flavour {
    /// `flavour_id` of the substitution mapping.
    pub id: String,
    /// `flavour_description`; empty when missing.
    pub description: String,
    /// VDUs, in the order of the file.
    pub vdus: Vec<Vdu>,
    /// Instantiation levels by id.
    pub levels: BTreeMap<String, Level>,
    /// The level used when a request names none.
    pub default_level: Option<String>,
    /// Scaling aspects by id.
    pub aspects: BTreeMap<String, Aspect>,
    /// Lifecycle hooks: name, such as `instantiate_end`, to the artifact's file as written.
    pub hooks: BTreeMap<String, String>,
}

/// A node of type `tosca.nodes.nfv.Vdu.Compute`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vdu {
    /// The node template's name.
    pub id: String,
    /// `name`, by which Tacker finds the Kubernetes object whose pods are the VNFCs.
    #[serde(skip)]
    pub name: Option<String>,
    /// `vdu_profile.min_number_of_instances`.
    pub min: Option<u32>,
    /// `vdu_profile.max_number_of_instances`.
    pub max: Option<u32>,
    /// `sw_image_data.name`, which is also the Glance image looked up.
    pub image: Option<String>,
    /// The image in the package (artifact `sw_image`), of which Tacker makes one in Glance.
    pub image_file: Option<String>,
    /// The Nova flavor: `requested_additional_capability_name`.
    pub compute_flavour: Option<String>,
    /// Connection points that bind to it.
    pub cps: Vec<String>,
}

/// An instantiation level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Level {
    /// VNFCs per VDU; Tacker makes none of a VDU that is absent.
    pub counts: BTreeMap<String, u32>,
    /// Scale level per aspect; an aspect that is absent cannot be scaled.
    pub scale_info: BTreeMap<String, u32>,
}

/// A scaling aspect.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aspect {
    /// `max_scale_level`.
    pub max_scale_level: u32,
    /// `step_deltas`; Tacker uses the first for every step.
    pub step_deltas: Vec<String>,
    /// VNFCs per step and VDU: delta name, then VDU.
    pub deltas: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Aspect {
    /// Returns the VNFCs per VDU that one step adds or removes, as Tacker reckons them.
    #[must_use]
    pub fn step(&self) -> Option<&BTreeMap<String, u32>> {
        self.deltas.get(self.step_deltas.first()?)
    }
}

impl Vnfd {
    /// Reads the descriptor of the package in `tree`, or reports why there is none.
    pub fn read(tree: &dyn Tree, sink: &mut Sink) -> Option<Self> {
        let documents = Documents::read(tree, &mut Sources::default(), sink)?;
        Self::from_documents(&documents, sink)
    }

    /// Reads the descriptor from parsed files, or reports why there is none.
    pub fn from_documents(documents: &Documents, sink: &mut Sink) -> Option<Self> {
        Self::of(&Service::of(documents)?, sink)
    }

    /// Reads it from what the parser sees.
    pub(super) fn of(service: &Service<'_>, sink: &mut Sink) -> Option<Self> {
        let flavours: Vec<_> = service
            .documents
            .definitions
            .iter()
            .filter_map(|document| flavour::read(&document.root))
            .collect();
        let Identity {
            id,
            provider,
            product_name,
            software_version,
            version,
        } = rules::identity(service, sink)?;
        Some(Self {
            id,
            provider,
            product_name,
            software_version,
            version,
            flavours,
        })
    }
}
