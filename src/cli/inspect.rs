//! `vnfctl package inspect`: what a package says it is, and what lies in it.

use std::path::PathBuf;

use camino::Utf8Path;
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::output::{self, Format};
use super::{Exit, Failure, opening};
use crate::diagnose::{Sink, Sources};
use crate::package::reader::Wrapped;
use crate::package::tree::Tree;
use crate::tosca::documents::Documents;
use crate::tosca::model::{Flavour, Vnfd};
use crate::tosca::profile::{self, Origin};

/// Shows what is in a package: identity, flavours, hooks, files.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The package: a zip file, or the folder that it was unpacked to
    package: PathBuf,
    #[command(flatten)]
    printing: output::Printing,
}

/// A package as it is printed.
#[derive(Debug, Serialize)]
struct Report {
    /// The signed archive that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<Wrapped>,
    vnfd: Option<Vnfd>,
    /// The files with ETSI's types, and the versions of SOL001 that these are of.
    types: Vec<Origin>,
    files: Vec<FileReport>,
}

#[derive(Debug, Serialize)]
struct FileReport {
    path: String,
    size: u64,
    sha256: String,
}

impl Inspect {
    /// Prints the package, and to stderr why its VNFD cannot be read; it is shown without then.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let (tree, archive) = opening::open(&self.package, "inspect")?;
        let mut sink = Sink::default();
        let mut sources = Sources::default();
        let documents = Documents::read(&*tree, &mut sources, &mut sink);
        let types = documents.as_ref().map(profile::origins);
        let vnfd = documents.and_then(|documents| Vnfd::from_documents(&documents, &mut sink));
        let files = tree.paths();
        let files = files.iter().map(|path| file(&*tree, path));
        let report = Report {
            archive,
            vnfd,
            types: types.unwrap_or_default(),
            files: files.collect::<Result<_, _>>()?,
        };
        match self.printing.output {
            Format::Table | Format::Wide => report.put_tables()?,
            format @ (Format::Name | Format::Csv) => report.put_files(format)?,
            format => output::one(format, &report)?,
        }
        output::findings(&sink, &sources);
        Ok(match report.vnfd {
            Some(_) if !sink.has_errors() => Exit::Done,
            _ => Exit::Failed,
        })
    }
}

impl Report {
    fn put_tables(&self) -> Result<(), Failure> {
        if let Some(archive) = &self.archive {
            output::put(&format!(
                "{} in a signed archive (SOL004 option 2), signature {}\n",
                archive.csar, archive.signature
            ))?;
        }
        if let Some(vnfd) = &self.vnfd {
            output::put(&format!(
                "{} {} by {}, software {}, VNFD {}\n",
                vnfd.product_name, vnfd.version, vnfd.provider, vnfd.software_version, vnfd.id
            ))?;
            for types in &self.types {
                output::put(&format!("{}: {}\n", types.file, origin(types)))?;
            }
            output::put("\n")?;
            for flavour in &vnfd.flavours {
                put_flavour(flavour)?;
            }
        }
        self.put_files(Format::Table)
    }

    fn put_files(&self, format: Format) -> Result<(), Failure> {
        let columns = [
            ("FILE", "/path"),
            ("BYTES", "/size"),
            ("SHA-256", "/sha256"),
        ];
        output::list(format, &columns, &self.files)
    }
}

/// Puts into words whose types a file has.
fn origin(types: &Origin) -> String {
    let nearest = types.nearest.join(" or ");
    match (&types.says, types.exact) {
        (Some(says), true) if types.nearest.contains(&&**says) => format!("types of SOL001 {says}"),
        (Some(says), true) => format!("types of SOL001 {nearest}, called {says}"),
        (Some(says), false) if types.nearest.contains(&&**says) => {
            format!("types of SOL001 {says}, changed")
        }
        (None, true) => format!("types of SOL001 {nearest}"),
        (Some(says), false) => format!("types called SOL001 {says}, closest to {nearest}"),
        (None, false) => format!("types closest to SOL001 {nearest}"),
    }
}

fn put_flavour(flavour: &Flavour) -> Result<(), Failure> {
    output::put(&format!(
        "Flavour {}: {}\n",
        flavour.id, flavour.description
    ))?;
    let vdus: Vec<_> = flavour
        .vdus
        .iter()
        .map(|vdu| {
            json!({"id": vdu.id, "min": vdu.min, "max": vdu.max, "image": vdu.image,
                   "flavour": vdu.compute_flavour, "cps": vdu.cps.join(", ")})
        })
        .collect();
    let columns = [
        ("VDU", "/id"),
        ("MIN", "/min"),
        ("MAX", "/max"),
        ("IMAGE", "/image"),
        ("NOVA FLAVOR", "/flavour"),
        ("CONNECTION POINTS", "/cps"),
    ];
    put_table(&columns, &vdus)?;
    let levels: Vec<_> = flavour
        .levels
        .iter()
        .map(|(id, level)| {
            let default = flavour.default_level.as_ref() == Some(id);
            json!({"id": id, "default": if default { "yes" } else { "" },
                   "counts": pairs(&level.counts), "scale": pairs(&level.scale_info)})
        })
        .collect();
    let columns = [
        ("LEVEL", "/id"),
        ("DEFAULT", "/default"),
        ("VNFCS", "/counts"),
        ("SCALE LEVELS", "/scale"),
    ];
    put_table(&columns, &levels)?;
    let aspects: Vec<_> = flavour
        .aspects
        .iter()
        .map(|(id, aspect)| {
            json!({"id": id, "most": aspect.max_scale_level,
                   "step": aspect.step().map(pairs)})
        })
        .collect();
    let columns = [
        ("ASPECT", "/id"),
        ("MAX LEVEL", "/most"),
        ("VNFCS PER STEP", "/step"),
    ];
    put_table(&columns, &aspects)?;
    let hooks: Vec<_> = flavour
        .hooks
        .iter()
        .map(|(id, file)| json!({"id": id, "file": file}))
        .collect();
    put_table(&[("HOOK", "/id"), ("SCRIPT", "/file")], &hooks)
}

/// Prints rows under their heading, and neither when there are none.
fn put_table(columns: &[(&str, &str)], rows: &[Value]) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    output::list(Format::Table, columns, rows)?;
    output::put("\n")
}

fn pairs(counts: &std::collections::BTreeMap<String, u32>) -> String {
    let pairs: Vec<_> = counts.iter().map(|(id, n)| format!("{id}={n}")).collect();
    pairs.join(", ")
}

/// Hashes a file of the package; a damaged one is a failure.
fn file(tree: &dyn Tree, path: &Utf8Path) -> Result<FileReport, Failure> {
    let sha256 = tree.sha256(path).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot read `{path}` of the package")).caused_by(error)
    })?;
    Ok(FileReport {
        path: path.to_string(),
        size: tree.size(path).unwrap_or_default(),
        sha256,
    })
}
