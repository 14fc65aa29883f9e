//! libFuzzer drives [`oracle::run_program`]; what the inputs did is printed at exit.
#![no_main]

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use oracle::ops::Program;
use oracle::{Config, Stats};

static TOTAL: Mutex<Option<Stats>> = Mutex::new(None);
/// When the first input came.
static START: OnceLock<Instant> = OnceLock::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    let stats = total.clone().unwrap_or_default();
    eprintln!("{stats}");
    let seconds = START.get().map_or(0.0, |start| start.elapsed().as_secs_f64());
    eprintln!("{:.0} fully checked calls/s, in {seconds:.0} s", stats.steps as f64 / seconds);
}

fuzz_target!(|program: Program| {
    START.get_or_init(|| {
        // SAFETY: `report` is a plain function that takes nothing.
        assert_eq!(unsafe { libc::atexit(report) }, 0);
        Instant::now()
    });
    match oracle::run_program(&program, &Config::default()) {
        Ok(stats) => {
            TOTAL
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_default()
                .add(&stats);
        }
        Err(failure) => panic!("{failure}"),
    }
});
