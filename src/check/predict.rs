//! What a VNFM will make of a package, operation by operation, out of what was found in it.
//!
//! A finding's code says when its fault bites ([`Verdict`]); the table here says which operation it
//! is that then fails, or does less than the package says. It is held to what Tacker itself answers
//! by the tests of the corpus.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::aside::{Aside, By};
use super::code;
use super::logged::logged;
use super::older::{self, NOT_BEFORE_14};
use super::policy::fits;
use crate::diagnose::{Code, Sink, Sources, Verdict};

/// Whom a package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A release of Tacker, by its major version, with the tosca-parser that came with it.
    Tacker(u8),
    /// A VNFM of which nothing is known but that it follows SOL001 and SOL004.
    Generic,
}

impl Default for Target {
    fn default() -> Self {
        Self::Tacker(older::NEWEST)
    }
}

impl ValueEnum for Target {
    fn value_variants<'a>() -> &'a [Self] {
        use Target::{Generic, Tacker};
        const ALL: [Target; 10] = [
            Tacker(16),
            Tacker(15),
            Tacker(14),
            Tacker(13),
            Tacker(12),
            Tacker(11),
            Tacker(10),
            Tacker(9),
            Tacker(8),
            Generic,
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Codes about what Tacker alone asks for, or fails at: Heat and its user data, the folders in which
/// it looks, its reading of manifests, and its v2 API.
const OF_TACKER: &[&str] = &[
    "hot-*",
    "kubernetes-*",
    "layout-*",
    "manifest-entries-merged",
    "manifest-key-unknown",
    "manifest-line-ends",
    "manifest-source-url",
    "meta-manifest-name",
    "vnfd-artifact-url",
    "vnfd-import-url",
];

fn is_of_tacker(code: &Code) -> bool {
    let of_api = code.name.starts_with("vnfd-") && code.verdict == Verdict::FailsLater;
    of_api || OF_TACKER.iter().any(|pattern| fits(pattern, code.name))
}

impl Target {
    /// Turns what was found for Tacker 16 into what holds for the target: adds what it minds more,
    /// takes out what does not concern it, and returns that.
    pub fn apply(self, sources: &Sources, sink: &mut Sink) -> Vec<Aside> {
        let is_foreign = |code: &Code| match self {
            Self::Tacker(release) => release < 14 && NOT_BEFORE_14.contains(&code.name),
            Self::Generic => is_of_tacker(code),
        };
        if let Self::Tacker(release) = self {
            older::check(release, sources, sink);
        }
        let others = sink.take(|finding| code(finding.code).filter(|code| is_foreign(code)));
        let others = others.into_iter();
        others
            .map(|(finding, _)| Aside {
                finding,
                by: By::Target,
            })
            .collect()
    }

    /// Says what the target will make of a package in which this was found for it, by
    /// [`apply`](Self::apply).
    #[must_use]
    pub fn predict(self, sink: &Sink) -> Prediction {
        let logs = match self {
            Self::Tacker(_) => logs(sink),
            Self::Generic => Vec::new(),
        };
        Prediction {
            target: self,
            operations: predict(sink),
            logs,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tacker(8) => "tacker@8",
            Self::Tacker(9) => "tacker@9",
            Self::Tacker(10) => "tacker@10",
            Self::Tacker(11) => "tacker@11",
            Self::Tacker(12) => "tacker@12",
            Self::Tacker(13) => "tacker@13",
            Self::Tacker(14) => "tacker@14",
            Self::Tacker(15) => "tacker@15",
            Self::Tacker(_) => "tacker@16",
            Self::Generic => "generic",
        }
    }
}

/// What a target will make of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    target: Target,
    operations: Vec<(Operation, Outlook)>,
    logs: Vec<String>,
}

impl Prediction {
    /// Returns what the target's log will say when it drops the package: the first of these that it
    /// comes upon, or, where it collects faults, several.
    #[must_use]
    pub fn logs(&self) -> &[String] {
        &self.logs
    }

    /// Says it in a line.
    #[must_use]
    pub fn words(&self) -> String {
        let operations = self.operations.iter();
        let parts: Vec<_> = operations
            .map(|(operation, outlook)| format!("{} {}", operation.word(), outlook.words()))
            .collect();
        format!("{}: {}", self.target.name(), parts.join(", "))
    }

    /// Tells whether all operations will do what the package says.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut operations = self.operations.iter();
        operations.all(|(_, outlook)| *outlook == Outlook::Works)
    }

    /// Returns what will become of an operation.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Option<&Outlook> {
        let found = self
            .operations
            .iter()
            .find(|(other, _)| *other == operation);
        found.map(|(_, outlook)| outlook)
    }
}

