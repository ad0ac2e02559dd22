//! How many steps of an aspect lead to what a person asks for: a number of VNFCs, or a level.

use super::{Error, Vnfm};
use crate::diagnose::Sink;
use crate::tacker::{ScaleType, VnfInstance};
use crate::tosca::model::{Aspect, Vnfd};

/// A change of size: the direction and the number of steps; nothing when there is none to make.
pub type Steps = Option<(ScaleType, u32)>;

impl Vnfm {
    /// Returns the steps from the present level of an aspect to `level`.
    ///
    /// # Errors
    /// The aspect is unknown or must be named.
    pub fn steps_to_level(
        vnf: &VnfInstance,
        aspect: Option<&str>,
        level: u32,
    ) -> Result<Steps, Error> {
        let aspect = Self::aspect(vnf, aspect)?;
        let now = vnf.scale_level(&aspect).unwrap_or_default();
        Ok(steps(now, level))
    }

    /// Returns the steps after which the VDUs that an aspect scales have `count` VNFCs together.
    ///
    /// # Errors
    /// The aspect is unknown or must be named, no level has that many, or the VNFD that would
    /// tell cannot be read.
    pub async fn steps_to_count(
        &self,
        vnf: &VnfInstance,
        aspect: Option<&str>,
        count: u32,
    ) -> Result<Steps, Error> {
        let id = Self::aspect(vnf, aspect)?;
        let size = self.size(vnf, &id).await.map_err(|error| match error {
            Error::Invalid(why) => Error::Invalid(format!("{why}; use --level, --out or --in")),
            other => other,
        })?;
        let level = size
            .level_with(count)
            .ok_or_else(|| Error::Invalid(size.unreachable(vnf.label(), &id, count)))?;
        Ok(steps(size.level, level))
    }

    /// Returns what an aspect has now and what it can have, by the VNFD.
    ///
    /// # Errors
    /// The VNFD cannot be read or does not say it.
    pub async fn size(&self, vnf: &VnfInstance, aspect: &str) -> Result<Size, Error> {
        let unknown = |why: String| {
            Error::Invalid(format!(
                "how many VNFCs a level of aspect `{aspect}` has is not known: {why}"
            ))
        };
        let package = self.find_package(&vnf.vnfd_id).await?;
        let files = self.contents(&package.id).await;
        let files = files.map_err(|error| unknown(super::words(&*error)))?;
        let vnfd = Vnfd::read(&files, &mut Sink::default())
            .ok_or_else(|| unknown("the VNFD cannot be read".into()))?;
        let flavour = vnf.instantiated_vnf_info.as_ref().and_then(|info| {
            let mut flavours = vnfd.flavours.iter();
            flavours.find(|one| one.id == info.flavour_id)
        });
        let known = flavour
            .and_then(|flavour| flavour.aspects.get(aspect))
            .ok_or_else(|| unknown("the VNFD does not have it".into()))?;
        Size::of(vnf, aspect, known).ok_or_else(|| unknown("its step changes no VDU".into()))
    }

    /// Returns the aspect that is meant.
    ///
    /// # Errors
    /// There is no such aspect, or it must be named.
    pub fn aspect(vnf: &VnfInstance, given: Option<&str>) -> Result<String, Error> {
        let known = vnf.aspects();
        match (given, known.as_slice()) {
            (Some(aspect), _) if known.contains(&aspect) => Ok(aspect.to_owned()),
            (Some(aspect), _) => Err(Error::Invalid(format!(
                "VNF `{}` has no scaling aspect `{aspect}`; it has: {}",
                vnf.label(),
                known.join(", ")
            ))),
            (None, [only]) => Ok((*only).to_owned()),
            (None, []) => Err(Error::Invalid(format!(
                "VNF `{}` has nothing that can be scaled",
                vnf.label()
            ))),
            (None, _) => Err(Error::Invalid(format!(
                "VNF `{}` has several scaling aspects, so name one with --aspect: {}",
                vnf.label(),
                known.join(", ")
            ))),
        }
    }
}

fn steps(now: u32, level: u32) -> Steps {
    match level.cmp(&now) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some((ScaleType::ScaleOut, level - now)),
        std::cmp::Ordering::Less => Some((ScaleType::ScaleIn, now - level)),
    }
}

/// What an aspect has now and what it can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    vdus: Vec<String>,
    level: u32,
    highest: u32,
    /// VNFCs of the VDUs now.
    count: u32,
    /// VNFCs that a step adds or removes.
    step: u32,
}

impl Size {
    /// Counts what is there; nothing when the aspect's step changes nothing.
    fn of(vnf: &VnfInstance, id: &str, aspect: &Aspect) -> Option<Self> {
        let step = aspect.step()?;
        let vnfcs = vnf.vnfcs().iter();
        let count = vnfcs.filter(|one| step.contains_key(&one.vdu_id)).count();
        let level = vnf.scale_level(id).unwrap_or_default();
        Self::at_level(aspect, level, u32::try_from(count).ok()?)
    }

