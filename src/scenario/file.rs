//! The scenario file: which steps a test run takes, and what must hold after each.

use crate::diagnose::{Diagnostic, Sink};
use crate::yaml::{self, Node};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A test run, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name in the report.
    pub name: String,
    /// Cluster spec to build the package from, relative to the scenario file.
    pub spec: Utf8PathBuf,
    /// What to do, in this order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Builds the package.
    Build(Expect),
    /// Uploads it and waits until it is onboarded.
    Push(Expect),
    /// Makes the VNF.
    Instantiate(Instantiate),
    /// Changes its number of workers.
    Scale(Scale),
    /// Replaces VNFCs.
    Heal(Heal),
    /// Ends the VNF.
    Terminate(Expect),
    /// Deletes the VNF's record and the package.
    Delete(Expect),
}

/// What must hold after a step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// Number of VNFCs per VDU.
    #[serde(default)]
    pub vnfcs: BTreeMap<String, u32>,
    /// State in which the operation ends; COMPLETED when not said.
    #[serde(default)]
    pub state: Option<String>,
    /// Seconds that the step may take.
    #[serde(default)]
    pub within_seconds: Option<u64>,
}

/// Arguments of `instantiate`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instantiate {
    /// Deployment flavour; the package's only or default one when not said.
    #[serde(default)]
    pub flavour: Option<String>,
    /// Instantiation level; the flavour's default one when not said.
    #[serde(default)]
    pub level: Option<String>,
    /// VIM, by name or id; Tacker's default one when not said.
    #[serde(default)]
    pub vim: Option<String>,
    /// What must hold afterwards.
    #[serde(default)]
    pub expect: Expect,
}

/// Arguments of `scale`: exactly one of `out` and `in`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Scaling aspect; the VNFD's only one when not said.
    #[serde(default)]
    pub aspect: Option<String>,
    /// Steps to scale out by.
    #[serde(default)]
    pub out: Option<u32>,
    /// Steps to scale in by.
    #[serde(default)]
    pub r#in: Option<u32>,
    /// What must hold afterwards.
    #[serde(default)]
    pub expect: Expect,
}

/// Arguments of `heal`: some VNFCs of a VDU, or all.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heal {
    /// VDU of which to heal one VNFC; the whole VNF when not said.
    #[serde(default)]
    pub vdu: Option<String>,
    /// What must hold afterwards.
    #[serde(default)]
    pub expect: Expect,
}

/// Reads a scenario; pushes every fault found and then returns nothing.
pub fn read(file: &Utf8Path, text: &str, sink: &mut Sink) -> Option<Scenario> {
    let node = yaml::parse(file, text, sink)?;
    let scenario = yaml::from_node::<Scenario>(&node, file, sink)?;
    check(&scenario, &node, file, sink);
    (!sink.has_errors()).then_some(scenario)
}

fn check(scenario: &Scenario, node: &Node, file: &Utf8Path, sink: &mut Sink) {
    let steps = node.get("steps");
    if scenario.steps.is_empty() {
        let span = steps.map_or(node.span, |steps| steps.span);
        let message = "a scenario without steps proves nothing";
        sink.push(Diagnostic::error("scenario-empty", file, span, message));
    }
    let nodes = steps.map_or(&[][..], Node::items);
    for (step, node) in scenario.steps.iter().zip(nodes) {
        if let Step::Scale(scale) = step {
            let steps = match (scale.out, scale.r#in) {
                (Some(steps), None) | (None, Some(steps)) => steps,
                _ => 0,
            };
            if steps == 0 {
                let message = "`scale` needs either `out` or `in`, with at least one step";
                let finding = Diagnostic::error("scenario-scale", file, node.span, message);
                sink.push(finding.help("write `out: 2` to add two steps"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Sources;
    use rstest::rstest;

    fn read_text(text: &str) -> (Option<Scenario>, Vec<(&'static str, usize, usize)>) {
        let file = Utf8Path::new("scenario.yaml");
        let mut sink = Sink::default();
        let scenario = read(file, text, &mut sink);
        let mut sources = Sources::default();
        sources.insert(file, text);
        let found = sink.diagnostics().iter().map(|finding| {
            let span = finding.primary.span.expect("a place");
            let (line, column) = sources.position(file, span.start).expect("in the text");
            (finding.code, line, column)
        });
        (scenario, found.collect())
    }

    #[test]
    fn a_whole_life_is_read() {
        let (scenario, found) = read_text(
            "name: first\nspec: a.yaml\nsteps:\n- build: {}\n- push: {}\n\
             - instantiate: {flavour: simple, expect: {vnfcs: {worker: 1}}}\n\
             - scale: {out: 2, expect: {withinSeconds: 60}}\n\
             - heal: {vdu: worker}\n- terminate: {}\n- delete: {}\n",
        );
        assert_eq!(found, []);
        let scenario = scenario.expect("no faults");
        assert_eq!(scenario.steps.len(), 7);
        let Step::Scale(scale) = &scenario.steps[3] else {
            panic!("{scenario:?}");
        };
        assert_eq!((scale.out, scale.r#in), (Some(2), None));
        assert_eq!(scale.expect.within_seconds, Some(60));
    }

    #[rstest]
    #[case::typo("- scale: {owt: 2}", ("spec-unknown-key", 4, 11))]
    #[case::neither("- scale: {}", ("scenario-scale", 4, 3))]
    #[case::both("- scale: {out: 1, in: 1}", ("scenario-scale", 4, 3))]
    #[case::zero("- scale: {out: 0}", ("scenario-scale", 4, 3))]
    fn a_fault_has_its_place(#[case] step: &str, #[case] expected: (&'static str, usize, usize)) {
        let (scenario, found) = read_text(&format!("name: n\nspec: s\nsteps:\n{step}\n"));
        assert_eq!(scenario, None);
        assert_eq!(found, [expected]);
    }

    #[test]
    fn no_steps_is_a_fault() {
        let (scenario, found) = read_text("name: n\nspec: s\nsteps: []\n");
        assert_eq!(scenario, None);
        assert_eq!(found, [("scenario-empty", 3, 8)]);
    }
}
