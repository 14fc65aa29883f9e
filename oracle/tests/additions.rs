//! What the engine adds for C programs, beside the specification: blocks at a chosen place (espressif's
//! `tlsf_memalign_offs`, `tlsf_malloc_addr`, `tlsf_fit_size`) and pools beyond the table, in random programs
//! with all other calls. After each step every block, every list and every law is compared.

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{PoolError, Tlsf, UnlistedPools};
use oracle::arena::Arena;
use oracle::geometry::{GEOMETRIES, WORD};
use oracle::model::{Model, Realloc};

/// Places of pools, and the bytes from one to the next. The table has two entries.
const HOMES: usize = 6;
const STRIDE: usize = 1 << 13;

/// Marsaglia's xorshift, 64 bits.
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn size(&mut self) -> usize {
        match self.below(64) {
            0 => 0,
            1 => usize::MAX - self.below(200),
            2 => 1 << self.below(usize::BITS as usize),
            3..=20 => 1 + self.below(4 * WORD),
            21..=50 => 1 + self.below(60 * WORD),
            _ => 1 + self.below(STRIDE / 2),
        }
    }
}

/// A live block, and the byte that fills it.
struct Live {
    at: usize,
    fill: u8,
}

#[derive(Default, Debug)]
struct Tally {
    offset: usize,
    /// … where the block would have been aligned without a free block in front.
    moved_on: usize,
    at: usize,
    /// … of which the block starts before the address.
    earlier: usize,
    refused_at: usize,
    unlisted: usize,
    removed: usize,
    busy: usize,
}

struct Pair<const A: usize, const FL: usize, const SL: usize> {
    heap: Tlsf<A, FL, SL, 2>,
    unlisted: UnlistedPools,
    arena: Arena,
    spec: Model,
    pools: Vec<usize>,
    live: Vec<Live>,
    rng: Rng,
    tally: Tally,
}

impl<const A: usize, const FL: usize, const SL: usize> Pair<A, FL, SL> {
    fn new(geometry: usize, seed: u64) -> Self {
        Self {
            heap: Tlsf::new(),
            unlisted: UnlistedPools::NONE,
            arena: Arena::new(),
            spec: Model::new(GEOMETRIES[geometry]),
            pools: Vec::new(),
            live: Vec::new(),
            rng: Rng(seed),
            tally: Tally::default(),
        }
    }

    fn ptr(&self, at: usize) -> NonNull<u8> {
        NonNull::new(self.arena.at(at)).unwrap()
    }

    fn offset_of(&self, ptr: NonNull<u8>) -> usize {
        self.arena.offset(ptr.as_ptr())
    }

    /// Compares the block, which must have `size` bytes from `from` on, and fills it.
    fn place(&mut self, own: Option<NonNull<u8>>, spec: Option<usize>, from: usize, size: usize) {
        let own = own.map(|ptr| self.offset_of(ptr));
        assert_eq!(own, spec);
        let Some(at) = own else { return };
        let usable = self.spec.usable_size(at);
        // SAFETY: just allocated.
        assert_eq!(unsafe { self.heap.usable_size(self.ptr(at)) }, usable);
        assert!(at % A == 0 && at + usable >= at.max(from) + size);
        let fill = self.rng.below(256) as u8;
        // SAFETY: a live block of that many bytes.
        unsafe { self.ptr(at).write_bytes(fill, usable) };
        self.live.push(Live { at, fill });
    }

    /// A live block, whose bytes are as they were written, up to `most`.
    fn take(&mut self) -> Option<Live> {
        let index = (!self.live.is_empty()).then(|| self.rng.below(self.live.len()))?;
        let live = self.live.swap_remove(index);
        self.filled(&live, usize::MAX);
        Some(live)
    }

    fn filled(&self, live: &Live, most: usize) {
        let bytes = self.spec.usable_size(live.at).min(most);
        // SAFETY: a live block of that many bytes, all written.
        let bytes = unsafe { std::slice::from_raw_parts(self.arena.at(live.at), bytes) };
        assert!(bytes.iter().all(|&byte| byte == live.fill), "overwritten at {}", live.at);
    }

    fn step(&mut self) {
        let size = self.rng.size();
        // Not full for long.
        let many = self.live.len() > 10 + self.rng.below(60);
        match if many { 19 } else { self.rng.below(20) } {
            0 => self.add_pool(),
            1 if self.rng.below(4) == 0 => self.remove_pool(),
            2..=4 => {
                let own = self.heap.malloc(size);
                let spec = self.spec.malloc(size);
                self.place(own, spec, 0, size);
            }
            5 => {
                let align = 1 << self.rng.below(11);
                let Ok(layout) = Layout::from_size_align(size, align) else { return };
                let own = self.heap.allocate(layout);
                let spec = self.spec.memalign(align, size);
                self.place(own, spec, 0, size);
            }
            6..=8 => self.allocate_offset(size),
            9..=11 => self.allocate_at(size),
            12 => self.reallocate(size),
            13 => self.resize(size),
            _ => {
                let Some(live) = self.take() else { return };
                // SAFETY: live until now.
                unsafe { self.heap.deallocate(self.ptr(live.at)) };
                self.spec.free(live.at);
            }
        }
    }

