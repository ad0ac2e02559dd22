//! How many VNFCs of a VDU scaling can make, against what its profile allows (SOL001 §6.8.1 and
//! §6.10): from the initial delta on, by the steps of all aspects.

use super::{Flavour, Template, targets, templates};
use crate::diagnose::{Diagnostic, Sink};
use crate::tosca::types::At;

const INITIAL: &str = "tosca.policies.nfv.VduInitialDelta";
const ASPECTS: &str = "tosca.policies.nfv.ScalingAspects";
const DELTAS: &str = "tosca.policies.nfv.VduScalingAspectDeltas";

/// Whom the profile concerns.
const WHY: &str = "Tacker does not look at vdu_profile; other orchestrators do";

/// A number, and where it stands.
#[derive(Clone, Copy)]
struct Number<'d> {
    value: i64,
    at: At<'d>,
}

impl<'d> Number<'d> {
    fn of(at: Option<At<'d>>) -> Option<Self> {
        let at = at?;
        let value = at.node.as_i64()?;
        Some(Self { value, at })
    }
}

/// Checks the VDUs of a flavour.
pub(super) fn check(flavour: Flavour<'_>, sink: &mut Sink) {
    let policies: Vec<_> = super::policies(flavour.topology).collect();
    let of = |kind: &'static str| {
        policies
            .iter()
            .filter(move |policy| policy.kind() == Some(kind))
    };
    let aspects: Vec<_> = of(ASPECTS)
        .flat_map(|policy| templates(policy.at.at(&["properties", "aspects"])))
        .collect();
    for vdu in flavour.vdus() {
        let profile = |key| Number::of(vdu.at.at(&["properties", "vdu_profile", key]));
        let (min, max) = (
            profile("min_number_of_instances"),
            profile("max_number_of_instances"),
        );
        if let (Some(min), Some(max)) = (min, max) {
            range(&vdu, min, max, sink);
        }
        let is_for = |policy: &&Template<'_>| targets(policy).any(|(name, _)| name == vdu.name);
        let initial = of(INITIAL).find(is_for);
        let initial = initial.and_then(|policy| {
            Number::of(
                policy
                    .at
                    .at(&["properties", "initial_delta", "number_of_instances"]),
            )
        });
        let Some(initial) = initial else { continue };
        // What a level has already told is not told again.
        let counts = level_counts(flavour, vdu.name);
        let is_told = |min: &Number<'_>| counts.iter().any(|count| *count < min.value);
        if let Some(min) = min.filter(|min| initial.value < min.value && !is_told(min)) {
            let message = format!(
                "before it is scaled, the VNF has {} of `{}`, whose profile allows at least {}",
                initial.value, vdu.name, min.value
            );
            outside(initial, min, message, sink);
        }
        let steps = of(DELTAS).filter(is_for);
        let steps: Option<Vec<_>> = steps.map(|policy| step(policy, &aspects)).collect();
        let max = max.filter(|max| counts.iter().all(|count| *count <= max.value));
        if let (Some(max), Some(steps)) = (max, steps) {
            highest(&vdu, initial, &steps, max, sink);
        }
    }
}

/// Returns how many of a VDU the instantiation levels make.
fn level_counts(flavour: Flavour<'_>, vdu: &str) -> Vec<i64> {
    let counts = flavour.policies_of("tosca.policies.nfv.VduInstantiationLevels");
    let counts = counts.filter(|policy| targets(policy).any(|(name, _)| name == vdu));
    let levels = counts.flat_map(|policy| templates(policy.at.at(&["properties", "levels"])));
    levels
        .filter_map(|level| level.at.get("number_of_instances")?.node.as_i64())
        .collect()
}

fn range(vdu: &Template<'_>, min: Number<'_>, max: Number<'_>, sink: &mut Sink) {
    if min.value > max.value {
        let message = format!(
            "the profile of `{}` allows at least {} and at most {}",
            vdu.name, min.value, max.value
        );
        let place = max.at;
        sink.push(
            Diagnostic::warning("vnfd-profile-range", place.file, place.node.span, message)
                .label(min.at.file, min.at.node.span, "the least")
                .why(format!("no number is both; {WHY}"))
                .help("write the larger of the two here"),
        );
    }
}

/// Returns the highest level of a policy's aspect, and how many VNFCs each step to it adds;
/// nothing where that is not known.
fn step<'d>(policy: &Template<'d>, aspects: &[Template<'d>]) -> Option<(Number<'d>, i64)> {
    let name = policy.at.at(&["properties", "aspect"])?.node.as_str()?;
    let aspect = aspects.iter().find(|aspect| aspect.name == name)?;
    let highest = Number::of(aspect.at.get("max_scale_level"))?;
    let delta = aspect.at.get("step_deltas")?.items().next()?.node.text()?;
    let path = ["properties", "deltas", delta, "number_of_instances"];
    Some((highest, policy.at.at(&path)?.node.as_i64()?))
}

fn highest(
    vdu: &Template<'_>,
    initial: Number<'_>,
    steps: &[(Number<'_>, i64)],
    max: Number<'_>,
    sink: &mut Sink,
) {
    let count = steps.iter().fold(initial.value, |count, (levels, step)| {
        count.saturating_add(levels.value.saturating_mul(*step))
    });
    if count <= max.value {
        return;
    }
    let (what, place) = match steps.last() {
        Some((levels, _)) => ("scaled out as far as it goes", *levels),
        None => ("which is not scaled", initial),
    };
    let message = format!(
        "{what}, the VNF has {count} of `{}`, whose profile allows at most {}",
        vdu.name, max.value
    );
    outside(place, max, message, sink);
}

fn outside(place: Number<'_>, bound: Number<'_>, message: String, sink: &mut Sink) {
    let at = place.at;
    sink.push(
        Diagnostic::warning("vnfd-scale-outside-profile", at.file, at.node.span, message)
            .label(bound.at.file, bound.at.node.span, "the profile")
            .why(WHY)
            .help("change one of the two"),
    );
}
