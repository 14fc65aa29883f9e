//! The program of bench `programs` on memoman.

mod work;

use memoman::{BlockingHeap, Mmap};

#[global_allocator]
static HEAP: BlockingHeap<Mmap> = BlockingHeap::with_source(Mmap::new());

fn main() {
    work::main();
}
