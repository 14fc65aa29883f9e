//! A small TLSF over the arena's bytes, made to be broken: real headers, flags, back links, list
//! links and two levels of bits, and one [`Fault`].
//!
//! It is slow and plain, and it never runs wild: every access is checked against the arena, every
//! loop ends, so that a fault shows as a wrong answer, as what `validate` names, or as a panic.
//! Offsets count from the arena's base; a block is known by where its header lies. (`toy_audit` has
//! its `validate`.)

use memoman::{AllocError, Violation};

use super::fault::Fault;
use crate::arena::{ARENA_BYTES, Arena};
use crate::counters::Counters;
use crate::geometry::{GEOMETRIES, Geometry, WORD};
use crate::model::{Census, sizes};
use crate::subject::{Listed, Row, Saved, Subject};

pub(super) const FREE: usize = 1;
pub(super) const PREV_FREE: usize = 2;
const FLAGS: usize = FREE | PREV_FREE;

/// No block.
pub(super) const NONE: usize = 0;

/// Rows that any geometry has, at most.
const ROWS: usize = usize::BITS as usize;

/// The allocator. What it knows of itself, apart from the bytes of its pools, is [`Control`].
pub struct Toy {
    pub(super) g: Geometry,
    fault: Fault,
    arena: Arena,
    control: Control,
}

/// Bits, heads, pools and counters.
#[derive(Clone)]
struct Control {
    rows: usize,
    lists: [u32; ROWS],
    /// A header's offset + 1 by class, or [`NONE`].
    heads: Vec<usize>,
    pools: Vec<(usize, usize)>,
    counters: Counters,
    /// Verbs done, for faults that come late.
    verbs: u64,
    /// Blocks freed by a realloc to 0 bytes.
    leaked: usize,
}

impl Control {
    fn new(g: &Geometry) -> Self {
        Self {
            rows: 0,
            lists: [0; ROWS],
            heads: vec![NONE; sizes::classes(g)],
            pools: Vec::new(),
            counters: Counters::default(),
            verbs: 0,
            leaked: 0,
        }
    }
}

impl Toy {
    /// One without a pool, in the geometry of that number.
    pub fn new(geometry: usize, fault: Fault) -> Self {
        let g = GEOMETRIES[geometry];
        Self { g, fault, arena: Arena::new(), control: Control::new(&g) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }
}

/// What its `validate` looks at.
impl Toy {
    pub(super) fn pools(&self) -> &[(usize, usize)] {
        &self.control.pools
    }

    /// A header's offset + 1, or [`NONE`].
    pub(super) fn head(&self, class: usize) -> usize {
        self.control.heads[class]
    }

    /// The bits of a row and of one of its lists.
    pub(super) fn bits(&self, row: usize, list: usize) -> (bool, bool) {
        (self.control.rows >> row & 1 != 0, self.control.lists[row] >> list & 1 != 0)
    }

    pub(super) fn row_is_empty(&self, row: usize) -> bool {
        self.control.lists[row] == 0
    }
}

/// Words in the arena.
impl Toy {
    pub(super) fn read(&self, at: usize) -> usize {
        assert!(at % WORD == 0 && at + WORD <= ARENA_BYTES, "a wild read at offset {at:#x}");
        // SAFETY: a whole, aligned word of the arena, which was zeroed.
        unsafe { self.arena.at(at).cast::<usize>().read() }
    }

    fn write(&mut self, at: usize, word: usize) {
        assert!(at % WORD == 0 && at + WORD <= ARENA_BYTES, "a wild write at offset {at:#x}");
        // SAFETY: as in `read`; the arena is this allocator's own.
        unsafe { self.arena.at(at).cast::<usize>().write(word) }
    }

    pub(super) fn size(&self, block: usize) -> usize {
        self.read(block) & !FLAGS
    }

    fn is_free(&self, block: usize) -> bool {
        self.read(block) & FREE != 0
    }

    fn flag(&mut self, block: usize, flag: usize, on: bool) {
        let header = self.read(block);
        self.write(block, if on { header | flag } else { header & !flag });
    }

