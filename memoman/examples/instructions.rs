//! A fixed trace of calls, for `scripts/instructions` to count under callgrind: 400,000 calls with
//! 1,000 slots, sizes log-uniform from 1 to 4 KiB, in a `Tlsf` with its default parameters.
//!
//! It prints the number of calls and a digest of the blocks that are left: the same in every version
//! of the engine, because the trace and the placement are.

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::Tlsf;

const SLOTS: usize = 1000;
const CALLS: usize = 400_000;
const POOL: usize = 4 << 20;

enum Call {
    Malloc { slot: usize, size: usize },
    Allocate { slot: usize, align: usize, size: usize },
    Reallocate { slot: usize, size: usize },
    Free { slot: usize },
}

/// Marsaglia's xorshift64.
fn random(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 16) as usize
}

/// A layout without a check, which would be counted.
#[inline]
fn layout(align: usize, size: usize) -> Layout {
    // SAFETY: `calls` makes powers of two, and sizes below 8 KiB.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

fn calls() -> Vec<Call> {
    let mut live = [false; SLOTS];
    let mut state = 0x2545_F491_4F6C_DD1D;
    let call = |_| {
        let slot = random(&mut state) % SLOTS;
        let octave = 1 << (random(&mut state) % 12);
        let size = octave + random(&mut state) % octave;
        let kind = random(&mut state) % 16;
        let was = live[slot];
        live[slot] = !was || kind < 5;
        match kind {
            0..5 if was => Call::Reallocate { slot, size },
            _ if was => Call::Free { slot },
            0 => Call::Allocate { slot, align: 16 << (size % 4), size },
            _ => Call::Malloc { slot, size },
        }
    };
    (0..CALLS).map(call).collect()
}

/// What is counted: the calls, and a loop around them that is the same in every version.
#[inline(never)]
fn trace(heap: &mut Tlsf, calls: &[Call], slots: &mut [Option<NonNull<u8>>; SLOTS]) -> usize {
    let mut digest = 0_usize;
    for call in calls {
        let block = match *call {
            Call::Malloc { slot, size } => {
                slots[slot] = heap.malloc(size);
                slots[slot]
            }
            Call::Allocate { slot, align, size } => {
                slots[slot] = heap.allocate(layout(align, size));
                slots[slot]
            }
            Call::Reallocate { slot, size } => {
                if let Some(block) = slots[slot] {
                    // SAFETY: a live block, which the result replaces.
                    let moved = unsafe { heap.reallocate(block, layout(1, size)) };
                    slots[slot] = moved.or(Some(block));
                }
                slots[slot]
            }
            Call::Free { slot } => {
                if let Some(block) = slots[slot].take() {
                    // SAFETY: a slot holds a live block or nothing.
                    unsafe { heap.deallocate(block) };
                }
                None
            }
        };
        digest = digest.rotate_left(1) ^ block.map_or(0, |block| block.addr().get());
    }
    digest
}

fn main() {
    let calls = calls();
    let memory: &'static mut [MaybeUninit<u8>] = Box::leak(Box::new_uninit_slice(POOL));
    let mut heap: Tlsf = Tlsf::new();
    let pool = heap.add_static_pool(memory).expect("a pool of 4 MiB");
    let mut slots = [None; SLOTS];
    trace(&mut heap, &calls, &mut slots);
    let sum = heap.blocks(pool).fold(0_usize, |sum, block| sum.rotate_left(5) ^ block.size);
    println!("calls {CALLS} blocks {sum:016x}");
}
