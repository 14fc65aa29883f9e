use std::{alloc::Layout, ptr::NonNull};

use first_fit::FirstFit;
use oracle::check::{self, Block, Contract, Memory};

struct Tested(FirstFit);

fn make(memory: &mut Memory) -> Option<Tested> {
    Some(Tested(unsafe { FirstFit::new(memory.take()) }))
}

unsafe impl Contract for Tested {
    fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.allocate(Layout::from_size_align(size, 16).ok()?)
    }
    unsafe fn free(&mut self, block: Block) {
        unsafe { self.0.deallocate(block.ptr) }
    }
}

#[test]
fn a_million_random_calls_have_no_finding() {
    println!("{}", check::stress(make, 1_000_000));
}

#[test]
fn the_corpus_has_no_finding() {
    println!("{}", check::corpus(make));
}
