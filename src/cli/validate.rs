//! `vnfctl package validate`: every fault of packages, with its place, reason and cure.

mod print;

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::{Exit, Failure};
use crate::check::report::Report;
use crate::check::{self, Aside, Baseline, By, Fix, FixError, Judged, Level, Levels, Policy};
use crate::diagnose::{Severity, Sink, Sources};
use crate::package::reader::OpenError;

pub(super) use print::sum;

/// Checks packages as Tacker and Heat will read them.
///
/// Exit code 0: no errors (nor warnings, with --deny-warnings); 1: a package has faults;
/// 2: one is no package, or not safe to read; 3: there is no such file; 4: --fix must not write.
/// `vnfctl explain` says what a code means.
#[derive(Debug, Args)]
pub(super) struct Validate {
    /// A package, as a zip file or the folder that it was unpacked to; or a folder in which all
    /// packages are meant
    #[arg(required = true, value_name = "PACKAGE")]
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
    /// Let warnings fail the check as errors do
    #[arg(long)]
    deny_warnings: bool,
    /// First write the digests that are wrong in a folder's manifest anew, and show what changes
    #[arg(long)]
    fix: bool,
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

/// What became of one package.
struct Outcome {
    package: Utf8PathBuf,
    sink: Sink,
    sources: Sources,
    aside: Vec<Aside>,
    /// It is no package, or not safe to read.
    is_refused: bool,
}

impl Validate {
    /// Prints the findings and their sum.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let policy = self.wanted.policy()?;
        let packages = self.found()?;
        let are_several = packages != self.packages || packages.len() > 1;
        if are_several {
            self.wanted.is_for_several()?;
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
                deny_warnings: self.deny_warnings,
            })
            .collect();
        match are_several {
            true => print::several(self.output, &reports)?,
            false => reports
                .iter()
                .try_for_each(|one| print::one(self.output, one))?,
        }
        let is_failed = |one: &Outcome| {
            let denied = self.deny_warnings && one.sink.count(Severity::Warning) > 0;
            denied || one.sink.has_errors()
        };
        Ok(if outcomes.iter().any(|one| one.is_refused) {
            Exit::Usage
        } else if outcomes.iter().any(is_failed) {
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

    fn outcome(&self, package: &Path, policy: &Policy) -> Result<Outcome, Failure> {
        let mut judged = judge(package)?;
        if self.fix && mend(package, &judged)? {
            judged = judge(package)?;
        }
        let (mut sink, sources, is_refused) = match judged {
            Judged::Read(checked) => (checked.sink, checked.sources, false),
            Judged::Refused(sink) => (sink, Sources::default(), true),
        };
        let package = Utf8PathBuf::from(package.to_string_lossy().into_owned());
        let mut aside = policy.apply(&package, &sources, &mut sink);
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
            is_refused,
        })
    }
}

/// Does one thing with each path, as many at once as there are processors, and returns the results
/// in the paths' order.
fn side_by_side<T: Send>(paths: &[PathBuf], one: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    if workers.min(paths.len()) < 2 {
        return paths.iter().map(|path| one(path)).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else {
                return done;
            };
            done.push((index, one(path)));
        }
    };
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.min(paths.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let done = threads.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.flatten().collect::<Vec<_>>()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, done)| done).collect()
}

fn judge(package: &Path) -> Result<Judged, Failure> {
    check::open(package).map_err(|error| not_read(error, package))
}

/// Writes what is certain, shows it on stderr, and tells whether anything was written.
fn mend(package: &Path, judged: &Judged) -> Result<bool, Failure> {
    if !package.is_dir() {
        let message = format!("cannot write into {}", package.display());
        return Err(Failure::new(Exit::Usage, message)
            .because("--fix is for a folder")
            .hint("build the package again, or unpack it and give the folder"));
    }
    let Judged::Read(checked) = judged else {
        return Ok(false);
    };
    let fixes = Fix::of(&checked.sink, &checked.sources);
    for fix in &fixes {
        fix.write(package).map_err(|error| {
            let exit = match &error {
                FixError::Io { .. } => Exit::Usage,
                FixError::Signed(_) | FixError::Changed(_) => Exit::Conflict,
            };
            Failure::new(exit, format!("cannot mend {}", package.display())).caused_by(error)
        })?;
        anstream::eprint!("{}", fix.diff());
    }
    Ok(!fixes.is_empty())
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

    /// Refuses what is of one package only.
    fn is_for_several(&self) -> Result<(), Failure> {
        if self.baseline.is_none() && self.write_baseline.is_none() {
            return Ok(());
        }
        let message = "cannot use one baseline for several packages";
        Err(Failure::new(Exit::Usage, message)
            .because("a baseline knows the findings of one package")
            .hint("check the packages that have a baseline one by one"))
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
    not_read(
        OpenError::Io {
            path: place,
            source: error.into(),
        },
        path,
    )
}

/// Says why the package cannot be read from the disk.
pub(super) fn not_read(error: OpenError, package: &Path) -> Failure {
    let exit = match &error {
        OpenError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Usage,
    };
    Failure::new(exit, format!("cannot check {}", package.display())).caused_by(error)
}
