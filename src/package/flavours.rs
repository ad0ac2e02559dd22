//! The numbers of a flavour: VDUs, scaling aspect and levels that agree with each other.
//!
//! Tacker checks none of it, so it is computed once here and templates only write it down:
//! the count at a level is the initial delta plus the level's scale level times the step.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::spec::{
    ClusterPackage, ContainerPackage, Counts, Package, VmPackage, VnicType, WorkerNetwork, Workers,
};

/// A deployment flavour as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FlavourModel {
    id: &'static str,
    description: String,
    vdus: Vec<VduModel>,
    scaled: Option<Scaled>,
    levels: Vec<Level>,
    /// Control planes share a virtual address.
    vip: bool,
    /// The control plane runs workloads too.
    single: bool,
}

/// A VDU as templates see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct VduModel {
    id: &'static str,
    /// What it is called in the VIM: Tacker finds a pod's VDU by the name of its manifest.
    name: String,
    /// Machines alone have connection points.
    cp: Option<String>,
    description: &'static str,
    /// Nova flavor of a machine.
    flavor: Option<String>,
    min: u32,
    max: u32,
    memory_mib: u32,
    cpus: u32,
    /// Placement on different hosts is a must.
    anti_affinity: bool,
    /// Ports besides the first.
    further: Vec<FurtherCp>,
}

/// A further port of a VDU, on a network of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct FurtherCp {
    cp: String,
    order: usize,
    name: String,
    network: String,
    vnic_type: VnicType,
    secured: bool,
}

/// Returns the connection points of all flavours, each once: the VNF requires a link for each.
pub(super) fn cps(flavours: &[FlavourModel]) -> Vec<&str> {
    let vdus = flavours.iter().flat_map(|flavour| &flavour.vdus);
    let all = vdus.flat_map(|vdu| {
        let further = vdu.further.iter().map(|further| &further.cp);
        vdu.cp.iter().chain(further).map(String::as_str)
    });
    let mut cps = Vec::new();
    for cp in all {
        if !cps.contains(&cp) {
            cps.push(cp);
        }
    }
    cps
}

