//! One operation on many VNFs: which ones, how many at a time, one line each, and a summary.

use std::cell::RefCell;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::Value;

use super::vnf::Waiting;
use super::watch::{self, stopped_waiting};
use super::{Exit, Failure, request};
use crate::lifecycle::{Submitted, Vnfm};
use crate::tacker::{Condition, VnfInstance};

/// The VNFs that an operation is for.
#[derive(Debug, Args)]
pub(super) struct Targets {
    /// Names or ids of the VNFs
    #[arg(value_name = "VNF", required_unless_present_any = ["conditions", "labels"], conflicts_with_all = ["conditions", "labels"])]
    vnfs: Vec<String>,
    #[command(flatten)]
    choice: Choice,
}

/// How VNFs are chosen without their names, and how several are gone through.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// All VNFs that Tacker finds to meet this, as `list --where` takes it; repeatable
    #[arg(long = "where", value_name = "ATTRIBUTE=VALUE")]
    conditions: Vec<Condition>,
    /// All VNFs with this entry in their metadata; repeatable
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
    /// Of several VNFs, so many at a time
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    parallel: u16,
    /// Of several VNFs, begin with no other once one has failed
    #[arg(long)]
    fail_fast: bool,
    /// Show the request of each VNF and send nothing
    #[arg(long)]
    dry_run: bool,
}

impl Choice {
    /// Tells whether VNFs are chosen by what they are, and not by their names.
    pub(super) fn is_made(&self) -> bool {
        !self.conditions.is_empty() || !self.labels.is_empty()
    }
}

/// What a VNF is called, and its id where there is one.
type Target = (String, Result<String, Failure>);

/// What came of asking for an operation.
pub(super) enum Begun {
    /// It began; the words name it.
    Operation(String, Submitted),
    /// There was nothing to do, for this reason.
    Nothing(String),
}

impl Begun {
    /// Shows a request instead of sending it.
    pub(super) fn shown(request: &Value) -> Result<Self, Failure> {
        request::show(request)?;
        Ok(Self::Nothing("nothing was sent".to_owned()))
    }
}

impl Targets {
    /// Holds names and a choice together, of which only one is made.
    pub(super) fn of(vnfs: Vec<String>, choice: Choice) -> Self {
        Self { vnfs, choice }
    }

    /// Tells whether requests are to be shown only.
    pub(super) fn is_dry(&self) -> bool {
        self.choice.dry_run
    }

    /// The VNFs by what the person calls them, each once, with their ids.
    async fn found(&self, vnfm: &Vnfm) -> Result<Vec<Target>, Failure> {
        let mut targets: Vec<Target> = if self.vnfs.is_empty() {
            let mut all = self.choice.conditions.clone();
            for label in &self.choice.labels {
                let of: Result<Condition, String> = format!("metadata/{label}").parse();
                all.push(of.map_err(|error| Failure::new(Exit::Usage, error))?);
            }
            let id = |vnf: Value| vnf["id"].as_str().unwrap_or_default().to_owned();
            let found = vnfm.client().instances_where(&all, id).await?;
            found.into_iter().map(|id| (id.clone(), Ok(id))).collect()
        } else {
            let ids = vnfm.find_ids(&self.vnfs).await?;
            let ids = ids.into_iter().map(|id| id.map_err(Failure::from));
            self.vnfs.iter().cloned().zip(ids).collect()
        };
        let mut seen = std::collections::HashSet::new();
        targets.retain(|(_, id)| id.as_ref().map_or(true, |id| seen.insert(id.clone())));
        if targets.is_empty() {
            let message = "no VNF meets the conditions";
            return Err(Failure::new(Exit::NotFound, message));
        }
        Ok(targets)
    }

    /// Has each VNF given an operation by `begin`, waits for its end, and does `after`.
    ///
    /// # Errors
    /// Of one VNF, its own; of several, what became of them in one sentence.
    pub(super) async fn each(
        &self,
        vnfm: &Vnfm,
        waiting: &Waiting,
        begin: impl AsyncFn(&VnfInstance) -> Result<Begun, Failure>,
        after: impl AsyncFn(&VnfInstance) -> Result<(), Failure>,
    ) -> Result<Exit, Failure> {
        let mut targets = self.found(vnfm).await?;
        if targets.len() == 1 {
            let (_, id) = targets.swap_remove(0);
            let vnf = vnfm.client().instance(&id?).await?;
            match begin(&vnf).await? {
                Begun::Operation(title, submitted) => {
                    waiting.finish(vnfm, &title, submitted).await?;
                }
                Begun::Nothing(why) => anstream::eprintln!("{}: {why}", vnf.label()),
            }
            after(&vnf).await?;
            return Ok(Exit::Done);
        }
        let run = Run::new(vnfm, waiting);
        let count = targets.len();
        let all = targets
            .into_iter()
            .take_while(|_| !self.choice.fail_fast || run.failed.borrow().is_empty())
            .map(|target| run.one(target, &begin, &after));
        run.all(all, self.choice.parallel.into(), count).await
    }
}

