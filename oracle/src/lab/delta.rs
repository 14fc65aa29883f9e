//! The difference between two states, as bytes.
//!
//! ```text
//! delta    pools lists largest
//! pools    0                                         no block has changed
//!          1 count { pool at removed added code* }    edits of the blocks, one after the other
//!          2 count { mem bytes first blocks code* }   the pools are these, whole
//! code     payload bytes << 1 | free                  a block begins where the one before it ends
//! lists    count { skip removed added { class offset }* }
//! largest  the difference to the largest free block before
//! ```

use super::bytes::{put, put_difference};
use super::state::State;
use crate::model::{Block, Pool, Specification};
use crate::subject::Listed;

/// The most entries that the search for the next equal entry looks at.
const LOOK_AHEAD: usize = 8;

/// Appends the difference from `state` to the state of a specification, and makes it that state. Returns the
/// free blocks that are listed anew.
pub(super) fn update(
    bytes: &mut Vec<u8>,
    state: &mut State,
    specification: &dyn Specification,
) -> Vec<Listed> {
    pools(bytes, state, specification);
    let mut now = Vec::with_capacity(state.lists.len() + 4);
    specification.lists(&mut now);
    let listed = lists(bytes, &state.lists, &now);
    state.lists = now;
    let largest = specification.largest_free();
    put_difference(bytes, state.largest, largest);
    state.largest = largest;
    listed
}

fn pools(bytes: &mut Vec<u8>, state: &mut State, specification: &dyn Specification) {
    let now = specification.pools();
    let range = |pool: &Pool| (pool.mem, pool.bytes);
    if !now.iter().map(range).eq(state.pools.iter().map(range)) {
        put(bytes, 2);
        put(bytes, now.len());
        for pool in now {
            let first = pool.blocks.first().map_or(pool.end(), |block| block.offset);
            for number in [pool.mem, pool.bytes, first, pool.blocks.len()] {
                put(bytes, number);
            }
            codes(bytes, &pool.blocks);
        }
        state.pools = now.to_vec();
        return;
    }
    let (mut count, mut edits) = (0, Vec::new());
    for (number, (before, now)) in state.pools.iter_mut().zip(now).enumerate() {
        let (before, now) = (&mut before.blocks, &now.blocks);
        for edit in differences(before, now) {
            count += 1;
            for number in [number, edit.at, edit.removed, edit.added] {
                put(&mut edits, number);
            }
            let added = &now[edit.at..edit.at + edit.added];
            codes(&mut edits, added);
            before.splice(edit.at..edit.at + edit.removed, added.iter().copied());
        }
    }
    put(bytes, usize::from(count > 0));
    if count > 0 {
        put(bytes, count);
        bytes.extend(edits);
    }
}

fn codes(bytes: &mut Vec<u8>, blocks: &[Block]) {
    blocks.iter().for_each(|block| put(bytes, block.size << 1 | usize::from(block.free)));
}

/// Appends the edits that turn the lists `before` into `now`; the entries that they add.
fn lists(bytes: &mut Vec<u8>, before: &[Listed], now: &[Listed]) -> Vec<Listed> {
    let (mut last, mut listed) = (0, Vec::new());
    let edits = differences(before, now);
    put(bytes, edits.len());
    for Edit { at, removed, added } in edits {
        for number in [at - last, removed, added] {
            put(bytes, number);
        }
        last = at + added;
        for entry in &now[at..last] {
            put(bytes, entry.class);
            put(bytes, entry.offset);
            listed.push(*entry);
        }
    }
    listed
}

/// So many entries at `at` are replaced by others. Those before it are as they are after all edits.
struct Edit {
    at: usize,
    removed: usize,
    added: usize,
}

/// The edits that turn `before` into `now`, in order. An entry is in either at most once.
fn differences<T: PartialEq>(before: &[T], now: &[T]) -> Vec<Edit> {
    let (mut edits, mut a, mut b) = (Vec::new(), 0, 0);
    loop {
        let same = before[a..].iter().zip(&now[b..]).take_while(|(a, b)| a == b).count();
        (a, b) = (a + same, b + same);
        if a == before.len() && b == now.len() {
            return edits;
        }
        let (removed, added) = next_equal(&before[a..], &now[b..]);
        edits.push(Edit { at: b, removed, added });
        (a, b) = (a + removed, b + added);
    }
}

/// How many entries of each side lie before the next equal pair; all, if it is far away.
fn next_equal<T: PartialEq>(before: &[T], now: &[T]) -> (usize, usize) {
    for sum in 1..=2 * LOOK_AHEAD {
        for removed in sum.saturating_sub(LOOK_AHEAD)..=sum.min(LOOK_AHEAD) {
            let added = sum - removed;
            let ends = removed == before.len() && added == now.len();
            let pair = before.get(removed).zip(now.get(added));
            if ends || pair.is_some_and(|(a, b)| a == b) {
                return (removed, added);
            }
        }
    }
    (before.len(), now.len())
}

#[cfg(test)]
mod tests {
    use super::{Edit, differences};

    #[test]
    fn two_edits_far_apart_are_two_short_ones() {
        let before: Vec<u32> = (0..10_000).collect();
        let mut now = before.clone();
        now[30] = 70_000;
        now.remove(9_000);
        now.splice(9_990..9_990, [80_000, 80_001]);
        let edits = differences(&before, &now);
        let lengths: Vec<_> = edits.iter().map(|edit| (edit.removed, edit.added)).collect();
        assert_eq!(lengths, [(1, 1), (1, 0), (0, 2)]);
        let mut again = before;
        for Edit { at, removed, added } in edits {
            again.splice(at..at + removed, now[at..at + added].iter().copied());
        }
        assert_eq!(again, now);
    }

    #[test]
    fn sequences_that_share_nothing_are_replaced() {
        let (before, now): (Vec<u32>, Vec<u32>) = ((0..50).collect(), (100..120).collect());
        let edits = differences(&before, &now);
        assert_eq!((edits.len(), edits[0].removed, edits[0].added), (1, 50, 20));
        assert!(differences(&now, &now).is_empty());
    }
}
