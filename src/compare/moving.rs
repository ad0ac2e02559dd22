//! What Tacker 16 does with a VNF that runs when it is moved to another package
//! (`change_vnfpkg` of `tacker/sol_refactored/infra_drivers/openstack/openstack.py`).
//!
//! The request names VDUs in `vdu_params`; their VNFCs get image and flavor of the new VNFD one
//! after the other, those of other VDUs all at once at the end. Counts and the greatest levels stay
//! as they are. What becomes of templates is up to the user data that the request names: Tacker's own
//! hands Heat new parameters and no template (`DefaultUserData.change_vnfpkg`), so that the stack keeps
//! the one that it has; `StandardUserData` puts the new ones in its place, and Heat changes or replaces
//! what differs as its resources say.

use camino::Utf8Path;
use serde::Serialize;
use serde_json::Value;

use super::{Change, FileChange, Kind};
use crate::hot::{UserData, is_replacing};
use crate::tosca::model::{Flavour, Vdu, Vnfd};

/// What becomes of VNFs of the first package that are moved to the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// Whether Tacker can move those of at least one flavour.
    pub is_possible: bool,
    /// The user data that the new package has the request name; it decides on templates.
    pub user_data: UserData,
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
    /// It stays as it was, whatever the new package says.
    Kept,
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
            Self::Kept => "kept",
        }
    }
}

impl Move {
    /// Says it of two descriptors; `said` gives what a file of the new package says.
    pub(super) fn of(
        old: &Vnfd,
        new: &Vnfd,
        user_data: UserData,
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
                    vdus(flavour, other, user_data, &mut fates);
                    aspects(flavour, other, &mut fates);
                }
                None => fates.push(Fate {
                    part: format!("flavour {}", flavour.id),
                    outcome: Outcome::Impossible,
                    why: "the new package has none of that id".to_owned(),
                }),
            }
        }
        is_possible &= are_kept > 0;
        for file in files.iter().filter(|file| file.path.starts_with("BaseHOT")) {
            match (user_data, file.is) {
                (UserData::Default, _) => fates.push(kept(file)),
                (_, Kind::Changed) => resources(file, said, &mut fates),
                _ => {}
            }
        }
        fates.sort_by(|a, b| (a.outcome, &a.part).cmp(&(b.outcome, &b.part)));
        Self {
            is_possible,
            user_data,
            fates,
        }
    }
}

fn vdus(old: &Flavour, new: &Flavour, user_data: UserData, fates: &mut Vec<Fate>) {
    let is_template_kept = user_data == UserData::Default;
    let mut push = |vdu: &Vdu, outcome, why: String| {
        fates.push(Fate {
            part: format!("VDU {} of {}", vdu.id, old.id),
            outcome,
            why,
        });
    };
    for vdu in &old.vdus {
        let Some(other) = new.vdus.iter().find(|other| other.id == vdu.id) else {
            let why = "the new package has none of that id";
            match is_template_kept {
                true => push(
                    vdu,
                    Outcome::Kept,
                    format!("{why}: its servers run on, and Tacker no longer knows them"),
                ),
                false => push(vdu, Outcome::Removed, why.to_owned()),
            }
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
            let why = "the old package has none of that id";
            match is_template_kept {
                true => push(vdu, Outcome::Kept, format!("{why}, and no server is made")),
                false => push(vdu, Outcome::Added, why.to_owned()),
            }
        }
    }
}

/// How far each aspect goes is what the VNF was instantiated with.
fn aspects(old: &Flavour, new: &Flavour, fates: &mut Vec<Fate>) {
    for (id, aspect) in &old.aspects {
        let (was, is) = match new.aspects.get(id) {
            Some(other) => (aspect.max_scale_level, other.max_scale_level),
            None => continue,
        };
        if was != is {
            fates.push(Fate {
                part: format!("aspect {id} of {}", old.id),
                outcome: Outcome::Kept,
                why: format!(
                    "max_scale_level {was} -> {is}: a VNF that runs goes to {was}, as when it was made"
                ),
            });
        }
    }
}

/// A template that Heat is not given.
fn kept(file: &FileChange) -> Fate {
    let mut names: Vec<_> = file.changes.iter().filter_map(resource).collect();
    names.dedup();
    let what = match names.is_empty() {
        true => "it does".to_owned(),
        false => format!("the changes of {} do", names.join(", ")),
    };
    Fate {
        part: file.path.to_string(),
        outcome: Outcome::Kept,
        why: format!(
            "{what} not reach the stack, for Tacker's default user data hands Heat no template"
        ),
    }
}

/// The resource of a template that a change is about.
fn resource(change: &Change) -> Option<&str> {
    match change.place.as_slice() {
        [section, name, ..] if section == "resources" => Some(name),
        _ => None,
    }
}

/// What becomes of the resources of a Heat template.
fn resources(file: &FileChange, said: &dyn Fn(&Utf8Path) -> Option<Value>, fates: &mut Vec<Fate>) {
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
