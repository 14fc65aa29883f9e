//! Bytes to calls, calls to verdicts.

mod calls;
mod damaged;
mod draw;
mod pools;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use memoman::{Misuse, Reaction, Violation};

use super::Finding;
use super::bytes::Bytes;
use super::layout::{Role, roles};
use super::policy::{Policy, Verb};
use super::register::{Kind, Register};
use super::tally::Tally;
use crate::arena::Arena;
use crate::geometry::WORD;
use crate::model::Model;

/// Steps of an input at most.
pub const MOST_STEPS: u64 = 600;

/// Bytes of the arena that a run uses: pools, and canaries around them.
const SPAN: usize = 7168;

/// Bytes behind the second pool that it may be extended by; behind them are canaries.
const SLACK: usize = 512;

/// What canaries hold.
const CANARY: u8 = 0xC5;
static CANARIES: [u8; SPAN] = [CANARY; SPAN];

/// Makes the heap of a shape.
type Maker = fn(usize, Reaction) -> Box<dyn Policy>;

thread_local! {
    /// What the handler was told.
    static NOTED: RefCell<Vec<Misuse>> = const { RefCell::new(Vec::new()) };
    /// Used again and again; of the last run.
    static ARENA: RefCell<Option<Arena>> = const { RefCell::new(None) };
    static ROLES: RefCell<HashMap<usize, Rc<[Role]>>> = RefCell::default();
}

fn note(misuse: &Misuse) {
    NOTED.with_borrow_mut(|noted| noted.push(*misuse));
}

/// What a [`Misuse`] says, in offsets.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Told {
    Kind(Kind),
    Layout(usize),
    Damaged(Violation),
}

/// A heap, its register, and the input that drives it.
pub struct Lab<'a> {
    input: Bytes<'a>,
    heap: Box<dyn Policy>,
    arena: Option<Arena>,
    roles: Rc<[Role]>,
    register: Register,
    /// The executable specification, call by call: where each block must be, and how large.
    spec: Model,
    /// Where pools are added, and the bytes that they have at first.
    homes: [(usize, usize); 2],
    /// Payloads that once were live.
    graves: Vec<usize>,
    every: Option<u32>,
    /// Calls that the policy has counted: those made while it validates now and then.
    calls: usize,
    /// Copies of the arena, and of the control and the table of pools.
    before: (Vec<u8>, Vec<usize>),
    tally: Tally,
    story: Option<&'a mut dyn FnMut(String)>,
    line: String,
}

impl<'a> Lab<'a> {
    /// A lab for an input: its first bytes choose shape, pools and how often the heap validates.
    pub fn new(bytes: &'a [u8], maker: Maker, story: Option<&'a mut dyn FnMut(String)>) -> Self {
        let mut input = Bytes(bytes);
        let arena = ARENA.take().unwrap_or_default();
        let number = input.below(super::SHAPES);
        let answer = Reaction::Handler(note);
        let roles = ROLES.with_borrow_mut(|all| {
            let known = all.entry(number);
            Rc::clone(known.or_insert_with(|| roles(&mut *maker(number, answer), &arena).into()))
        });
        // SAFETY: the first bytes of the arena, which nothing else uses now.
        unsafe { arena.base().write_bytes(CANARY, SPAN) };
        let heap = maker(number, answer);
        let geometry = heap.geometry();
        let align = geometry.align;
        let granule = align.max(4 * WORD);
        let start = 512 + input.below(8) * 64;
        let bytes = (8 + input.below(40)) * granule;
        let next = (start + bytes).next_multiple_of(64) + input.below(3) * 64;
        let homes = [(start, bytes), (next, (8 + input.below(20)) * granule + input.below(align))];
        let every = [Some(0), Some(0), None, Some(3)][input.below(4)];
        let register = Register { align, ..Register::default() };
        let before = (Vec::new(), Vec::new());
        let (graves, tally) = (Vec::new(), Tally { inputs: 1, ..Tally::default() });
        let (arena, line) = (Some(arena), String::new());
        Self {
            input,
            heap,
            arena,
            roles,
            register,
            spec: Model::new(geometry),
            homes,
            graves,
            every,
            calls: 0,
            before,
            tally,
            story,
            line,
        }
    }

