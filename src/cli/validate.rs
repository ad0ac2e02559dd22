//! `vnfctl package validate`: every fault of packages, with its place, reason and cure.

mod parallel;
mod print;

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::explain::explanation;
use super::opening::cannot;
use super::{Exit, Failure, output};
use crate::check::report::Report;
use crate::check::{
    self, Aside, Baseline, By, FixError, Judged, Level, Levels, Policy, Prediction, Target,
};
use crate::diagnose::{Severity, Sink, Sources};
use crate::package::reader::{self, OpenError};

use parallel::side_by_side;
pub(super) use print::sum;

/// Checks packages as Tacker and Heat will read them.
///
/// Exit code 0: no errors (nor warnings with --deny-warnings, nor notes with --strict); 1: a package has faults;
/// 2: one is no package, or not safe to read; 3: there is no such file; 4: --fix must not write.
/// `vnfctl explain` says what a code means.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// A package, as a zip file or the folder that it was unpacked to; or a folder in which all
    /// packages are meant
    #[arg(required_unless_present = "explain", value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
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
    /// Whom the package is for: tacker@16, an older release down to tacker@8, or generic, a VNFM of
    /// which nothing is known but the standards
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "VNFM",
        hide_possible_values = true
    )]
    target: Target,
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
    #[arg(long, value_name = "CODE", conflicts_with_all = ["packages", "fix"])]
    explain: Option<String>,
    #[command(flatten)]
    wanted: Wanted,
}

/// What is to become of findings.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
struct Wanted {
    #[command(flatten)]
    grades: Grades,
    /// Do not count the findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<Utf8PathBuf>,
    /// Write the findings to a baseline, to be known from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<Utf8PathBuf>,
}

/// How bad findings are; of several patterns that fit, the longest counts.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(super) struct Grades {
    /// Take findings of these codes for errors; `hot-*` for a family
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    deny: Vec<String>,
    /// Take findings of these codes for warnings
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    warn: Vec<String>,
    /// Do not count findings of these codes
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
}

/// Over the options that say what becomes of findings.
const HEADING: &str = "What becomes of findings";

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

/// What is done with a package here.
const CHECK: &str = "check";

/// What became of one package.
struct Outcome {
    package: Utf8PathBuf,
    sink: Sink,
    sources: Sources,
    aside: Vec<Aside>,
    /// What a VNFM will make of it; nothing of what is no package, or not safe to read.
    prediction: Option<Prediction>,
}

impl Validate {
    /// Prints the findings and their sum.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if let Some(code) = &self.explain {
            output::put(&explanation(code)?)?;
            return Ok(Exit::Done);
        }
        let policy = self.wanted.policy()?;
        let packages = self.found()?;
        let are_several = packages != self.packages || packages.len() > 1;
        if are_several {
            self.is_for_several()?;
        }
        let mut outcomes = Vec::new();
        for outcome in side_by_side(&packages, |package| self.outcome(package, &policy)) {
            outcomes.push(outcome?);
        }
        let reports: Vec<_> = outcomes
            .iter()
            .map(|outcome| Report {
                package: &outcome.package,
                baseline: policy.baseline.as_ref().map(|(file, _)| file.as_path()),
                sink: &outcome.sink,
                aside: &outcome.aside,
                sources: &outcome.sources,
                denied: self.denied(),
                prediction: outcome.prediction.as_ref(),
            })
            .collect();
        match are_several {
            true => print::several(self.output, &reports)?,
            false => reports
                .iter()
                .try_for_each(|one| print::one(self.output, one))?,
        }
        let fails = |one: &Outcome| {
            let mut findings = one.sink.diagnostics().iter();
            findings.any(|finding| finding.severity >= self.denied())
        };
        Ok(if outcomes.iter().any(|one| one.prediction.is_none()) {
            Exit::Usage
        } else if outcomes.iter().any(fails) {
            Exit::Failed
        } else {
            Exit::Done
        })
    }

    /// Returns the packages that are meant, each once.
    fn found(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut packages: Vec<PathBuf> = Vec::new();
        for path in &self.packages {
            let found = check::packages(path).map_err(|error| not_walked(error, path))?;
            for package in found {
                if !packages.contains(&package) {
                    packages.push(package);
                }
            }
        }
        Ok(packages)
    }

    fn outcome<'p>(&'p self, package: &'p Path, policy: &Policy) -> Result<Outcome, Failure> {
        let package = match self.fix {
            true => self.mend(package, policy)?,
            false => package,
        };
        let judged = check::open(package).map_err(|error| cannot(CHECK, package, error))?;
        let (mut sink, sources, is_read) = match judged {
            Judged::Read(checked) => (checked.sink, checked.sources, true),
            Judged::Refused(sink) => (sink, Sources::default(), false),
        };
        let package = Utf8PathBuf::from(package.to_string_lossy().into_owned());
        let mut aside = self.target.apply(&sources, &mut sink);
        // What somebody lets pass happens all the same.
        let prediction = is_read.then(|| self.target.predict(&sink));
        aside.extend(policy.apply(&package, &sources, &mut sink));
        if let Some(file) = &self.wanted.write_baseline {
            let baseline = Baseline::of(&sink, &package, &sources);
            write(&baseline, file)?;
            let known = baseline.apply(file, &package, &sources, &mut sink);
            aside.extend(known.into_iter().map(|finding| Aside {
                finding,
                by: By::Baseline,
            }));
        }
        Ok(Outcome {
            package,
            sink,
            sources,
            aside,
            prediction,
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

    /// Refuses what is of one package only.
    fn is_for_several(&self) -> Result<(), Failure> {
        let wanted = &self.wanted;
        let (what, why) = if wanted.baseline.is_some() || wanted.write_baseline.is_some() {
            ("baseline", "a baseline knows the findings of one package")
        } else if self.out.is_some() {
            ("file of --out", "an archive holds one package")
        } else {
            return Ok(());
        };
        let message = format!("cannot use one {what} for several packages");
        Err(Failure::new(Exit::Usage, message)
            .because(why)
            .hint("name the packages one by one"))
    }

    /// Writes what is certain, and shows it on stderr; returns where the package lies now.
    fn mend<'p>(&'p self, package: &'p Path, policy: &Policy) -> Result<&'p Path, Failure> {
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
            Err(error @ OpenError::Io { .. }) => return Err(cannot(CHECK, package, error)),
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
        let levels = self.grades.levels()?;
        let baseline = match &self.baseline {
            Some(file) => Some((file.clone(), read(file)?)),
            None => None,
        };
        Ok(Policy { levels, baseline })
    }
}

impl Grades {
    /// Returns them as the checker takes them.
    pub(super) fn levels(&self) -> Result<Levels, Failure> {
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
        Ok(levels)
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

/// Says why packages cannot be looked for.
fn not_walked(error: walkdir::Error, path: &Path) -> Failure {
    let place = error.path().unwrap_or(path).to_owned();
    let error = OpenError::Io {
        path: place,
        source: error.into(),
    };
    cannot(CHECK, path, error)
}
