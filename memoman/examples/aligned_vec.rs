//! A `Vec<f32>` that SIMD instructions may read: its buffer is aligned to 64 bytes, a line of the cache,
//! and stays so when it grows or moves.
//!
//! Run it: `cargo run -p memoman --features allocator-api2 --example aligned_vec`
//! In a package of your own, turn on the same feature of memoman, and add
//! `allocator-api2 = { version = "0.2.21", default-features = false, features = ["alloc"] }`.

use std::mem::MaybeUninit;

use allocator_api2::vec::Vec;
use memoman::{Aligned, Buffer, LocalHeap, WORD};

/// Adds up four numbers at a time, by loads that must be aligned to 16 bytes.
#[cfg(target_arch = "x86_64")]
fn sum(numbers: &[f32]) -> f32 {
    use std::arch::x86_64::{_mm_add_ps, _mm_load_ps, _mm_setzero_ps, _mm_storeu_ps};

    assert_eq!((numbers.as_ptr().addr() % 16, numbers.len() % 4), (0, 0));
    let mut sums = [0.0; 4];
    // SAFETY: each load is of four numbers, aligned to 16 bytes; every x86-64 has SSE.
    unsafe {
        let mut four = _mm_setzero_ps();
        for chunk in numbers.chunks_exact(4) {
            four = _mm_add_ps(four, _mm_load_ps(chunk.as_ptr()));
        }
        _mm_storeu_ps(sums.as_mut_ptr(), four);
    }
    sums.iter().sum()
}

#[cfg(not(target_arch = "x86_64"))]
fn sum(numbers: &[f32]) -> f32 {
    numbers.iter().sum()
}

fn main() {
    // One vector: the adapter raises the alignment of its buffer alone.
    let mut memory = [MaybeUninit::uninit(); 64 * 1024];
    let heap: LocalHeap<Buffer<'_>> = LocalHeap::with_source(Buffer::new(&mut memory));
    let mut numbers = Vec::new_in(Aligned::<64, _>(&heap));
    for number in 0..1000_u16 {
        numbers.push(f32::from(number));
        assert_eq!(numbers.as_ptr().addr() % 64, 0);
    }
    numbers.shrink_to_fit();
    assert_eq!(numbers.as_ptr().addr() % 64, 0);
    assert_eq!(sum(&numbers), 499_500.0);
    drop(numbers);

    // Every block: a heap with ALIGN 64. Its search is as fast as that of any heap, but each block takes a
    // multiple of 64 bytes.
    let mut memory = [MaybeUninit::uninit(); 64 * 1024];
    let heap = LocalHeap::<Buffer<'_>, 64, 12, 16>::with_source(Buffer::new(&mut memory));
    let mut bytes = Vec::new_in(&heap);
    bytes.extend([0_u8; 100]);
    let mut words = Vec::new_in(&heap);
    words.push(1_usize);
    assert_eq!((bytes.as_ptr().addr() % 64, words.as_ptr().addr() % 64), (0, 0));
    assert_eq!(heap.inspect(|heap| heap.validate().unwrap().used_bytes), 128 + 64 - 2 * WORD);
    println!("{} bytes and {} words, all aligned to 64 bytes", bytes.len(), words.len());
}

#[test]
fn runs() {
    main();
}
