//! Handles a failed assertion of the C code: reports it and aborts, or counts it.
//!
//! TLSF's own checks assert each condition before they count it as a failure. To get their verdict,
//! the handler must return. The switch is per thread: a check on one thread does not suppress
//! assertions on another.

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_uint};

thread_local! {
    /// Assertions that failed since the current check began; `None` outside of a check.
    static FAILED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Runs `check`, during which failed assertions do not abort. True if none failed and C's own
/// status is zero.
pub(crate) fn verdict(check: impl FnOnce() -> i32) -> bool {
    FAILED.set(Some(0));
    let status = check();
    FAILED.take() == Some(0) && status == 0
}

/// Called by `LV_ASSERT` in `shim/stand_in.h`; `assertion` is its text, `line` in `lv_tlsf.c`.
// SAFETY: one symbol, under a prefix of ours.
#[unsafe(no_mangle)]
#[cold]
unsafe extern "C" fn conte_assertion_failed(line: c_uint, assertion: *const c_char) {
    if let Some(count) = FAILED.get() {
        FAILED.set(Some(count.saturating_add(1)));
        return;
    }
    // SAFETY: the macro passes a string literal.
    let assertion = unsafe { CStr::from_ptr(assertion) }.to_string_lossy();
    eprintln!("lv_tlsf.c:{line}: {assertion}");
    std::process::abort();
}
