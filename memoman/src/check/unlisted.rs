//! Blocks of unlisted pools: what can be checked of one block without a walk from its pool's start.
//!
//! Nothing says where such a pool begins and ends, so each read relies on the header before it. A size
//! is compared with what any block can have, and with the end of the highest unlisted pool.

use crate::chain::block::Block;
use crate::chain::header::Header;
use crate::geometry::{Geometry, WORD};
use crate::law::Law;
#[cfg(feature = "guard")]
use crate::pool::unlisted::UnlistedPools;

/// Checks that a live block is at this place: its size (*Tiling*), its flag (*Membership*), and that
/// both neighbours agree (*Mirror*, *BackLink*, *Coalesced*). Returns its size.
///
/// # Safety
/// `room` is that of `UnlistedPools::block` for the place, and the words between the lowest and the
/// highest address of the unlisted pools may be read.
#[cfg(feature = "guard")]
pub(crate) unsafe fn live<const ALIGN: usize, const FL: usize, const SL: usize>(
    unlisted: UnlistedPools,
    block: Block,
    room: usize,
) -> Result<usize, Law> {
    // SAFETY: the caller's: a word that may be read.
    let header = unsafe { block.header() };
    if header.is_free() {
        return Err(Law::Membership);
    }
    // SAFETY: the caller's; the size is checked before it leads anywhere.
    unsafe {
        let (next, behind) = successor::<ALIGN, FL, SL>(block, header, room)?;
        if behind.is_prev_free() {
            return Err(Law::Mirror);
        }
        if behind.is_free() {
            let room = unlisted.block::<ALIGN, FL, SL>(next.addr()).ok_or(Law::Tiling)?.1;
            free::<ALIGN, FL, SL>(next, behind, room)?;
        }
        if header.is_prev_free() {
            let before = unlisted.block::<ALIGN, FL, SL>(block.word(-1)).ok_or(Law::BackLink)?.0;
            let gap = block.addr().checked_sub(before.addr()).ok_or(Law::BackLink)?;
            if before.header() != Header::free(gap.wrapping_sub(WORD)) {
                return Err(Law::BackLink);
            }
        }
    }
    Ok(header.size())
}

/// Checks that a free block is what its neighbours say, too: *Tiling* for its size, *Coalesced*,
/// *Mirror*, *BackLink*.
///
/// # Safety
/// As [`live`]; `header` is the block's, and says that it is free.
pub(crate) unsafe fn free<const ALIGN: usize, const FL: usize, const SL: usize>(
    block: Block,
    header: Header,
    room: usize,
) -> Result<(), Law> {
    // SAFETY: the caller's; the size is checked before it leads anywhere.
    let (next, behind) = unsafe { successor::<ALIGN, FL, SL>(block, header, room) }?;
    if header.is_prev_free() || behind.is_free() {
        return Err(Law::Coalesced);
    }
    if !behind.is_prev_free() {
        return Err(Law::Mirror);
    }
    // SAFETY: Mirror, checked: the block's last word is its `prev_phys`.
    if unsafe { next.word(-1) } == block.addr() { Ok(()) } else { Err(Law::BackLink) }
}

/// The block behind, with its header: a sentinel or one of a legal size.
///
/// # Safety
/// As [`live`].
unsafe fn successor<const ALIGN: usize, const FL: usize, const SL: usize>(
    block: Block,
    header: Header,
    room: usize,
) -> Result<(Block, Header), Law> {
    let size = header.size();
    if !Geometry::<ALIGN, FL, SL>::is_block_size(size) || size > room {
        return Err(Law::Tiling);
    }
    // SAFETY: the caller's: `room` bytes and a header behind them lie below the end.
    let (next, behind) = unsafe {
        let next = block.after(size);
        (next, next.header())
    };
    let sound = match behind.size() {
        0 => !behind.is_free(),
        more => Geometry::<ALIGN, FL, SL>::is_block_size(more) && more + WORD <= room - size,
    };
    if sound { Ok((next, behind)) } else { Err(Law::Tiling) }
}
