//! Runs many small jobs on several threads. The results are in the order of the jobs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::interrupt;
use super::progress::Progress;

/// The longest time between two looks at the progress. A job may take a minute.
const TICK: Duration = Duration::from_secs(1);

/// Runs jobs 0 to `count`, and shows the progress if there are any. After Ctrl-C no further job starts; the result of a job
/// that did not run is `None`.
pub(crate) fn work<T: Send>(
    threads: usize,
    count: usize,
    unit: &'static str,
    job: impl Fn(usize) -> T + Sync,
) -> Vec<Option<T>> {
    if count == 0 {
        return Vec::new();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
    let mut progress = Progress::counting(count as u64, unit);
    let (end, ends) = channel();
    let mut done = 0;
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            let (end, next, results, job) = (end.clone(), &next, &results, &job);
            scope.spawn(move || {
                while !interrupt::requested() {
                    let at = next.fetch_add(1, Relaxed);
                    if at >= count {
                        return;
                    }
                    let result = job(at);
                    results.lock().expect("no panic")[at] = Some(result);
                    let _ = end.send(());
                }
            });
        }
        drop(end);
        loop {
            match ends.recv_timeout(TICK) {
                Ok(()) => done += 1,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            progress.show(done);
        }
    });
    progress.finish(done);
    results.into_inner().expect("no panic")
}
