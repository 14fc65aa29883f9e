//! What the libFuzzer targets over programs share: a failure is a panic with its report, and what the
//! inputs did, with the calls a second, is printed at exit.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use oracle::{Failure, Report, Stats};

static TOTAL: Mutex<Option<Stats>> = Mutex::new(None);
/// When the first input had run.
static START: OnceLock<Instant> = OnceLock::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    let stats = total.clone().unwrap_or_default();
    eprintln!("{stats}");
    let seconds = START.get().map_or(0.0, |start| start.elapsed().as_secs_f64());
    eprintln!("{:.0} fully checked calls/s, in {seconds:.0} s", stats.steps as f64 / seconds);
}

/// Adds a run to the total.
///
/// # Panics
/// It was a failure.
pub fn count(ran: Result<Stats, Box<Failure>>) {
    START.get_or_init(|| {
        // SAFETY: `report` is a plain function that takes nothing.
        assert_eq!(unsafe { libc::atexit(report) }, 0);
        Instant::now()
    });
    let stats = ran.unwrap_or_else(|failure| panic!("{}", Report::of(&failure)));
    TOTAL.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().add(&stats);
}
