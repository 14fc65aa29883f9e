//! The number of instructions so far.
//!
//! QEMU's option `-icount shift=0` makes each instruction take one nanosecond, and the timer TIM2 of its
//! board netduinoplus2 runs at 1 GHz unless its property `clock-frequency` is set.

/// The counter of TIM2.
const COUNTER: *const u32 = core::ptr::without_provenance(0x4000_0024);

/// Instructions modulo 2^32.
#[inline(always)]
pub(crate) fn now() -> u32 {
    // SAFETY: a register of the board.
    unsafe { COUNTER.read_volatile() }
}
