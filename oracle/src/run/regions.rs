//! The regions of a program: the ranges that can become pools.

use crate::action::Action;
use crate::arena::LARGEST_POOL;
use crate::geometry::Geometry;
use crate::ops::{Header, PoolForm, REGIONS};

/// Bytes of the largest pool of a geometry, a multiple of ALIGN.
fn largest_pool(geometry: &Geometry) -> usize {
    let overhead = geometry.align + geometry.word;
    overhead + geometry.max() - geometry.align - geometry.key(0)
}

/// The regions as (start, bytes), none longer than the geometry and the arena take.
pub(crate) fn regions(header: &Header) -> [(usize, usize); REGIONS] {
    let geometry = header.geometry();
    let mut start = header.residue_bytes();
    std::array::from_fn(|region| {
        let most = largest_pool(geometry).min(LARGEST_POOL + usize::from(u8::MAX));
        let bytes = usize::try_from(header.region_bytes(region as u8)).unwrap_or(most).min(most);
        let mem = start;
        start = (mem + bytes + header.spacing_bytes()).next_multiple_of(geometry.align);
        (mem, bytes)
    })
}

/// The addition of a region in this form, beside these pools, and whether it is hostile: expected to
/// be refused.
pub(super) fn addition(
    form: PoolForm,
    (mem, bytes): (usize, usize),
    pools: &[(usize, usize)],
    geometry: &Geometry,
) -> (Action, bool) {
    let there = pools.iter().find(|pool| pool.0 == mem).copied();
    let some = there.or(pools.first().copied());
    match form {
        PoolForm::Fresh { eighths_off } => {
            let bytes = bytes / 8 * (8 - usize::from(eighths_off)) + bytes % 8;
            (Action::AddPool { mem, bytes }, there.is_some())
        }
        PoolForm::Duplicate => {
            let (mem, bytes) = some.unwrap_or((mem, bytes));
            (Action::AddPool { mem, bytes }, some.is_some())
        }
        PoolForm::Overlap => match some {
            Some((mem, bytes)) => {
                let inside = mem + bytes / 2 / geometry.align * geometry.align;
                (Action::AddPool { mem: inside, bytes }, true)
            }
            None => (Action::AddPool { mem, bytes }, false),
        },
        PoolForm::Misaligned => (Action::AddPool { mem: mem + 1, bytes }, true),
        PoolForm::TooSmall => {
            let least = geometry.align + geometry.word + geometry.min_size();
            (Action::AddPool { mem, bytes: least - 1 }, true)
        }
        PoolForm::TooLarge => {
            // The payload's key is exactly the limit.
            let bytes = largest_pool(geometry).saturating_add(geometry.align);
            (Action::AddPool { mem, bytes }, true)
        }
    }
}