    fn set_size(&mut self, block: usize, size: usize) {
        let flags = self.read(block) & FLAGS;
        self.write(block, size | flags);
    }

    /// The header behind a block.
    fn next(&self, block: usize) -> usize {
        block.wrapping_add(WORD).wrapping_add(self.size(block))
    }

    /// The free block in front: the word before a header says where its header is.
    pub(super) fn prev(&self, block: usize) -> usize {
        self.read(block.wrapping_sub(WORD))
    }
}

/// Size order.
impl Toy {
    pub(super) fn class(&self, size: usize) -> usize {
        sizes::floor(&self.g, self.g.key(size))
    }

    fn insert(&mut self, block: usize) {
        let mut class = self.class(self.size(block));
        if self.has(Fault::InsertsAClassBelow) && class % self.g.sl == self.g.sl - 1 {
            class -= 1;
        }
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let head = self.control.heads[class];
        if self.has(Fault::ThirdOfAListAtItsTail) && head != NONE {
            let second = self.read(head - 1 + WORD);
            if second != NONE && self.read(second - 1 + WORD) == NONE {
                self.write(second - 1 + WORD, block + 1);
                self.write(block + WORD, NONE);
                self.write(block + 2 * WORD, second);
                return;
            }
        }
        self.write(block + WORD, head);
        self.write(block + 2 * WORD, NONE);
        if head != NONE && !self.has(Fault::OldHeadKeepsNoPrev) {
            self.write(head - 1 + 2 * WORD, block + 1);
        }
        self.control.heads[class] = block + 1;
        let first_of_row = self.control.lists[fl] == 0;
        if !(self.has(Fault::SecondLevelBitNotSet) && !first_of_row && sl == self.g.sl / 2) {
            self.control.lists[fl] |= 1 << sl;
        }
        if !(self.has(Fault::FirstLevelBitNotSet) && fl > 2 && sl == self.g.sl - 1) {
            self.control.rows |= 1 << fl;
        }
        if self.has(Fault::BitOfTheRowBelow) && fl > 0 && first_of_row {
            self.control.rows |= 1 << (fl - 1);
        }
    }

    fn remove(&mut self, block: usize) {
        let class = self.class(self.size(block));
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let (next, prev) = (self.read(block + WORD), self.read(block + 2 * WORD));
        if next != NONE && !(self.has(Fault::NextKeepsItsPrev) && prev != NONE) {
            self.write(next - 1 + 2 * WORD, prev);
        }
        if prev != NONE && !(self.has(Fault::PrevKeepsItsNext) && next == NONE) {
            self.write(prev - 1 + WORD, next);
        }
        if self.control.heads[class] != block + 1 {
            return;
        }
        self.control.heads[class] = next;
        if next != NONE {
            return;
        }
        if self.has(Fault::StaleSecondLevelBit) && sl == 0 && fl > 0 {
            return;
        }
        self.control.lists[fl] &= !(1 << sl);
        let empties = match self.has(Fault::RowClearedTooSoon) {
            true => self.control.lists[fl] >> sl == 0,
            false => self.control.lists[fl] == 0,
        };
        if empties && !(self.has(Fault::StaleFirstLevelBit) && fl > 1) {
            self.control.rows &= !(1 << fl);
        }
    }

    /// The blocks of a list, from its head on; a list that runs in a circle ends.
    fn list(&self, class: usize, visit: &mut dyn FnMut(usize)) {
        let mut link = self.control.heads[class];
        for _ in 0..ARENA_BYTES / WORD {
            if link == NONE {
                return;
            }
            visit(link - 1);
            link = self.read(link - 1 + WORD);
        }
    }

    /// The head of the first list at or above a class that is not empty, unlinked.
    fn take(&mut self, class: usize) -> Option<usize> {
        let (fl, sl) = (class / self.g.sl, class % self.g.sl);
        let here = self.control.lists[fl] >> sl << sl;
        let (fl, list) = if here != 0 {
            (fl, here)
        } else {
            let above = self.control.rows & usize::MAX.checked_shl(fl as u32 + 1).unwrap_or(0);
            if above == 0 {
                return None;
            }
            let row = above.trailing_zeros() as usize;
            (row, self.control.lists[row])
        };
        let sl = list.trailing_zeros() as usize % 32;
        let head = self.control.heads[fl * self.g.sl + sl];
        (head != NONE).then(|| {
            self.remove(head - 1);
            head - 1
        })
    }
}

/// Address order.
impl Toy {
    /// Marks a block free, tells the one behind it, and lists it.
    fn release(&mut self, block: usize) {
        self.mark(block, true);
        self.insert(block);
    }

