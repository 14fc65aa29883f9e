//! Makes 20,000 calls of memoman, with feature `conte` of the C code as well, and prints one line for each:
//!
//! ```text
//! calls: 20000 of memoman, 32 bits, 1234 refused, 1234 moved, hash 0123456789abcdef
//! ```
#![cfg_attr(any(target_os = "none", target_family = "wasm"), no_std, no_main)]

use bare::calls::{CALLS, Outcome, run};

bare::start!(program);

fn program() {
    let mut heap: memoman::Tlsf = memoman::Tlsf::new();
    // SAFETY: the first heap.
    let ours = unsafe { run(&mut heap) };
    print("memoman", ours);
    #[cfg(feature = "conte")]
    print("conte", conte());
}

fn print(allocator: &str, outcome: Outcome) {
    let Outcome { refused, moved, hash } = outcome;
    bare::say!(
        "calls: {CALLS} of {allocator}, {} bits, {refused} refused, {moved} moved, hash {hash:016x}",
        usize::BITS
    );
}

#[cfg(feature = "conte")]
fn conte() -> Outcome {
    use bare::memory::Memory;

    const BYTES: usize = 1024 * size_of::<usize>();
    static CONTROL: Memory<BYTES> = Memory::new();
    // SAFETY: the memory is this heap's.
    let mut heap = unsafe { bare::allocator::conte::Conte::new(CONTROL.start(), BYTES) };
    // SAFETY: the heap before is not used any more.
    unsafe { run(&mut heap) }
}
