//! Versions that are no longer maintained on a given day.
//!
//! Apart from all other checks, since it depends on when it is asked: what a package contains
//! never does.

use camino::Utf8Path;
use jiff::civil::Date;

use super::matrix::{Matrix, minor};
use super::types::Package;
use crate::diagnose::{Diagnostic, Sink, Sources};
use crate::yaml;

/// Warns of a Kubernetes minor that is not maintained on `day`; `file` must be in `sources`.
pub fn ended(package: &Package, day: Date, file: &Utf8Path, sources: &Sources, sink: &mut Sink) {
    let Package::Cluster(cluster) = package else {
        return;
    };
    let version = &cluster.kubernetes.version;
    let (Ok(matrix), Some(line)) = (Matrix::builtin(), minor(version)) else {
        return; // said when the spec was checked
    };
    let end = matrix
        .end_of_life(&line)
        .and_then(|day| day.parse::<Date>().ok());
    let Some(end) = end.filter(|end| *end < day) else {
        return;
    };
    // Read anew for the place alone; its faults have been said.
    let root = sources
        .get(file)
        .and_then(|text| yaml::parse(file, text, &mut Sink::default()));
    let place = root
        .as_ref()
        .and_then(|root| root.at(&["kubernetes", "version"]));
    let code = "spec-kubernetes-ended";
    let message = format!("Kubernetes {line} is not maintained since {end}");
    let finding = match place.or(root.as_ref()) {
        Some(node) => Diagnostic::warning(code, file, node.span, message),
        None => Diagnostic::file_warning(code, file, message),
    };
    let newest = matrix.kubernetes().last().unwrap_or_default();
    sink.push(
        finding
            .why("faults found in it, those of security included, are no longer mended")
            .help(format!("take a maintained one, such as {newest}")),
    );
}
