//! `CriticalHeap`: threads stand for interrupts, which nest.

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::mem::MaybeUninit;
use std::thread;

use memoman::{CriticalHeap, NoSource, Tlsf, WORD};
use support::SeededRng;

static HEAP: CriticalHeap<NoSource, WORD, 16, 8, 1> = CriticalHeap::new();

/// Miri is slow.
const ROUNDS: usize = if cfg!(miri) { 2 } else { 100 };

#[test]
fn contexts_that_interrupt_each_other_share_a_heap() {
    static mut MEMORY: [MaybeUninit<u8>; 1 << 16] = [MaybeUninit::uninit(); 1 << 16];
    let memory = &raw mut MEMORY;
    // SAFETY: the only use of MEMORY, once.
    HEAP.add_static_pool(unsafe { &mut *memory }).unwrap();
    let context = |seed| {
        let (mut blocks, mut rng) = (Vec::new(), SeededRng(seed));
        let mut granted = 0;
        for _ in 0..ROUNDS {
            // A section around a call is allowed: sections nest.
            granted += critical_section::with(|_| {
                traffic::exercise(&HEAP, &mut blocks, &mut rng, 10, 2000)
            });
            granted += traffic::exercise(&HEAP, &mut blocks, &mut rng, 50, 2000);
        }
        blocks.into_iter().for_each(|block| traffic::free(&HEAP, block));
        granted
    };
    let threads = [1, 2, 3].map(|seed| thread::spawn(move || context(seed)));
    let granted: usize = threads.map(|thread| thread.join().unwrap()).iter().sum();
    assert!(granted > 30 * ROUNDS, "{granted}");
    assert_eq!(HEAP.inspect(Tlsf::validate).unwrap().free_blocks, 1);

    // The caller is inside already: refused.
    let layout = traffic::layout(&mut SeededRng(1), 100);
    HEAP.inspect(|_| assert!(traffic::allocate(&HEAP, layout, 1).is_none()));
    let block = traffic::allocate(&HEAP, layout, 1).unwrap();
    traffic::free(&HEAP, block);
}
