//! Following on a paused clock: scripted looks, no server.

use super::super::Operation;
use super::*;
use std::cell::RefCell;
use std::collections::VecDeque;

/// Answers each look with the next of a script, the last one for ever.
struct Script(RefCell<VecDeque<Look>>);

#[derive(Clone, Copy)]
enum Look {
    State(State),
    Transient,
    Permanent,
}

impl Script {
    fn new(looks: impl IntoIterator<Item = Look>) -> Self {
        Self(RefCell::new(looks.into_iter().collect()))
    }
}

impl Occurrences for Script {
    async fn occurrence(&self, id: &str) -> Result<Observed, ObserveError> {
        let mut looks = self.0.borrow_mut();
        let look = if looks.len() > 1 {
            looks.pop_front()
        } else {
            looks.front().copied()
        };
        match look.expect("a script has at least one look") {
            Look::State(state) => Ok(Observed {
                id: id.to_owned(),
                vnf_instance_id: "vnf".to_owned(),
                operation: Operation::Scale,
                state,
                operation_params: None,
                error: None,
                resource_changes: None,
            }),
            Look::Transient => Err(ObserveError::Transient("connection reset".into())),
            Look::Permanent => Err(ObserveError::Permanent("404".into())),
        }
    }
}

fn asked(asked: Asked) -> Options {
    Options {
        asked,
        ..Options::default()
    }
}

use Look::{Permanent, State as In, Transient};
use State::{Completed, FailedTemp, Processing, RolledBack, RollingBack, Starting};

#[tokio::test(start_paused = true)]
async fn every_state_is_told_once_and_in_order() {
    let script = Script::new([In(Starting), In(Starting), In(Processing), In(Completed)]);
    let (wait, mut handle) = follow(&script, "op", Options::default(), None);
    assert_eq!(wait.await.expect("completed").state, Completed);
    let mut states = Vec::new();
    while let Some(event) = handle.events.recv().await {
        let Event::State { state, .. } = event else {
            panic!("{event:?}");
        };
        states.push(state);
    }
    assert_eq!(states, [Starting, Processing, Completed]);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_told_and_survived() {
    let script = Script::new([In(Processing), Transient, Transient, In(Completed)]);
    let (wait, mut handle) = follow(&script, "op", Options::default(), None);
    wait.await.expect("completed");
    let mut troubles = 0;
    while let Some(event) = handle.events.recv().await {
        troubles += usize::from(matches!(event, Event::Trouble { .. }));
    }
    assert_eq!(troubles, 2);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_without_end_lose_the_operation() {
    let script = Script::new([In(Processing), Transient]);
    let began = Instant::now();
    let result = follow(&script, "op", Options::default(), None).0.await;
    assert!(
        matches!(result, Err(FollowError::Lost { .. })),
        "{result:?}"
    );
    assert!(began.elapsed() >= Duration::from_secs(60));
    assert!(began.elapsed() < Duration::from_secs(65));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_ends_the_wait_at_once() {
    let script = Script::new([Permanent]);
    let began = Instant::now();
    let result = follow(&script, "op", Options::default(), None).0.await;
    assert!(
        matches!(result, Err(FollowError::Lost { .. })),
        "{result:?}"
    );
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn failed_temp_shown_after_a_rollback_is_waited_out() {
    let looks = [
        In(FailedTemp),
        In(FailedTemp),
        In(RollingBack),
        In(RolledBack),
    ];
    let script = Script::new(looks);
    let result = follow(&script, "op", asked(Asked::Rollback), None).0.await;
    assert_eq!(result.expect("rolled back").state, RolledBack);
}

#[tokio::test(start_paused = true)]
async fn a_refused_rollback_is_a_failure() {
    let script = Script::new([In(FailedTemp), In(RollingBack), In(FailedTemp)]);
    let result = follow(&script, "op", asked(Asked::Rollback), None).0.await;
    let Err(FollowError::Failed { reason, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(reason, Reason::FailedTemp(None));
}

#[tokio::test(start_paused = true)]
async fn starting_for_ever_ends_at_its_deadline() {
    let script = Script::new([In(Starting)]);
    let began = Instant::now();
    let result = follow(&script, "op", Options::default(), None).0.await;
    let Err(FollowError::Failed { reason, .. }) = result else {
        panic!("{result:?}");
    };
    assert!(matches!(reason, Reason::StuckStarting(_)), "{reason:?}");
    assert!(began.elapsed() >= Duration::from_secs(300));
    assert!(began.elapsed() <= Duration::from_secs(302));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_bounds_the_wait() {
    let script = Script::new([In(Processing)]);
    let options = Options {
        timeout: Some(Duration::from_secs(7)),
        ..Options::default()
    };
    let began = Instant::now();
    let result = follow(&script, "op", options, None).0.await;
    assert!(
        matches!(result, Err(FollowError::TimedOut { .. })),
        "{result:?}"
    );
    assert_eq!(began.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn who_is_told_looks_at_once() {
    let looks = std::iter::repeat_n(In(Processing), 12).chain([In(Completed)]);
    let script = Script::new(looks);
    let woken = Arc::new(Notify::new());
    let (wait, _handle) = follow(&script, "op", Options::default(), Some(Arc::clone(&woken)));
    let began = Instant::now();
    let tell = async {
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            woken.notify_one();
        }
    };
    let (seen, ()) = tokio::join!(wait, tell);
    assert_eq!(seen.unwrap().state, Completed);
    assert!(
        began.elapsed() < Duration::from_millis(50),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_state_that_lasts_is_told_of_once() {
    let looks = std::iter::repeat_n(In(Processing), 1200).chain([In(Completed)]);
    let script = Script::new(looks);
    let (wait, mut handle) = follow(&script, "op", Options::default(), None);
    assert_eq!(wait.await.unwrap().state, Completed);
    let mut slow = Vec::new();
    while let Some(event) = handle.events.recv().await {
        if let Event::Slow { state, since, .. } = event {
            slow.push((state, since.as_secs()));
        }
    }
    let [(Processing, since)] = slow[..] else {
        panic!("{slow:?}");
    };
    assert!((900..905).contains(&since), "{since}");
}
