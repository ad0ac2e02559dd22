//! What Tacker 16 does with a VNF that runs when it is moved to another package
//! (`change_vnfpkg` of `tacker/sol_refactored/infra_drivers/openstack/openstack.py`).
//!
//! The request names VDUs in `vdu_params`; their VNFCs get image and flavor of the new package one
//! after the other. Then the whole stack is updated to the new package's templates at once: what
//! differs otherwise, Heat changes or replaces then, as its resources say. Counts stay as they are.

use camino::Utf8Path;
use serde::Serialize;
use serde_json::Value;

use super::{FileChange, Kind};
use crate::hot::is_replacing;
use crate::tosca::model::{Flavour, Vdu, Vnfd};

/// What becomes of VNFs of the first package that are moved to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// Whether Tacker can move those of at least one flavour.
    pub is_possible: bool,
    /// What becomes of their parts.
    pub fates: Vec<Fate>,
}

/// What becomes of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// The part: a flavour, a VDU of one, or a resource of a template.
    pub part: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// By what.
    pub why: String,
}

/// What becomes of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// VNFs cannot be moved.
    Impossible,
    /// It is deleted.
    Removed,
    /// It is deleted and made anew, all at once.
    Replaced,
    /// VNFC after VNFC, where the request names the VDU in `vdu_params`; all at once otherwise.
    Rolled,
    /// It is made.
    Added,
    /// It is changed where it is.
    Updated,
}

impl Outcome {
    /// Names it in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Impossible => "impossible",
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::Rolled => "rolled",
            Self::Added => "added",
            Self::Updated => "updated",
        }
    }
}

impl Move {
    /// Says it of two descriptors; `said` gives what a file of the new package says.
    pub(super) fn of(
        old: &Vnfd,
        new: &Vnfd,
        files: &[FileChange],
        said: &dyn Fn(&Utf8Path) -> Option<Value>,
    ) -> Self {
        let mut fates = Vec::new();
        if old.id == new.id && !files.is_empty() {
            fates.push(Fate {
                part: format!("VNFD {}", old.id),
                outcome: Outcome::Impossible,
                why: "both have this id, and Tacker keeps one package of an id: give the new one \
                      another"
                    .to_owned(),
            });
        }
        let mut is_possible = fates.is_empty();
        let mut are_kept = 0;
        for flavour in &old.flavours {
            match new.flavours.iter().find(|other| other.id == flavour.id) {
                Some(other) => {
                    are_kept += 1;
                    vdus(flavour, other, &mut fates);
                }
                None => fates.push(Fate {
                    part: format!("flavour {}", flavour.id),
                    outcome: Outcome::Impossible,
                    why: "the new package has none of that id".to_owned(),
                }),
            }
        }
        is_possible &= are_kept > 0;
        for file in files.iter().filter(|file| file.is == Kind::Changed) {
            resources(file, said, &mut fates);
        }
        fates.sort_by(|a, b| (a.outcome, &a.part).cmp(&(b.outcome, &b.part)));
        Self { is_possible, fates }
    }
}

fn vdus(old: &Flavour, new: &Flavour, fates: &mut Vec<Fate>) {
    let mut push = |vdu: &Vdu, outcome, why: String| {
        fates.push(Fate {
            part: format!("VDU {} of {}", vdu.id, old.id),
            outcome,
            why,
        });
    };
    for vdu in &old.vdus {
        let Some(other) = new.vdus.iter().find(|other| other.id == vdu.id) else {
            push(
                vdu,
                Outcome::Removed,
                "the new package has none of that id".to_owned(),
            );
            continue;
        };
        let image = |vdu: &Vdu| vdu.image.clone().or_else(|| vdu.image_file.clone());
        let mut reasons = Vec::new();
        for (what, was, is) in [
            ("image", image(vdu), image(other)),
            (
                "flavor",
                vdu.compute_flavour.clone(),
                other.compute_flavour.clone(),
            ),
        ] {
            if was != is {
                let shown = |one: Option<String>| one.unwrap_or_else(|| "none".to_owned());
                reasons.push(format!("{what} {} -> {}", shown(was), shown(is)));
            }
        }
        if !reasons.is_empty() {
            push(vdu, Outcome::Rolled, reasons.join(", "));
        }
    }
    for vdu in &new.vdus {
        if old.vdus.iter().all(|other| other.id != vdu.id) {
            push(
                vdu,
                Outcome::Added,
                "the old package has none of that id".to_owned(),
            );
        }
    }
}

/// What becomes of the resources of a Heat template.
fn resources(file: &FileChange, said: &dyn Fn(&Utf8Path) -> Option<Value>, fates: &mut Vec<Fate>) {
    if !file.path.starts_with("BaseHOT") {
        return;
    }
    let template = said(&file.path).unwrap_or_default();
    for change in &file.changes {
        let [section, name, rest @ ..] = change.place.as_slice() else {
            continue;
        };
        if section != "resources" {
            continue;
        }
        let kind = template["resources"][name]["type"]
            .as_str()
            .unwrap_or_default();
        let property = match rest {
            [properties, property, ..] if properties == "properties" => Some(property.as_str()),
            _ => None,
        };
        let (outcome, why) = match (rest, property) {
            ([], _) if change.was.is_none() => (Outcome::Added, "it is new".to_owned()),
            ([], _) if change.is.is_none() => (Outcome::Removed, "it is gone".to_owned()),
            ([key], _) if key == "type" => (Outcome::Replaced, "its type differs".to_owned()),
            (_, Some(property)) if is_replacing(kind, property) => (
                Outcome::Replaced,
                format!("`{property}` cannot be changed in place"),
            ),
            (_, Some(property)) => (Outcome::Updated, format!("`{property}` differs")),
            _ => continue,
        };
        let fate = Fate {
            part: format!("{name} of {}", file.path),
            outcome,
            why,
        };
        if !fates.contains(&fate) {
            fates.push(fate);
        }
    }
}
