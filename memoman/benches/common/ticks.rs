//! Single calls, timed.
//!
//! Around each call two readings of the processor's clock, fenced, so that the call is neither begun
//! before the first nor still under way at the second. The kind of the call is decided before the
//! first: a branch that was guessed wrong is not the allocator's.

use std::ptr;
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::contender::Contender;
use super::pass::{Refused, pass};
use super::trace::{Op, Trace};

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn now() -> u64 {
    use core::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: every x86-64 has both.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc();
        _mm_lfence();
        ticks
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn now() -> u64 {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

/// Nanoseconds of a tick, against the time of day.
pub(crate) fn calibrate() -> f64 {
    let (start, ticks) = (Instant::now(), now());
    while start.elapsed() < Duration::from_millis(100) {}
    let ticks = now() - ticks;
    start.elapsed().as_secs_f64() * 1e9 / ticks as f64
}

/// Ticks of each call of a trace, after a pass that is not timed.
pub(crate) fn ticks<C: Contender>(arena: &Arena, trace: &Trace) -> Result<Vec<u32>, Refused> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![ptr::null_mut(); trace.slots];
    // Touched now, not in the pass; filled into histograms later, whose tables would push the heap
    // out of the cache.
    let mut ticks = vec![u32::MAX; trace.ops.len()];
    pass(&mut heap, &trace.ops, &mut slots)?;
    timed(&mut heap, &trace.ops, &mut slots, &mut ticks)?;
    Ok(ticks)
}

#[inline(never)]
fn timed<C: Contender>(
    heap: &mut C,
    ops: &[Op],
    slots: &mut [*mut u8],
    ticks: &mut [u32],
) -> Result<(), Refused> {
    for (index, (op, ticks)) in ops.iter().zip(ticks).enumerate() {
        let (slot, block, took) = match *op {
            Op::Malloc { slot, size } => {
                let (block, took) = clocked(|| heap.malloc(size as usize));
                (slot, block, took)
            }
            Op::Memalign { slot, align, size } => {
                let (block, took) = clocked(|| heap.memalign(align.into(), size as usize));
                (slot, block, took)
            }
            Op::Realloc { slot, old, size } => {
                let ptr = slots[slot as usize];
                // SAFETY: `Writer` resizes live slots only, and every call so far was served.
                let call = || unsafe { heap.realloc(ptr, old as usize, size as usize) };
                let (block, took) = clocked(call);
                (slot, block, took)
            }
            Op::Free { slot, align, size } => {
                let ptr = slots[slot as usize];
                // SAFETY: the same.
                let call = || unsafe { heap.free(ptr, align.into(), size as usize) };
                let ((), took) = clocked(call);
                *ticks = took;
                continue;
            }
        };
        if block.is_null() {
            return Err(Refused(index));
        }
        *ticks = took;
        slots[slot as usize] = block;
        // SAFETY: a live block of at least one byte.
        unsafe { block.write(1) };
    }
    Ok(())
}

#[inline(always)]
fn clocked<T>(call: impl FnOnce() -> T) -> (T, u32) {
    let start = now();
    let answer = call();
    let took = now().saturating_sub(start);
    (answer, u32::try_from(took).unwrap_or(u32::MAX))
}
