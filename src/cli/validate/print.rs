//! Findings printed in the form that was asked for.

use serde_json::{Value, json};

use super::super::{Exit, Failure, output};
use super::Format;
use crate::check::Aside;
use crate::check::report::{self, Report};
use crate::diagnose::{self, Severity, Sink, Sources};

/// Prints the findings of the one package that was named.
pub(super) fn one(format: Format, report: &Report<'_>) -> Result<(), Failure> {
    match format {
        Format::Human => {
            human(report);
            Ok(())
        }
        Format::Json => output::one(output::Format::Json, &data(report)),
        format => shared(format, std::slice::from_ref(report)),
    }
}

/// Prints the findings of several packages, or of those that were found below a folder.
pub(super) fn several(format: Format, reports: &[Report<'_>]) -> Result<(), Failure> {
    match format {
        Format::Human => reports.iter().for_each(human),
        Format::Json => {
            let count = |severity| {
                reports
                    .iter()
                    .map(|one| one.sink.count(severity))
                    .sum::<usize>()
            };
            let all = json!({
                "packages": reports.iter().map(data).collect::<Vec<_>>(),
                "errors": count(Severity::Error),
                "warnings": count(Severity::Warning),
            });
            return output::one(output::Format::Json, &all);
        }
        format => return shared(format, reports),
    }
    let counts = |severity| reports.iter().map(|one| one.sink.count(severity)).sum();
    anstream::eprintln!("{} packages: {}", reports.len(), counted(counts));
    Ok(())
}

/// Prints a form that has the same shape for one package as for several.
fn shared(format: Format, reports: &[Report<'_>]) -> Result<(), Failure> {
    let unprintable = |error: quick_junit::SerializeError| {
        Failure::new(Exit::Failed, "cannot print the report").caused_by(error)
    };
    match format {
        Format::Sarif => output::one(output::Format::Json, &report::sarif(reports)),
        Format::Junit => output::put(&report::junit(reports).map_err(unprintable)?),
        _ => {
            for report in reports {
                output::put(&report::github(report))?;
                anstream::eprintln!("{}: {}", report.package, total(report));
            }
            Ok(())
        }
    }
}

fn human(report: &Report<'_>) {
    output::findings(report.sink, report.sources);
    anstream::eprintln!("{}: {}", report.package, total(report));
    if let Some(prediction) = report.prediction.filter(|one| !one.is_sound()) {
        anstream::eprintln!("  {}", prediction.words());
        for text in prediction.logs() {
            anstream::eprintln!("  its log, most likely: {}", text.replace('\n', "\n  "));
        }
    }
}

/// Says how many findings count, and how many do not.
fn total(report: &Report<'_>) -> String {
    match report.aside.len() {
        0 => sum(report.sink),
        n => format!("{}; {n} not counted", sum(report.sink)),
    }
}

fn data(report: &Report<'_>) -> Value {
    let mut data = json!({
        "package": report.package,
        "errors": report.sink.count(Severity::Error),
        "warnings": report.sink.count(Severity::Warning),
        "findings": diagnose::json(report.sink.diagnostics(), report.sources),
    });
    if let Some(prediction) = report.prediction {
        data["prediction"] = json!(prediction);
    }
    if !report.aside.is_empty() {
        let aside = report.aside.iter();
        data["notCounted"] = aside.map(|one| not_counted(one, report.sources)).collect();
    }
    data
}

fn not_counted(aside: &Aside, sources: &Sources) -> Value {
    let mut finding = diagnose::json(std::slice::from_ref(&aside.finding), sources)[0].take();
    finding["because"] = aside.by.words().into();
    finding
}

/// Says how many findings there are, as a person counts.
pub(in crate::cli) fn sum(sink: &Sink) -> String {
    counted(|severity| sink.count(severity))
}

fn counted(of: impl Fn(Severity) -> usize) -> String {
    let counted = |severity, one: &str| match of(severity) {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {one}s")),
    };
    let counts = [
        counted(Severity::Error, "error"),
        counted(Severity::Warning, "warning"),
        counted(Severity::Note, "note"),
    ];
    let counts: Vec<_> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        return "no faults found".to_owned();
    }
    counts.join(", ")
}
