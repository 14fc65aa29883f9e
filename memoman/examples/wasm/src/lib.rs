//! A WebAssembly module whose allocator is memoman: each `Vec`, `String` and `Box` is in a heap that grows
//! with the module's memory. `run.mjs` is a program for node that uses it.
//!
//! `scripts/wasm` builds and runs it. On a host its functions are tests: `cargo test -p memoman-wasm`.

pub mod trace;

use std::collections::BTreeMap;

#[cfg(target_arch = "wasm32")]
use memoman::{LockedHeap, WasmMemory};

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static HEAP: LockedHeap<spin::Mutex<()>, WasmMemory> = LockedHeap::with_source(WasmMemory::new());

/// Builds a table of `words` words and returns the bytes of all its keys. It is freed before the return.
#[unsafe(no_mangle)]
pub extern "C" fn count(words: u32) -> u32 {
    let mut table: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for word in 0..words {
        table.entry(format!("word {}", word % 10_000)).or_default().push(word);
    }
    assert_eq!(table.values().map(Vec::len).sum::<usize>(), words as usize);
    table.keys().map(|key| key.len() as u32).sum()
}

/// Bytes of live blocks, and an error if the heap is damaged.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn used_bytes() -> u32 {
    HEAP.inspect(memoman::Tlsf::validate).expect("the heap is sound").used_bytes as u32
}

/// The number of the heap's pools.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn pools() -> u32 {
    HEAP.inspect(|heap| heap.pools().count()) as u32
}

/// Every address that a heap returns in random traffic, as a hash: see [`trace`].
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
pub extern "C" fn addresses() -> u64 {
    trace::addresses(WasmMemory::new())
}

/// What [`trace::addresses`] returns on this target.
#[unsafe(no_mangle)]
pub extern "C" fn expected_addresses() -> u64 {
    trace::EXPECTED
}

#[test]
fn a_table_of_words_has_the_bytes_of_its_keys() {
    assert_eq!(count(20_000), 10 * 6 + 90 * 7 + 900 * 8 + 9000 * 9);
}
