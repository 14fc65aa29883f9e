//! `memcpy` under each name that the compilers use: it counts its own instructions, so that the cost of a
//! `realloc` can be reported without the copy.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::clock;

/// Copies, and instructions in them, since the last [`reset`].
static COPIES: AtomicU32 = AtomicU32::new(0);
static INSTRUCTIONS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn reset() {
    COPIES.store(0, Relaxed);
    INSTRUCTIONS.store(0, Relaxed);
}

/// The copies since the last reset, and the instructions between their reads of the clock.
pub(crate) fn copied() -> (u32, u32) {
    (COPIES.load(Relaxed), INSTRUCTIONS.load(Relaxed))
}

macro_rules! copies {
    ($($name:ident)*) => { $(
        /// # Safety
        /// As C's memcpy.
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub(crate) unsafe extern "C" fn $name(to: *mut c_void, from: *const c_void, bytes: usize) -> *mut c_void {
            let start = clock::now();
            // SAFETY: the caller's. (In assembly, as the compiler makes a call of memcpy of a loop.)
            unsafe {
                core::arch::asm!(
                    "2: subs {bytes}, #1",
                    "bmi 3f",
                    "ldrb {byte}, [{from}], #1",
                    "strb {byte}, [{to}], #1",
                    "b 2b",
                    "3:",
                    bytes = inout(reg) bytes => _,
                    from = inout(reg) from => _,
                    to = inout(reg) to => _,
                    byte = out(reg) _,
                );
            }
            COPIES.store(COPIES.load(Relaxed) + 1, Relaxed);
            INSTRUCTIONS.store(INSTRUCTIONS.load(Relaxed) + (clock::now() - start), Relaxed);
            to
        }
    )* };
}

copies!(memcpy __aeabi_memcpy __aeabi_memcpy4 __aeabi_memcpy8);
