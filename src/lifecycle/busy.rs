//! The window after COMPLETED in which Tacker still holds the VNF's lock.
//!
//! Tacker commits COMPLETED, then notifies every subscriber, then lets the lock go: a
//! client that acts at once gets 409 "Other LCM operation … is in progress" (0.54 s were
//! measured with four subscribers; slow ones make it longer).

use backon::{ExponentialBuilder, Retryable as _};
use std::time::Duration;

/// An error that may be the passing 409 of a VNF whose last operation was just completed.
pub trait Busy {
    /// Returns whether the server said that another operation is in progress.
    fn is_busy(&self) -> bool;
}

/// Makes a request, and makes it again for at most about `patience` while the VNF is busy.
///
/// # Errors
/// Returns the request's last error.
pub async fn retry_while_busy<T, E, F, Fut>(patience: Duration, request: F) -> Result<T, E>
where
    E: Busy,
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let backoff = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(2))
        .with_total_delay(Some(patience))
        .without_max_times();
    request.retry(backoff).when(E::is_busy).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[derive(Debug, PartialEq)]
    struct Conflict {
        busy: bool,
    }

    impl Busy for Conflict {
        fn is_busy(&self) -> bool {
            self.busy
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_conflict_is_waited_out() {
        let calls = Cell::new(0);
        let answer = retry_while_busy(Duration::from_secs(15), || async {
            calls.set(calls.get() + 1);
            if calls.get() < 4 {
                Err(Conflict { busy: true })
            } else {
                Ok("accepted")
            }
        })
        .await;
        assert_eq!((answer, calls.get()), (Ok("accepted"), 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lasting_conflict_ends_within_the_patience() {
        let started = tokio::time::Instant::now();
        let answer = retry_while_busy(Duration::from_secs(15), || async {
            Err::<(), _>(Conflict { busy: true })
        })
        .await;
        assert_eq!(answer, Err(Conflict { busy: true }));
        assert!(started.elapsed() <= Duration::from_secs(17));
        assert!(started.elapsed() >= Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn another_conflict_is_not_repeated() {
        let calls = Cell::new(0);
        let answer = retry_while_busy(Duration::from_secs(15), || async {
            calls.set(calls.get() + 1);
            Err::<(), _>(Conflict { busy: false })
        })
        .await;
        assert_eq!((answer, calls.get()), (Err(Conflict { busy: false }), 1));
    }
}