    /// Runs the input to its end, or to the first broken promise.
    ///
    /// # Errors
    /// Which, and at which step; without a story.
    pub fn run(mut self) -> Result<Tally, Box<Finding>> {
        let ran = self.steps();
        self.finish(ran)
    }

    /// Runs the input, and on the heap that it leaves does every damage there is to every field. What
    /// is tried on the damaged heap is drawn from `noise`.
    ///
    /// # Errors
    /// As [`Lab::run`].
    pub fn exhaust(mut self, every: Option<u32>, noise: &'a [u8]) -> Result<Tally, Box<Finding>> {
        let ran = self.program().and_then(|()| self.every_damage(every, noise));
        self.finish(ran)
    }

    fn finish(mut self, ran: Result<(), String>) -> Result<Tally, Box<Finding>> {
        if let Some(story) = &mut self.story {
            story(std::mem::take(&mut self.line));
        }
        ARENA.set(self.arena.take());
        let step = self.tally.steps;
        match ran {
            Ok(()) => Ok(self.tally),
            Err(what) => Err(Box::new(Finding { step, what, story: Vec::new() })),
        }
    }

    fn steps(&mut self) -> Result<(), String> {
        self.program()?;
        while let Some((&at, _)) = self.register.live.first_key_value() {
            self.call(Verb::Free, self.arena().at(at))?;
        }
        self.sound()
    }

    fn program(&mut self) -> Result<(), String> {
        NOTED.take();
        self.heap.set_every(self.every);
        self.add_pool(0)?;
        self.add_pool(1)?;
        while !self.input.is_empty() && self.tally.steps < MOST_STEPS {
            self.tally.steps += 1;
            self.step()?;
            if self.tally.steps % 8 == 0 {
                self.sound()?;
            }
        }
        self.sound()
    }

    fn step(&mut self) -> Result<(), String> {
        let most = 6 * self.register.align.max(4 * WORD);
        let op = self.input.below(36);
        let live = self.a_live();
        match (op, live) {
            (0..=6, _) => {
                let size = self.input.below(most);
                self.allocate(0, size)
            }
            (7, _) => {
                let size = self.input.pair();
                self.allocate(0, size)
            }
            (8, _) => {
                let align = 1 << self.input.below(10);
                let size = self.input.below(most);
                self.allocate(align, size)
            }
            (9 | 10, Some(at)) => {
                let align = self.register.align << self.input.below(3);
                let verb = Verb::Realloc(align, self.input.below(2 * most));
                self.call(verb, self.arena().at(at))
            }
            (11..=15, Some(at)) => self.call(Verb::Free, self.arena().at(at)),
            (16, Some(at)) => {
                let verb = self.a_verb();
                self.call(verb, self.arena().at(at))
            }
            (17 | 18, Some(at)) => {
                self.scribble(at);
                Ok(())
            }
            (19, _) => self.toggle_pool(),
            (20, _) => {
                self.every = [Some(0), None, Some(1), Some(0)][self.input.below(4)];
                self.say(|| "validate every …".to_owned());
                self.heap.set_every(self.every);
                Ok(())
            }
            (21..=25, _) => {
                let (verb, ptr) = (self.a_verb(), self.a_pointer());
                self.call(verb, ptr)
            }
            (26..=31, _) => self.damage(),
            (32 | 33, _) => self.resize_pool(),
            (34, _) => self.allocate_by_realloc(most),
            (35.., _) => match self.input.below(4) {
                0 => self.reset(),
                _ => self.allocate_by_realloc(most),
            },
            _ => self.allocate(0, most / 3),
        }
    }
}

/// An offset, if it is one; else what does not differ from run to run.
fn name(at: usize) -> String {
    if at < SPAN { at.to_string() } else { "elsewhere".to_owned() }
}

fn refusal(told: Told) -> &'static str {
    match told {
        Told::Kind(Kind::Live(_)) => "live",
        Told::Kind(Kind::Foreign) => "foreign",
        Told::Kind(Kind::Misaligned) => "misaligned",
        Told::Kind(Kind::Interior(_)) => "interior",
        Told::Kind(Kind::Double(_)) => "double",
        Told::Layout(_) => "layout",
        Told::Damaged(_) => "damaged",
    }
}
