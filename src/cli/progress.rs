//! The bar of work that is measured in bytes: packing and sending images.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that ends before this shows no bar.
const LONG: Duration = Duration::from_millis(400);

/// A bar on stderr that appears when the work turns out to be long; none where stderr is no
/// terminal. Clones show the same bar.
#[derive(Debug, Clone)]
pub(super) struct Bytes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bar: ProgressBar,
    began: Instant,
}

impl Bytes {
    /// Returns a bar whose work begins now.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {msg}")
        {
            bar.set_style(style);
        }
        Self(Arc::new(Inner {
            bar,
            began: Instant::now(),
        }))
    }

    /// Shows that `done` of `total` bytes are done.
    pub(super) fn at(&self, done: u64, total: u64) {
        let Inner { bar, began } = &*self.0;
        if bar.is_hidden() && began.elapsed() > LONG {
            // Hidden all the same where stderr is no terminal.
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(total);
        bar.set_position(done);
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.0.bar.finish_and_clear();
    }
}