    /// A block's state, and what the one behind it knows of it.
    fn mark(&mut self, block: usize, free: bool) {
        self.flag(block, FREE, free);
        let next = self.next(block);
        if free && self.has(Fault::BackLinkOfTheLastIsOld) && self.size(next) == 0 {
            self.flag(next, PREV_FREE, true);
            return;
        }
        if free && !self.has(Fault::BackLinkNotWritten) {
            self.write(next - WORD, block);
        }
        let forgets = match free {
            true => self.has(Fault::PrevFreeNotSet) && self.size(next) == 0,
            false => self.has(Fault::PrevFreeNotCleared) && self.size(block) == self.g.min_size(),
        };
        if !forgets {
            self.flag(next, PREV_FREE, free);
        }
        if free && self.has(Fault::SentinelFreed) && self.size(next) == 0 {
            self.flag(next, FREE, true);
        }
    }

    /// `[ block: size ]` → `[ block: fit ][ rest ]`; the rest is a block, not yet listed.
    fn cut(&mut self, block: usize, fit: usize) -> usize {
        let left = self.size(block) - fit - WORD;
        self.set_size(block, fit);
        let rest = block + WORD + fit;
        let left = match self.has(Fault::RestShorterByAGranule) && left > 8 * self.g.align {
            true => left - self.g.align,
            false => left,
        };
        self.write(rest, left);
        rest
    }

    fn splits(&self, size: usize, fit: usize) -> bool {
        let least = match self.has(Fault::SplitsForAHeaderLess) {
            true => self.g.min_size(),
            false => self.g.min_size() + WORD,
        };
        size >= fit + least
    }

    /// Cuts off what a block taken for `fit` does not need.
    fn hand_out(&mut self, block: usize, fit: usize) -> usize {
        let size = self.size(block);
        if self.splits(size, fit) {
            let rest = self.cut(block, fit);
            if self.has(Fault::RestInTheListOfTheWhole) && self.class(size) % self.g.sl == 1 {
                let left = self.size(rest);
                self.set_size(rest, size);
                self.insert(rest);
                self.set_size(rest, left);
                self.mark(rest, true);
            } else {
                self.release(rest);
            }
        }
        self.mark(block, false);
        block + WORD
    }

    fn absorb_next(&mut self, block: usize) {
        let next = self.next(block);
        if !(self.has(Fault::AbsorbedStaysListed) && self.size(next) >= self.g.small()) {
            self.remove(next);
        }
        let both = self.size(block) + WORD + self.size(next);
        let both = match self.has(Fault::MergeForgetsTheHeader) && both > 512 {
            true => both - WORD,
            false => both,
        };
        self.set_size(block, both);
    }

    /// Merges a used block with its free neighbours and lists it.
    fn merge_and_release(&mut self, mut block: usize) {
        let next = self.next(block);
        let behind = match self.has(Fault::MergesAUsedSuccessor) {
            true => self.size(next) == self.g.min_size(),
            false => false,
        };
        if self.is_free(next) {
            self.absorb_next(block);
        } else if behind {
            let both = self.size(block) + WORD + self.size(next);
            self.set_size(block, both);
        }
        if self.has(Fault::MergesOverThePoolsEdge) && self.size(self.next(block)) == 0 {
            let edge = self.next(block) + WORD;
            let other = edge + self.g.align - WORD;
            let adjoins = self.control.pools.iter().any(|pool| pool.0 == edge);
            if adjoins && self.is_free(other) {
                self.remove(other);
                let both = other + WORD + self.size(other) - block - WORD;
                self.set_size(block, both);
            }
        }
        if self.read(block) & PREV_FREE != 0 {
            let prev = self.prev(block);
            self.remove(prev);
            let both = self.size(prev) + WORD + self.size(block);
            self.set_size(prev, both);
            block = prev;
        }
        self.release(block);
    }

