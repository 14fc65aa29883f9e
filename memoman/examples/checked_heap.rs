//! A program whose heap checks every call: one name is different from `global_allocator`'s.
//!
//! `GuardedBlockingHeap` in the place of `BlockingHeap`: pointers and layouts of every deallocation and
//! reallocation are checked before the heap acts, and so is the heap itself. A misuse changes nothing, and by
//! default ends the program with a message. A deallocation takes time in proportion to the live blocks, so
//! this is for tests, and to find a bug.
//!
//! Run it: `cargo run -p memoman --features std,guard,mmap --example checked_heap`
//! With `-- --double-free` it frees a block twice, and ends with `double free of 0x…`.

use std::alloc::{GlobalAlloc, Layout};
use std::env;

use memoman::{GuardedBlockingHeap, Mmap};

#[global_allocator]
static HEAP: GuardedBlockingHeap<Mmap> = GuardedBlockingHeap::with_source(Mmap::new());

/// Words, from the last to the first.
fn reverse(text: &str) -> String {
    text.split_whitespace().rev().map(str::to_owned).collect::<Vec<_>>().join(" ")
}

fn double_free() {
    let block = Box::into_raw(Box::new([7_u64; 8]));
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: none: the second call is wrong, and the heap refuses it.
    unsafe {
        HEAP.dealloc(block.cast(), layout);
        HEAP.dealloc(block.cast(), layout);
    }
}

fn main() {
    assert_eq!(reverse("every call is checked"), "checked is call every");
    let census = HEAP.inspect(|heap| heap.validate()).expect("the heap is sound");
    println!(
        "{} bytes in {} blocks, all of them accounted for",
        census.used_bytes, census.used_blocks
    );
    if env::args().any(|argument| argument == "--double-free") {
        double_free();
    }
}

#[test]
fn runs() {
    main();
}
