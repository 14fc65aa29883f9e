//! Why a call has the result that it has: request, fit, class, the bit found, the head of its list, the split.
//! Computed from the state before the call, by the rules of TLSF 3.1.

use super::bytes::put;
use super::state::State;
use crate::call::{Call, Reply};
use crate::geometry::Geometry;
use crate::model::{Block, Conte31, Rules as _, sizes};
use crate::subject::Listed;

/// One step on the way to a result. Sizes are payloads. The page has a sentence for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fact {
    /// The request needs a block of this size.
    Fit(usize),
    /// The alignment may cost bytes: the search is for this size.
    Room(usize),
    /// The search starts at this class.
    Start(usize),
    /// A bounded search takes this block of this class, which is the search's own.
    Near(usize, Block),
    /// The first list that is not empty, at that class or above.
    Found(usize),
    /// No list is left: the request is refused.
    NotFound,
    /// The head of that list.
    Head(Block),
    /// So many bytes are cut off its front, for the alignment.
    Gap(usize),
    /// The rest of it becomes a free block of this size.
    Split(usize),
    /// So many bytes more than needed are too few for a block: they stay.
    Whole(usize),
    /// The block that is freed.
    Freed(Block),
    /// A free block before it is absorbed.
    MergedPrev(Block),
    /// A free block behind it is absorbed.
    MergedNext(Block),
    /// A free block becomes the head of its list.
    Listed(Listed, usize),
    /// The block is large enough as it is.
    Stays(usize),
    /// The block stays where it is and absorbs its free successor.
    Grows(Block),
    /// The block cannot stay: its contents move.
    Moves(usize),
    /// Refused before any search.
    Refused(Why),
}

/// Why a call is refused before any search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Why {
    /// A size of 0.
    Zero,
    /// No block is so large.
    TooLarge,
    /// The alignment is no power of two.
    NoAlignment,
    /// The block cannot grow where it is.
    NoRoom,
    /// A block cannot shrink to more than it has.
    NotLess,
}

impl Fact {
    /// Appends its number and its values.
    pub(super) fn encode(self, bytes: &mut Vec<u8>) {
        let of = |block: Block| vec![block.offset, block.size];
        let (number, values) = match self {
            Self::Fit(size) => (0, vec![size]),
            Self::Room(size) => (1, vec![size]),
            Self::Start(class) => (2, vec![class]),
            Self::Found(class) => (3, vec![class]),
            Self::NotFound => (4, vec![]),
            Self::Head(block) => (5, of(block)),
            Self::Gap(size) => (6, vec![size]),
            Self::Split(size) => (7, vec![size]),
            Self::Whole(size) => (8, vec![size]),
            Self::Freed(block) => (9, of(block)),
            Self::MergedPrev(block) => (10, of(block)),
            Self::MergedNext(block) => (11, of(block)),
            Self::Listed(listed, size) => (12, vec![listed.class, listed.offset, size]),
            Self::Stays(size) => (13, vec![size]),
            Self::Grows(block) => (14, of(block)),
            Self::Moves(size) => (15, vec![size]),
            Self::Refused(why) => (16, vec![why as usize]),
            Self::Near(class, block) => (17, vec![class, block.offset, block.size]),
        };
        put(bytes, number);
        values.into_iter().for_each(|value| put(bytes, value));
    }
}

/// The facts of a call in this state, as TLSF 3.1 does it.
pub(super) fn facts(g: &Geometry, before: &State, call: Call) -> Vec<Fact> {
    let mut facts = Vec::new();
    match call {
        Call::Malloc { size } => allocate(g, before, 1, size, &mut facts),
        Call::Memalign { align, size } => allocate(g, before, align, size, &mut facts),
        Call::Realloc { payload: None, align, size } => {
            allocate(g, before, align, size, &mut facts);
        }
        Call::Realloc { payload: Some(payload), size: 0, .. } | Call::Free { payload } => {
            free(before, payload, &mut facts);
        }
        Call::Realloc { payload: Some(payload), align, size } => {
            let stays = payload % align.max(1) == 0 && resize(g, before, payload, size, &mut facts);
            if !stays && !matches!(facts.last(), Some(Fact::Refused(_))) {
                facts.push(Fact::Moves(before.block(payload).map_or(0, |block| block.size)));
                allocate(g, before, align, size, &mut facts);
                if !matches!(facts.last(), Some(Fact::Refused(_) | Fact::NotFound)) {
                    free(before, payload, &mut facts);
                }
            }
        }
        Call::Grow { payload, size } => match before.block(payload) {
            Some(block) if size <= block.size => facts.push(Fact::Stays(block.size)),
            _ if resize(g, before, payload, size, &mut facts) => {}
            _ => facts.push(Fact::Refused(Why::NoRoom)),
        },
        Call::Shrink { payload, size } => match before.block(payload) {
            Some(block) if size > block.size => facts.push(Fact::Refused(Why::NotLess)),
            _ => _ = resize(g, before, payload, size, &mut facts),
        },
        Call::AddPool { .. }
        | Call::RemovePool { .. }
        | Call::ExtendPool { .. }
        | Call::ShrinkPool { .. } => {}
    }
    facts
}