    /// The size of so many VNFCs at a level; nothing when the aspect's step changes nothing.
    #[must_use]
    pub fn at_level(aspect: &Aspect, level: u32, count: u32) -> Option<Self> {
        let step = aspect.step()?;
        let size = Self {
            level,
            highest: aspect.max_scale_level,
            count,
            step: step.values().fold(0, |sum: u32, n| sum.saturating_add(*n)),
            vdus: step.keys().cloned().collect(),
        };
        (size.step > 0).then_some(size)
    }

    /// Returns the VDUs that the aspect scales.
    #[must_use]
    pub fn vdus(&self) -> &[String] {
        &self.vdus
    }

    /// Returns how many VNFCs a step adds or removes.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Returns how many VNFCs there are at the lowest and at the highest level.
    #[must_use]
    pub fn range(&self) -> Option<(u32, u32)> {
        Some((self.at(0)?, self.at(self.highest)?))
    }

    /// Returns how many VNFCs a level has, if that can be: a VNFC that was removed by other means
    /// would make it less than none.
    fn at(&self, level: u32) -> Option<u32> {
        let change = (i64::from(level) - i64::from(self.level)) * i64::from(self.step);
        u32::try_from(i64::from(self.count) + change).ok()
    }

    /// Returns the numbers of VNFCs that there can be.
    pub fn counts(&self) -> impl Iterator<Item = u32> + Clone {
        (0..=self.highest).filter_map(|level| self.at(level))
    }

    /// Returns the level at which there are so many VNFCs, if there is one.
    #[must_use]
    pub fn level_with(&self, count: u32) -> Option<u32> {
        (0..=self.highest).find(|level| self.at(*level) == Some(count))
    }

    fn unreachable(&self, vnf: &str, aspect: &str, count: u32) -> String {
        let counts = self.counts();
        let below = counts.clone().filter(|one| *one < count).max();
        let above = counts.clone().filter(|one| *one > count).min();
        let near: Vec<_> = [below, above]
            .into_iter()
            .flatten()
            .map(|one| one.to_string())
            .collect();
        let vdus: Vec<_> = self.vdus.iter().map(|vdu| format!("`{vdu}`")).collect();
        format!(
            "VNF `{vnf}` cannot have {count} VNFCs of {}: aspect `{aspect}` changes their number \
             by {}, from {} to {}; nearest {} {}",
            vdus.join(" and "),
            self.step,
            counts.clone().min().unwrap_or_default(),
            counts.max().unwrap_or_default(),
            if near.len() == 1 { "is" } else { "are" },
            near.join(" and ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    /// Two VNFCs at level 0, three more with each of at most two steps, now at level 1.
    fn size() -> Size {
        Size {
            vdus: vec!["worker".into()],
            level: 1,
            highest: 2,
            count: 5,
            step: 3,
        }
    }

    #[rstest]
    #[case(2, Some(0))]
    #[case(5, Some(1))]
    #[case(8, Some(2))]
    #[case(0, None)]
    #[case(6, None)]
    #[case(11, None)]
    fn a_count_is_reached_at_its_level_only(#[case] count: u32, #[case] level: Option<u32>) {
        assert_eq!(size().level_with(count), level);
    }

    #[rstest]
    #[case(6, "nearest are 5 and 8")]
    #[case(1, "nearest is 2")]
    #[case(99, "nearest is 8")]
    fn the_counts_beside_it_are_told(#[case] count: u32, #[case] end: &str) {
        let words = size().unreachable("web", "workers", count);
        assert!(words.ends_with(end), "{words}");
        assert!(
            words.contains("changes their number by 3, from 2 to 8"),
            "{words}"
        );
    }

    #[test]
    fn only_the_vnfcs_of_the_aspects_vdus_count() {
        let vnf: VnfInstance = serde_json::from_value(json!({
            "id": "1", "vnfdId": "d", "instantiationState": "INSTANTIATED",
            "instantiatedVnfInfo": {"flavourId": "simple",
                "scaleStatus": [{"aspectId": "workers", "scaleLevel": 1}],
                "vnfcInfo": [{"id": "a", "vduId": "worker"}, {"id": "b", "vduId": "gateway"},
                    {"id": "c", "vduId": "master"}]},
        }))
        .unwrap();
        let delta = [("worker".to_owned(), 1), ("gateway".to_owned(), 1)];
        let mut aspect = Aspect {
            max_scale_level: 4,
            step_deltas: vec!["d".into()],
            deltas: [("d".to_owned(), delta.into())].into(),
        };
        let size = Size::of(&vnf, "workers", &aspect).unwrap();
        assert_eq!((size.count, size.step, size.level), (2, 2, 1));
        assert_eq!(size.at(0), Some(0));
        aspect.deltas.clear();
        assert_eq!(Size::of(&vnf, "workers", &aspect), None);
    }

    #[test]
    fn levels_become_steps() {
        assert_eq!(steps(1, 1), None);
        assert_eq!(steps(1, 3), Some((ScaleType::ScaleOut, 2)));
        assert_eq!(steps(3, 0), Some((ScaleType::ScaleIn, 3)));
    }
}
