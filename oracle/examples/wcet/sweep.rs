//! Cold caches. Callgrind simulates caches, so reading much memory and running much code empties them.

use std::hint::black_box;

/// Four times the largest cache that `scripts/wcet` simulates.
const BYTES: usize = 4 << 20;

// 64 KiB of instructions, twice the instruction cache that `scripts/wcet` simulates.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl wcet_long_way",
    "wcet_long_way:",
    ".rept 65536",
    "nop",
    ".endr",
    "ret",
);

#[cfg(target_arch = "x86_64")]
unsafe extern "C" {
    safe fn wcet_long_way();
}

pub(crate) struct Sweep(Vec<u64>);

impl Sweep {
    pub(crate) fn new() -> Self {
        Self(vec![1; BYTES / 8])
    }

    pub(crate) fn caches(&self) {
        for line in self.0.chunks(8) {
            black_box(line[0]);
        }
        #[cfg(target_arch = "x86_64")]
        wcet_long_way();
    }
}
