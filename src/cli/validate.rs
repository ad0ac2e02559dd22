//! `vnfctl package validate`: every fault of a package, with its place, reason and cure.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::explain::explanation;
use super::{Exit, Failure, output};
use crate::check::report::{self, Report};
use crate::check::{self, Aside, Baseline, By, FixError, Judged, Level, Levels, Policy};
use crate::diagnose::{self, Severity, Sink, Sources};
use crate::package::reader::{self, OpenError};

/// Checks a package as Tacker and Heat will read it.
///
/// Exit code 0: no errors (nor warnings with --deny-warnings, nor notes with --strict); 1: the package has faults;
/// 2: it is no package, or not safe to read; 3: there is no such file; 4: --fix must not write.
/// `vnfctl explain` says what a code means.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// The package: a zip file, or the folder that it was unpacked to
    #[arg(required_unless_present = "explain")]
    package: Option<PathBuf>,
    /// How to print the findings: human (on stderr), or json, sarif, junit, github (on stdout)
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
    /// Let warnings and notes fail the check as errors do
    #[arg(long)]
    strict: bool,
    /// First mend what is certain: spellings, quotes, the manifest, digests
    #[arg(long)]
    fix: bool,
    /// Where --fix writes what becomes of an archive; the files of a folder are changed in place
    #[arg(
        long,
        value_name = "FILE",
        requires = "fix",
        conflicts_with = "dry_run"
    )]
    out: Option<PathBuf>,
    /// Show what --fix would change, and write nothing
    #[arg(long, visible_alias = "diff", requires = "fix")]
    dry_run: bool,
    /// Say what a code means, and check nothing, as `vnfctl explain` does
    #[arg(long, value_name = "CODE", exclusive = true)]
    explain: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
}

/// What is to become of findings; of several patterns that fit, the longest counts.
#[derive(Debug, Args)]
#[command(next_help_heading = "What becomes of findings")]
struct Wanted {
    /// Take findings of these codes for errors; `hot-*` for a family
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    deny: Vec<String>,
    /// Take findings of these codes for warnings
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    warn: Vec<String>,
    /// Do not count findings of these codes
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Do not count the findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<Utf8PathBuf>,
    /// Write the findings to a baseline, to be known from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text with the lines concerned
    Human,
    /// An object with all findings
    Json,
    /// SARIF 2.1.0, for code scanners' readers
    Sarif,
    /// JUnit XML, for readers of test reports
    Junit,
    /// Workflow commands of GitHub
    Github,
}

impl Validate {
    /// Prints the findings and their sum.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if let Some(code) = &self.explain {
            output::put(&explanation(code)?)?;
            return Ok(Exit::Done);
        }
        let policy = self.wanted.policy()?;
        let path = match self.fix {
            true => self.mend(&policy)?,
            false => self.path(),
        };
        let judged = check::open(path).map_err(|error| not_read(error, path))?;
        let (mut sink, sources, refused) = match judged {
            Judged::Read(checked) => (checked.sink, checked.sources, false),
            Judged::Refused(sink) => (sink, Sources::default(), true),
        };
        let shown = path.to_string_lossy();
        let package = Utf8Path::new(&*shown);
        let mut aside = policy.apply(package, &sources, &mut sink);
        if let Some(file) = &self.wanted.write_baseline {
            let baseline = Baseline::of(&sink, package, &sources);
            write(&baseline, file)?;
            let known = baseline.apply(file, package, &sources, &mut sink);
            aside.extend(known.into_iter().map(|finding| Aside {
                finding,
                by: By::Baseline,
            }));
        }
        let report = Report {
            package,
            baseline: policy.baseline.as_ref().map(|(file, _)| file.as_path()),
            sink: &sink,
            aside: &aside,
            sources: &sources,
            denied: self.denied(),
        };
        put(self.output, &report)?;
        let mut findings = sink.diagnostics().iter();
        let fails = findings.any(|finding| finding.severity >= report.denied);
        Ok(match refused {
            true => Exit::Usage,
            false if fails => Exit::Failed,
            false => Exit::Done,
        })
    }

    /// The least severity that fails the check.
    fn denied(&self) -> Severity {
        match (self.strict, self.deny_warnings) {
            (true, _) => Severity::Note,
            (false, true) => Severity::Warning,
            (false, false) => Severity::Error,
        }
    }

    /// The package; there is one unless a code is to be explained.
    fn path(&self) -> &Path {
        self.package.as_deref().unwrap_or(Path::new(""))
    }

    /// Writes what is certain, and shows it on stderr; returns where the package lies now.
    fn mend(&self, policy: &Policy) -> Result<&Path, Failure> {
        let package = self.path();
        match (package.is_dir(), &self.out) {
            (false, None) if !self.dry_run => {
                let message = format!("cannot write into {}", package.display());
                return Err(Failure::new(Exit::Usage, message)
                    .because("--fix changes the files of a folder")
                    .hint("--out FILE writes a new archive; or build the package again"));
            }
            (true, Some(_)) => {
                let message = "--out is for an archive; the files of a folder are mended in place";
                return Err(Failure::new(Exit::Usage, message));
            }
            _ => {}
        }
        // What is refused is told by the check.
        let tree = match reader::open(package) {
            Ok(tree) => tree,
            Err(error @ OpenError::Io { .. }) => return Err(not_read(error, package)),
            Err(_) => return Ok(package),
        };
        let shown = package.to_string_lossy();
        let fixes = check::fixes(&*tree, Utf8Path::new(&*shown), policy);
        let written = match &self.out {
            _ if self.dry_run => Ok(package),
            Some(out) => check::write_fixes_to(&fixes, package, out).map(|()| out.as_path()),
            None => check::write_fixes(&fixes, package).map(|()| package),
        };
        let written = written.map_err(|error| {
            let exit = match &error {
                FixError::Io { .. } => Exit::Usage,
                FixError::Signed(_) | FixError::Changed(_) => Exit::Conflict,
            };
            Failure::new(exit, format!("cannot mend {}", package.display())).caused_by(error)
        })?;
        for fix in &fixes {
            anstream::eprint!("{}", fix.diff());
        }
        Ok(written)
    }
}

