//! The moves of a state: as actions, and as ops of a program.

use super::scope::Scope;
use crate::action::Action;
use crate::lockstep::Lockstep;
use crate::ops::{Op, Size, Target};
use crate::shadow::Live;

/// One move. Sizes are in multiples of ALIGN. Blocks and pools are numbered in address order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    Malloc { granules: u16 },
    Memalign { align: u8, granules: u16 },
    Realloc { block: u8, granules: u16 },
    Free { block: u8 },
    AddPool { region: u8 },
    RemovePool { region: u8 },
}

/// Appends every move of the present state. The largest size is one that no pool can hold.
pub(super) fn moves(scope: &Scope, lockstep: &Lockstep, out: &mut Vec<Move>) {
    let ranges = scope.ranges();
    let largest = ranges.iter().map(|range| range.1).max().unwrap_or(0);
    let granules = 1..=(largest / lockstep.geometry().align) as u16;
    let pools = lockstep.pools();
    if !pools.is_empty() {
        out.extend(granules.clone().map(|granules| Move::Malloc { granules }));
        for align in 0..scope.aligns.len() as u8 {
            out.extend(granules.clone().map(|granules| Move::Memalign { align, granules }));
        }
        for block in 0..lockstep.slots().len() as u8 {
            out.push(Move::Free { block });
            out.extend(granules.clone().map(|granules| Move::Realloc { block, granules }));
        }
    }
    if scope.pools > 1 {
        for region in 0..scope.pools {
            let is_pool = pools.iter().any(|pool| pool.0 == ranges[usize::from(region)].0);
            out.push(if is_pool { Move::RemovePool { region } } else { Move::AddPool { region } });
        }
    }
}

impl Move {
    /// The move as an action, in the present state.
    pub(super) fn action(
        self,
        scope: &Scope,
        ranges: &[(usize, usize)],
        lockstep: &Lockstep,
    ) -> Action {
        let bytes = |granules: u16| usize::from(granules) * lockstep.geometry().align;
        let slot = || lockstep.slots().empty_slot(0).expect("a small pool has few blocks");
        let live = |block: u8| target(lockstep, block).slot;
        match self {
            Self::Malloc { granules } => Action::Malloc { slot: slot(), size: bytes(granules) },
            Self::Memalign { align, granules } => {
                let align = scope.aligns[usize::from(align)].value();
                Action::Memalign { slot: slot(), align, size: bytes(granules) }
            }
            Self::Realloc { block, granules } => {
                Action::Realloc { slot: live(block), align: 1, size: bytes(granules) }
            }
            Self::Free { block } => Action::Free { slot: live(block) },
            Self::AddPool { region } => {
                let (mem, bytes) = ranges[usize::from(region)];
                Action::AddPool { mem, bytes }
            }
            Self::RemovePool { region } => {
                Action::RemovePool { mem: ranges[usize::from(region)].0 }
            }
        }
    }

    /// The move as an op that results in the same action.
    pub(super) fn op(self, scope: &Scope, lockstep: &Lockstep) -> Op {
        let live = |block: u8| Target::Slot(target(lockstep, block).slot);
        match self {
            Self::Malloc { granules } => Op::Malloc { slot: 0, size: Size::Granules(granules) },
            Self::Memalign { align, granules } => Op::Memalign {
                slot: 0,
                align: scope.aligns[usize::from(align)],
                size: Size::Granules(granules),
            },
            Self::Realloc { block, granules } => {
                Op::Realloc { target: live(block), size: Size::Granules(granules) }
            }
            Self::Free { block } => Op::Free { target: live(block) },
            Self::AddPool { region } => scope.add_pool(region),
            Self::RemovePool { region } => Op::RemovePool { region, force: true },
        }
    }
}

fn target(lockstep: &Lockstep, block: u8) -> Live {
    lockstep.slots().by_address(block.into()).expect("a move names a live block")
}