/// As a map: the target, then each operation with its outlook.
impl Serialize for Prediction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.operations.len()))?;
        map.serialize_entry("target", self.target.name())?;
        for (operation, outlook) in &self.operations {
            map.serialize_entry(operation, outlook)?;
        }
        if !self.logs.is_empty() {
            map.serialize_entry("logs", &self.logs)?;
        }
        map.end()
    }
}

/// An operation of a VNFM on a package, or on the VNF made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// The upload of the package (SOL005 §9.4.4).
    Onboard,
    /// Instantiate VNF (SOL003 §5.4.4).
    Instantiate,
    /// Scale VNF (SOL003 §5.4.5).
    Scale,
    /// Heal VNF (SOL003 §5.4.9).
    Heal,
    /// Change current VNF package (SOL003 §5.4.11a).
    ChangePackage,
}

impl Operation {
    /// All, in the order in which they happen.
    pub const ALL: [Self; 5] = [
        Self::Onboard,
        Self::Instantiate,
        Self::Scale,
        Self::Heal,
        Self::ChangePackage,
    ];

    /// Names it as people do.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Instantiate => "instantiate",
            Self::Scale => "scale",
            Self::Heal => "heal",
            Self::ChangePackage => "change package",
        }
    }
}

impl Outlook {
    /// Says it behind the operation's name.
    fn words(&self) -> String {
        match self {
            Self::Works => "yes".to_owned(),
            Self::Differs(codes) => format!("not as it says ({})", codes.join(", ")),
            Self::Fails(codes) => format!("no ({})", codes.join(", ")),
            Self::OutOfReach(_) => "no".to_owned(),
        }
    }
}

/// How bad a fault is for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// It goes through and does less, or something else, than the package says.
    Differs,
    /// It fails, at least for some requests.
    Fails,
}

