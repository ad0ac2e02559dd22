//! One thing done with many packages at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does one thing with each path, as many at once as there are processors, and returns the results
/// in the paths' order.
pub(super) fn side_by_side<T: Send>(paths: &[PathBuf], one: impl Fn(&Path) -> T + Sync) -> Vec<T> {
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