impl Wanted {
    fn policy(&self) -> Result<Policy, Failure> {
        let mut levels = Levels::default();
        for (patterns, level) in [
            (&self.deny, Level::Deny),
            (&self.warn, Level::Warn),
            (&self.allow, Level::Allow),
        ] {
            for pattern in patterns {
                levels.set(pattern.trim(), level).map_err(|error| {
                    let hint =
                        "`vnfctl explain` lists all codes, and says of each what is possible";
                    Failure::new(Exit::Usage, error.to_string()).hint(hint)
                })?;
            }
        }
        let baseline = match &self.baseline {
            Some(file) => Some((file.clone(), read(file)?)),
            None => None,
        };
        Ok(Policy { levels, baseline })
    }
}

fn read(file: &Utf8Path) -> Result<Baseline, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::unread(file.as_std_path(), error))?;
    Baseline::read(&text).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot use the baseline {file}"))
            .caused_by(error)
            .hint("write it anew with --write-baseline")
    })
}

/// Writes a baseline, all of it or nothing.
fn write(baseline: &Baseline, file: &Utf8Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| {
        Failure::new(Exit::Usage, format!("cannot write {file}")).caused_by(error)
    };
    let text = baseline
        .text()
        .map_err(|error| cannot(io::Error::other(error)))?;
    let folder = match file.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder,
        _ => Utf8Path::new("."),
    };
    let mut scratch = tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(cannot)?;
    scratch.write_all(text.as_bytes()).map_err(cannot)?;
    scratch.persist(file).map_err(|error| cannot(error.error))?;
    let known = match baseline.len() {
        1 => "1 finding is".to_owned(),
        n => format!("{n} findings are"),
    };
    anstream::eprintln!("{file}: {known} known from now on");
    Ok(())
}

fn put(format: Format, report: &Report<'_>) -> Result<(), Failure> {
    let unprintable = |error: quick_junit::SerializeError| {
        Failure::new(Exit::Failed, "cannot print the report").caused_by(error)
    };
    match format {
        Format::Human => {
            output::findings(report.sink, report.sources);
            anstream::eprintln!("{}: {}", report.package, total(report));
            Ok(())
        }
        Format::Json => output::one(output::Format::Json, &data(report)),
        Format::Sarif => output::one(output::Format::Json, &report::sarif(report)),
        Format::Junit => output::put(&report::junit(report).map_err(unprintable)?),
        Format::Github => {
            output::put(&report::github(report))?;
            anstream::eprintln!("{}: {}", report.package, total(report));
            Ok(())
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
