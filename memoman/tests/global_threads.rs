//! A global allocator under eight threads, for as long as `--seconds` says (3 by default): they allocate, resize,
//! free and pass blocks to each other, directly and by collections, while the heap grows, is trimmed and is
//! validated. Contents must be right, the heap sound, and at the end nothing lost.
//!
//! A program without the test harness, for `scripts/tsan` to run under ThreadSanitizer. Without feature `std`
//! the lock spins: all of it can be instrumented.
#![cfg(unix)]

mod support;
#[path = "support/traffic.rs"]
mod traffic;

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::{Duration, Instant};

use memoman::{Mmap, Tlsf};
use spin::mutex::SpinMutex;
use spin::relax::Yield;
use support::SeededRng;
use traffic::Block;

#[cfg(feature = "std")]
type Heap = memoman::BlockingHeap<Mmap>;
#[cfg(not(feature = "std"))]
type Heap = memoman::LockedHeap<SpinMutex<(), Yield>, Mmap>;

#[global_allocator]
static HEAP: Heap = Heap::with_source(Mmap::with(1 << 18, RANGE));

/// 4 GiB, or 512 MiB of the addresses that a 32-bit process has.
const RANGE: usize = if usize::BITS == 64 { 1 << (usize::BITS / 2) } else { 1 << 29 };

/// What the threads pass to each other. A lock that is compiled here, so instrumented: std's is not.
type Exchange = SpinMutex<Left, Yield>;

const THREADS: u32 = 8;
/// Seconds of a run, unless `--seconds` names others.
const SECONDS: u64 = 3;

/// What a thread leaves for the others to free.
#[derive(Default)]
struct Left {
    blocks: Vec<Block>,
    words: BTreeMap<u32, Vec<String>>,
}

/// Collections that grow and shrink, with contents that are compared.
fn collections(rng: &mut SeededRng) -> Vec<String> {
    let count = 1 + rng.below(60);
    let mut squares = HashMap::new();
    let mut words = Vec::new();
    for number in 0..count {
        squares.insert(number, vec![number * number; 1 + rng.below(100)]);
        words.push(format!("{number:0width$}", width = 1 + rng.below(50)));
    }
    for (number, squares) in &squares {
        assert!(squares.iter().all(|&square| square == number * number));
    }
    let sum: usize = words.iter().map(|word| word.parse::<usize>().unwrap()).sum();
    assert_eq!(sum, count * (count - 1) / 2);
    words.truncate(rng.below(count));
    words
}

/// Returns the number of requests granted directly.
fn one_thread(exchange: &Exchange, seed: u32, until: Instant) -> usize {
    let (mut left, mut rng, mut granted) = (Left::default(), SeededRng(seed), 0);
    let mut round = 0;
    while round < 20 || Instant::now() < until {
        round += 1;
        granted += traffic::exercise(&HEAP, &mut left.blocks, &mut rng, 50, 20_000);
        left.words.insert(round % 10, collections(&mut rng));
        for words in left.words.values() {
            assert!(words.iter().zip(0..).all(|(word, number)| word.parse() == Ok(number)));
        }
        std::mem::swap(&mut left, &mut exchange.lock());
        if round % 50 == seed {
            HEAP.inspect(Tlsf::validate).expect("the heap is sound");
            HEAP.trim();
        }
    }
    left.blocks.into_iter().for_each(|block| traffic::free(&HEAP, block));
    granted
}

fn all_threads(time: Duration) -> usize {
    let until = Instant::now() + time;
    let exchange = Exchange::new(Left::default());
    let granted = thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|seed| {
                let exchange = &exchange;
                scope.spawn(move || one_thread(exchange, seed, until))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let left = exchange.into_inner();
    left.blocks.into_iter().for_each(|block| traffic::free(&HEAP, block));
    granted
}

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds").skip(1);
    let seconds = arguments.next().map_or(SECONDS, |seconds| seconds.parse().expect("seconds"));
    drop(arguments);
    // Once, for what the standard library keeps for good.
    all_threads(Duration::ZERO);
    let before = HEAP.inspect(Tlsf::validate).expect("the heap is sound");
    let granted = all_threads(Duration::from_secs(seconds));
    let after = HEAP.inspect(Tlsf::validate).expect("the heap is sound");
    assert_eq!((after.used_blocks, after.used_bytes), (before.used_blocks, before.used_bytes));
    let returned = HEAP.trim();
    println!(
        "{THREADS} threads, {seconds} s, {granted} requests granted directly, {returned} bytes returned"
    );
}
