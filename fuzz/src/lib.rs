//! Shared by the libFuzzer targets that run programs: a failure panics with its report; statistics of all
//! inputs, with the calls per second, are printed at exit.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use oracle::{Failure, Report, Stats};

static TOTAL: Mutex<Option<Stats>> = Mutex::new(None);
/// The time after the first input.
static START: OnceLock<Instant> = OnceLock::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    let stats = total.clone().unwrap_or_default();
    eprintln!("{stats}");
    let seconds = START.get().map_or(0.0, |start| start.elapsed().as_secs_f64());
    eprintln!("{:.0} fully checked calls/s, in {seconds:.0} s", stats.steps as f64 / seconds);
}

/// Adds the statistics of a run to the total.
///
/// # Panics
/// If the run failed.
pub fn count(result: Result<Stats, Box<Failure>>) {
    START.get_or_init(|| {
        // SAFETY: `report` is a plain function that takes nothing.
        assert_eq!(unsafe { libc::atexit(report) }, 0);
        Instant::now()
    });
    let stats = result.unwrap_or_else(|failure| panic!("{}", Report::of(&failure)));
    TOTAL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().add(&stats);
}
