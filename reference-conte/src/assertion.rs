//! The handler of the C code's assertions: a failure is printed and aborts, or is counted.
//!
//! TLSF's own checks assert each condition before they count a failure, so while they run, the handler
//! must return. It does so per thread: a check in one thread does not change assertions in another.

use core::cell::Cell;
use core::ffi::{CStr, c_char, c_uint};

thread_local! {
    /// The assertions that have failed during a check; `None` while no check runs.
    static FAILED: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Runs `check` without aborting on failed assertions. Returns whether none failed and the C code's
/// own status is zero.
pub(crate) fn no_assertion_fails(check: impl FnOnce() -> i32) -> bool {
    FAILED.set(Some(0));
    let status = check();
    FAILED.take() == Some(0) && status == 0
}

/// Called by `LV_ASSERT` in `shim/stand_in.h`; `assertion` is its text, `line` in `lv_tlsf.c`.
// SAFETY: the symbol has a prefix that no other crate uses.
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
