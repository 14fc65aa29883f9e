#![no_main]

use std::{alloc::Layout, ptr::NonNull};

use first_fit::FirstFit;
use libfuzzer_sys::fuzz_target;
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

fuzz_target!(|data: &[u8]| check::run(make, data));