/// What is done to several VNFs at the same time.
pub(super) struct Run<'r> {
    pub(super) vnfm: &'r Vnfm,
    waiting: &'r Waiting,
    /// Operations that are waited for.
    open: RefCell<Vec<String>>,
    /// Names of those that failed, and how.
    failed: RefCell<Vec<(String, Exit)>>,
}

impl<'r> Run<'r> {
    pub(super) fn new(vnfm: &'r Vnfm, waiting: &'r Waiting) -> Self {
        Self {
            vnfm,
            waiting,
            open: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// Does `all`, so many at a time, and says what became of the `count` of them.
    ///
    /// # Errors
    /// Some failed, or the person wanted to wait no longer.
    pub(super) async fn all(
        &self,
        all: impl Iterator<Item = impl Future<Output = ()>>,
        parallel: usize,
        count: usize,
    ) -> Result<Exit, Failure> {
        let all = futures_util::stream::iter(all);
        let tried = tokio::select! {
            tried = all.buffer_unordered(parallel).count() => tried,
            _ = tokio::signal::ctrl_c() => return Err(self.left().await),
        };
        self.summary(count, tried)
    }

    /// Tells how it ended with one VNF.
    pub(super) fn ended(&self, label: String, outcome: Result<String, Failure>) {
        match outcome {
            Ok(said) => anstream::eprintln!("{label}: {said}"),
            Err(failure) => {
                anstream::eprintln!("{label}: {failure}");
                self.failed.borrow_mut().push((label, failure.exit));
            }
        }
    }

    async fn one(
        &self,
        (mut label, id): Target,
        begin: &impl AsyncFn(&VnfInstance) -> Result<Begun, Failure>,
        after: &impl AsyncFn(&VnfInstance) -> Result<(), Failure>,
    ) {
        let outcome = async {
            let vnf = self.vnfm.client().instance(&id?).await?;
            vnf.label().clone_into(&mut label);
            let said = match begin(&vnf).await? {
                Begun::Operation(title, submitted) => self.follow(&title, submitted).await?,
                Begun::Nothing(why) => why,
            };
            after(&vnf).await?;
            Ok::<_, Failure>(said)
        };
        let outcome = outcome.await;
        self.ended(label, outcome);
    }

    /// Waits for an operation, and says how it ended.
    pub(super) async fn follow(
        &self,
        title: &str,
        submitted: Submitted,
    ) -> Result<String, Failure> {
        let op = submitted.op.clone();
        self.open.borrow_mut().push(op.clone());
        let ended = self.waiting.finish_quietly(self.vnfm, title, submitted);
        let ended = ended.await;
        self.open.borrow_mut().retain(|other| *other != op);
        ended
    }

    /// Says what goes on without anybody waiting for it.
    async fn left(&self) -> Failure {
        let open = self.open.borrow().clone();
        for op in &open {
            if let Err(error) = self.vnfm.told(op).await {
                tracing::warn!("{error}");
            }
        }
        stopped_waiting(&format!("{} operations", open.len()))
            .hint("`vnfctl op resume` comes back to them")
    }

    fn summary(&self, all: usize, tried: usize) -> Result<Exit, Failure> {
        let mut failed = self.failed.borrow_mut();
        let done = tried - failed.len();
        let Some((_, exit)) = failed.first() else {
            if all > 1 {
                anstream::eprintln!("all {all} done");
            }
            return Ok(Exit::Done);
        };
        let exit = *exit;
        failed.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<_> = failed.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("{done} of {all} done, {} failed", failed.len());
        let failure = Failure::new(exit, message).because(names.join(", "));
        Err(match all - tried {
            0 => failure,
            left => failure.because(format!("{left} were not begun, as --fail-fast says")),
        })
    }
}

/// Follows an operation and says how it ended in one line.
pub(super) async fn quietly(
    vnfm: &Vnfm,
    title: &str,
    submitted: &Submitted,
    timeout: Option<std::time::Duration>,
) -> Result<String, Failure> {
    let began = std::time::Instant::now();
    let seen = watch::follow_quietly(vnfm, title, &submitted.op, timeout).await?;
    let changes = seen
        .changes()
        .map(|changes| format!(", VNFCs of {changes}"));
    let (state, took) = (seen.state, began.elapsed().as_secs_f64());
    Ok(format!(
        "{state} after {took:.1} s{}",
        changes.unwrap_or_default()
    ))
}
