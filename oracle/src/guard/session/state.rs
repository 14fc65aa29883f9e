//! The session of one input: the heap under test, what is expected of it, and the report.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::rc::Rc;

use memoman::{Misuse, Reaction};

use super::observed::Observed;
use crate::arena::Arena;
use crate::geometry::WORD;
use crate::guard::address_map::{AddressMap, PointerKind};
use crate::guard::bytes::Bytes;
use crate::guard::heap::{GuardedHeap, SHAPES};
use crate::guard::layout::{Role, roles};
use crate::guard::tally::Tally;
use crate::model::Model;

/// The number of bytes of the arena that a run uses: pools, and canaries around them.
pub(super) const SPAN: usize = 7168;

/// The bytes behind the second pool into which it may be extended. Canaries follow them.
pub(super) const SLACK: usize = 512;

/// The value of every canary byte.
const CANARY: u8 = 0xC5;
pub(super) static CANARIES: [u8; SPAN] = [CANARY; SPAN];

/// Creates the heap of a shape.
type Maker = fn(usize, Reaction) -> Box<dyn GuardedHeap>;

thread_local! {
    /// The misuses that the handler received.
    pub(super) static HANDLED: RefCell<Vec<Misuse>> = const { RefCell::new(Vec::new()) };
    /// The arena of the last run, which the next run uses again.
    static ARENA: RefCell<Option<Arena>> = const { RefCell::new(None) };
    static ROLES: RefCell<HashMap<usize, Rc<[Role]>>> = RefCell::default();
}

fn handle(misuse: &Misuse) {
    HANDLED.with_borrow_mut(|handled| handled.push(*misuse));
}

/// A guarded heap, the map of its addresses, and the input that chooses the calls.
pub struct Session<'a> {
    pub(super) input: Bytes<'a>,
    pub(super) heap: Box<dyn GuardedHeap>,
    pub(super) arena: Option<Arena>,
    /// The role of each word of the control.
    pub(super) roles: Rc<[Role]>,
    pub(super) map: AddressMap,
    /// The executable specification makes every call, too: it predicts offset and size of each block.
    pub(super) spec: Model,
    /// The start and the initial bytes of the two pools.
    pub(super) homes: [(usize, usize); 2],
    /// Payloads of blocks that were freed.
    pub(super) freed: Vec<usize>,
    /// The heap validates before every call of that number; never if it is 0.
    every: usize,
    /// The calls until it does.
    left: usize,
    /// A field of the heap is damaged.
    pub(super) damaged: bool,
    /// Copies of the arena, and of the control and the table of pools.
    pub(super) before: (Vec<u8>, Vec<usize>),
    pub(super) tally: Tally,
    report: Option<&'a mut dyn FnMut(String)>,
    line: String,
}

impl<'a> Session<'a> {
    /// Creates the session of an input. The first bytes choose shape, pools, and how often the heap
    /// validates. `report` receives a line for each step.
    pub fn new(bytes: &'a [u8], maker: Maker, report: Option<&'a mut dyn FnMut(String)>) -> Self {
        let mut input = Bytes(bytes);
        let arena = ARENA.take().unwrap_or_default();
        let number = input.below(SHAPES);
        let reaction = Reaction::Handler(handle);
        let roles = ROLES.with_borrow_mut(|all| {
            let known = all.entry(number);
            Rc::clone(known.or_insert_with(|| roles(&mut *maker(number, reaction), &arena).into()))
        });
        // SAFETY: in the arena, which nothing else uses now.
        unsafe { arena.base().write_bytes(CANARY, SPAN) };
        let heap = maker(number, reaction);
        let geometry = heap.geometry();
        let align = geometry.align;
        let granule = align.max(4 * WORD);
        let start = 512 + input.below(8) * 64;
        let bytes = (8 + input.below(40)) * granule;
        let next = (start + bytes).next_multiple_of(64) + input.below(3) * 64;
        let homes = [(start, bytes), (next, (8 + input.below(20)) * granule + input.below(align))];
        let every = [1, 1, 0, 8][input.below(4)];
        Self {
            input,
            heap,
            arena: Some(arena),
            roles,
            map: AddressMap { align, ..AddressMap::default() },
            spec: Model::new(geometry),
            homes,
            freed: Vec::new(),
            every,
            left: 0,
            damaged: false,
            before: (Vec::new(), Vec::new()),
            tally: Tally { inputs: 1, ..Tally::default() },
            report,
            line: String::new(),
        }
    }

