//! The time of each call.
//!
//! The processor's clock is read before and after each call, with fences, so that the whole call runs
//! between the two readings. The loop branches on the kind of the call before the first reading, so
//! that a mispredicted branch is not counted.

use std::ptr;
use std::time::{Duration, Instant};

use super::arena::SharedArena;
use super::candidate::Candidate;
use super::pass::{Refused, pass};
use super::trace::{CallTrace, TraceCall};

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn now() -> u64 {
    use core::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: every x86-64 processor has both instructions.
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

/// The nanoseconds of a tick, measured against the time of day.
pub(crate) fn calibrate() -> f64 {
    let (start, ticks) = (Instant::now(), now());
    while start.elapsed() < Duration::from_millis(100) {}
    let ticks = now() - ticks;
    start.elapsed().as_secs_f64() * 1e9 / ticks as f64
}

/// The ticks of each call of a trace, after an untimed pass.
pub(crate) fn ticks<C: Candidate>(
    arena: &SharedArena,
    trace: &CallTrace,
) -> Result<Vec<u32>, Refused> {
    let mut heap = C::fresh(arena);
    let mut slots = vec![ptr::null_mut(); trace.slots];
    // Touched now, not in the pass. Histograms are filled later, because their tables would evict the
    // heap from the cache.
    let mut ticks = vec![u32::MAX; trace.calls.len()];
    pass::<C, false>(&mut heap, &trace.calls, &mut slots)?;
    timed(&mut *heap, &trace.calls, &mut slots, &mut ticks)?;
    Ok(ticks)
}

#[inline(never)]
fn timed<C: Candidate>(
    heap: &mut C,
    calls: &[TraceCall],
    slots: &mut [*mut u8],
    ticks: &mut [u32],
) -> Result<(), Refused> {
    for (index, (call, ticks)) in calls.iter().zip(ticks).enumerate() {
        let (slot, block, took) = match *call {
            TraceCall::Malloc { slot, size } => {
                let (block, took) = clocked(|| heap.malloc(size as usize));
                (slot, block, took)
            }
            TraceCall::Memalign { slot, align, size } => {
                let (block, took) = clocked(|| heap.memalign(align.into(), size as usize));
                (slot, block, took)
            }
            TraceCall::Realloc { slot, old, size } => {
                let ptr = slots[slot as usize];
                // SAFETY: `TraceWriter` resizes live slots only, and no call was refused so far.
                let call = || unsafe { heap.realloc(ptr, old as usize, size as usize) };
                let (block, took) = clocked(call);
                (slot, block, took)
            }
            TraceCall::Free { slot, align, size } => {
                let ptr = slots[slot as usize];
                // SAFETY: as above.
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
    let result = call();
    let took = now().saturating_sub(start);
    (result, u32::try_from(took).unwrap_or(u32::MAX))
}
