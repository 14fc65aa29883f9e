//! Reads a recording, for tests: the same as `oracle/lab/decode.js`, in another language.

use super::Run;
use super::bytes::take;

/// A pool as (start, bytes, blocks); a block as (offset, size, free).
pub(super) type Pools = Vec<(usize, usize, Vec<(usize, usize, bool)>)>;

/// A state as the page has it after a step.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Decoded {
    pub(super) pools: Pools,
    pub(super) lists: Vec<(usize, usize)>,
    pub(super) largest: usize,
    /// The number of the step's kind, and its outcome.
    pub(super) kind: u8,
    pub(super) outcome: u8,
    pub(super) facts: Vec<Vec<usize>>,
}

/// How many numbers the arguments of a kind are.
const ARGUMENTS: [usize; 10] = [2, 3, 4, 2, 2, 1, 2, 2, 3, 3];

/// How many values a fact has.
const VALUES: [usize; 18] = [1, 1, 1, 1, 0, 2, 1, 1, 1, 2, 2, 2, 3, 1, 2, 1, 1, 3];

/// The states after each step of a run.
pub(super) fn states(run: &Run) -> Vec<Decoded> {
    let (mut rest, mut state) = (&run.bytes[..], Decoded::default());
    let word = run.geometry.word;
    let states = (0..run.steps).map(|_| {
        step(&mut rest, &mut state, word);
        state.clone()
    });
    let states = states.collect();
    assert!(rest.is_empty(), "{} bytes are left", rest.len());
    states
}

fn next(rest: &mut &[u8]) -> usize {
    let number = take(rest).expect("a number");
    usize::try_from(number).expect("a number of this machine")
}

fn step(rest: &mut &[u8], state: &mut Decoded, word: usize) {
    let (&head, tail) = rest.split_first().expect("a step");
    *rest = tail;
    (state.kind, state.outcome) = (head & 15, head >> 4 & 3);
    let arguments = ARGUMENTS.get(usize::from(state.kind)).copied().unwrap_or(0);
    for _ in 0..arguments + usize::from(state.outcome == 2) {
        next(rest);
    }
    state.facts = (0..next(rest))
        .map(|_| {
            let number = next(rest);
            [number].into_iter().chain((0..VALUES[number]).map(|_| next(rest))).collect()
        })
        .collect();
    pools(rest, state, word);
    let mut at = 0;
    for _ in 0..next(rest) {
        at += next(rest);
        let (removed, added) = (next(rest), next(rest));
        let entries: Vec<_> = (0..added).map(|_| (next(rest), next(rest))).collect();
        state.lists.splice(at..at + removed, entries);
        at += added;
    }
    let code = next(rest);
    state.largest = match code & 1 {
        0 => state.largest + code / 2,
        _ => state.largest - code / 2,
    };
}

fn pools(rest: &mut &[u8], state: &mut Decoded, word: usize) {
    match next(rest) {
        0 => {}
        1 => {
            for _ in 0..next(rest) {
                let blocks = &mut state.pools[next(rest)].2;
                let (at, removed, added) = (next(rest), next(rest), next(rest));
                let before = at.checked_sub(1).map(|at| blocks[at]);
                let mut offset =
                    before.map_or(blocks[0].0, |(offset, size, _)| offset + size + word);
                let rows = self::blocks(rest, &mut offset, added, word);
                blocks.splice(at..at + removed, rows);
            }
        }
        _ => {
            state.pools = (0..next(rest))
                .map(|_| {
                    let (mem, bytes, mut first, count) =
                        (next(rest), next(rest), next(rest), next(rest));
                    (mem, bytes, blocks(rest, &mut first, count, word))
                })
                .collect();
        }
    }
}

fn blocks(
    rest: &mut &[u8],
    offset: &mut usize,
    count: usize,
    word: usize,
) -> Vec<(usize, usize, bool)> {
    let rows = (0..count).map(|_| {
        let code = next(rest);
        let row = (*offset, code >> 1, code & 1 == 1);
        *offset += row.1 + word;
        row
    });
    rows.collect()
}
