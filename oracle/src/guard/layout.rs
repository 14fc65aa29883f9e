//! Finds which word of the control is which field. The compiler chooses the layout. It is found from a few
//! states of a heap: each field has a known value in each of them.

use std::ptr::NonNull;

use crate::arena::Arena;
use crate::geometry::WORD;

use super::heap::{GuardedHeap, PointerCall};

/// The role of a word of the control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The head of the free list of this class.
    Head(usize),
    /// The first-level bitmap: one bit for each row.
    First,
    /// Second-level bitmaps of this row and the following ones that share the word.
    Second(usize),
    /// A counter that *Census* covers.
    Counter,
    /// A counter that is only reported.
    Statistic,
    /// A word of the table of pools. `validate` trusts it, so it is never damaged. An empty entry is not
    /// initialised.
    Table,
}

/// The number of rows whose second-level bitmaps share a word.
const ROWS: usize = WORD / size_of::<u32>();

/// The words of the control in one state of the heap, and the values of the fields.
struct State {
    words: Vec<usize>,
    heads: Vec<usize>,
    first: usize,
    second: Vec<usize>,
    /// Used blocks, used bytes, free blocks, free bytes.
    counters: [usize; 4],
    /// Peak of used bytes, largest request, failures.
    statistics: [usize; 3],
}

/// Returns the role of each word of a fresh heap's control. Uses the arena.
pub(super) fn roles(heap: &mut dyn GuardedHeap, arena: &Arena) -> Vec<Role> {
    let geometry = heap.geometry();
    let granule = geometry.align.max(4 * WORD);
    let (rows, lists) = (geometry.fl(), geometry.sl);
    let at = |offset: usize| NonNull::new(arena.at(offset)).expect("in the arena");
    for (start, granules) in [(granule, 41), (64 * granule, 23)] {
        // SAFETY: two ranges of the arena, which the caller lends.
        let added = unsafe { heap.add_pool(at(start), granules * granule) };
        added.expect("sound").expect("two pools");
    }
    let mut live: Vec<(NonNull<u8>, usize)> = Vec::new();
    let (mut peak, mut largest, mut failures) = (0, 0, 0);
    let mut states = Vec::new();
    for (call, size) in [0, 3, 5, 900, 9, 0, 901, 2, 902, 0, 4].into_iter().enumerate() {
        if size > 0 {
            largest = largest.max(size * granule);
            match heap.memalign(0, size * granule).expect("sound") {
                Some(ptr) => live.push((ptr, heap.check(ptr).expect("live"))),
                None => failures += 1,
            }
        } else if call > 0 {
            let (ptr, _) = live.remove(0);
            heap.call(PointerCall::Free, ptr).expect("live");
        }
        let used = live.iter().map(|block| block.1).sum();
        peak = peak.max(used);
        let free: Vec<_> =
            heap.free_blocks().into_iter().map(|(class, ptr)| (class, ptr.addr().get())).collect();
        let mut state = State {
            words: words(heap),
            heads: vec![0; rows * lists],
            first: 0,
            second: vec![0; rows / ROWS],
            counters: [live.len(), used, free.len(), 0],
            statistics: [peak, largest, failures],
        };
        // The bytes of both pools, less the offset, first header and sentinel of each, and less the headers
        // between blocks.
        let between = (live.len() + free.len() - 2) * WORD;
        let payload = 64 * granule - 2 * (geometry.align + WORD);
        state.counters[3] = payload - between - used;
        for (class, addr) in free.into_iter().rev() {
            let (row, list) = (class / lists, class % lists);
            state.heads[class] = addr - WORD;
            state.first |= 1 << row;
            state.second[row / ROWS] |= 1 << (list + row % ROWS * 32);
        }
        states.push(state);
    }
    matched(&states)
}

fn words(heap: &mut dyn GuardedHeap) -> Vec<usize> {
    let (first, count) = heap.control();
    // SAFETY: with both pools and an even number of rows, every word is initialised.
    unsafe { std::slice::from_raw_parts(first, count) }.to_vec()
}

fn matched(states: &[State]) -> Vec<Role> {
    let count = states[0].words.len();
    let mut roles: Vec<Option<Role>> = vec![None; count];
    // An array is found by those of its words that are not 0 in some state.
    let mut place = |wanted: usize, field: &dyn Fn(&State) -> &[usize], role: fn(usize) -> Role| {
        let fits = |&from: &usize| {
            states.iter().all(|state| state.words[from..from + wanted] == *field(state))
        };
        let found: Vec<usize> = (0..=count - wanted).filter(fits).collect();
        assert_eq!(found.len(), 1, "where {:?} is", role(0));
        (0..wanted).for_each(|index| roles[found[0] + index] = Some(role(index)));
    };
    place(states[0].heads.len(), &|state| &state.heads, Role::Head);
    place(states[0].second.len(), &|state| &state.second, |index| Role::Second(index * ROWS));
    place(1, &|state| std::slice::from_ref(&state.first), |_| Role::First);
    let constant = |index: usize| {
        let value = states[0].words[index];
        value != 0 && states.iter().all(|state| state.words[index] == value)
    };
    let is = |index: usize, field: &dyn Fn(&State) -> &[usize]| {
        let of = |number: usize| states.iter().all(|s| s.words[index] == field(s)[number]);
        (0..field(&states[0]).len()).any(of)
    };
    let role = |(index, known): (usize, Option<Role>)| match known {
        Some(role) => role,
        None if constant(index) => Role::Table,
        None if is(index, &|state| &state.counters) => Role::Counter,
        None if is(index, &|state| &state.statistics) => Role::Statistic,
        None => panic!("word {index} of the control is none of the known fields"),
    };
    roles.into_iter().enumerate().map(role).collect()
}
