//! `vnfctl test run`: plays a scenario and reports.

use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};

use super::args::Global;
use super::certify::Signing;
use super::{Exit, Failure, build, context, output, vnf};
use crate::diagnose::{Sink, Sources};
use crate::report::{self, Outcome};
use crate::scenario::{self, Progress};

/// Test runs.
#[derive(Debug, Subcommand)]
pub(super) enum Test {
    /// Play a scenario and report each step
    Run(Run),
}

/// Plays a scenario.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The scenario (YAML)
    scenario: Utf8PathBuf,
    /// Build the package from this spec, not from the one that the scenario names
    #[arg(long, value_name = "FILE")]
    spec: Option<Utf8PathBuf>,
    /// Write a JUnit report to this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    signing: Signing,
}

impl Test {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, Failure> {
        match self {
            Self::Run(run) => run.run(global).await,
        }
    }
}

impl Run {
    async fn run(self, global: &Global) -> Result<Exit, Failure> {
        let scenario = self.read()?;
        let plan = build::plan(&match &self.spec {
            Some(spec) => spec.clone(),
            None => beside(&self.scenario, &scenario.spec),
        })?;
        let vnfm = self.signing.apply(context::vnfm(global)?).await?;
        vnf::ensure_vim(&vnfm).await?;
        let scratch = tempfile::tempdir().map_err(|e| {
            Failure::new(Exit::Failed, "cannot make a temporary directory").caused_by(e)
        })?;
        let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
        let watching = async {
            while let Some(event) = events.recv().await {
                show(&event);
            }
        };
        let playing = async {
            let run = scenario::run(&vnfm, &scenario, &plan, scratch.path(), &sender).await;
            drop(sender);
            run
        };
        let (run, ()) = tokio::join!(playing, watching);
        output::put(&format!("{}\n", report::table(&run).trim_end()))?;
        if let Some(path) = &self.junit {
            let xml = report::junit(&run).map_err(|e| {
                Failure::new(Exit::Failed, "cannot make the JUnit report").caused_by(e)
            })?;
            std::fs::write(path, xml).map_err(|e| {
                Failure::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(e)
            })?;
        }
        Ok(if run.passed() {
            Exit::Done
        } else {
            Exit::Failed
        })
    }

    fn read(&self) -> Result<scenario::Scenario, Failure> {
        let path = &self.scenario;
        let text =
            std::fs::read_to_string(path).map_err(|e| Failure::unread(path.as_std_path(), e))?;
        let mut sink = Sink::default();
        let mut sources = Sources::default();
        sources.insert(path, text.as_str());
        let scenario = scenario::read(path, &text, &mut sink);
        output::findings(&sink, &sources);
        scenario.ok_or_else(|| Failure::new(Exit::Usage, format!("{path} cannot be played")))
    }
}

/// Returns the path that a scenario names, which is relative to its own folder, as a person at
/// this terminal would write it.
fn beside(scenario: &Utf8Path, spec: &Utf8Path) -> Utf8PathBuf {
    let path = scenario.parent().unwrap_or(Utf8Path::new("")).join(spec);
    let here = std::env::current_dir().unwrap_or_default();
    // A path that leads nowhere stays as it is: reading it says so.
    let short = path
        .canonicalize_utf8()
        .ok()
        .and_then(|whole| whole.strip_prefix(here).ok().map(ToOwned::to_owned));
    short.unwrap_or(path)
}

fn show(progress: &Progress) {
    match progress {
        Progress::Begins(name) => anstream::eprintln!("{name}"),
        Progress::State(state) => anstream::eprintln!("  {state}"),
        Progress::Ended(step) => match &step.outcome {
            Outcome::Failed(why) => {
                anstream::eprintln!("  failed after {:.1} s: {why}", step.took.as_secs_f64())
            }
            Outcome::Passed | Outcome::Skipped => {
                anstream::eprintln!("  done after {:.1} s", step.took.as_secs_f64())
            }
        },
        Progress::Warning(what) => anstream::eprintln!("  warning: {what}"),
        Progress::LeftBehind(what) => anstream::eprintln!("warning: not taken away: {what}"),
    }
}
