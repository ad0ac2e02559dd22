//! Waits for an operation with a live view on stderr.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

use super::{Exit, Failure};
use crate::lifecycle::{
    Asked, Blocked, Error, Event, FollowError, LockError, ObserveError, Observed, Vnfm, explain,
    readable,
};
use crate::tacker::{self, FailedResource};

/// Reads a time such as `90s`, `10m` or `1h30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| format!("`{text}` is not a time such as 90s, 10m or 1h30m"))?;
    Duration::try_from(span).map_err(|_| "a time limit cannot be negative".to_owned())
}

/// Follows `op` to its end; `title` names it for the person, `woken` has it look at once.
///
/// Ctrl-C stops the waiting only.
pub(super) async fn follow(
    vnfm: &Vnfm,
    title: &str,
    op: &str,
    asked: Asked,
    timeout: Option<Duration>,
    woken: Option<Arc<Notify>>,
) -> Result<Observed, Failure> {
    let (outcome, mut handle) = vnfm.follow(op, asked, timeout, woken);
    let view = View::new(title, op);
    let watching = async {
        while let Some(event) = handle.events.recv().await {
            view.show(&event);
        }
    };
    let followed = async { tokio::join!(outcome, watching).0 };
    let outcome = tokio::select! {
        outcome = followed => outcome,
        _ = tokio::signal::ctrl_c() => {
            view.end(None);
            if let Err(error) = vnfm.told(op).await {
                tracing::warn!("{error}");
            }
            return Err(stopped(title, op));
        }
    };
    let changes = outcome.as_ref().ok().and_then(Observed::changes);
    view.end(changes.as_deref());
    ended(vnfm, title, op, outcome).await
}

/// Follows `op` to its end without a view.
pub(super) async fn follow_quietly(
    vnfm: &Vnfm,
    title: &str,
    op: &str,
    timeout: Option<Duration>,
) -> Result<Observed, Failure> {
    let (outcome, handle) = vnfm.follow(op, Asked::Start, timeout, None);
    drop(handle);
    ended(vnfm, title, op, outcome.await).await
}

/// Notes how the following ended, and says why where it failed.
async fn ended(
    vnfm: &Vnfm,
    title: &str,
    op: &str,
    outcome: Result<Observed, FollowError>,
) -> Result<Observed, Failure> {
    if let Err(error) = vnfm.note_end(op, &outcome).await {
        tracing::warn!("{error}");
    }
    match outcome {
        Ok(seen) => Ok(seen),
        Err(error) => {
            let resources = match &error {
                FollowError::Failed { seen, .. } => failed_resources(vnfm, seen).await,
                _ => Vec::new(),
            };
            Err(failed(title, op, error, &resources))
        }
    }
}

/// Says that an operation goes on without anybody waiting for it.
pub(super) fn stopped(title: &str, op: &str) -> Failure {
    stopped_waiting(title).hint(format!("`vnfctl op wait {op}` comes back to it"))
}

/// The same without what comes back to it.
pub(super) fn stopped_waiting(title: &str) -> Failure {
    let message = format!("stopped waiting for {title}, which goes on in Tacker");
    Failure::new(Exit::Interrupted, message)
}

/// Asks Heat what failed, for Tacker passes on little of it.
///
/// Failing to ask is no failure of the operation: the account may have no right to see the
/// VIM's project, and the sandbox has no Heat.
pub(super) async fn failed_resources(vnfm: &Vnfm, seen: &Observed) -> Vec<FailedResource> {
    let vnf = &seen.vnf_instance_id;
    match vnfm.client().failed_resources(vnf).await {
        Ok(resources) => resources,
        Err(error) => {
            tracing::debug!(%error, "Heat does not say which resource failed");
            Vec::new()
        }
    }
}

fn failed(title: &str, op: &str, error: FollowError, resources: &[FailedResource]) -> Failure {
    match &error {
        FollowError::Failed { seen, reason } => {
            let words = explain(seen);
            let mut failure = Failure::new(
                Exit::Failed,
                format!("{title} ended in {} (operation {op})", seen.state),
            );
            failure = match (&words.title, &words.detail) {
                (Some(title), Some(detail)) => failure.because(format!("{title}: {detail}")),
                (None, Some(detail)) => failure.because(detail.clone()),
                (Some(title), None) => failure.because(title.clone()),
                (None, None) => failure.because(reason.to_string()),
            };
            for one in resources {
                failure = failure.because(format!(
                    "resource `{}` ({}) is {}: {}",
                    one.name,
                    one.kind,
                    one.status,
                    readable(&one.reason)
                ));
            }
            words.next.into_iter().fold(failure, Failure::hint)
        }
        FollowError::TimedOut { .. } => Failure::new(Exit::TimedOut, format!("{title}: {error}"))
            .hint(format!("`vnfctl op wait {op}` comes back to it")),
        // That the server refuses to show it is no loss of the connection.
        FollowError::Lost {
            source: ObserveError::Permanent(source),
            ..
        } => {
            let kind = source
                .downcast_ref::<tacker::Error>()
                .map(|error| error.kind);
            let exit = kind.map_or(Exit::Failed, Exit::from);
            Failure::new(exit, format!("cannot look at operation {op}")).because(source.to_string())
        }
        FollowError::Lost { .. } => Failure::new(Exit::Unreachable, title.to_owned())
            .caused_by(error)
            .hint(format!("`vnfctl op wait {op}` comes back to it")),
    }
}

