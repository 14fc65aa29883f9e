//! A heap for a machine without an operating system: no `std`, everything in a `static`, calls from
//! interrupt handlers allowed.
//!
//! All but the last lines would be the same on a microcontroller. There, the `critical-section`
//! implementation comes with the chip's crate (`cortex-m`, `riscv`, `rp2040-hal`, …); on this host it
//! is a lock of `std`.
//!
//! Run it: `cargo run -p memoman --features critical-section,allocator-api2 --example static_heap`
//! In a package of your own, turn on the same features of memoman, and add `critical-section = "1.2"` (with
//! its feature `std` on a host) and
//! `allocator-api2 = { version = "0.2.21", default-features = false, features = ["alloc"] }`.
#![no_std]

use core::mem::MaybeUninit;

use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use memoman::{CriticalHeap, NoSource, PoolError, Tlsf, WORD};

/// 12 rows of 8 lists, one pool: a control of about 1 KiB instead of 6.5, for pools up to 128 KiB.
type Heap = CriticalHeap<NoSource, WORD, 12, 8, 1>;

static HEAP: Heap = Heap::new();

/// Gives the heap its memory, once at the start.
fn init() -> Result<(), PoolError> {
    static mut MEMORY: [MaybeUninit<u8>; 16 * 1024] = [MaybeUninit::uninit(); 16 * 1024];
    let memory = &raw mut MEMORY;
    // SAFETY: the only use of MEMORY, and `init` is called once.
    HEAP.add_static_pool(unsafe { &mut *memory })?;
    Ok(())
}

/// A sample of a sensor.
struct Sample {
    at: u32,
    value: i16,
}

/// An interrupt handler may allocate: the time that it waits for the heap is bounded.
fn on_interrupt(at: u32) -> Option<Box<Sample, &'static Heap>> {
    Box::try_new_in(Sample { at, value: -7 }, &HEAP).ok()
}

fn firmware() {
    let mut samples = Vec::new_in(&HEAP);
    for at in 0..50 {
        samples.extend(on_interrupt(at));
    }
    assert_eq!(samples.iter().map(|sample| i32::from(sample.value)).sum::<i32>(), -350);
    assert!(samples.iter().map(|sample| sample.at).eq(0..50));

    // A full heap returns an error.
    while let Some(sample) = on_interrupt(99) {
        Box::leak(sample);
    }
    drop(samples);
    assert!(HEAP.inspect(Tlsf::validate).is_ok());
    assert!(on_interrupt(100).is_some(), "memory is free again");
}

// From here on: the host.
extern crate std;

fn main() {
    init().expect("16 KiB make a pool");
    firmware();
    std::println!("the firmware is done");
}

#[test]
fn runs() {
    main();
}
