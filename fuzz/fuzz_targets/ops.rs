//! libFuzzer drives [`oracle::run_program`]; what the inputs did is printed at exit.
#![no_main]

use std::sync::{Mutex, Once, PoisonError};

use libfuzzer_sys::fuzz_target;
use oracle::ops::Program;
use oracle::{Config, Stats};

static TOTAL: Mutex<Option<Stats>> = Mutex::new(None);
static AT_EXIT: Once = Once::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    eprintln!("{}", total.clone().unwrap_or_default());
}

fuzz_target!(|program: Program| {
    // SAFETY: `report` is a plain function that takes nothing.
    AT_EXIT.call_once(|| assert_eq!(unsafe { libc::atexit(report) }, 0));
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
