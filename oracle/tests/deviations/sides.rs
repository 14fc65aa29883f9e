//! Both sides: TLSF 3.1 and memoman, each with a pool at offset 0 of its own arena. The arenas have the
//! same alignment: the offsets can be compared.

use std::ptr::NonNull;

use memoman::{CONTE_FL, Pool, Tlsf, WORD as W};
use reference_conte::Conte;
use reference_conte::upstream::CPointer;

use crate::support::{Arena, Lab, Seen};

/// memoman, in TLSF 3.1's geometry.
pub(crate) type Ours = Lab<W, CONTE_FL, 32, 4>;

/// FL_INDEX_COUNT of the build with block sizes up to 64 KiB.
pub(crate) const SMALL_FL: usize = if W == 8 { 9 } else { 10 };

/// The first size that is too large for TLSF 3.1: 2^FL_INDEX_MAX.
pub(crate) const MAX: usize = Tlsf::<W>::BLOCK_SIZE_MAX + W;

/// Returns both sides with one pool of `bytes`. The arenas are at least twice as long.
pub(crate) fn both(bytes: usize) -> (Conte, Ours) {
    let mut c = Conte::upstream(2 * bytes, 1 << 16);
    assert!(c.add_pool(0, bytes));
    (c, Lab::new(&[bytes]))
}

/// Returns both sides after the same malloc, and the block.
pub(crate) fn both_with(bytes: usize, size: usize) -> (Conte, Ours, usize) {
    let (mut c, mut ours) = both(bytes);
    let block = c.malloc(size).expect("space is left");
    assert_eq!(ours.malloc(size), Some(block));
    (c, ours, block)
}

/// All that a caller can see of a heap, and every byte that it could have written.
type State = (Vec<Seen>, Vec<(usize, usize)>, Vec<Pool>, Vec<u8>);

fn state<const A: usize, const FL: usize, const SL: usize, const P: usize>(
    lab: &Lab<A, FL, SL, P>,
) -> State {
    lab.check();
    (lab.walk(), lab.lists(), lab.heap.pools().collect(), lab.arena.contents())
}

/// Makes a call, checks that it changes no byte of memory, no block and no list, and returns its result.
pub(crate) fn unchanged<const A: usize, const FL: usize, const SL: usize, const P: usize, R>(
    lab: &mut Lab<A, FL, SL, P>,
    call: impl FnOnce(&mut Lab<A, FL, SL, P>) -> R,
) -> R {
    let before = state(lab);
    let result = call(lab);
    assert!(state(lab) == before, "a refused call changed the heap");
    result
}

/// Returns a pointer into the arena for the C functions.
pub(crate) fn at(arena: &Arena, offset: usize) -> CPointer {
    NonNull::as_ptr(arena.at(offset)).cast()
}
