//! libFuzzer runs [`oracle::guard::run`]. Statistics of all inputs are printed at exit.
#![no_main]

use std::sync::{Mutex, Once, PoisonError};

use libfuzzer_sys::fuzz_target;
use oracle::guard::Tally;

static TOTAL: Mutex<Option<Tally>> = Mutex::new(None);
static AT_EXIT: Once = Once::new();

extern "C" fn report() {
    let total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    eprintln!("{}", total.clone().unwrap_or_default());
}

fuzz_target!(|bytes: &[u8]| {
    // SAFETY: `report` is a plain function that takes nothing.
    AT_EXIT.call_once(|| assert_eq!(unsafe { libc::atexit(report) }, 0));
    match oracle::guard::run(bytes) {
        Ok(tally) => {
            let mut total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
            total.get_or_insert_default().add(&tally);
        }
        Err(finding) => panic!("{finding}"),
    }
});