    /// Ends the report, and keeps the arena for the next run.
    pub(super) fn close(&mut self) {
        if let Some(report) = &mut self.report {
            report(std::mem::take(&mut self.line));
        }
        ARENA.set(self.arena.take());
    }

    pub(super) fn arena(&self) -> &Arena {
        self.arena.as_ref().expect("the arena is there until `close`")
    }

    pub(super) fn offset(&self, ptr: *mut u8) -> usize {
        self.arena().offset(ptr)
    }

    /// Sets how often the heap validates: before the next call, and then before every call of that
    /// number.
    pub(super) fn check_every(&mut self, calls: usize) {
        (self.every, self.left) = (calls, 0);
        self.heap.set_check_every(calls);
    }

    /// The number of calls of [`Session::check_every`].
    pub(super) const fn every(&self) -> usize {
        self.every
    }

    /// Counts a call, as the guard does.
    pub(super) fn counted(&mut self) {
        self.left = match self.left {
            0 if self.damaged => 0,
            0 => self.every.saturating_sub(1),
            left => left - 1,
        };
    }

    /// Returns whether the heap validates before the next counted call.
    pub(super) fn is_due(&self) -> bool {
        self.every != 0 && self.left == 0
    }

    /// Checks that `check` reports this kind for the pointer.
    pub(super) fn check_kind(&mut self, ptr: *mut u8, kind: PointerKind) -> Result<(), String> {
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        match self.observe(ptr)? {
            observed if observed == Observed::Kind(kind) => Ok(()),
            observed => Err(format!("check reports {observed:?}, expected {kind:?}")),
        }
    }

    /// Returns what `check` reports about the pointer.
    pub(super) fn observe(&mut self, ptr: NonNull<u8>) -> Result<Observed, String> {
        self.tally.checked += 1;
        match self.heap.check(ptr) {
            Ok(usable) => Ok(Observed::Kind(PointerKind::Live(usable))),
            Err(misuse) => self.read(ptr, misuse),
        }
    }

    /// Converts a misuse to offsets. Checks that it names this pointer, and the right pool and offset.
    pub(super) fn read(&self, ptr: NonNull<u8>, misuse: Misuse) -> Result<Observed, String> {
        let wrong = || Err(format!("{misuse:?} of {}", name(self.offset(ptr.as_ptr()))));
        let placed = |named: NonNull<u8>, pool: usize, offset: usize| {
            let start = self.map.pools.get(pool).map(|pool| pool.0);
            named == ptr && start.map(|start| start + offset) == Some(self.offset(ptr.as_ptr()))
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
            self.check_text(&misuse, numbers)?;
        }
        Ok(match misuse {
            Misuse::Foreign { ptr: named } if named == ptr => Observed::Kind(PointerKind::Foreign),
            Misuse::Misaligned { ptr: named, pool, offset } if placed(named, pool, offset) => {
                Observed::Kind(PointerKind::Misaligned)
            }
            Misuse::Interior { ptr: named, pool, offset, block } if placed(named, pool, offset) => {
                Observed::Kind(PointerKind::Interior(self.offset(block.as_ptr())))
            }
            Misuse::Double { ptr: named, pool, offset, block } if placed(named, pool, offset) => {
                Observed::Kind(PointerKind::Double(self.offset(block.as_ptr())))
            }
            Misuse::Layout { ptr: named, usable } if named == ptr => Observed::Layout(usable),
            Misuse::Damaged(violation) => Observed::Damaged(violation),
            _ => return wrong(),
        })
    }

    /// Checks that the message of a misuse contains these numbers; 0 stands for none.
    pub(super) fn check_text(&self, misuse: &Misuse, numbers: [usize; 2]) -> Result<(), String> {
        let text = misuse.to_string();
        let missing = |number: &&usize| **number > 0 && !text.contains(&number.to_string());
        match numbers.iter().find(missing) {
            Some(number) => Err(format!("the message of {misuse:?} lacks {number}: {text}")),
            None => Ok(()),
        }
    }

    /// Starts a line of the report.
    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(report) = &mut self.report {
            let line = format!("{:3} {}", self.tally.steps, what());
            let last = std::mem::replace(&mut self.line, line);
            if !last.is_empty() {
                report(last);
            }
        }
    }

    /// Continues the line of the report.
    pub(super) fn add(&mut self, what: impl FnOnce() -> String) {
        if self.report.is_some() {
            self.line += &what();
        }
    }
}

/// Prints an offset in the arena as a number, and every other one as a text that is equal in all runs.
pub(super) fn name(at: usize) -> String {
    if at < SPAN { at.to_string() } else { "elsewhere".to_owned() }
}
