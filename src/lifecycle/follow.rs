//! Follows one operation occurrence to its end, by polling.

use super::decide::{Asked, Decision, Limits, Reason, Waited, decide};
use super::recovery::stall;
use super::{Observed, State};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// Where occurrences are looked up.
pub trait Occurrences {
    /// Looks at an occurrence.
    fn occurrence(&self, id: &str) -> impl Future<Output = Result<Observed, ObserveError>>;
}

/// Why an occurrence could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// Worth another look: a lost connection, a 5xx, a token being renewed.
    #[error("cannot look at the operation at the moment")]
    Transient(#[source] Box<dyn Error + Send + Sync>),
    /// Looking again does not help: not found, not authorised, not understood.
    #[error("cannot look at the operation")]
    Permanent(#[source] Box<dyn Error + Send + Sync>),
}

/// How to follow.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What was asked of the occurrence.
    pub asked: Asked,
    /// Bound on the whole wait; none waits as long as the operation takes.
    pub timeout: Option<Duration>,
    /// How long transient errors in a row are tolerated.
    pub patience: Duration,
    /// Bounds on single states.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            asked: Asked::Start,
            timeout: None,
            patience: Duration::from_secs(60),
            limits: Limits::default(),
        }
    }
}

/// What happened while following.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The occurrence was seen in this state for the first time.
    State {
        /// Identifier of the occurrence.
        op: String,
        /// The state.
        state: State,
        /// Time since the following began.
        after: Duration,
    },
    /// It is in a state for longer than usual; told once for each state.
    Slow {
        /// Identifier of the occurrence.
        op: String,
        /// The state.
        state: State,
        /// How long it is in it.
        since: Duration,
        /// Where to look.
        look: &'static str,
    },
    /// A look failed and will be repeated.
    Trouble {
        /// Identifier of the occurrence.
        op: String,
        /// What failed, with its reasons.
        message: String,
    },
}

/// Why following ended without what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The operation did not do what was asked.
    #[error("operation `{}` ({}) ended in {}", .seen.id, .seen.operation, .seen.state)]
    Failed {
        /// The last look.
        seen: Box<Observed>,
        /// Why waiting does not help.
        #[source]
        reason: Reason,
    },
    /// The time is over; the operation goes on in Tacker.
    #[error("operation `{op}` is not finished after {} s and goes on", .after.as_secs())]
    TimedOut {
        /// Identifier of the occurrence.
        op: String,
        /// The bound that was given.
        after: Duration,
    },
    /// The occurrence cannot be looked at.
    #[error("lost sight of operation `{op}`")]
    Lost {
        /// Identifier of the occurrence.
        op: String,
        /// The last error.
        #[source]
        source: ObserveError,
    },
}

/// The watcher's end of a followed operation.
#[derive(Debug)]
pub struct Handle {
    /// What happens, in order; closed when the following has ended.
    pub events: mpsc::UnboundedReceiver<Event>,
}

/// Returns a future that ends with the operation, and the handle to watch it by.
///
/// `woken` has it look at once; without it, and between, it looks again and again.
///
/// Dropping the future stops the looking only: the operation goes on in Tacker.
pub fn follow<'a, S: Occurrences>(
    source: &'a S,
    op: &'a str,
    options: Options,
    woken: Option<Arc<Notify>>,
) -> (
    impl Future<Output = Result<Observed, FollowError>> + 'a,
    Handle,
) {
    // Unbounded, since a slow watcher must not hold up the wait; events are a handful.
    let (sender, events) = mpsc::unbounded_channel();
    let follower = Follower {
        source,
        op,
        options,
        woken,
        sender,
        began: Instant::now(),
    };
    (follower.bounded(), Handle { events })
}

/// First and longest pause between two looks.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

struct Follower<'a, S> {
    source: &'a S,
    op: &'a str,
    options: Options,
    woken: Option<Arc<Notify>>,
    sender: mpsc::UnboundedSender<Event>,
    began: Instant,
}

impl<S: Occurrences> Follower<'_, S> {
    async fn bounded(self) -> Result<Observed, FollowError> {
        let Some(after) = self.options.timeout else {
            return self.run().await;
        };
        tokio::time::timeout(after, self.run())
            .await
            .unwrap_or_else(|_elapsed| {
                Err(FollowError::TimedOut {
                    op: self.op.to_owned(),
                    after,
                })
            })
    }

    async fn run(&self) -> Result<Observed, FollowError> {
        let mut track = Track::default();
        let mut last_good = Instant::now();
        let mut pause = PAUSES.0;
        loop {
            match self.source.occurrence(self.op).await {
                Ok(seen) => {
                    last_good = Instant::now();
                    if track.note(seen.state) {
                        self.tell_state(seen.state);
                        pause = PAUSES.0;
                    }
                    if let Some((since, look)) = track.stalled() {
                        self.tell(Event::Slow {
                            op: self.op.to_owned(),
                            state: seen.state,
                            since,
                            look,
                        });
                    }
                    let options = &self.options;
                    match decide(options.asked, &seen, track.waited(), &options.limits) {
                        Decision::Continue => {}
                        Decision::Done => return Ok(seen),
                        Decision::Failed(reason) => {
                            let seen = Box::new(seen);
                            return Err(FollowError::Failed { seen, reason });
                        }
                    }
                }
                Err(error) => self.tolerate(error, last_good)?,
            }
            let is_told = async {
                match &self.woken {
                    Some(woken) => woken.notified().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = is_told => {}
            }
            pause = pause.mul_f32(1.5).min(PAUSES.1);
        }
    }

    fn tell_state(&self, state: State) {
        self.tell(Event::State {
            op: self.op.to_owned(),
            state,
            after: self.began.elapsed(),
        });
    }

    fn tolerate(&self, error: ObserveError, last_good: Instant) -> Result<(), FollowError> {
        match error {
            ObserveError::Transient(source) if last_good.elapsed() < self.options.patience => {
                self.tell(Event::Trouble {
                    op: self.op.to_owned(),
                    message: source.to_string(),
                });
                Ok(())
            }
            source => Err(FollowError::Lost {
                op: self.op.to_owned(),
                source,
            }),
        }
    }

    fn tell(&self, event: Event) {
        // A watcher that has gone away is no reason to stop waiting.
        let _gone = self.sender.send(event);
    }
}

/// Which state the occurrence is in, since when, and whether it was in another before.
#[derive(Default)]
struct Track {
    present: Option<(State, Instant)>,
    moved: bool,
    is_slow: bool,
}

impl Track {
    /// Notes a look; returns whether the state is new.
    fn note(&mut self, state: State) -> bool {
        match self.present {
            Some((present, _)) if present == state => return false,
            Some(_) => self.moved = true,
            None => {}
        }
        self.present = Some((state, Instant::now()));
        self.is_slow = false;
        true
    }

    /// Tells once how long the state lasts when that is long, and where to look.
    fn stalled(&mut self) -> Option<(Duration, &'static str)> {
        let (state, since) = self.present?;
        let (limit, look) = stall(state)?;
        let since = since.elapsed();
        if self.is_slow || since < limit {
            return None;
        }
        self.is_slow = true;
        Some((since, look))
    }

    fn waited(&self) -> Waited {
        Waited {
            in_state: self
                .present
                .map_or(Duration::ZERO, |(_, since)| since.elapsed()),
            moved: self.moved,
        }
    }
}

#[cfg(test)]
mod tests;
