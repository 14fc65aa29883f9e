//! memoman on a microcontroller: a heap in static memory that is the global allocator and serves interrupt
//! handlers, and another one that a task may fill.
//!
//! `scripts/firmware` links it for Cortex-M4, Cortex-M0 and RISC-V, and runs it in qemu. On a host it is a
//! test: `cargo test -p memoman-firmware`.
#![no_std]
#![cfg_attr(target_os = "none", no_main)]

extern crate alloc;

mod board;

use core::alloc::Layout;

use alloc::collections::BTreeMap;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use memoman::{CriticalHeap, StaticPool, Tlsf, WORD, first_levels_for, static_buffer};

const MAIN: usize = 4 * 1024;
const TASK: usize = 1024;

/// A heap with one pool of up to 4 KiB: its control has 330 bytes, that of the default parameters 3,200.
type Heap = CriticalHeap<StaticPool, WORD, { first_levels_for::<WORD, 8>(MAIN) }, 8, 1>;

/// The heap of `alloc`, too. A program that uses `alloc`, if only through another crate, does not link
/// without a global allocator. (On a host, std needs more than this heap has.)
#[cfg_attr(target_os = "none", global_allocator)]
static HEAP: Heap = Heap::with_source(static_buffer!(MAIN));

/// The heap of one task: if the task fills it, the others still have memory.
static TASK_HEAP: Heap = Heap::with_source(static_buffer!(TASK));

/// A sample of a sensor.
struct Sample {
    at: u32,
    value: i16,
}

/// An interrupt handler may allocate: the time that it waits for the heap is bounded. A full heap is a
/// `None`. (A `Box` of `alloc` would panic.)
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

    // The collections of `alloc` are in the global allocator.
    let mut names = BTreeMap::new();
    names.extend([(7, "temperature"), (9, "voltage")]);
    assert_eq!(names[&9], "voltage");

    // A task fills its own heap. `message` is the reason as a fixed text: it costs no code that formats.
    let mut log = Vec::new_in(&TASK_HEAP);
    while log.try_reserve(1).is_ok() {
        log.push(0_u32);
    }
    let reason = TASK_HEAP.inspect(|heap| heap.explain(Layout::new::<[u32; 256]>()));
    let message = reason.map_or_else(|error| error.message(), |()| "the task's heap is not full");
    board::print(message);
    drop(log);

    drop((samples, names));
    assert!(HEAP.inspect(Tlsf::validate).is_ok());
    assert!(on_interrupt(100).is_some(), "memory is free again");
    board::print("the firmware is done");
}

#[cfg(target_os = "none")]
#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn start() -> ! {
    firmware();
    board::end()
}

#[cfg(not(target_os = "none"))]
fn main() {
    firmware();
}

#[test]
fn runs() {
    main();
}
