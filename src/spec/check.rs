//! Values that are well-formed alone and impossible together, each with its place.

use camino::Utf8Path;

use super::access;
use super::cilium;
use super::container;
use super::matrix::{Matrix, minor};
use super::ranges;
use super::types::{ClusterPackage, Counts, Image, Metadata, Package, RuntimeName};
use crate::diagnose::{Diagnostic, Sink, Span};
use crate::yaml::Node;

const DISK_FORMATS: [&str; 10] = [
    "aki", "ami", "ari", "iso", "qcow2", "raw", "vdi", "vhd", "vhdx", "vmdk",
];

/// The spec's text as nodes, and where findings go.
pub(super) struct Context<'c> {
    pub(super) root: &'c Node,
    pub(super) file: &'c Utf8Path,
    pub(super) sink: &'c mut Sink,
}

impl Context<'_> {
    /// The place of the value at `path`, or of the nearest thing above it that is written.
    pub(super) fn span(&self, path: &[&str]) -> Span {
        (0..=path.len())
            .rev()
            .find_map(|depth| walk(self.root, &path[..depth]))
            .map_or(self.root.span, |node| node.span)
    }

    pub(super) fn error(
        &self,
        code: &'static str,
        path: &[&str],
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, self.file, self.span(path), message)
    }

    pub(super) fn warning(
        &self,
        code: &'static str,
        path: &[&str],
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::warning(code, self.file, self.span(path), message)
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }
}

/// The node that `path` leads to, through maps by key and through lists by position.
fn walk<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter()
        .try_fold(root, |node, step| match step.parse::<usize>() {
            Ok(position) if !node.is_mapping() => node.items().get(position),
            _ => node.get(step),
        })
}

/// Checks a whole spec.
pub(super) fn package(package: &Package, context: &mut Context<'_>) {
    metadata(package.metadata(), context);
    if let Some(of_machines) = package.image() {
        image(of_machines, context);
    }
    match package {
        Package::Container(spec) => container::check(spec, context),
        Package::Cluster(spec) => cluster(spec, context),
        Package::Vm(spec) => {
            if let Some(key) = &spec.access {
                access::machine(key, context);
            }
            counts(spec.machines.counts(), &["machines"], context);
        }
    }
}

fn metadata(metadata: &Metadata, context: &mut Context<'_>) {
    if !is_label(&metadata.name) || metadata.name.len() > 32 {
        let finding = context.error(
            "spec-name",
            &["metadata", "name"],
            format!("`{}` cannot name a package", metadata.name),
        );
        context.push(finding.help(
            "at most 32 lower-case letters, digits and dashes, beginning with a letter: server and cluster names are made of it",
        ));
    }
    for (key, text) in [
        ("provider", &metadata.provider),
        ("version", &metadata.version),
    ] {
        if text.trim().is_empty() || text.contains(['\n', '"', '\\']) {
            let finding = context.error(
                "spec-value",
                &["metadata", key],
                format!("`{key}` must be one line of text without quotes"),
            );
            context.push(finding);
        }
    }
}

