//! From ops to actions, where a block or a pool gets another size.

use crate::action::Action;
use crate::arena::{ARENA_BYTES, SMALL_BYTES};
use crate::call::CallKind;
use crate::finding::Checked;
use crate::ops::{Align, Base, Change, Delta, PoolForm, REGIONS, Ratio, Size, Target, Version};
use crate::run::interpret::{IN_PARTS, Interpreter, KEEPS_ALIGNMENT};
use crate::run::machine::Machine;
use crate::shadow::Live;

/// From this number of granules on, a resize of a pool in version 2 is by so many 1024ths of the region.
const LARGE_STEPS: usize = 512;

impl<M: Machine> Interpreter<'_, M> {
    /// Performs a realloc: in one call or, by a bit of the seed, in parts with the same result. In runs
    /// without TLSF 3.1, another bit decides whether the block keeps its alignment.
    pub(super) fn realloc(
        &mut self,
        target: Option<Live>,
        size: usize,
        hostile: bool,
    ) -> Checked<bool> {
        let Some(live) = target else {
            self.step(Action::Realloc { slot: 0, align: 1, size }, hostile)?;
            return Ok(true);
        };
        let seed = self.program.header.seed;
        let keeps = seed & KEEPS_ALIGNMENT != 0 && !self.machine.follows_conte();
        let align = if keeps { live.align } else { 1 };
        let in_parts = seed & IN_PARTS != 0 && live.offset % align == 0;
        self.reallocate(live, align, size, hostile, in_parts)
    }

    /// Performs a realloc. One that might copy more than the program may is tried in place only.
    fn reallocate(
        &mut self,
        live: Live,
        align: usize,
        size: usize,
        hostile: bool,
        in_parts: bool,
    ) -> Checked<bool> {
        let (slot, copied) = (live.slot, live.usable.min(size));
        let stays = copied > self.moves;
        if (in_parts || stays) && size > 0 && self.machine.has(CallKind::Grow) {
            for part in [Action::Shrink { slot, size }, Action::Grow { slot, size }] {
                if self.step(part, hostile)?.reply.is_done() {
                    return Ok(true);
                }
            }
        }
        if !stays {
            let outcome = self.step(Action::Realloc { slot, align, size }, hostile)?;
            let moved = outcome.reply.payload().is_some_and(|payload| payload != live.offset);
            self.moves -= if moved { copied } else { 0 };
        }
        Ok(true)
    }

    /// Performs a part of realloc alone. With nothing live, it becomes a malloc.
    pub(super) fn resize(&mut self, target: Target, size: Size, grow: bool) -> Checked<bool> {
        let Some(live) = self.target(target).filter(|_| self.machine.has(CallKind::Grow)) else {
            return self.malloc(0, size);
        };
        let (slot, bytes) = (live.slot, self.size(size, Some(live)));
        let action = match grow {
            true => Action::Grow { slot, size: bytes },
            false => Action::Shrink { slot, size: bytes },
        };
        self.step(action, size.is_hostile())?;
        Ok(true)
    }

    /// Performs a realloc to another alignment; in runs with TLSF 3.1, which has none, to none.
    pub(super) fn realign(
        &mut self,
        target: Target,
        align: Align,
        ratio: Option<Ratio>,
    ) -> Checked<bool> {
        let change = ratio.map_or(Change::By(Delta::ZERO), Change::Times);
        let size = Size::Relative { base: Base::Target, change };
        let Some(live) = self.target(target) else { return self.malloc(0, size) };
        let bytes = self.size(size, Some(live));
        let align = if self.machine.follows_conte() { 1 } else { align.value() };
        self.reallocate(live, align, bytes, !align.is_power_of_two(), false)
    }

    /// Performs a resize of a pool. TLSF 3.1 cannot resize: in runs with it, the op is a check.
    pub(super) fn resize_pool(&mut self, region: u8, granules: u16, extend: bool) -> Checked<bool> {
        let (mem, region_bytes) = self.regions[usize::from(region) % REGIONS];
        if self.machine.follows_conte() || !self.machine.has(CallKind::ExtendPool) {
            self.machine.check_all()?;
            return Ok(true);
        }
        let there = self.machine.pools().iter().find(|pool| pool.0 == mem).copied();
        let Some((mem, bytes)) = there else {
            return self.add_pool(region, PoolForm::Fresh { eighths_off: 4 });
        };
        let (granules, align) = (usize::from(granules), self.machine.geometry().align);
        let (wanted, end) = match self.program.header.version {
            Version::One => (granules * align, SMALL_BYTES),
            Version::Two if granules < LARGE_STEPS => (granules * align, ARENA_BYTES),
            Version::Two => ((granules + 1 - LARGE_STEPS) * (region_bytes / 1024), ARENA_BYTES),
        };
        let action = match extend {
            true => Action::ExtendPool { mem, more: wanted.min(end.saturating_sub(mem + bytes)) },
            false => Action::ShrinkPool { mem, less: wanted },
        };
        self.step(action, false)?;
        Ok(true)
    }
}
