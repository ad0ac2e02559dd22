//! SARIF 2.1.0, the OASIS standard in which code scanners tell what they found.

use std::collections::BTreeMap;
use std::path::Path;

use camino::Utf8PathBuf;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::aside::{Aside, By};
use super::super::baseline::fingerprint;
use super::super::fix::edits;
use super::super::policy::of_packages;
use super::{Region, Report, words};
use crate::diagnose::{Code, Diagnostic, Label};

/// The schema that the standard publishes.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a path in a URI must not have (RFC 3986, section 3.3).
const NO_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Returns the findings as a SARIF log with one run, whatever the number of packages. Its rules are
/// all that a package is judged by; what does not count is among its results, as suppressed.
#[must_use]
pub fn sarif(reports: &[Report<'_>]) -> Value {
    let rules: Vec<_> = of_packages().map(rule).collect();
    let results: Vec<_> = reports.iter().flat_map(results).collect();
    let artifacts: Vec<_> = reports
        .iter()
        .map(|report| {
            json!({
                "location": { "uri": uri(report.package.as_str()) },
                "properties": { "prediction": report.prediction },
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "vnfctl",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    })
}

fn results<'a>(report: &'a Report<'_>) -> impl Iterator<Item = Value> + use<'a> {
    let counted = report.sink.diagnostics().iter();
    counted
        .map(|finding| result(report, finding))
        .chain(report.aside.iter().map(|aside| suppressed(report, aside)))
}

fn rule(code: &Code) -> Value {
    let tacker = format!("{}: {}", code.verdict.words(), code.verdict.explanation());
    json!({
        "id": code.name,
        "shortDescription": { "text": code.meaning },
        "fullDescription": { "text": format!("{}. {}.", code.meaning, code.why) },
        "help": {
            "text": format!("{}.\nWhy: {}.\nTacker 16 {tacker}.", code.meaning, code.why),
            "markdown": format!(
                "{}.\n\n**Why:** {}.\n\n**Tacker 16** {tacker}.",
                code.meaning, code.why
            ),
        },
        "defaultConfiguration": { "level": code.severity.word() },
        "properties": { "tacker": code.verdict.words() },
    })
}

fn result(report: &Report<'_>, finding: &Diagnostic) -> Value {
    let related = finding.secondary.iter().enumerate().map(|(id, label)| {
        let mut place = location(report, label);
        place["id"] = id.into();
        place
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.severity.word(),
        "message": { "text": words(finding) },
        "locations": [location(report, &finding.primary)],
        "partialFingerprints": {
            "vnfctl/v1": fingerprint(finding, report.package, report.sources),
        },
    });
    if let Some(index) = of_packages().position(|code| code.name == finding.code) {
        result["ruleIndex"] = index.into();
    }
    let related: Vec<_> = related.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(fix) = fix(report, finding) {
        result["fixes"] = json!([fix]);
    }
    result
}

/// What mends a finding for certain, for editors that can write it.
fn fix(report: &Report<'_>, finding: &Diagnostic) -> Option<Value> {
    let mut files: BTreeMap<Utf8PathBuf, Vec<Value>> = BTreeMap::new();
    for edit in edits(finding, report.sources) {
        let place = Label {
            file: edit.file.clone(),
            span: Some(edit.span),
            text: String::new(),
        };
        let region = region(report.region(&place)?);
        files.entry(edit.file).or_default().push(json!({
            "deletedRegion": region,
            "insertedContent": { "text": edit.text },
        }));
    }
    let changes = files.into_iter().map(|(file, replacements)| {
        json!({
            "artifactLocation": { "uri": uri(&report.path(&file)) },
            "replacements": replacements,
        })
    });
    let changes: Vec<_> = changes.collect();
    (!changes.is_empty()).then(|| {
        let how = finding.help.as_deref().unwrap_or(&finding.message);
        json!({ "description": { "text": how }, "artifactChanges": changes })
    })
}

fn region(region: Region) -> Value {
    json!({
        "startLine": region.start.0,
        "startColumn": region.start.1,
        "endLine": region.end.0,
        "endColumn": region.end.1,
    })
}

fn suppressed(report: &Report<'_>, aside: &Aside) -> Value {
    let kind = match aside.by {
        By::Comment(_) => "inSource",
        By::Level | By::Baseline | By::Target => "external",
    };
    let mut result = result(report, &aside.finding);
    result["suppressions"] = json!([{ "kind": kind, "justification": aside.by.words() }]);
    result
}

fn location(report: &Report<'_>, label: &Label) -> Value {
    let mut physical = json!({
        "artifactLocation": { "uri": uri(&report.path(&label.file)) },
    });
    if let Some(region) = report.region(label) {
        physical["region"] = self::region(region);
    }
    let mut place = json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "fullyQualifiedName": label.file, "kind": "resource" }],
    });
    if !label.text.is_empty() {
        place["message"] = json!({ "text": label.text });
    }
    place
}

/// Returns a path as a URI, or as a reference relative to where the program was started.
fn uri(path: &str) -> String {
    let escaped = utf8_percent_encode(path, NO_PATH).to_string();
    if Path::new(path).is_absolute() {
        return format!("file://{escaped}");
    }
    // What stands before a colon in the first part would be taken for a scheme.
    match escaped.split('/').next() {
        Some(first) if first.contains(':') => format!("./{escaped}"),
        _ => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("my web.zip!/a#b%.yaml"), "my%20web.zip!/a%23b%25.yaml");
        assert_eq!(uri("/tmp/ä.zip"), "file:///tmp/%C3%A4.zip");
        assert_eq!(uri("c:web.zip"), "./c:web.zip");
    }
}