/// What is shown before Tacker shows a state.
const SUBMITTED: &str = "submitted";

/// One line that changes in place on a terminal, and one line for each change elsewhere.
struct View {
    title: String,
    bar: Option<ProgressBar>,
}

impl View {
    fn new(title: &str, op: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg}, {elapsed}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(title.to_owned());
            bar.set_message(SUBMITTED);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() && !title.contains(op) {
            anstream::eprintln!("{title}: operation {op}");
        }
        Self {
            title: title.to_owned(),
            bar,
        }
    }

    fn show(&self, event: &Event) {
        match (event, &self.bar) {
            // Each phase that is over leaves a line; the last one stays and counts.
            (Event::State { state, after, .. }, Some(bar)) => {
                let before = bar.message();
                if before != SUBMITTED {
                    let (title, seconds) = (&self.title, after.as_secs_f64());
                    bar.println(format!("{title}: {before} until {seconds:.1} s"));
                }
                bar.set_message(state.to_string());
            }
            (Event::State { state, after, .. }, None) => {
                anstream::eprintln!("{}: {state} after {:.1} s", self.title, after.as_secs_f64());
            }
            (
                Event::Slow {
                    state, since, look, ..
                },
                bar,
            ) => {
                let (title, seconds) = (&self.title, since.as_secs());
                let words = format!("{title}: {state} for {seconds} s, which is long: {look}");
                match bar {
                    Some(bar) => bar.println(words),
                    None => anstream::eprintln!("{words}"),
                }
            }
            (Event::Trouble { message, .. }, Some(bar)) => {
                bar.println(format!("{}: {message}", self.title))
            }
            (Event::Trouble { message, .. }, None) => {
                anstream::eprintln!("{}: {message}", self.title)
            }
        }
    }

    /// Leaves one line of the whole, with what has changed.
    fn end(&self, changes: Option<&str>) {
        let title = &self.title;
        if let Some(bar) = &self.bar {
            let took = bar.elapsed();
            bar.finish_and_clear();
            let (state, seconds) = (bar.message(), took.as_secs_f64());
            anstream::eprintln!("{title}: {state} after {seconds:.1} s");
        }
        if let Some(changes) = changes {
            anstream::eprintln!("{title}: VNFCs of {changes}");
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(error) => error.into(),
            Error::Cluster(error) => error.into(),
            Error::Blocked(blocked) => {
                let failure = Self::new(Exit::Conflict, blocked.to_string());
                let (Blocked::Running(seen) | Blocked::FailedTemp(seen)) = &blocked;
                explain(seen).next.into_iter().fold(failure, Self::hint)
            }
            error @ Error::Exists { .. } => {
                let failure = Self::new(Exit::Conflict, error.to_string());
                match error {
                    Error::Exists {
                        name, empty: true, ..
                    } => failure.hint(format!(
                        "it has no resources: `vnfctl terminate {name} --delete` removes it"
                    )),
                    _ => failure,
                }
            }
            Error::Lock(error @ LockError::Held { .. }) => {
                Self::new(Exit::Conflict, error.to_string())
            }
            Error::Unknown { what, source } => {
                let message = format!("whether Tacker began with `{what}` is not known");
                Self::new(Exit::Unreachable, message)
                    .because(source.to_string())
                    .hint("`vnfctl op resume` finds out once Tacker answers; so does the same command again, without repeating it")
            }
            error @ Error::Refused { .. } => Self::new(Exit::Failed, error.to_string())
                .hint("look for that id in the log of tacker-conductor"),
            error @ Error::Stopped { .. } => Self::new(Exit::Interrupted, error.to_string()),
            error @ (Error::NotFound { .. } | Error::NoSuchNode { .. }) => {
                Self::new(Exit::NotFound, error.to_string())
            }
            Error::Unready(faults) => {
                let message = "what the package asks for is not there; nothing was begun";
                faults
                    .into_iter()
                    .fold(Self::new(Exit::Usage, message), Self::because)
            }
            error @ (Error::Ambiguous { .. } | Error::Invalid(_)) => {
                Self::new(Exit::Usage, error.to_string())
            }
            Error::OnboardingTimedOut { ref package, .. } => {
                let hint = format!("`vnfctl package show {package}` shows how far it is");
                Self::new(Exit::TimedOut, error.to_string()).hint(hint)
            }
            error => Self::new(Exit::Failed, "the operation was not carried out").caused_by(error),
        }
    }
}
