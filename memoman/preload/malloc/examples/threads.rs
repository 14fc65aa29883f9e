//! Times malloc and free in 1 to 8 threads, on whatever malloc the process has:
//!
//! ```sh
//! cargo build --release -p memoman-malloc --example threads
//! target/release/examples/threads
//! LD_PRELOAD=target/release/libmemoman_malloc.so target/release/examples/threads
//! ```

use std::alloc::{GlobalAlloc as _, Layout, System};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

const CALLS: usize = 2_000_000;

/// Numbers that look random, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % below
    }

    /// Mostly small: 16 bytes to 1 KiB, every 64th up to 32 KiB.
    fn layout(&mut self) -> Layout {
        let size = if self.next(64) == 0 { self.next(32 << 10) } else { self.next(1 << 10) };
        Layout::from_size_align(size + 1, 8).unwrap()
    }
}

struct Block(*mut u8, Layout);

// SAFETY: a block may be freed by any thread.
unsafe impl Send for Block {}

impl Block {
    fn new(numbers: &mut Numbers) -> Self {
        let layout = numbers.layout();
        // SAFETY: the size is not 0, and the block has a first byte.
        unsafe {
            let block = System.alloc(layout);
            assert!(!block.is_null());
            block.write(1);
            Self(block, layout)
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and freed once.
        unsafe { System.dealloc(self.0, self.1) };
    }
}

/// Each thread replaces the blocks of a table at random.
fn alone(seed: u64) {
    let mut numbers = Numbers(seed);
    let mut blocks: Vec<_> = (0..1000).map(|_| Block::new(&mut numbers)).collect();
    for _ in 0..CALLS / 2 {
        let at = numbers.next(blocks.len());
        blocks[at] = Block::new(&mut numbers);
    }
}

/// Pairs of threads: one allocates, the other one frees.
fn pair(seed: u64) {
    let (sender, receiver) = sync_channel::<Vec<Block>>(4);
    let consumer = thread::spawn(move || receiver.into_iter().for_each(drop));
    let mut numbers = Numbers(seed);
    for _ in 0..CALLS / 2 / 1000 {
        sender.send((0..1000).map(|_| Block::new(&mut numbers)).collect()).unwrap();
    }
    drop(sender);
    consumer.join().unwrap();
}

fn time(name: &str, jobs: u64, job: fn(u64)) {
    let mut fastest = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        let threads: Vec<_> =
            (1..=jobs).map(|seed| thread::spawn(move || job(seed << 32 | 0x9E37))).collect();
        for thread in threads {
            thread.join().unwrap();
        }
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    let calls = jobs as f64 * CALLS as f64;
    println!("{name}: {jobs} at a time: {:.0} ns a call", fastest / calls * 1e9);
}

fn main() {
    for jobs in [1, 2, 4, 8] {
        time("threads of their own", jobs, alone);
    }
    for jobs in [1, 2, 4] {
        time("pairs of allocating and freeing threads", jobs, pair);
    }
}