    /// Cuts off what a resized block does not need.
    fn trim(&mut self, block: usize, fit: usize) {
        if !self.splits(self.size(block), fit) {
            return;
        }
        let tail = self.cut(block, fit);
        if self.is_free(self.next(tail)) && !self.has(Fault::TailStaysApart) {
            self.absorb_next(tail);
        }
        match self.has(Fault::TailNotListed) {
            true => self.mark(tail, true),
            false => self.release(tail),
        }
    }

    /// Whether the block has `fit` bytes now, and is where it was.
    fn resize(&mut self, block: usize, fit: usize) -> bool {
        let size = self.size(block);
        if fit > size {
            let next = self.next(block);
            let room = match self.has(Fault::GrowsByTheHeaderTwice) {
                true => size + 2 * WORD + self.size(next),
                false => size + WORD + self.size(next),
            };
            if !self.is_free(next) || room < fit {
                return false;
            }
            self.absorb_next(block);
            self.mark(block, false);
        }
        self.trim(block, fit);
        true
    }
}

/// The verbs, below the counters.
impl Toy {
    fn fit(&self, n: usize) -> Option<usize> {
        sizes::fit(&self.g, n, self.g.min_size())
    }

    fn search(&mut self, fit: usize) -> Option<usize> {
        let class = sizes::ceil(&self.g, self.g.key(fit))?;
        self.take(class)
    }

    fn allocate(&mut self, align: usize, n: usize) -> Option<usize> {
        if !align.is_power_of_two() {
            return None;
        }
        let fit = self.fit(n)?;
        if align <= self.g.align {
            let block = self.search(fit)?;
            return Some(self.hand_out(block, fit));
        }
        let gap_min = WORD + self.g.min_size();
        let roomy = sizes::round_up(fit.checked_add(align)?.checked_add(gap_min)?, align)?;
        let roomy = self.fit(roomy)?;
        let mut block = self.search(roomy)?;
        let payload = block + WORD;
        let up = |offset: usize| offset.next_multiple_of(align);
        let mut aligned = up(payload);
        let least = if self.has(Fault::GapBelowABlock) { gap_min - self.g.align } else { gap_min };
        if aligned > payload && aligned - payload < least {
            aligned = up(aligned + align.max(gap_min - (aligned - payload)));
        }
        if self.has(Fault::AlignedAWordShort) && align >= 256 {
            aligned -= self.g.align;
        }
        if aligned > payload {
            let gap = block;
            block = self.cut(gap, aligned - payload - WORD);
            if self.has(Fault::GapNotListed) {
                self.mark(gap, true);
            } else {
                self.release(gap);
            }
        }
        Some(self.hand_out(block, fit))
    }

    fn reallocate(&mut self, p: usize, align: usize, n: usize) -> Option<usize> {
        let mut asked = self.fit(n);
        if self.has(Fault::HugeReallocShrinks) && n >= self.g.max() {
            asked = Some(self.g.min_size());
        }
        let fit = asked.filter(|_| align.is_power_of_two())?;
        let block = p - WORD;
        let size = self.size(block);
        if p % align == 0 && self.resize(block, fit) {
            return Some(p);
        }
        let keeps = if self.has(Fault::ReallocDropsAlignment) { 1 } else { align };
        let to = self.allocate(keeps, n)?;
        let copied = size.min(n);
        let copied = match self.fault {
            Fault::CopiesWholeWordsOnly => copied / (2 * WORD) * (2 * WORD),
            Fault::CopiesAPageAtMost => copied.min(4096),
            _ => copied,
        };
        let copied = copied.min(ARENA_BYTES - p.max(to));
        // SAFETY: both lie in the arena and so do as many bytes behind them, however wrong the blocks
        // are; they may overlap then.
        unsafe { self.arena.at(p).copy_to(self.arena.at(to), copied) };
        self.peak();
        self.merge_and_release(block);
        Some(to)
    }