/// The facts of what a call has left: the free blocks that it has listed.
pub(super) fn listed(after: &State, listed: &[Listed], reply: Option<Reply>) -> Vec<Fact> {
    let size = |entry: &Listed| after.block(entry.offset).map_or(0, |block| block.size);
    let facts = listed.iter().map(|entry| Fact::Listed(*entry, size(entry)));
    facts.take(if reply == Some(Reply::Refused) { 0 } else { 4 }).collect()
}

fn allocate(g: &Geometry, before: &State, align: usize, n: usize, facts: &mut Vec<Fact>) {
    let mut rules = Conte31;
    let Some(fit) = fit(g, n, facts) else { return };
    if !align.is_power_of_two() {
        return facts.push(Fact::Refused(Why::NoAlignment));
    }
    let is_aligned = align > g.align;
    let room = if is_aligned { rules.roomy_fit(g, fit, align) } else { Some(fit) };
    let start = room.and_then(|room| sizes::ceil(g, g.key(room)));
    let (Some(room), Some(start)) = (room, start) else {
        return facts.push(Fact::Refused(Why::TooLarge));
    };
    if is_aligned {
        facts.push(Fact::Room(room));
    }
    let block = match near(g, before, room) {
        Some((class, block)) => {
            facts.push(Fact::Near(class, block));
            block
        }
        None => {
            facts.push(Fact::Start(start));
            let Some(head) = before.head(start) else { return facts.push(Fact::NotFound) };
            facts.push(Fact::Found(head.class));
            let Some(block) = before.block(head.offset) else { return };
            facts.push(Fact::Head(block));
            block
        }
    };
    let mut size = block.size;
    if is_aligned {
        let gap = rules.aligned(g, block.offset, align).saturating_sub(block.offset);
        if gap > 0 {
            facts.push(Fact::Gap(gap));
        }
        size = size.saturating_sub(gap);
    }
    cut(g, size, fit, facts);
}

/// What a bounded search finds in the class of `room` itself.
fn near(g: &Geometry, before: &State, room: usize) -> Option<(usize, Block)> {
    if g.search == 0 {
        return None;
    }
    let class = sizes::floor(g, g.key(room));
    let list = before.lists.iter().filter(|entry| entry.class == class);
    let blocks: Vec<Block> = list.filter_map(|entry| before.block(entry.offset)).collect();
    let sizes: Vec<usize> = blocks.iter().map(|block| block.size).collect();
    Conte31.near(g, &sizes, room).map(|nth| (class, blocks[nth]))
}

/// The size for a request, or why it has none.
fn fit(g: &Geometry, n: usize, facts: &mut Vec<Fact>) -> Option<usize> {
    let fit = Conte31.fit(g, n);
    facts.push(match fit {
        Some(fit) => Fact::Fit(fit),
        None if n == 0 => Fact::Refused(Why::Zero),
        None => Fact::Refused(Why::TooLarge),
    });
    fit
}

fn cut(g: &Geometry, size: usize, fit: usize, facts: &mut Vec<Fact>) {
    facts.push(match Conte31.splits(g, size, fit) {
        true => Fact::Split(size - fit - g.word),
        false => Fact::Whole(size.saturating_sub(fit)),
    });
}

fn free(before: &State, payload: usize, facts: &mut Vec<Fact>) {
    let [prev, block, next] = before.around(payload);
    facts.extend(block.map(Fact::Freed));
    facts.extend(prev.filter(|prev| prev.free).map(Fact::MergedPrev));
    facts.extend(next.filter(|next| next.free).map(Fact::MergedNext));
}

/// Whether the block stays where it is.
fn resize(g: &Geometry, before: &State, payload: usize, n: usize, facts: &mut Vec<Fact>) -> bool {
    let [_, block, next] = before.around(payload);
    let (Some(block), Some(fit)) = (block, fit(g, n, facts)) else { return false };
    if fit <= block.size {
        facts.push(Fact::Stays(block.size));
        cut(g, block.size, fit, facts);
        return true;
    }
    let grows = Conte31.grows_in_place(g, block.size, next, fit);
    if let Some(next) = next.filter(|_| grows) {
        facts.push(Fact::Grows(next));
        cut(g, block.size + g.word + next.size, fit, facts);
    }
    grows
}
