//! `vnfctl package validate`: every fault of a package, with its place, reason and cure.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Exit, Failure, output};
use crate::check::{self, Judged};
use crate::diagnose::{self, Severity, Sink, Sources};
use crate::package::reader::OpenError;

/// Checks a package as Tacker and Heat will read it.
///
/// Exit code 0: no errors (nor warnings, with --deny-warnings); 1: the package has faults;
/// 2: it is no package, or not safe to read; 3: there is no such file.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// The package: a zip file, or the folder that it was unpacked to
    package: PathBuf,
    /// How to print the findings: human (on stderr), or json (on stdout)
    #[arg(
        short,
        long,
        value_enum,
        default_value = "human",
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    output: Format,
    /// Let warnings fail the check as errors do
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text with the lines concerned
    Human,
    /// An object with all findings
    Json,
}

impl Validate {
    /// Prints the findings and their sum.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let judged = check::open(&self.package).map_err(|error| not_read(error, &self.package))?;
        let (sink, sources, refused) = match judged {
            Judged::Read(checked) => (checked.sink, checked.sources, false),
            Judged::Refused(sink) => (sink, Sources::default(), true),
        };
        match self.output {
            Format::Human => {
                output::findings(&sink, &sources);
                anstream::eprintln!("{}: {}", self.package.display(), sum(&sink));
            }
            Format::Json => self.put_json(&sink, &sources)?,
        }
        let denied = self.deny_warnings && sink.count(Severity::Warning) > 0;
        Ok(match refused {
            true => Exit::Usage,
            false if denied || sink.has_errors() => Exit::Failed,
            false => Exit::Done,
        })
    }

    fn put_json(&self, sink: &Sink, sources: &Sources) -> Result<(), Failure> {
        let report = json!({
            "package": self.package.to_string_lossy(),
            "errors": sink.count(Severity::Error),
            "warnings": sink.count(Severity::Warning),
            "findings": diagnose::json(sink.diagnostics(), sources),
        });
        output::one(output::Format::Json, &report)
    }
}

/// Says how many findings there are, as a person counts.
pub(super) fn sum(sink: &Sink) -> String {
    let counted = |severity, one: &str| match sink.count(severity) {
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

/// Says why the package cannot be read from the disk.
pub(super) fn not_read(error: OpenError, package: &Path) -> Failure {
    let exit = match &error {
        OpenError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Usage,
    };
    Failure::new(exit, format!("cannot check {}", package.display())).caused_by(error)
}