    /// The peak, now: between the two halves of a realloc that moves, too.
    fn peak(&mut self) {
        if self.has(Fault::PeakFalls) {
            self.control.counters.peak_used_bytes = 0;
        }
        let used = self.counted().used_bytes;
        let peak = &mut self.control.counters.peak_used_bytes;
        *peak = used.max(*peak);
    }

    fn counted(&self) -> Census {
        let mut census = Census::default();
        for &(mem, _) in &self.control.pools {
            self.each(mem, &mut |row| census.add(&crate::subject::block(&row)));
        }
        census
    }

    /// Every block of a pool, until the sentinel or until the pool has no more bytes.
    fn each(&self, mem: usize, visit: &mut dyn FnMut(Row)) {
        let Some(&(_, bytes)) = self.control.pools.iter().find(|pool| pool.0 == mem) else {
            return;
        };
        let mut block = mem + self.g.align - WORD;
        let end = mem + sizes::round_down(bytes, self.g.align) - WORD;
        while block < end {
            let size = self.size(block);
            if size == 0 {
                return;
            }
            visit(Row { offset: block + WORD, size, free: self.is_free(block) });
            block = self.next(block);
        }
    }

    fn answered(&mut self, size: usize, payload: Option<usize>) {
        self.control.verbs += 1;
        let counters = &mut self.control.counters;
        counters.largest_request = counters.largest_request.max(size);
        counters.failures += usize::from(size > 0 && payload.is_none());
        self.peak();
    }

    fn format(&mut self, mem: usize, bytes: usize) {
        let size = sizes::pool_payload(&self.g, bytes).unwrap_or(0);
        let block = mem + self.g.align - WORD;
        self.write(block, size);
        let sentinel = self.next(block);
        self.write(sentinel, 0);
        self.release(block);
    }

    /// The pool's number, its last block and its bytes down to ALIGN.
    fn last(&self, mem: usize) -> Option<(usize, usize, usize)> {
        let pool = self.control.pools.iter().position(|pool| pool.0 == mem)?;
        let mut last = None;
        self.each(mem, &mut |row| last = Some(row.offset - WORD));
        let bytes = sizes::round_down(self.control.pools[pool].1, self.g.align);
        Some((pool, last?, bytes))
    }

    /// Some pool, other than `own`, has a byte in `mem..end`.
    fn overlaps(&self, mem: usize, end: usize, own: Option<usize>) -> bool {
        // The fault looks for the first byte only, not at what the new pool reaches into.
        let end = if self.has(Fault::OverlapAheadAccepted) { mem + 1 } else { end };
        let has = |&(start, bytes): &(usize, usize)| start < end && mem < start + bytes;
        let mut pools = self.control.pools.iter().enumerate();
        pools.any(|(number, pool)| Some(number) != own && has(pool))
    }

    /// The payload of a pool of `bytes`, if it can be one block.
    fn pool_payload(&self, bytes: usize) -> Option<usize> {
        let size = sizes::pool_payload(&self.g, bytes)?;
        let too_large = match self.has(Fault::LargestPoolAccepted) {
            true => self.g.key(size) > self.g.max(),
            false => self.g.key(size) >= self.g.max(),
        };
        (size >= self.g.min_size() && !too_large).then_some(size)
    }
}

impl Subject for Toy {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn restart(&mut self, _sound: bool) {
        self.control = Control::new(&self.g);
    }