fn further(networks: &[WorkerNetwork]) -> Vec<FurtherCp> {
    let networks = networks.iter().enumerate();
    let ports = networks.map(|(number, network)| {
        let (first, rest) = network.name.split_at(network.name.len().min(1));
        FurtherCp {
            cp: format!("worker{}{rest}Cp", first.to_uppercase()),
            order: number + 1,
            name: network.name.clone(),
            network: network.network.clone(),
            vnic_type: network.vnic_type,
            secured: network.secured(),
        }
    });
    ports.collect()
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Scaled {
    aspect: &'static str,
    description: &'static str,
    vdu: &'static str,
    min: u32,
    max: u32,
    step: u32,
    max_level: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Level {
    id: &'static str,
    description: &'static str,
    scale_level: u32,
    counts: BTreeMap<&'static str, u32>,
}

/// Returns a spec's flavours.
pub(super) fn of(spec: &Package) -> Vec<FlavourModel> {
    match spec {
        Package::Vm(vm) => vec![plain(vm)],
        Package::Cluster(cluster) => clusters(cluster),
        Package::Container(container) => vec![pods(container)],
    }
}

fn plain(vm: &VmPackage) -> FlavourModel {
    let machines = scaling(
        "machine",
        "machines",
        "Number of machines",
        "One of the machines",
        &vm.machines,
    );
    let counts = vm.machines.counts();
    assemble(
        "simple",
        "Machines that scale together",
        vec![],
        Some((machines, counts)),
    )
}

fn clusters(cluster: &ClusterPackage) -> Vec<FlavourModel> {
    let flavours = &cluster.flavours;
    let mut models = Vec::new();
    if let Some(single) = &flavours.single {
        let node = control_plane(&single.control_plane, 1, false);
        let mut model = assemble(
            "single",
            "One node that is control plane and worker",
            vec![node],
            None,
        );
        model.single = true;
        models.push(model);
    }
    if let Some(simple) = &flavours.simple {
        models.push(assemble(
            "simple",
            "One control plane and workers",
            vec![control_plane(&simple.control_plane, 1, false)],
            Some((
                worker(&simple.workers, &cluster.worker_networks),
                simple.workers.counts(),
            )),
        ));
    }
    if let Some(ha) = &flavours.ha {
        let mut model = assemble(
            "ha",
            "Three control planes behind a virtual address, and workers",
            vec![control_plane(&ha.control_plane, 3, ha.strict_anti_affinity)],
            Some((
                worker(&ha.workers, &cluster.worker_networks),
                ha.workers.counts(),
            )),
        );
        model.vip = true;
        models.push(model);
    }
    models
}

fn control_plane(flavor: &str, count: u32, anti_affinity: bool) -> VduModel {
    VduModel {
        id: "controlPlane",
        name: "controlPlane".into(),
        cp: Some("controlPlaneCp".into()),
        description: "Kubernetes control plane with etcd",
        flavor: Some(flavor.into()),
        min: count,
        max: count,
        memory_mib: 2048,
        cpus: 2,
        anti_affinity,
        further: Vec::new(),
    }
}

fn worker(workers: &Workers, networks: &[WorkerNetwork]) -> (VduModel, Scaled) {
    let (mut model, scaled) = scaling(
        "worker",
        "workers",
        "Number of workers",
        "Node that runs workloads",
        workers,
    );
    model.further = further(networks);
    (model, scaled)
}

fn scaling(
    vdu: &'static str,
    aspect: &'static str,
    description: &'static str,
    of_vdu: &'static str,
    workers: &Workers,
) -> (VduModel, Scaled) {
    let model = VduModel {
        id: vdu,
        name: vdu.into(),
        cp: Some(format!("{vdu}Cp")),
        description: of_vdu,
        flavor: Some(workers.flavor.clone()),
        min: workers.min,
        max: workers.max,
        memory_mib: if vdu == "worker" { 1024 } else { 64 },
        cpus: 1,
        anti_affinity: false,
        further: Vec::new(),
    };
    let scaled = scaled(vdu, aspect, description, workers.counts());
    (model, scaled)
}

fn scaled(
    vdu: &'static str,
    aspect: &'static str,
    description: &'static str,
    counts: Counts,
) -> Scaled {
    Scaled {
        aspect,
        description,
        vdu,
        min: counts.min,
        max: counts.max,
        step: counts.step,
        max_level: (counts.max - counts.min) / counts.step,
    }
}

fn pods(container: &ContainerPackage) -> FlavourModel {
    let counts = container.pods.counts();
    let app = VduModel {
        id: "app",
        name: container.metadata.name.clone(),
        cp: None,
        description: "One of the pods",
        flavor: None,
        min: counts.min,
        max: counts.max,
        memory_mib: 0,
        cpus: 0,
        anti_affinity: false,
        further: Vec::new(),
    };
    let scaled = scaled("app", "pods", "Number of pods", counts);
    assemble(
        "simple",
        "Pods that scale together",
        vec![],
        Some(((app, scaled), counts)),
    )
}

fn assemble(
    id: &'static str,
    description: &str,
    mut vdus: Vec<VduModel>,
    scaled: Option<((VduModel, Scaled), Counts)>,
) -> FlavourModel {
    let fixed: BTreeMap<_, _> = vdus.iter().map(|vdu| (vdu.id, vdu.min)).collect();
    let level = |id, description, scale_level, counts| Level {
        id,
        description,
        scale_level,
        counts,
    };
    let Some(((vdu, scaled), wanted)) = scaled else {
        let levels = vec![level("default", "The only level", 0, fixed)];
        return FlavourModel {
            id,
            description: description.into(),
            vdus,
            scaled: None,
            levels,
            vip: false,
            single: false,
        };
    };
    let initial = (wanted.initial - wanted.min) / wanted.step;
    let counts = |scale_level: u32| {
        let mut counts = fixed.clone();
        counts.insert(scaled.vdu, scaled.min + scale_level * scaled.step);
        counts
    };
    let levels = vec![
        level("default", "The usual number", initial, counts(initial)),
        level("minimum", "As few as possible", 0, counts(0)),
        level(
            "maximum",
            "As many as possible",
            scaled.max_level,
            counts(scaled.max_level),
        ),
    ];
    vdus.push(vdu);
    FlavourModel {
        id,
        description: description.into(),
        vdus,
        scaled: Some(scaled),
        levels,
        vip: false,
        single: false,
    }
}