fn is_label(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn image(image: &Image, context: &mut Context<'_>) {
    let finding = match (&image.name, &image.file) {
        (None, None) => context
            .error(
                "spec-image",
                &["image"],
                "the image has neither name nor file",
            )
            .help("write `name:` with the image's name in Glance, or `file:` to embed one"),
        (None, Some(_)) => context
            .error("spec-image", &["image"], "an embedded image needs a name")
            .help("write `name:`; Tacker uploads the file to Glance under it"),
        (Some(_), None) if image.disk_format.is_some() => context
            .error(
                "spec-image",
                &["image", "diskFormat"],
                "`diskFormat` belongs to an embedded file",
            )
            .help("Glance knows the format of an image that it holds"),
        (Some(_), Some(file)) => {
            embedded(image, context);
            match std::fs::metadata(file) {
                Ok(meta) if meta.is_file() => return,
                Ok(_) => context.error(
                    "spec-image",
                    &["image", "file"],
                    format!("{file} is not a file"),
                ),
                Err(error) => context.error(
                    "spec-image",
                    &["image", "file"],
                    format!("cannot read the image {file}: {error}"),
                ),
            }
        }
        (Some(_), None) => return,
    };
    context.push(finding);
}

fn embedded(image: &Image, context: &mut Context<'_>) {
    if let Some(format) = &image.disk_format
        && !DISK_FORMATS.contains(&format.as_str())
    {
        let finding = context.error(
            "spec-value",
            &["image", "diskFormat"],
            format!("unknown disk format `{format}`"),
        );
        context.push(finding.help(format!("known here: {}", DISK_FORMATS.join(", "))));
    }
}

pub(super) fn counts(counts: Counts, path: &[&str], context: &mut Context<'_>) {
    let at = |key: &'static str| [path, &[key]].concat();
    let Counts {
        min,
        initial,
        max,
        step,
    } = counts;
    let fault = if min == 0 {
        Some((
            at("min"),
            "`min` must be at least 1".to_owned(),
            "Tacker cannot scale out from nothing: it copies an existing VNFC",
        ))
    } else if step == 0 {
        Some((
            at("step"),
            "`step` must be at least 1".to_owned(),
            "a step that adds nothing cannot scale",
        ))
    } else if min > max {
        Some((
            at("min"),
            format!("`min` ({min}) is above `max` ({max})"),
            "give a `max` of at least `min`",
        ))
    } else if initial < min || initial > max {
        Some((
            at("initial"),
            format!("`initial` ({initial}) is not between `min` ({min}) and `max` ({max})"),
            "choose a number between the two",
        ))
    } else if !(initial - min).is_multiple_of(step) {
        Some((
            at("initial"),
            format!(
                "`initial` ({initial}) cannot be reached from `min` ({min}) in steps of {step}"
            ),
            "levels are whole steps above `min`",
        ))
    } else if !(max - min).is_multiple_of(step) {
        Some((
            at("max"),
            format!("`max` ({max}) cannot be reached from `min` ({min}) in steps of {step}"),
            "levels are whole steps above `min`",
        ))
    } else {
        None
    };
    if let Some((path, message, help)) = fault {
        let finding = context.error("spec-count", &path, message).help(help);
        context.push(finding);
    }
}

/// Checks what does not depend on where a cluster runs: ranges, versions, Cilium's options.
pub(super) fn software(spec: &ClusterPackage, context: &mut Context<'_>) {
    ranges::cluster(spec, context);
    versions(spec, context);
    super::timeouts::check(&spec.timeouts, context);
    cilium::check::cluster(spec, context);
}

fn cluster(spec: &ClusterPackage, context: &mut Context<'_>) {
    access::cluster(&spec.access, context);
    super::worker_network::check(spec, context);
    software(spec, context);
    let flavours = &spec.flavours;
    if flavours.single.is_none() && flavours.simple.is_none() && flavours.ha.is_none() {
        let finding = context.error("spec-flavours", &["flavours"], "there is no flavour");
        context.push(finding.help("describe at least one of `single`, `simple` and `ha`"));
    }
    if let Some(simple) = &flavours.simple {
        let path = ["flavours", "simple", "workers"];
        counts(simple.workers.counts(), &path, context);
    }
    if let Some(ha) = &flavours.ha {
        let path = ["flavours", "ha", "workers"];
        counts(ha.workers.counts(), &path, context);
    }
}

fn versions(spec: &ClusterPackage, context: &mut Context<'_>) {
    let matrix = match Matrix::builtin() {
        Ok(matrix) => matrix,
        Err(error) => {
            context.push(Diagnostic::file_error(
                "spec-matrix",
                context.file,
                error.to_string(),
            ));
            return;
        }
    };
    let kubernetes = version(
        &["kubernetes", "version"],
        &spec.kubernetes.version,
        context,
    );
    let cilium = version(&["cilium", "version"], &spec.cilium.version, context);
    let (Some(kubernetes), Some(cilium)) = (kubernetes, cilium) else {
        return;
    };
    match matrix.cilium(&kubernetes) {
        None => {
            let known = matrix.kubernetes().collect::<Vec<_>>().join(", ");
            let finding = context.error(
                "spec-version",
                &["kubernetes", "version"],
                format!("Kubernetes {kubernetes} is not a version that Cilium is tested with"),
            );
            context.push(finding.help(format!("known here: {known}")));
        }
        Some(tested) if !tested.contains(&cilium) => {
            let finding = context.error(
                "spec-version-pair",
                &["cilium", "version"],
                format!("Cilium {cilium} is not tested with Kubernetes {kubernetes}"),
            );
            context.push(finding.help(format!(
                "with Kubernetes {kubernetes} take Cilium {}",
                tested.join(" or ")
            )));
        }
        Some(_) => runtime(spec, &kubernetes, context),
    }
}

fn runtime(spec: &ClusterPackage, kubernetes: &str, context: &mut Context<'_>) {
    let Some(text) = &spec.runtime.version else {
        return;
    };
    let Some(runtime) = version(&["runtime", "version"], text, context) else {
        return;
    };
    if spec.runtime.name == RuntimeName::Crio && runtime != kubernetes {
        let finding = context.error(
            "spec-version-pair",
            &["runtime", "version"],
            format!("CRI-O {runtime} does not go with Kubernetes {kubernetes}"),
        );
        context.push(finding.help(format!("CRI-O has Kubernetes' minor: take {kubernetes}")));
    }
}

fn version(path: &[&str], text: &str, context: &mut Context<'_>) -> Option<String> {
    let minor = minor(text);
    if minor.is_none() {
        let finding = context.error(
            "spec-version",
            path,
            format!("`{text}` is not a full version"),
        );
        context.push(finding.help("write three numbers, such as 1.36.5"));
    }
    minor
}
