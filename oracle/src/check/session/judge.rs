//! The contract of a block that was returned.

use super::{Session, TOO_MUCH};
use crate::check::contract::Block;
use crate::finding::{Check, Checked, Finding, Waste};
use crate::shadow::Live;

impl Session {
    /// Checks a new block, or the block that a realloc of `before` has returned. Returns its offset and its
    /// usable bytes: nothing may be read or written before.
    pub(super) fn judge(&mut self, block: Block, before: Option<Live>) -> Checked<(usize, usize)> {
        let offset = match self.is_placed() {
            true => self.memory.offset(block.ptr),
            false => block.ptr.addr().get(),
        };
        self.check_inside(offset, block.size)?;
        if block.ptr.addr().get() % block.align != 0 {
            let (size, align) = (block.size, block.align);
            // An arena is aligned to more than any block can be.
            let by = block.ptr.addr().get() % align;
            let place = self.place_of(offset);
            let what = format!("{size} bytes{place} are {by} bytes above a multiple of {align}");
            return Err(Finding::new(Check::Alignment, what).at(offset));
        }
        let usable = self.usable(block, offset)?;
        self.check_overlap(offset, usable, before)?;
        Ok((offset, usable))
    }

    fn check_inside(&self, offset: usize, bytes: usize) -> Checked {
        if bytes >= TOO_MUCH {
            let what = format!("{bytes} bytes are granted, more than can exist");
            return Err(Finding::new(Check::Containment, what));
        }
        if !self.is_placed() || self.is_inside(offset, bytes) {
            return Ok(());
        }
        // Outside of the arena, it would be an address in disguise.
        let place = match offset {
            0..crate::arena::SMALL_BYTES => format!("at {offset}"),
            _ => "far outside".to_owned(),
        };
        let what = format!("{bytes} bytes {place} are not in {}", self.pools_as_text());
        Err(Finding::new(Check::Containment, what))
    }

    /// So many bytes at an offset lie in one pool.
    pub(super) fn is_inside(&self, offset: usize, bytes: usize) -> bool {
        let inside = |&(mem, whole): &(usize, usize)| {
            offset >= mem && offset.checked_add(bytes).is_some_and(|end| end <= mem + whole)
        };
        self.pools.iter().any(inside)
    }

    fn pools_as_text(&self) -> String {
        let text = |&(mem, bytes): &(usize, usize)| format!("{mem}..{}", mem + bytes);
        let all: Vec<String> = self.pools.iter().map(text).collect();
        format!("its memory, {}", all.join(", "))
    }

    fn usable(&mut self, block: Block, offset: usize) -> Checked<usize> {
        // SAFETY: the block was just returned.
        let reported = unsafe { self.subject().usable_size(block) };
        let usable = self.supported("usable size", reported).unwrap_or(block.size);
        if usable < block.size {
            let place = self.place_of(offset);
            let size = block.size;
            let what = format!("{usable} usable bytes{place} for a request of {size}");
            return Err(Finding::new(Check::UsableSize, what).at(offset));
        }
        self.check_inside(offset, usable)?;
        Ok(usable)
    }

    fn check_overlap(&self, offset: usize, usable: usize, before: Option<Live>) -> Checked {
        // The block itself, if realloc kept it, is no neighbour; if it moved, it is free by now.
        let slots = &self.slots;
        let [mut ahead, here, mut behind] = slots.around(offset);
        if let Some(own) = before {
            (ahead, behind) = slots.neighbours_without(offset, own.slot);
        }
        let another = |live: &Live| before.is_none_or(|own| own.slot != live.slot);
        let clash = ahead
            .filter(|live| live.offset + live.usable > offset)
            .or(behind.filter(|live| offset + usable > live.offset))
            .or(here.filter(another));
        let Some(other) = clash else { return Ok(()) };
        let (place, theirs) = (self.place_of(offset), self.place_of(other.offset));
        let Live { slot, usable: bytes, .. } = other;
        let what = format!("{usable} bytes{place} overlap slot {slot}: {bytes} bytes{theirs}");
        Err(Finding::new(Check::Overlap, what).at(offset))
    }

    pub(super) fn check_zeroed(&self, block: Block, offset: usize) -> Checked {
        // SAFETY: judged, and not written since it was returned.
        let bytes = unsafe { std::slice::from_raw_parts(block.ptr.as_ptr(), block.size) };
        let Some(at) = bytes.iter().position(|&byte| byte != 0) else { return Ok(()) };
        let place = self.place_of(offset);
        let (size, byte) = (block.size, bytes[at]);
        let what = format!("{size} bytes{place} were requested as zeroed: byte {at} is {byte}");
        Err(Finding::new(Check::Zeroed, what).at(offset))
    }

    /// The efficiency of a new block.
    pub(super) fn rounded(&mut self, block: Block, offset: usize, usable: usize) -> Checked {
        self.tally.placed(block.size, usable);
        let Some(limits) = self.limits else { return Ok(()) };
        let most = limits.taken(block.size, block.align);
        if usable <= most {
            return Ok(());
        }
        let (place, size) = (self.place_of(offset), block.size);
        let what =
            format!("{usable} usable bytes{place} for a request of {size}; the limit is {most}");
        self.wasted(Waste::Rounding, what, offset)
    }

    /// Notes an efficiency finding; it is an error only if the run is to stop there.
    pub(super) fn wasted(&mut self, waste: Waste, what: String, offset: usize) -> Checked {
        self.waste.insert(waste);
        match Check::Waste(waste) {
            check if self.stop_at == Some(check) => Err(Finding::new(check, what).at(offset)),
            _ => Ok(()),
        }
    }
}