    fn reset(&mut self) {
        let old = std::mem::replace(&mut self.control, Control::new(&self.g));
        let kept =
            old.pools.len() - usize::from(self.has(Fault::ResetLosesAPool) && old.verbs > 20);
        for &(mem, bytes) in &old.pools[..kept] {
            self.control.pools.push((mem, bytes));
            self.format(mem, bytes);
        }
        if self.has(Fault::ResetKeepsBits) {
            self.control.lists[0] |= old.lists[0];
        }
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        let taken = sizes::round_down(bytes, self.g.align);
        let fits = mem % self.g.align == 0 && mem.checked_add(bytes).is_some();
        if !fits || self.pool_payload(taken).is_none() || self.overlaps(mem, mem + bytes, None) {
            return false;
        }
        self.control.pools.push((mem, bytes));
        self.format(mem, bytes);
        true
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        let Some((pool, last, _)) = self.last(mem) else { return false };
        let first = mem + self.g.align - WORD;
        let whole = match self.has(Fault::BusyPoolRemoved) {
            true => self.is_free(last),
            false => last == first && self.is_free(first),
        };
        if !whole {
            return false;
        }
        if !self.has(Fault::RemovedPoolStaysListed) {
            self.remove(last);
        }
        self.control.pools.remove(pool);
        true
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        let Some((pool, last, bytes)) = self.last(mem) else { return false };
        let more = sizes::round_down(more, self.g.align);
        let end = mem + bytes;
        let joins = self.is_free(last);
        if more == 0
            || self.pool_payload(bytes + more).is_none()
            || self.overlaps(end, end + more, Some(pool))
            || !joins && more < WORD + self.g.min_size()
        {
            return false;
        }
        let sentinel = end - WORD;
        let flags = self.read(sentinel) & PREV_FREE;
        self.write(sentinel, (more - WORD) | flags);
        self.write(end + more - WORD, 0);
        self.control.pools[pool].1 = bytes + more;
        if joins && !self.has(Fault::ExtendedPoolStaysApart) {
            self.remove(last);
            let both = self.size(last) + more;
            self.set_size(last, both);
            self.release(last);
        } else {
            self.release(sentinel);
        }
        true
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        let Some((pool, last, bytes)) = self.last(mem) else { return false };
        let Some(less) = sizes::round_up(less, self.g.align) else { return false };
        let left = self.size(last).checked_sub(less).filter(|&left| left >= self.g.min_size());
        let Some(left) = left.filter(|_| less > 0 && self.is_free(last)) else { return false };
        self.remove(last);
        self.set_size(last, left);
        let sentinel = self.next(last);
        self.write(sentinel, 0);
        self.control.pools[pool].1 = bytes - less;
        self.release(last);
        true
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.memalign(1, size)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        let payload = self.allocate(align, size);
        self.answered(size, payload);
        payload
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let Some(p) = payload else { return self.memalign(align, size) };
        if size == 0 {
            self.control.leaked += 1;
            self.merge_and_release(p - WORD);
            return None;
        }
        let payload = self.reallocate(p, align, size);
        self.answered(size, payload);
        payload
    }

    fn grow_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size);
        let grown =
            size <= self.size(p - WORD) || fit.is_some_and(|fit| self.resize(p - WORD, fit));
        self.peak();
        grown
    }

    fn shrink_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size).filter(|_| size <= self.size(p - WORD));
        fit.is_some_and(|fit| self.resize(p - WORD, fit))
    }

    fn free(&mut self, payload: usize) {
        self.merge_and_release(payload - WORD);
        self.control.verbs += 1;
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.size(payload - WORD)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.each(mem, &mut |row| out.push(row));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        for class in 0..self.control.heads.len() {
            self.list(class, &mut |block| out.push(Listed { class, offset: block + WORD }));
        }
    }

    fn max_allocatable(&self) -> usize {
        let top = self.control.heads.iter().rposition(|&head| head != NONE);
        let Some(class) = top else { return 0 };
        if self.has(Fault::PromisesTheLargestBlock) {
            let mut largest = 0;
            self.list(class, &mut |block| largest = largest.max(self.size(block)));
            return largest;
        }
        let size = sizes::least_key(&self.g, class).saturating_sub(self.g.key(0));
        if size < self.g.min_size() { 0 } else { size }
    }

    fn explain(&self, _align: usize, _size: usize) -> Option<Result<(), AllocError>> {
        None
    }

    fn counters(&self) -> Option<Counters> {
        let mut counters = self.control.counters;
        counters.census = self.counted();
        if self.has(Fault::ReallocToNothingNotCounted) {
            counters.census.used_blocks += self.control.leaked;
        }
        Some(counters)
    }

    fn validate(&self) -> Result<Census, Violation> {
        self.audit()
    }

    fn save(&self) -> Saved {
        Box::new(self.control.clone())
    }

    fn restore(&mut self, saved: &Saved) {
        let kept: &Control = saved.downcast_ref().expect("this subject saved it");
        self.control.clone_from(kept);
    }
}