/// What will become of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "outlook", content = "because")]
pub enum Outlook {
    /// Nothing was found that stands in its way.
    Works,
    /// It goes through and does less, or something else, than the package says; by these codes.
    Differs(Vec<&'static str>),
    /// It fails, at least for some requests; by these codes.
    Fails(Vec<&'static str>),
    /// An earlier operation fails that it needs.
    OutOfReach(Operation),
}

/// Which operations the faults of codes reach that Tacker takes on upload; the longest pattern
/// counts. A fault of a code that stands here for no operation is one of instantiation that makes
/// less than the package says, as of nodes that Tacker does not see.
const REACH: &[(&str, &[(Operation, Effect)])] = {
    use Effect::{Differs, Fails};
    use Operation::{ChangePackage, Heal, Instantiate, Scale};
    const NEVER: &[(Operation, Effect)] = &[(Instantiate, Fails)];
    const NO_SCALING: &[(Operation, Effect)] = &[(Scale, Fails)];
    const OTHER_SCALING: &[(Operation, Effect)] = &[(Scale, Differs)];
    const UNSEEN: &[(Operation, Effect)] = &[(Instantiate, Differs), (Heal, Differs)];
    &[
        ("hot-absent", NEVER),
        ("hot-attribute-unknown", NEVER),
        ("hot-condition-*", NEVER),
        ("hot-definition-invalid", NEVER),
        ("hot-function-arguments", NEVER),
        ("hot-function-removed", NEVER),
        ("hot-get-file", NEVER),
        ("hot-group-capacity", OTHER_SCALING),
        ("hot-group-flavor", NEVER),
        ("hot-group-image", &[(ChangePackage, Fails)]),
        ("hot-group-image-unset", &[(ChangePackage, Fails)]),
        ("hot-group-of-servers", UNSEEN),
        ("hot-group-size", NO_SCALING),
        ("hot-key-unknown", NEVER),
        ("hot-missing", NEVER),
        ("hot-nested-cycle", NEVER),
        ("hot-nested-missing", NEVER),
        ("hot-nested-parameter-*", NEVER),
        ("hot-nested-too-deep", UNSEEN),
        ("hot-nfv-fixed-ips", NEVER),
        ("hot-nfv-missing", NEVER),
        ("hot-nfv-type", NEVER),
        ("hot-not-scalable", OTHER_SCALING),
        ("hot-parameter-default", NEVER),
        ("hot-parameter-unfilled", NEVER),
        ("hot-parameter-unknown", NEVER),
        ("hot-parent-name", NEVER),
        ("hot-property-*", NEVER),
        ("hot-resource-unknown", NEVER),
        ("hot-resources-missing", NEVER),
        ("hot-server-without-vdu", UNSEEN),
        ("hot-standard-*", NEVER),
        ("hot-type-unknown", NEVER),
        ("hot-unreadable", NEVER),
        ("hot-vdu-without-server", UNSEEN),
        ("hot-version", NEVER),
        ("kubernetes-*", NEVER),
        ("layout-definitions-*", NEVER),
        ("layout-entry-elsewhere", NEVER),
        ("python-*", NEVER),
        // Requests that name no user data do without.
        ("python-userdata-*", &[(Instantiate, Differs)]),
        ("vnfd-affinity-targets", NEVER),
        ("vnfd-aspect-without-deltas", NO_SCALING),
        ("vnfd-default-level-missing", NEVER),
        ("vnfd-delta-unknown", NO_SCALING),
        ("vnfd-delta-unused", OTHER_SCALING),
        ("vnfd-deltas-*", NO_SCALING),
        ("vnfd-deltas-no-vdu", OTHER_SCALING),
        ("vnfd-flavour-*", NEVER),
        ("vnfd-group-without-members", NEVER),
        ("vnfd-hook-artifact-type", NEVER),
        ("vnfd-hook-form", NEVER),
        ("vnfd-image-artifact", NEVER),
        ("vnfd-level-above-max", OTHER_SCALING),
        ("vnfd-level-aspect-unknown", OTHER_SCALING),
        ("vnfd-level-without-aspect", NO_SCALING),
        ("vnfd-level-without-count", NEVER),
        ("vnfd-node-type-derived", UNSEEN),
        ("vnfd-number-not-whole", NEVER),
        ("vnfd-requirement-form", UNSEEN),
        ("vnfd-scaled-from-zero", OTHER_SCALING),
        ("vnfd-section-empty", NEVER),
        ("vnfd-step-deltas-missing", NO_SCALING),
        // Who has a file looked up as an artifact misses it; no operation does.
        ("manifest-*", &[]),
    ]
};

fn reach(name: &str) -> &'static [(Operation, Effect)] {
    let fitting = REACH.iter().filter(|(of, _)| fits(of, name));
    let longest = fitting.max_by_key(|(of, _)| of.len());
    longest.map_or(
        &[(Operation::Instantiate, Effect::Differs)],
        |(_, reach)| reach,
    )
}

/// What is logged of the findings for which the upload drops a package, each text once.
fn logs(sink: &Sink) -> Vec<String> {
    let mut texts = Vec::new();
    for finding in sink.diagnostics() {
        let is_rejected = code(finding.code).is_some_and(|code| code.verdict == Verdict::Rejected);
        let text = is_rejected.then(|| logged(finding)).flatten();
        if let Some(text) = text.filter(|text| !texts.contains(text)) {
            texts.push(text);
        }
    }
    texts
}

/// Says of one operation after the other what will become of it.
fn predict(sink: &Sink) -> Vec<(Operation, Outlook)> {
    let mut faults = Vec::new();
    for finding in sink.diagnostics() {
        let Some(code) = code(finding.code) else {
            continue;
        };
        match code.verdict {
            Verdict::Rejected => faults.push((code.name, Operation::Onboard, Effect::Fails)),
            Verdict::FailsLater => {
                let reach = reach(code.name).iter();
                faults.extend(reach.map(|(operation, effect)| (code.name, *operation, *effect)));
            }
            Verdict::Accepted | Verdict::Unbuildable => {}
        }
    }
    faults.sort_unstable();
    faults.dedup();
    let mut predicted: Vec<(Operation, Outlook)> = Vec::new();
    for operation in Operation::ALL {
        // The first that fails of the two that all others need.
        let mut needed = predicted.iter().take(2);
        let failed = needed.find(|(_, outlook)| matches!(outlook, Outlook::Fails(_)));
        let outlook = match failed {
            Some((first, _)) => Outlook::OutOfReach(*first),
            None => of(operation, &faults),
        };
        predicted.push((operation, outlook));
    }
    predicted
}

fn of(operation: Operation, faults: &[(&'static str, Operation, Effect)]) -> Outlook {
    let by = |effect| -> Vec<_> {
        let fitting = faults
            .iter()
            .filter(|fault| fault.1 == operation && fault.2 == effect);
        fitting.map(|fault| fault.0).collect()
    };
    let (fails, differs) = (by(Effect::Fails), by(Effect::Differs));
    if !fails.is_empty() {
        Outlook::Fails(fails)
    } else if !differs.is_empty() {
        Outlook::Differs(differs)
    } else {
        Outlook::Works
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::of_packages;
    use super::*;
    use crate::diagnose::Diagnostic;

    fn predicted(codes: &[&'static str]) -> Vec<Outlook> {
        let mut sink = Sink::default();
        for code in codes {
            sink.push(Diagnostic::file_error(code, "a".into(), ""));
        }
        let predicted = predict(&sink).into_iter();
        predicted.map(|(_, outlook)| outlook).collect()
    }

    #[test]
    fn nothing_comes_of_what_is_not_taken() {
        use Operation::{Instantiate, Onboard};
        use Outlook::{Differs, Fails, OutOfReach, Works};
        let all = predicted(&["meta-missing", "hot-version"]);
        let out = OutOfReach(Onboard);
        assert_eq!(all[0], Fails(vec!["meta-missing"]));
        assert!(all[1..].iter().all(|outlook| *outlook == out), "{all:?}");
        let all = predicted(&["hot-version", "hot-not-scalable"]);
        assert_eq!(all[..2], [Works, Fails(vec!["hot-version"])]);
        assert_eq!(
            all[2..],
            [
                OutOfReach(Instantiate),
                OutOfReach(Instantiate),
                OutOfReach(Instantiate)
            ]
        );
        let all = predicted(&["hot-not-scalable", "hot-nfv-short"]);
        assert_eq!(
            all,
            [
                Works,
                Differs(vec!["hot-nfv-short"]),
                Differs(vec!["hot-not-scalable"]),
                Works,
                Works
            ]
        );
        assert_eq!(predicted(&["meta-key-missing"]), vec![Works; 5]);
    }

    #[test]
    fn the_table_is_of_codes_that_bite_later() {
        for (pattern, _) in REACH {
            let mut fitting = of_packages().filter(|code| fits(pattern, code.name));
            assert!(
                fitting.any(|code| code.verdict == Verdict::FailsLater),
                "{pattern}"
            );
        }
    }
}
