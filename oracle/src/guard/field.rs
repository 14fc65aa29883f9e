//! The fields of a heap: the words that it relies on, and where each is.

use crate::geometry::WORD;

use super::address_map::{AddressMap, Block};
use super::bytes::Bytes;
use super::layout::Role;

/// A word on which the heap relies, or that it reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The header of a block of a pool.
    Header(Block),
    /// The header of a sentinel, at this offset.
    Sentinel(usize),
    /// A free block's link to the next of its list.
    Next(Block),
    /// A free block's link to the one before.
    Prev(Block),
    /// The last word of a free block, by which its successor finds it.
    Back(Block),
    /// The head of the free list of this class.
    Head(usize),
    /// The first-level bitmap.
    First,
    /// The second-level bitmaps of this row and the following ones that share the word.
    Second(usize),
    /// A counter of *Census*.
    Counter,
    /// A counter that is only reported.
    Statistic,
}

/// The place of a word: an offset in the arena, or an index into the control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Site {
    Arena(usize),
    Control(usize),
}

/// Chooses a field of the heap.
pub(super) fn choose_field(
    map: &AddressMap,
    roles: &[Role],
    input: &mut Bytes<'_>,
) -> Option<(Field, Site)> {
    if input.below(4) == 0 {
        // Most heads are empty: one choice of two goes to the other words of the control.
        let heads = input.below(2) == 0;
        let of_kind = |&index: &usize| heads == matches!(roles[index], Role::Head(_));
        let words: Vec<usize> = (0..roles.len()).filter(of_kind).collect();
        let index = input.pick(&words)?;
        return of_role(roles[index]).map(|field| (field, Site::Control(index)));
    }
    let pool = input.below(map.pools.len().max(1));
    let bounds = map.bounds(*map.pools.get(pool)?);
    let blocks = map.blocks(pool);
    let free: Vec<Block> = blocks.iter().copied().filter(|block| block.free).collect();
    let form = input.below(8);
    Some(match (form, input.pick(&free)) {
        (0, _) => (Field::Sentinel(bounds.1), Site::Arena(bounds.1)),
        (1, Some(block)) => (Field::Next(block), Site::Arena(block.payload)),
        (2, Some(block)) => (Field::Prev(block), Site::Arena(block.payload + WORD)),
        (3, Some(block)) => (Field::Back(block), Site::Arena(block.payload + block.size - WORD)),
        _ => {
            let block = input.pick(&blocks)?;
            (Field::Header(block), Site::Arena(block.payload - WORD))
        }
    })
}

/// Returns all fields of the heap.
pub(super) fn all_fields(map: &AddressMap, roles: &[Role]) -> Vec<(Field, Site)> {
    let mut fields = Vec::new();
    for pool in 0..map.pools.len() {
        let sentinel = map.bounds(map.pools[pool]).1;
        fields.push((Field::Sentinel(sentinel), Site::Arena(sentinel)));
        for block in map.blocks(pool) {
            fields.push((Field::Header(block), Site::Arena(block.payload - WORD)));
            if block.free {
                let back = block.payload + block.size - WORD;
                fields.push((Field::Next(block), Site::Arena(block.payload)));
                fields.push((Field::Prev(block), Site::Arena(block.payload + WORD)));
                fields.push((Field::Back(block), Site::Arena(back)));
            }
        }
    }
    let control = roles.iter().enumerate();
    fields.extend(control.filter_map(|(at, &role)| Some((of_role(role)?, Site::Control(at)))));
    fields
}

/// Returns the field of a word of the control, except for the table of pools.
fn of_role(role: Role) -> Option<Field> {
    match role {
        Role::Head(class) => Some(Field::Head(class)),
        Role::First => Some(Field::First),
        Role::Second(row) => Some(Field::Second(row)),
        Role::Counter => Some(Field::Counter),
        Role::Statistic => Some(Field::Statistic),
        Role::Table => None,
    }
}
