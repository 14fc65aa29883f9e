//! Proves that allocating, freeing and resizing cannot panic: where `scripts/no-panic` links this,
//! every path to a panic calls a function that does not exist.
//!
//! With `panic = "abort"`, as that script builds it, this is a program without `std` whose panic
//! handler is that call. Any other build has `std`, proves nothing, and makes each call once:
//! `cargo run -p memoman --example no_panic`
#![cfg_attr(panic = "abort", no_std, no_main)]

use core::alloc::Layout;
use core::hint::black_box;
use core::ptr::NonNull;

use memoman::{Tlsf, WORD};

/// The operations that the proof covers.
#[derive(Clone, Copy)]
enum Operation {
    Allocate,
    Malloc,
    Deallocate,
    DeallocateSized,
    Reallocate,
    TryGrowInPlace,
    ShrinkInPlace,
    UsableSize,
    MaxAllocatable,
}

const OPERATIONS: [Operation; 9] = [
    Operation::Allocate,
    Operation::Malloc,
    Operation::Deallocate,
    Operation::DeallocateSized,
    Operation::Reallocate,
    Operation::TryGrowInPlace,
    Operation::ShrinkInPlace,
    Operation::UsableSize,
    Operation::MaxAllocatable,
];

/// Makes one call whose arguments the compiler does not know. Returns the block that is live
/// afterwards, if one is.
///
/// # Safety
/// `block` is live in this heap.
#[inline(never)]
unsafe fn call<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>(
    heap: &mut Tlsf<ALIGN, FL, SL, POOLS>,
    operation: Operation,
    block: NonNull<u8>,
    align: usize,
    size: usize,
) -> Option<NonNull<u8>> {
    if option_env!("MEMOMAN_PLANT_A_PANIC").is_some() && size == 4711 {
        panic!("planted");
    }
    let layout = Layout::from_size_align(size, align).ok();
    // SAFETY: the caller's.
    unsafe {
        match operation {
            Operation::Allocate => layout.and_then(|layout| heap.allocate(layout)),
            Operation::Malloc => heap.malloc(size),
            Operation::Deallocate => {
                heap.deallocate(block);
                None
            }
            Operation::DeallocateSized => {
                if let Some(layout) = layout {
                    heap.deallocate_sized(block, layout);
                }
                None
            }
            Operation::Reallocate => layout.and_then(|layout| heap.reallocate(block, layout)),
            Operation::TryGrowInPlace => heap.try_grow_in_place(block, size).then_some(block),
            Operation::ShrinkInPlace => heap.shrink_in_place(block, size).then_some(block),
            Operation::UsableSize => (heap.usable_size(block) >= size).then_some(block),
            Operation::MaxAllocatable => (heap.max_allocatable() >= size).then_some(block),
        }
    }
}

/// Every operation on a heap of each kind: the geometry of TLSF 3.1, a small one, a wide alignment, and
/// one as wide as an address.
macro_rules! each_heap {
    ($each:ident) => {
        $each::<WORD, { memoman::CONTE_FL }, 32, 4>()
            && $each::<WORD, 8, 4, 1>()
            && $each::<64, 12, 8, 2>()
            && $each::<WORD, { usize::BITS as usize - 8 }, 4, 1>()
    };
}

#[cfg(panic = "abort")]
mod proof {
    use super::*;

    #[link(name = "c")]
    unsafe extern "C" {
        /// Not defined anywhere.
        safe fn a_panic_path_is_left() -> !;
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        a_panic_path_is_left()
    }

    /// Linked, never run: no heap exists.
    fn link<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>() -> bool {
        let heap = black_box(NonNull::<Tlsf<ALIGN, FL, SL, POOLS>>::dangling());
        let (block, align, size) = black_box((NonNull::<u8>::dangling(), 0, 0));
        black_box(OPERATIONS).into_iter().all(|operation| {
            // SAFETY: not run.
            unsafe { call(&mut *heap.as_ptr(), operation, block, align, size) }.is_some()
        })
    }

    #[unsafe(no_mangle)]
    extern "C" fn main() -> i32 {
        i32::from(black_box(false) && each_heap!(link))
    }
}

#[cfg(not(panic = "abort"))]
fn life<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>() -> bool {
    let mut heap = Tlsf::<ALIGN, FL, SL, POOLS>::new();
    let memory = Box::leak(Box::new_uninit_slice(2048));
    heap.add_static_pool(memory).expect("a pool of 2 KiB");
    for operation in OPERATIONS {
        let block = heap.malloc(100).expect("the heap is empty");
        // A block is freed with the layout that it was allocated with.
        let align = if matches!(operation, Operation::DeallocateSized) { WORD } else { 64 };
        // SAFETY: `block` is live, and its bytes are not used.
        let live = unsafe { call(&mut heap, operation, block, black_box(align), black_box(100)) };
        let new = matches!(operation, Operation::Allocate | Operation::Malloc);
        for block in live.into_iter().chain(new.then_some(block)) {
            // SAFETY: live: new beside `block`, or what `block` has become.
            unsafe { heap.deallocate(block) };
        }
        let census = heap.validate().expect("a sound heap");
        assert_eq!((census.used_blocks, census.free_blocks), (0, 1));
    }
    true
}

#[cfg(not(panic = "abort"))]
fn main() {
    assert!(each_heap!(life));
    println!(
        "{} operations on four heaps, without a panic; scripts/no-panic proves it",
        OPERATIONS.len()
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_operation_returns() {
        super::main();
    }
}
