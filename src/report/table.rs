//! The summary that ends a test run on a terminal.

use super::{Outcome, Run};
use comfy_table::{Cell, CellAlignment, Table};
use std::time::Duration;

/// Returns a table with a row per step and, beneath it, a row per phase, without colour.
#[must_use]
pub fn table(run: &Run) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["STEP", "RESULT", "TIME"]);
    for step in &run.steps {
        table.add_row(row(&step.name, word(&step.outcome), step.took));
        for phase in &step.phases {
            table.add_row(row(&format!("  {}", phase.name), "", phase.took));
        }
    }
    let total = run.steps.iter().map(|step| step.took).sum();
    let result = if run.passed() { "passed" } else { "failed" };
    table.add_row(row(&run.scenario, result, total));
    let mut text = table.trim_fmt();
    for step in &run.steps {
        if let Outcome::Failed(why) = &step.outcome {
            text.push_str(&format!("\n\n{}: {why}", step.name));
        }
    }
    text
}

fn row(name: &str, result: &str, took: Duration) -> [Cell; 3] {
    let seconds = format!("{:.1} s", took.as_secs_f64());
    [
        Cell::new(name),
        Cell::new(result),
        Cell::new(seconds).set_alignment(CellAlignment::Right),
    ]
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed(_) => "failed",
        Outcome::Skipped => "skipped",
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn every_step_and_phase_has_its_time_and_failures_their_reason() {
        let text = table(&example());
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = text.lines().map(words).collect::<Vec<_>>();
        assert_eq!(
            lines,
            [
                "STEP RESULT TIME",
                "instantiate passed 1.5 s",
                "STARTING 0.2 s",
                "PROCESSING 1.3 s",
                "scale out failed 61.0 s",
                "PROCESSING 61.0 s",
                "terminate skipped 0.0 s",
                "first cluster failed 62.5 s",
                "",
                "scale out: expected 3 VNFCs, found <2>",
                "of worker",
            ]
        );
    }
}
