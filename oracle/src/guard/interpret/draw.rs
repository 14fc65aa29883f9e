//! What the bytes choose, and what the story tells: pointers, verbs, offsets.

use std::alloc::Layout;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::Misuse;

use super::super::damage::Site;
use super::super::layout::Role;
use super::super::policy::Verb;
use super::super::register::Kind;
use super::{Lab, SPAN, Told, name};
use crate::arena::Arena;
use crate::geometry::WORD;

/// Drawing, and telling.
impl Lab<'_> {
    pub(super) fn a_live(&mut self) -> Option<usize> {
        let count = self.register.live.len();
        let number = self.input.byte() % count.max(1);
        self.register.live.keys().copied().nth(number)
    }

    pub(super) fn a_verb(&mut self) -> Verb {
        let align = self.register.align;
        let size = self.input.byte() * align / 4;
        match self.input.below(8) {
            0 | 1 => Verb::Free,
            2 => Verb::Realloc(align, size),
            3 => Verb::Realloc([0, 3, 2 * align, 512][size % 4], size),
            4 => Verb::Grow(size),
            5 => Verb::Shrink(size),
            6 => Verb::Usable,
            _ => {
                let layout = Layout::from_size_align(size, 1 << (size % 8));
                layout.map_or(Verb::Free, Verb::Sized)
            }
        }
    }

    /// A pointer of any kind; not null.
    pub(super) fn a_pointer(&mut self) -> *mut u8 {
        let live = self.a_live().unwrap_or(SPAN / 2);
        let (form, near) = (self.input.below(14), self.input.byte());
        let pool = self.register.pools.get(near % 2).copied().unwrap_or((512, 512));
        let at = match form {
            0 => self.input.pair() % SPAN,
            1 => (live + near).wrapping_sub(64),
            2 | 11 | 12 => self.input.pick(&self.graves).unwrap_or(live),
            3 => live + near % 16 * WORD,
            4 => live.wrapping_sub(near % 3 * WORD),
            5 => pool.0 + near % (2 * self.register.align),
            6 => pool.0 + pool.1 - near % (2 * self.register.align),
            7 => return std::ptr::without_provenance_mut(1 + near),
            8 => return std::ptr::without_provenance_mut(usize::MAX - near),
            9 => (SPAN + near * 4096).wrapping_sub(128 * 4096),
            10 => live / self.register.align * self.register.align + near * self.register.align,
            _ => return self.heap.control().0.wrapping_byte_add(near).cast(),
        };
        self.arena().at(at)
    }

    /// Its owner writes to a block: what looks like headers and links, or noise.
    pub(super) fn scribble(&mut self, at: usize) {
        self.say(|| format!("scribble at {at}"));
        let usable = self.register.live[&at];
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

    pub(super) fn take_copies(&mut self) {
        let mut before = std::mem::take(&mut self.before);
        before.0.clear();
        before.0.extend_from_slice(self.bytes(0, SPAN));
        before.1.clear();
        let (first, _) = self.heap.control();
        let all = self.register.pools.len() == self.homes.len();
        let word = |(index, role): (usize, &Role)| match role {
            // An entry without a pool is not initialised.
            Role::Table if !all => 0,
            // SAFETY: a word of the control that is initialised.
            _ => unsafe { first.add(index).read() },
        };
        before.1.extend(self.roles.iter().enumerate().map(word));
        let pools = self.heap.pools().into_iter();
        before.1.extend(pools.flat_map(|(start, bytes)| [start.addr().get(), bytes]));
        self.before = before;
    }

    /// A misuse in offsets; it speaks of this pointer, and its pool and offset are right.
    pub(super) fn read(&self, ptr: NonNull<u8>, misuse: Misuse) -> Result<Told, String> {
        let wrong = || Err(format!("{misuse:?} of {}", name(self.offset(ptr.as_ptr()))));
        let placed = |told: NonNull<u8>, pool: usize, offset: usize| {
            let start = self.register.pools.get(pool).map(|pool| pool.0);
            told == ptr && start.map(|start| start + offset) == Some(self.offset(ptr.as_ptr()))
        };
        let numbers = match misuse {
            Misuse::Misaligned { pool, offset, .. }
            | Misuse::Interior { pool, offset, .. }
            | Misuse::Double { pool, offset, .. } => Some([pool, offset]),
            Misuse::Layout { usable, .. } => Some([usable; 2]),
            Misuse::Foreign { .. } => Some([0; 2]),
            _ => None,
        };
        if let Some(numbers) = numbers {
            self.words(&misuse, numbers)?;
        }
        Ok(match misuse {
            Misuse::Foreign { ptr: told } if told == ptr => Told::Kind(Kind::Foreign),
            Misuse::Misaligned { ptr: told, pool, offset } if placed(told, pool, offset) => {
                Told::Kind(Kind::Misaligned)
            }
            Misuse::Interior { ptr: told, pool, offset, block } if placed(told, pool, offset) => {
                Told::Kind(Kind::Interior(self.offset(block.as_ptr())))
            }
            Misuse::Double { ptr: told, pool, offset, block } if placed(told, pool, offset) => {
                Told::Kind(Kind::Double(self.offset(block.as_ptr())))
            }
            Misuse::Layout { ptr: told, usable } if told == ptr => Told::Layout(usable),
            Misuse::Damaged(violation) => Told::Damaged(violation),
            _ => return wrong(),
        })
    }

    /// The words of a misuse have its numbers; 0 is none.
    pub(super) fn words(&self, misuse: &Misuse, numbers: [usize; 2]) -> Result<(), String> {
        let text = misuse.to_string();
        let missing = |number: &&usize| **number > 0 && !text.contains(&number.to_string());
        match numbers.iter().find(missing) {
            Some(number) => Err(format!("{misuse:?} is told without {number}: {text}")),
            None => Ok(()),
        }
    }

    pub(super) fn arena(&self) -> &Arena {
        self.arena.as_ref().expect("there until the run ends")
    }

    pub(super) fn bytes(&self, at: usize, count: usize) -> &[u8] {
        // SAFETY: inside the arena, initialised, and nobody writes meanwhile.
        unsafe { std::slice::from_raw_parts(self.arena().at(at), count) }
    }

    pub(super) fn offset(&self, ptr: *mut u8) -> usize {
        self.arena().offset(ptr)
    }

    /// Starts a line of the story.
    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            let line = format!("{:3} {}", self.tally.steps, what());
            let last = std::mem::replace(&mut self.line, line);
            if !last.is_empty() {
                story(last);
            }
        }
    }

    /// Goes on with it.
    pub(super) fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.story.is_some() {
            self.line += &what();
        }
    }
}
