//! Pointers and calls, chosen by the bytes of the input.

use std::alloc::Layout;
use std::mem::MaybeUninit;

use super::state::{SPAN, Session};
use crate::geometry::WORD;
use crate::guard::field::Site;
use crate::guard::heap::PointerCall;

impl Session<'_> {
    /// Chooses a live block.
    pub(super) fn choose_live(&mut self) -> Option<usize> {
        let count = self.map.live.len();
        let number = self.input.byte() % count.max(1);
        self.map.live.nth(number).map(|block| block.offset)
    }

    /// Chooses a call on a pointer.
    pub(super) fn choose_call(&mut self) -> PointerCall {
        let align = self.map.align;
        let size = self.input.byte() * align / 4;
        match self.input.below(8) {
            0 | 1 => PointerCall::Free,
            2 => PointerCall::Realloc(align, size),
            3 => PointerCall::Realloc([0, 3, 2 * align, 512][size % 4], size),
            4 => PointerCall::Grow(size),
            5 => PointerCall::Shrink(size),
            6 => PointerCall::Usable,
            _ => {
                let layout = Layout::from_size_align(size, 1 << (size % 8));
                layout.map_or(PointerCall::Free, PointerCall::FreeSized)
            }
        }
    }

    /// Chooses a pointer of any kind, but not null.
    pub(super) fn choose_pointer(&mut self) -> *mut u8 {
        let live = self.choose_live().unwrap_or(SPAN / 2);
        let (form, near) = (self.input.below(14), self.input.byte());
        let pool = self.map.pools.get(near % 2).copied().unwrap_or((512, 512));
        let at = match form {
            0 => self.input.pair() % SPAN,
            1 => (live + near).wrapping_sub(64),
            2 | 11 | 12 => self.input.pick(&self.freed).unwrap_or(live),
            3 => live + near % 16 * WORD,
            4 => live.wrapping_sub(near % 3 * WORD),
            5 => pool.0 + near % (2 * self.map.align),
            6 => pool.0 + pool.1 - near % (2 * self.map.align),
            7 => return std::ptr::without_provenance_mut(1 + near),
            8 => return std::ptr::without_provenance_mut(usize::MAX - near),
            9 => (SPAN + near * 4096).wrapping_sub(128 * 4096),
            10 => live / self.map.align * self.map.align + near * self.map.align,
            _ => return self.heap.control().0.wrapping_byte_add(near).cast(),
        };
        self.arena().at(at)
    }

    /// Writes to a live block as its owner may: words that look like headers and links, or noise.
    pub(super) fn scribble(&mut self, at: usize) {
        self.say(|| format!("scribble at {at}"));
        let usable = self.map.live.at(at).map_or(0, |block| block.bytes);
        let form = self.input.below(4);
        let noise = self.input.word();
        for offset in (at..at + usable / WORD * WORD).step_by(WORD) {
            let value = match form {
                0 => (at + usable).saturating_sub(offset + WORD),
                1 => self.arena().at(noise % SPAN / WORD * WORD).addr(),
                2 => noise.wrapping_mul(offset),
                _ => noise % 256,
            };
            self.poke(Site::Arena(offset), MaybeUninit::new(value));
        }
    }
}
