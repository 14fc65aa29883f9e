//! Runs many small jobs on several threads. The results are in the order of the jobs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use super::interrupt;
use super::progress::Progress;

/// Runs jobs 0 to `count`. After Ctrl-C no further job starts; the result of a job that did not run is
/// `None`.
pub(crate) fn work<T: Send>(
    threads: usize,
    count: usize,
    unit: &'static str,
    job: impl Fn(usize) -> T + Sync,
) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
    let progress = Mutex::new((0, Progress::counting(count as u64, unit)));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !interrupt::requested() {
                    let at = next.fetch_add(1, Relaxed);
                    if at >= count {
                        return;
                    }
                    let result = job(at);
                    results.lock().expect("no panic")[at] = Some(result);
                    let mut progress = progress.lock().expect("no panic");
                    progress.0 += 1;
                    let done = progress.0;
                    progress.1.show(done);
                }
            });
        }
    });
    let (done, progress) = progress.into_inner().expect("no panic");
    progress.finish(done);
    results.into_inner().expect("no panic")
}
