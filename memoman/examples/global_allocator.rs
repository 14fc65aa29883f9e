//! memoman as the allocator of a whole program: every `Vec`, `String` and `Box` is in it.
//!
//! The mutex of `std` admits one thread at a time, and memory comes from the operating system as it is needed.
//! On macOS and a few others that mutex allocates, and cannot be used here: see `memoman::Blocking`.
//!
//! Run it: `cargo run -p memoman --features std,mmap --example global_allocator`
//! In a package of your own, turn on the same features of memoman.

use std::collections::BTreeMap;
use std::thread;

use memoman::{BlockingHeap, Mmap, Tlsf};

#[global_allocator]
static HEAP: BlockingHeap<Mmap> = BlockingHeap::with_source(Mmap::new());

/// How often each word occurs.
fn count(text: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    for word in text.split_whitespace() {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    words
}

fn main() {
    let threads: Vec<_> = (0..4)
        .map(|_| thread::spawn(|| count("The heap of the program is the heap of the threads")))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap()["the"], 4);
    }
    // A closure in `inspect` runs while the heap is locked: it cannot allocate, and does not.
    let census = HEAP.inspect(Tlsf::validate).expect("the heap is sound");
    println!("{} bytes in {} blocks", census.used_bytes, census.used_blocks);
    assert!(census.used_blocks > 0);

    // Free memory at the end of a pool can be given back to the system.
    println!("{} bytes given back", HEAP.trim());
}

#[test]
fn runs() {
    main();
}