    fn add_pool(&mut self) {
        let mem = (1 + self.rng.below(HOMES)) * STRIDE + A * self.rng.below(4);
        if self.pools.iter().any(|&pool| pool / STRIDE == mem / STRIDE) {
            return;
        }
        let bytes = 200 + self.rng.below(STRIDE - 500);
        let spec = self.spec.add_pool(mem, bytes).is_ok();
        let ptr = self.ptr(mem);
        // SAFETY: the arena's bytes, used by nothing else; homes do not overlap.
        let own = unsafe {
            match self.heap.add_pool(ptr, bytes) {
                Err(PoolError::TableFull) => {
                    self.tally.unlisted += 1;
                    self.heap.add_unlisted_pool(&mut self.unlisted, ptr, bytes).is_ok()
                }
                listed => listed.is_ok(),
            }
        };
        assert_eq!(own, spec, "{bytes} bytes at {mem}");
        if own {
            self.pools.push(mem);
        }
    }

    fn remove_pool(&mut self) {
        if self.pools.is_empty() {
            return;
        }
        let index = self.rng.below(self.pools.len());
        let mem = self.pools[index];
        let start = self.ptr(mem);
        let listed = self.heap.pools().find(|pool| pool.start() == start);
        let own = match listed {
            Some(pool) => self.heap.remove_pool(pool),
            // SAFETY: an unlisted pool of this heap.
            None => unsafe { self.heap.remove_unlisted_pool(&mut self.unlisted, start) },
        };
        match self.spec.remove_pool(mem) {
            Ok(bytes) => {
                assert_eq!(own.unwrap().len() / A, bytes / A);
                self.pools.swap_remove(index);
                self.tally.removed += usize::from(listed.is_none());
                if listed.is_none() {
                    // SAFETY: as above: it is gone, and its bytes are not written to.
                    let again =
                        unsafe { self.heap.remove_unlisted_pool(&mut self.unlisted, start) };
                    assert_eq!(again, Err(PoolError::Unknown));
                }
            }
            Err(_) => {
                assert!(matches!(own, Err(PoolError::Busy(_))), "{own:?}");
                self.tally.busy += usize::from(listed.is_none());
            }
        }
    }

    fn allocate_offset(&mut self, size: usize) {
        let align = 1 << self.rng.below(11);
        let offset = match self.rng.below(4) {
            0 => 0,
            1 => self.rng.size(),
            2 => align * self.rng.below(3),
            _ => self.rng.below(100),
        };
        let Ok(layout) = Layout::from_size_align(size, align) else { return };
        let own = self.heap.allocate_offset(layout, offset);
        let spec = self.spec.memalign_offset(align, offset, size);
        if let Some(at) = spec {
            let up = offset.next_multiple_of(A);
            let aligned = at + up % align.max(A);
            assert_eq!(aligned % align, 0, "{offset} from {at} at {align}");
            self.tally.offset += 1;
            let in_front = self.spec.prev_used(at).map_or(0, |block| block.offset + block.size);
            let lead = at - in_front;
            self.tally.moved_on += usize::from(offset > 0 && lead % align == WORD % align);
        }
        self.place(own, spec, 0, size);
    }

    fn allocate_at(&mut self, size: usize) {
        // Mostly an address in or beside a free block of a pool of the table.
        let of_table = |at: &usize| self.heap.pool_of(self.ptr(*at)).is_some();
        let free: Vec<usize> = self.spec.lists().map(|(_, at)| at).filter(of_table).collect();
        let at = match self.rng.below(8) {
            0 => self.rng.below((HOMES + 2) * STRIDE),
            _ if free.is_empty() => return,
            kind => {
                let at = free[self.rng.below(free.len())];
                let bytes = self.spec.block(at).unwrap().size;
                let near = self.rng.below(12 * WORD);
                match kind {
                    1 | 2 => at + near,
                    3 => at.saturating_sub(near),
                    4 | 5 => (at + bytes).saturating_sub(near),
                    _ => at + self.rng.below(bytes),
                }
            }
        };
        // Often what is left of the block, nearly.
        let size = match free.iter().find_map(|&free| {
            let end = free + self.spec.block(free).unwrap().size;
            (free..end).contains(&at).then(|| end - at)
        }) {
            Some(left) if self.rng.below(3) == 0 => left.saturating_sub(self.rng.below(6 * WORD)),
            _ => size,
        };
        let own = self.heap.allocate_at(self.ptr(at), size);
        if self.heap.pool_of(self.ptr(at)).is_none() {
            assert_eq!(own, None, "the table has no pool at {at}");
            return;
        }
        let spec = self.spec.malloc_at(at, size);
        match spec {
            Some(start) => {
                assert!(start <= at);
                self.tally.at += 1;
                self.tally.earlier += usize::from(at - start >= A);
            }
            None => self.tally.refused_at += 1,
        }
        self.place(own, spec, at, size);
    }

