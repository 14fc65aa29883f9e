//! Which word of the control is which field. The layout is the compiler's to choose, so it is found
//! by watching: a few states of a heap, and what each field must hold in each of them.

use std::ptr::NonNull;

use crate::arena::Arena;
use crate::geometry::WORD;

use super::policy::Policy;

/// What a word of the control holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// The head of the list of this class.
    Head(usize),
    /// One bit per row.
    First,
    /// One bit per list, of as many rows as a word has room for, from this one on.
    Second(usize),
    /// A counter that *Census* speaks of.
    Counter,
    /// A counter that only reports.
    Statistic,
    /// The table of pools: taken on trust, so never damaged. Not initialised where it is empty.
    Table,
}

/// Rows whose second level shares a word.
const ROWS: usize = WORD / size_of::<u32>();

/// What the fields hold in one state, and what the words are.
struct State {
    words: Vec<usize>,
    heads: Vec<usize>,
    first: usize,
    second: Vec<usize>,
    /// Blocks used, bytes used, blocks free, bytes free.
    counters: [usize; 4],
    /// Peak, largest request, failures.
    statistics: [usize; 3],
}

/// The roles of all words of a fresh heap's control. Uses the arena.
pub(super) fn roles(heap: &mut dyn Policy, arena: &Arena) -> Vec<Role> {
    let geometry = heap.geometry();
    let granule = geometry.align.max(4 * WORD);
    let (rows, lists) = (geometry.fl(), geometry.sl);
    let at = |offset: usize| NonNull::new(arena.at(offset)).expect("in the arena");
    for (start, granules) in [(granule, 41), (64 * granule, 23)] {
        heap.add_pool(at(start), granules * granule).expect("sound").expect("two pools");
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
            heap.call(super::Verb::Free, ptr).expect("live");
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
        // Both pools' bytes, less shift and first header and sentinel, less a header between.
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

fn words(heap: &mut dyn Policy) -> Vec<usize> {
    let (first, count) = heap.control();
    // SAFETY: both pools are there and the rows are even in number, so that all is initialised.
    unsafe { std::slice::from_raw_parts(first, count) }.to_vec()
}

fn matched(states: &[State]) -> Vec<Role> {
    let count = states[0].words.len();
    let mut roles: Vec<Option<Role>> = vec![None; count];
    // Arrays are pinned by those of their words that are ever not 0.
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
        None => panic!("word {index} of the control is no field that is known"),
    };
    roles.into_iter().enumerate().map(role).collect()
}
