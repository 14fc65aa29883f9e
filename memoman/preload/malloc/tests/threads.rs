//! Threads that allocate, resize and free at the same time, also each other's blocks.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// SAFETY of this file: C functions, called as C and POSIX require unless a test says otherwise.
#![allow(clippy::undocumented_unsafe_blocks)]

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use support::{Block, Numbers, end_after, traffic};

const THREADS: usize = 8;

fn in_threads(job: impl Fn(u64) + Copy + Send + 'static) {
    let threads: Vec<_> =
        (1..=THREADS as u64).map(|seed| thread::spawn(move || job(seed))).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Each thread sends blocks to the next one, which resizes and frees them.
fn in_a_ring() {
    let (senders, receivers): (Vec<Sender<Block>>, Vec<Receiver<Block>>) =
        (0..THREADS).map(|_| channel()).unzip();
    let mut senders = senders.into_iter().cycle().skip(1);
    let mut threads = Vec::new();
    for (receiver, seed) in receivers.into_iter().zip(1..) {
        let sender = senders.next().unwrap();
        threads.push(thread::spawn(move || {
            let mut numbers = Numbers::new(seed);
            for _ in 0..5000 {
                let block = Block::new(numbers.size(), numbers.below(256) as u8);
                // The last threads of the ring may have ended.
                drop(sender.send(block));
                for mut block in receiver.try_iter().take(2) {
                    if numbers.below(4) == 0 {
                        block.resize(numbers.size());
                    }
                }
            }
        }));
    }
    drop(senders);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn eight_threads_keep_their_contents_and_leave_a_sound_heap_without_a_block() {
    end_after(60);
    let round = || {
        in_threads(|seed| traffic(seed, 20_000));
        in_a_ring();
        memoman_malloc::check().expect("the heap is sound")
    };
    // The first round leaves what glibc keeps for each of its threads.
    let (first, second) = (round(), round());
    assert_eq!(first.used_blocks, second.used_blocks, "{first:?} {second:?}");
    assert!(second.arenas > 1, "no thread found another's arena in use: {second:?}");
}
