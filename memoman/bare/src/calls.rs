//! 20,000 calls: a function of the seed and the word's width. The hash of their results is the same on every
//! processor of one width.

use core::ptr::NonNull;

use crate::allocator::{Allocator, Call, Start};
use crate::memory::Memory;

/// The number of calls.
pub const CALLS: usize = 20_000;
const SEED: u64 = 0x2545_F491_4F6C_DD1D;
const WORD: usize = size_of::<usize>();
const SLOTS: usize = 128;
/// The first pool, and a second one that comes and goes.
const POOLS: [usize; 2] = [6144 * WORD, 1024 * WORD];
/// They do not touch.
const GAP: usize = 64 * WORD;
const BYTES: usize = POOLS[0] + GAP + POOLS[1];

/// The memory of a heap, one after another.
static MEMORY: Memory<BYTES> = Memory::new();

/// What the calls resulted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// Calls that returned no block.
    pub refused: usize,
    /// Blocks that a realloc moved.
    pub moved: usize,
    /// Over all calls: the offset of the block, or that there is none.
    pub hash: u64,
}

/// A live block and the bytes that the program may use.
#[derive(Clone, Copy)]
struct Block {
    start: Start,
    size: usize,
}

struct Program<'a, A> {
    heap: &'a mut A,
    base: Start,
    second_pool: Start,
    has_second_pool: bool,
    slots: [Option<Block>; SLOTS],
    random: u64,
    outcome: Outcome,
}

/// Makes the calls. Each block is filled when it is allocated and compared before it is freed.
///
/// # Safety
/// A heap that made these calls before is not used any more: all have the same memory.
///
/// # Panics
/// If a block is misaligned or its content changed, or if the heap is not sound.
pub unsafe fn run(heap: &mut impl Allocator) -> Outcome {
    let base = MEMORY.start();
    // SAFETY: inside the memory.
    let second_pool = unsafe { base.add(POOLS[0] + GAP) };
    // SAFETY: the memory is the heap's, until it is the next one's.
    unsafe { heap.call(Call::AddPool { start: base, bytes: POOLS[0] }) };
    let outcome = Outcome { refused: 0, moved: 0, hash: 0xCBF2_9CE4_8422_2325 };
    let mut program = Program {
        heap,
        base,
        second_pool,
        has_second_pool: false,
        slots: [None; SLOTS],
        random: SEED,
        outcome,
    };
    for number in 0..CALLS {
        program.step(number);
    }
    program.outcome
}

impl<A: Allocator> Program<'_, A> {
    fn step(&mut self, number: usize) {
        if number % 64 == 0 {
            self.heap.check();
        }
        let slot = self.below(SLOTS);
        let size = self.size();
        let kind = self.below(16);
        let align = WORD << self.below(8);
        let Some(block) = self.slots[slot] else {
            return match kind {
                0..4 => self.allocate(slot, align, size),
                4 => self.toggle_second_pool(),
                _ => self.allocate(slot, 1, size),
            };
        };
        match kind {
            0..6 => self.resize(slot, block, size),
            _ => self.free(slot, block),
        }
    }

    fn allocate(&mut self, slot: usize, align: usize, size: usize) {
        let call = if align == 1 { Call::Malloc { size } } else { Call::Memalign { align, size } };
        // SAFETY: a size of the program.
        let start = unsafe { self.heap.call(call) };
        self.note(start);
        if let Some(start) = start {
            assert!(start.addr().get() % align.max(WORD) == 0, "a misaligned block");
            self.keep(slot, Block { start, size });
        }
    }

    fn resize(&mut self, slot: usize, block: Block, size: usize) {
        compare(block, block.size);
        // SAFETY: a live block.
        let start = unsafe { self.heap.call(Call::Realloc { block: block.start, size }) };
        self.note(start);
        if let Some(start) = start {
            self.outcome.moved += usize::from(start != block.start);
            compare(Block { start, size: block.size }, block.size.min(size));
            self.keep(slot, Block { start, size });
        }
    }

    fn free(&mut self, slot: usize, block: Block) {
        compare(block, block.size);
        self.slots[slot] = None;
        // SAFETY: a live block, which is in no slot any more.
        unsafe { self.heap.call(Call::Free { block: block.start }) };
        self.mix(1);
    }

    /// Adds the second pool, or removes it if no block is in it.
    fn toggle_second_pool(&mut self) {
        let (start, bytes) = (self.second_pool, POOLS[1]);
        let is_in_use = self.slots.iter().flatten().any(|block| block.start >= start);
        if is_in_use {
            return self.mix(2);
        }
        let call = match self.has_second_pool {
            true => Call::RemovePool { start },
            false => Call::AddPool { start, bytes },
        };
        // SAFETY: memory that nothing else uses; to remove it, no block is in it.
        unsafe { self.heap.call(call) };
        self.has_second_pool = !self.has_second_pool;
        self.mix(3);
    }

    /// Fills a block and keeps it in a slot.
    fn keep(&mut self, slot: usize, block: Block) {
        // SAFETY: a live block of at least `size` bytes.
        unsafe { block.start.write_bytes(tag(block.size), block.size) };
        self.slots[slot] = Some(block);
    }

    fn note(&mut self, start: Option<Start>) {
        let offset = |start: Start| start.addr().get() - self.base.addr().get();
        self.outcome.refused += usize::from(start.is_none());
        self.mix(start.map_or(0, |start| offset(start) as u64 + 4));
    }

    /// FNV-1a, eight bytes at a time.
    fn mix(&mut self, value: u64) {
        self.outcome.hash = (self.outcome.hash ^ value).wrapping_mul(0x0000_0100_0000_01B3);
    }

    /// 1 byte to 1024 words, small ones as often as large ones.
    fn size(&mut self) -> usize {
        let octave = 1 << self.below(11);
        (octave + self.below(octave)) * WORD / 4
    }

    /// Marsaglia's xorshift64.
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        ((self.random >> 16) % limit as u64) as usize
    }
}

fn tag(size: usize) -> u8 {
    (size % 251) as u8
}

/// Compares the first bytes of a block with what it was filled with.
fn compare(block: Block, bytes: usize) {
    let content = NonNull::slice_from_raw_parts(block.start, bytes);
    // SAFETY: a live block of at least `bytes` bytes, which `keep` has written.
    let content = unsafe { content.as_ref() };
    assert!(content.iter().all(|&byte| byte == tag(block.size)), "the content of a block changed");
}
