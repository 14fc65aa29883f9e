//! What the tests share.
#![allow(dead_code)] // Each test uses its own part.

use std::process::Command;

/// Ends the process with SIGALRM if it still runs after so many seconds: a thread waits for ever.
pub(crate) fn end_after(seconds: u32) {
    // SAFETY: it has no preconditions.
    unsafe { libc::alarm(seconds) };
}

/// Numbers that look random, the same in each run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    /// Mostly small; every 64th is up to 400 KiB, so some are large.
    pub(crate) fn size(&mut self) -> usize {
        1 + if self.below(64) == 0 { self.below(400 << 10) } else { self.below(700) }
    }
}

/// A block that is filled with a byte, and is checked when it is resized and freed.
pub(crate) struct Block {
    start: *mut u8,
    size: usize,
    fill: u8,
}

// SAFETY: a block may be used and freed by any thread.
unsafe impl Send for Block {}

impl Block {
    pub(crate) fn new(size: usize, fill: u8) -> Self {
        let start = unsafe { memoman_malloc::malloc(size) }.cast::<u8>();
        assert!(!start.is_null(), "{size} bytes");
        unsafe { start.write_bytes(fill, size) };
        Self { start, size, fill }
    }

    pub(crate) fn resize(&mut self, size: usize) {
        let moved = unsafe { memoman_malloc::realloc(self.start.cast(), size) }.cast::<u8>();
        assert!(!moved.is_null(), "{size} bytes");
        self.start = moved;
        self.size = self.size.min(size);
        self.check();
        self.size = size;
        unsafe { moved.write_bytes(self.fill, size) };
    }

    fn check(&self) {
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.size) };
        let wrong = bytes.iter().position(|&byte| byte != self.fill);
        assert_eq!(wrong, None, "byte of {} at {:p}", self.size, self.start);
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.check();
        unsafe { memoman_malloc::free(self.start.cast()) };
    }
}

/// Allocates, resizes and frees.
pub(crate) fn traffic(seed: u64, calls: usize) {
    let mut numbers = Numbers::new(seed);
    let mut blocks: Vec<Block> = Vec::new();
    for _ in 0..calls {
        let fill = numbers.below(256) as u8;
        match numbers.below(3) {
            0 if blocks.len() > 100 => drop(blocks.swap_remove(numbers.below(blocks.len()))),
            1 if !blocks.is_empty() => {
                let at = numbers.below(blocks.len());
                blocks[at].resize(numbers.size());
            }
            _ => blocks.push(Block::new(numbers.size(), fill)),
        }
        if blocks.len() > 300 {
            blocks.truncate(150);
        }
    }
}

/// This test program, to run one of its ignored tests in a process of its own.
pub(crate) fn child(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", test]);
    command
}
