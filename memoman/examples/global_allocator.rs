//! memoman as the allocator of a whole program: every `Vec`, `String` and `Box` is in it.
//!
//! A lock admits one thread at a time (here a spin lock that yields; any `lock_api` lock works that
//! does not allocate itself), and memory comes from the operating system as it is needed.
//!
//! Run it: `cargo run -p memoman --features lock_api,mmap --example global_allocator`
//! In a package of your own, turn on the same features of memoman, and add
//! `spin = { version = "0.12", default-features = false, features = ["lock_api", "spin_mutex", "std"] }`.

use std::collections::BTreeMap;
use std::thread;

use memoman::{LockedHeap, Mmap, Tlsf};

type Lock = spin::mutex::SpinMutex<(), spin::relax::Yield>;

#[global_allocator]
static HEAP: LockedHeap<Lock, Mmap> = LockedHeap::with_source(Mmap::new());

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
    // A closure in `inspect` runs while the heap is locked: it must not allocate, and does not.
    let census = HEAP.inspect(Tlsf::validate).expect("the heap is sound");
    println!("{} bytes in {} blocks", census.used_bytes, census.used_blocks);
    assert!(census.used_blocks > 0);

    // Pools that are empty can be given back to the system.
    println!("{} bytes given back", HEAP.trim());
}

#[test]
fn runs() {
    main();
}
