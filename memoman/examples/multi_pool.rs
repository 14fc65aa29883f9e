//! One heap with several pools: memory at several places of a machine, and a source that adds another
//! pool when all are full.
//!
//! Run it: `cargo run -p memoman --example multi_pool`

use std::alloc::{GlobalAlloc, Layout};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::{LocalHeap, PoolError, Region, Source, Tlsf};

type Bank = &'static mut [MaybeUninit<u8>];

fn bank(bytes: usize) -> Bank {
    Box::leak(Box::new_uninit_slice(bytes))
}

/// Slow memory, kept back until it is needed.
struct Reserve(Option<Bank>);

// SAFETY: one static buffer, supplied once.
unsafe impl Source for Reserve {
    fn supply(&mut self, least: Layout, most: usize) -> Option<Region> {
        let bank = self.0.take_if(|bank| (least.size()..=most).contains(&bank.len()))?;
        // Its start happens to be aligned, as the system's blocks are; so is its length.
        let start = NonNull::from(&mut *bank).cast();
        Some(Region::Separate(NonNull::slice_from_raw_parts(start, bank.len())))
    }

    // Called when the heap is dropped: the program does not use the memory any more.
    unsafe fn take_back(&mut self, _memory: NonNull<[u8]>) {}
}

fn main() -> Result<(), PoolError> {
    let heap: LocalHeap<Reserve> = LocalHeap::with_source(Reserve(Some(bank(64 * 1024))));
    // Lists are last in, first out: of two pools that both have a block, the one added last is used.
    let slow = heap.add_static_pool(bank(8 * 1024))?;
    let fast = heap.add_static_pool(bank(8 * 1024))?;

    let layout = Layout::new::<[u8; 6000]>();
    // SAFETY: the size is not 0.
    let allocate = || NonNull::new(unsafe { heap.alloc(layout) });
    let blocks = [allocate(), allocate(), allocate()].map(|block| block.expect("memory is free"));
    assert!(fast.contains(blocks[0]));
    assert!(slow.contains(blocks[1]));
    assert!(!fast.contains(blocks[2]) && !slow.contains(blocks[2]), "from the reserve");

    let census = heap.inspect(Tlsf::validate).expect("the heap is sound");
    assert_eq!((census.pools, census.used_blocks), (3, 3));

    // A pool is given back when it is empty, and not before.
    assert_eq!(heap.remove_pool(fast), Err(PoolError::Busy(blocks[0])));
    for block in blocks {
        // SAFETY: each is live, with this layout, and not used afterwards.
        unsafe { heap.dealloc(block.as_ptr(), layout) };
    }
    let memory = heap.remove_pool(fast)?;
    println!("{} bytes of fast memory for something else", memory.len());
    Ok(())
}

#[test]
fn runs() {
    main().unwrap();
}