    fn reallocate(&mut self, size: usize) {
        let align = A << self.rng.below(3);
        let Ok(layout) = Layout::from_size_align(size.max(1), align) else { return };
        let Some(live) = self.take() else { return };
        // SAFETY: live.
        let own = unsafe { self.heap.reallocate(self.ptr(live.at), layout) };
        let old = self.spec.usable_size(live.at);
        match self.spec.realloc_aligned(Some(live.at), align, layout.size()) {
            Realloc::Refused => {
                assert_eq!(own, None);
                self.live.push(live);
            }
            moved => {
                let at = moved.payload().unwrap();
                self.filled(&Live { at, ..live }, old.min(layout.size()));
                self.place(own, Some(at), 0, layout.size());
            }
        }
    }

    fn resize(&mut self, size: usize) {
        let Some(live) = self.take() else { return };
        let ptr = self.ptr(live.at);
        let grow = self.rng.below(2) == 0;
        // SAFETY: live.
        let own = unsafe {
            match grow {
                true => self.heap.try_grow_in_place(ptr, size),
                false => self.heap.shrink_in_place(ptr, size),
            }
        };
        let spec = match grow {
            true => self.spec.grow_in_place(live.at, size),
            false => self.spec.shrink_in_place(live.at, size),
        };
        assert_eq!(own, spec);
        self.place(Some(ptr), Some(live.at), 0, 0);
    }

    /// Every block, every list, every law, and the numbers that follow from them.
    fn check(&mut self) {
        for &mem in &self.pools {
            // SAFETY: a pool of a sound heap, as its lists and laws were checked in the last step.
            let own = unsafe {
                let pool = Tlsf::<A, FL, SL, 2>::pool_at(self.ptr(mem));
                Tlsf::<A, FL, SL, 2>::blocks_of(pool)
            };
            let own = own.map(|block| (self.offset_of(block.payload), block.size, block.is_free));
            let spec =
                self.spec.walk(mem).iter().map(|block| (block.offset, block.size, block.free));
            assert!(own.eq(spec), "the blocks of the pool at {mem}");
        }
        // SAFETY: `unlisted` is this heap's.
        let (free, census) = unsafe {
            let free = self.heap.free_blocks_with(self.unlisted);
            (free, self.heap.validate_with(self.unlisted))
        };
        let free = free.map(|(class, block)| (class, self.offset_of(block.payload)));
        assert!(free.eq(self.spec.lists()), "the free lists");
        let census = census.unwrap_or_else(|violation| panic!("{violation}"));
        assert_eq!(census.free_bytes, self.spec.census().free_bytes);
        assert_eq!(census.pools, self.pools.len());
        assert_eq!(self.heap.max_allocatable(), self.spec.largest_fit());
        let size = self.rng.size();
        assert_eq!(Tlsf::<A, FL, SL, 2>::fit_size(size), self.spec.fit_size(size), "fit of {size}");
    }
}

fn agree<const A: usize, const FL: usize, const SL: usize>(geometry: usize, steps: usize) {
    let mut pair = Pair::<A, FL, SL>::new(geometry, 0x9E37_79B9_7F4A_7C15 + geometry as u64);
    for step in 0..steps {
        pair.step();
        let name = GEOMETRIES[geometry].name;
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pair.check()));
        assert!(checked.is_ok(), "step {step} of {name}");
    }
    let Tally { offset, moved_on, at, earlier, refused_at, unlisted, removed, busy } = pair.tally;
    println!("{} {:?}", GEOMETRIES[geometry].name, pair.tally);
    // No check is vacuous.
    let counts = [offset / 10, moved_on, at / 10, refused_at, unlisted * 4, removed * 4, busy];
    assert!(counts.iter().all(|&count| count > steps / 400), "{counts:?}");
    // One granule of more than a word can be a block.
    assert_eq!(earlier > steps / 400, A < 4 * WORD, "{earlier}");
}

/// 50,000 steps of each of five geometries.
#[test]
fn the_additions_do_what_the_specification_does() {
    macro_rules! by_number {
        ($($number:literal)*) => {
            $(agree::<
                { GEOMETRIES[$number].align },
                { GEOMETRIES[$number].fl() },
                { GEOMETRIES[$number].sl },
            >($number, 50_000);)*
        };
    }
    by_number!(0 3 6 7 10);
}
