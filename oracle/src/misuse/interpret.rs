//! Bytes to calls, calls to verdicts.

use std::alloc::Layout;
use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::rc::Rc;

use memoman::{Answer, Misuse, Violation};

use super::Finding;
use super::anatomy::{Role, roles};
use super::bytes::Bytes;
use super::damage::{FORMS, Fault, Field, Site, all_fields, draw_field, fault};
use super::policy::{Done, Policy, Verb};
use super::register::{Kind, Register};
use super::tally::Tally;
use crate::arena::Arena;
use crate::geometry::WORD;

/// Steps of an input at most.
pub const MOST_STEPS: u64 = 600;

/// Bytes of the arena that a run uses: pools, and canaries around them.
const SPAN: usize = 7168;

/// What canaries hold.
const CANARY: u8 = 0xC5;
static CANARIES: [u8; SPAN] = [CANARY; SPAN];

/// Makes the heap of a shape.
type Maker = fn(usize, Answer) -> Box<dyn Policy>;

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
    /// Where pools were added, present or not.
    homes: [(usize, usize); 2],
    /// Payloads that once were live.
    graves: Vec<usize>,
    every: Option<u32>,
    /// Copies of the arena and of the control.
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
        let answer = Answer::Handler(note);
        let roles = ROLES.with_borrow_mut(|all| {
            let known = all.entry(number);
            Rc::clone(known.or_insert_with(|| roles(&mut *maker(number, answer), &arena).into()))
        });
        // SAFETY: the first bytes of the arena, which nothing else uses now.
        unsafe { arena.base().write_bytes(CANARY, SPAN) };
        let heap = maker(number, answer);
        let align = heap.align();
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
            homes,
            graves,
            every,
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
        let op = self.input.below(32);
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
            (26.., _) => self.damage(),
            _ => self.allocate(0, most / 3),
        }
    }
}

/// Valid calls and hostile ones.
impl Lab<'_> {
    fn allocate(&mut self, align: usize, size: usize) -> Result<(), String> {
        self.say(|| format!("allocate {size} at {align}"));
        let answer = self.heap.memalign(align, size);
        let block = answer.map_err(|misuse| format!("a sound heap refuses: {misuse}"))?;
        self.tally.valid += 1;
        let multiple = align.max(self.register.align);
        block.map_or(Ok(()), |block| self.settle(block, multiple, size))
    }

    fn settle(&mut self, block: NonNull<u8>, align: usize, size: usize) -> Result<(), String> {
        let at = self.offset(block.as_ptr());
        let usable = self.heap.check(block).map_err(|misuse| format!("new at {at}: {misuse}"))?;
        if at % align != 0 || usable < size {
            return Err(format!("{usable} bytes at {at}, for {size} at {align}"));
        }
        self.tell(|| format!(" = {usable} bytes at {at}"));
        self.register.enter(at, usable)?;
        if self.input.below(2) == 0 {
            // SAFETY: live, by the register, and that long.
            unsafe { block.write_bytes(at as u8, usable) };
        }
        Ok(())
    }

    /// A call on any pointer: it does what is right, or is refused as what it is.
    fn call(&mut self, verb: Verb, ptr: *mut u8) -> Result<(), String> {
        let at = self.offset(ptr);
        let kind = self.register.kind(at);
        let expected = match (verb, kind) {
            (Verb::Sized(layout), Kind::Live(usable))
                if layout.size() > usable || at % layout.align() != 0 =>
            {
                Some(Told::Layout(usable))
            }
            (_, Kind::Live(_)) => None,
            _ => Some(Told::Kind(kind)),
        };
        self.say(|| format!("{verb:?} of {}", name(at)));
        self.told(ptr, kind)?;
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        match (self.attempt(verb, ptr)?, expected) {
            (Ok(done), None) => self.done(verb, at, done),
            (Err(misuse), Some(expected)) => {
                let told = self.read(ptr, misuse)?;
                self.tell(|| format!(" refused: {told:?}"));
                *self.tally.refused.entry(refusal(told)).or_default() += 1;
                (told == expected)
                    .then_some(())
                    .ok_or_else(|| format!("told {told:?}, but it is {expected:?}"))
            }
            (answer, expected) => Err(format!("answered {answer:?}, expected {expected:?}")),
        }
    }

    /// Brings the register up to date.
    fn done(&mut self, verb: Verb, at: usize, done: Done) -> Result<(), String> {
        self.tally.valid += 1;
        let usable = self.register.live[&at];
        match (verb, done) {
            (Verb::Free | Verb::Sized(_), Done::Freed)
            | (Verb::Realloc(_, 0), Done::Block(None)) => {
                self.bury(at);
                Ok(())
            }
            (Verb::Realloc(..), Done::Block(None)) => Ok(()),
            (Verb::Realloc(align, size), Done::Block(Some(new))) => {
                self.bury(at);
                self.settle(new, align, size)
            }
            (Verb::Usable, Done::Usable(told)) if told == usable => Ok(()),
            (Verb::Grow(size) | Verb::Shrink(size), Done::Resized(resized)) => {
                self.register.live.remove(&at);
                let ptr = NonNull::new(self.arena().at(at)).expect("in the arena");
                let now = self.heap.check(ptr).map_err(|misuse| misuse.to_string())?;
                let grow = matches!(verb, Verb::Grow(_));
                let right = match resized {
                    true if grow => now >= size && now >= usable,
                    true => now >= size && now <= usable,
                    false => now == usable,
                };
                if !right {
                    return Err(format!("{usable} bytes became {now}"));
                }
                self.register.enter(at, now)
            }
            (_, done) => Err(format!("{done:?} of a block of {usable} bytes")),
        }
    }

    fn bury(&mut self, at: usize) {
        self.register.live.remove(&at);
        self.graves.push(at);
    }

    /// A call; if it is refused, the handler was told the same, once, and nothing has changed.
    fn attempt(&mut self, verb: Verb, ptr: NonNull<u8>) -> Result<Result<Done, Misuse>, String> {
        self.take_copies();
        let answer = self.heap.call(verb, ptr);
        self.judge(answer.as_ref().err().copied())?;
        Ok(answer)
    }

    /// What must be so after a call that was refused, or not.
    fn judge(&mut self, refused: Option<Misuse>) -> Result<(), String> {
        let noted = NOTED.take();
        if noted != refused.as_slice() {
            return Err(format!("the handler was told {noted:?}, the caller {refused:?}"));
        }
        if refused.is_none() {
            return Ok(());
        }
        let before = std::mem::take(&mut self.before);
        self.take_copies();
        // First as a whole: instrumented, a loop over bytes is most of a run.
        if before.0 != self.before.0 {
            let at = before.0.iter().zip(&self.before.0).position(|(a, b)| a != b);
            return Err(format!("a refused call wrote at {at:?}"));
        }
        if before.1 != self.before.1 {
            let at = before.1.iter().zip(&self.before.1).position(|(a, b)| a != b);
            return Err(format!("a refused call changed {:?}", at.map(|at| self.roles[at])));
        }
        Ok(())
    }

    /// `check` tells what the register knows.
    fn told(&mut self, ptr: *mut u8, kind: Kind) -> Result<(), String> {
        let Some(ptr) = NonNull::new(ptr) else { return Ok(()) };
        self.tally.told += 1;
        let told = match self.heap.check(ptr) {
            Ok(usable) => Told::Kind(Kind::Live(usable)),
            Err(misuse) => self.read(ptr, misuse)?,
        };
        match told == Told::Kind(kind) {
            true => Ok(()),
            false => Err(format!("check tells {told:?}, but it is {kind:?}")),
        }
    }

    fn sound(&mut self) -> Result<(), String> {
        let counted = self.heap.validate().map_err(|violation| violation.to_string())?;
        let pools = 0..self.register.pools.len();
        let free = pools.flat_map(|pool| self.register.blocks(pool)).filter(|block| block.free);
        let expected = (self.register.live.len(), free.count());
        let edges = |bytes: &[u8]| *bytes == CANARIES[..bytes.len()];
        let end = self.homes[1].0 + self.homes[1].1;
        if !edges(self.bytes(0, 512)) || !edges(self.bytes(end, SPAN - end)) {
            return Err("a canary is dead".to_owned());
        }
        match counted == expected {
            true => Ok(()),
            false => Err(format!("{counted:?} blocks, used and free, but there are {expected:?}")),
        }
    }

    fn add_pool(&mut self, home: usize) -> Result<(), String> {
        let (start, bytes) = self.homes[home];
        self.say(|| format!("pool of {bytes} bytes at {start}"));
        let mem = NonNull::new(self.arena().at(start)).expect("in the arena");
        let added = self.heap.add_pool(mem, bytes).map_err(|misuse| misuse.to_string())?;
        added.map_err(|error| error.to_string())?;
        self.register.pools.push((start, bytes));
        Ok(())
    }

    /// Removes a pool that is free, and adds one that is not there.
    fn toggle_pool(&mut self) -> Result<(), String> {
        let home = self.input.below(2);
        let number = self.register.pools.iter().position(|&pool| pool == self.homes[home]);
        let Some(number) = number else { return self.add_pool(home) };
        self.say(|| format!("remove pool {number}"));
        let removed = self.heap.remove_pool(number).map_err(|misuse| misuse.to_string())?;
        let whole = matches!(self.register.blocks(number)[..], [block] if block.free);
        if removed.is_ok() {
            self.register.pools.remove(number);
        }
        match removed.is_ok() == whole {
            true => Ok(()),
            false => Err(format!("{removed:?}, of a pool that is {whole}ly free")),
        }
    }
}

/// Damage.
impl<'a> Lab<'a> {
    fn every_damage(&mut self, every: Option<u32>, noise: &'a [u8]) -> Result<(), String> {
        for home in 0..self.homes.len() {
            if !self.register.pools.contains(&self.homes[home]) {
                self.add_pool(home)?;
            }
        }
        (self.every, self.tally) = (every, Tally { inputs: 1, ..Tally::default() });
        self.heap.set_every(every);
        let roles = Rc::clone(&self.roles);
        for (number, place) in all_fields(&self.register, &roles).into_iter().enumerate() {
            // Of hundreds of empty lists, some.
            let sparse = matches!(place.0, Field::Head(class) if class % 16 != 0);
            if sparse && self.peek(place.1) == 0 {
                continue;
            }
            for form in 0..=FORMS {
                let arguments = if form == 0 { usize::BITS as usize } else { 7 };
                for argument in 0..arguments {
                    self.tally.steps += 1;
                    self.input = Bytes(&noise[(number * 7 + form * 3 + argument) % noise.len()..]);
                    match (form, place.0) {
                        (FORMS, Field::Header(block)) if !block.free => {
                            self.forge(place, argument)?;
                        }
                        (FORMS, _) => {}
                        _ => {
                            let fault = self.fault(place, form, argument + 7 * (number % 5));
                            self.under(fault)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn damage(&mut self) -> Result<(), String> {
        if self.register.pools.len() < 2 {
            // An entry of the table that is empty is not initialised, so the control is not read.
            return Ok(());
        }
        let roles = Rc::clone(&self.roles);
        let Some(place) = draw_field(&self.register, &roles, &mut self.input) else {
            return Ok(());
        };
        let (form, argument) = (self.input.below(FORMS + 2), self.input.pair());
        match (form, place.0) {
            (FORMS.., Field::Header(block)) if !block.free => self.forge(place, argument),
            _ => {
                let fault = self.fault(place, form % FORMS, argument);
                self.under(fault)
            }
        }
    }

    fn fault(&mut self, place: (Field, Site), form: usize, argument: usize) -> Fault {
        let old = self.peek(place.1);
        fault(place, old, form, argument, &self.register, self.arena().base().addr().get())
    }

    /// The block's owner writes what looks like a header; then the size leads there.
    fn forge(&mut self, place: (Field, Site), argument: usize) -> Result<(), String> {
        let (Field::Header(block), align) = (place.0, self.register.align) else { return Ok(()) };
        let least = (4 * WORD).next_multiple_of(align) - WORD;
        let granules = (block.size + WORD) / align;
        let cut = (1 + argument % granules) * align;
        if cut < least + WORD || block.size + WORD < cut + least + WORD {
            return Ok(());
        }
        let flags = self.peek(place.1) & 3;
        let header = Site::Arena(block.payload + cut - WORD);
        self.poke(header, MaybeUninit::new(block.size - cut));
        let old = self.peek(place.1);
        let mut fault = self.fault(place, 1, 0).forged();
        (fault.old, fault.new) = (old, (cut - WORD) | flags);
        self.under(fault)
    }

    /// Damages, looks, and takes it back.
    fn under(&mut self, fault: Fault) -> Result<(), String> {
        self.say(|| format!("damage: {fault}"));
        let old = self.poke(fault.site, MaybeUninit::new(fault.new));
        let looked = self.look(&fault);
        self.poke(fault.site, old);
        looked?;
        self.sound().map_err(|what| format!("with the damage undone: {what}"))
    }

    fn look(&mut self, fault: &Fault) -> Result<(), String> {
        let violation = match (self.heap.validate(), fault.benign()) {
            (Ok(_), Some(why)) => {
                *self.tally.benign.entry(why).or_default() += 1;
                return Ok(());
            }
            (Err(violation), None) => violation,
            (Ok(_), None) => return Err("validate finds nothing".to_owned()),
            (Err(violation), Some(why)) => {
                return Err(format!("{why:?}, but validate says: {violation}"));
            }
        };
        self.tell(|| format!(" named: {:?}", violation.law));
        self.tally.named += 1;
        let laws = self.tally.matrix.entry(fault.label()).or_default();
        *laws.entry(violation.law).or_default() += 1;
        let chain = fault.chain(&self.register);
        for _ in 0..3 {
            let (verb, ptr) = (self.a_verb(), self.a_pointer());
            self.call_damaged(verb, ptr, violation, chain)?;
        }
        // The live blocks nearest to the damage: whose free would run into it.
        if let Site::Arena(at) = fault.site {
            let live = &self.register.live;
            let near = [live.range(..=at).next_back(), live.range(at..).next()];
            for at in near.map(|block| block.map(|(&at, _)| at)).into_iter().flatten() {
                let verb = self.a_verb();
                self.call_damaged(verb, self.arena().at(at), violation, chain)?;
            }
        }
        if self.every != Some(0) {
            return Ok(());
        }
        self.take_copies();
        let size = self.input.byte();
        let answer = match self.input.below(4) {
            0 => self.heap.remove_pool(0).map(drop),
            _ => self.heap.memalign(0, size).map(drop),
        };
        self.judge(answer.err())?;
        match answer {
            Err(Misuse::Damaged(told)) if told == violation => Ok(()),
            other => Err(format!("an allocation is answered {other:?}")),
        }
    }

    /// A call while the heap is damaged, by `violation`, in the chain of that pool, if in any.
    fn call_damaged(
        &mut self,
        verb: Verb,
        ptr: *mut u8,
        violation: Violation,
        chain: Option<usize>,
    ) -> Result<(), String> {
        let at = self.offset(ptr);
        let (kind, Some(ptr)) = (self.register.kind(at), NonNull::new(ptr)) else { return Ok(()) };
        // A walk stands between the pointer and its kind.
        let walked = !matches!(kind, Kind::Foreign | Kind::Misaligned);
        let broken = walked && chain.is_some() && self.register.pool(at) == chain;
        self.tell(|| format!("; {verb:?} of {}", name(at)));
        self.tally.told += 1;
        let told = match self.heap.check(ptr) {
            Ok(usable) => Told::Kind(Kind::Live(usable)),
            Err(misuse) => self.read(ptr, misuse)?,
        };
        let right = match told {
            Told::Damaged(_) => broken,
            told => !broken && told == Told::Kind(kind),
        };
        if !right {
            return Err(format!("check tells {told:?}, but it is {kind:?}, damaged: {broken}"));
        }
        let validates = self.every == Some(0);
        if !validates && !broken && matches!(kind, Kind::Live(_)) {
            // It would go ahead on what is not known to be damaged: no promise.
            return Ok(());
        }
        let answer = self.attempt(verb, ptr)?;
        let Err(misuse) = answer else { return Err(format!("{kind:?} is answered {answer:?}")) };
        let told = self.read(ptr, misuse)?;
        *self.tally.refused.entry(refusal(told)).or_default() += 1;
        let right = match told {
            Told::Damaged(told) if validates => told == violation,
            // One that validates now and then may do so now.
            Told::Damaged(_) => broken || self.every.is_some(),
            told => !validates && told == Told::Kind(kind),
        };
        right.then_some(()).ok_or_else(|| {
            let due = if validates { "this call" } else { "no call" };
            format!("told {told:?} of {kind:?} on a damaged heap that {due} validates")
        })
    }

    fn peek(&mut self, site: Site) -> usize {
        // SAFETY: a word of the arena or an initialised one of the control.
        unsafe { self.word(site).read() }
    }

    fn poke(&mut self, site: Site, value: MaybeUninit<usize>) -> MaybeUninit<usize> {
        // SAFETY: a word of the arena or of the control: a number, or a link, which any value is.
        unsafe { self.word(site).cast::<MaybeUninit<usize>>().replace(value) }
    }

    fn word(&mut self, site: Site) -> *mut usize {
        match site {
            Site::Arena(at) => self.arena().at(at).cast(),
            Site::Control(index) => {
                let (first, count) = self.heap.control();
                assert!(index < count && self.roles[index] != Role::Table);
                first.wrapping_add(index)
            }
        }
    }
}

/// Drawing, and telling.
impl Lab<'_> {
    fn a_live(&mut self) -> Option<usize> {
        let count = self.register.live.len();
        let number = self.input.byte() % count.max(1);
        self.register.live.keys().copied().nth(number)
    }

    fn a_verb(&mut self) -> Verb {
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
    fn a_pointer(&mut self) -> *mut u8 {
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
    fn scribble(&mut self, at: usize) {
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

    fn take_copies(&mut self) {
        let mut before = std::mem::take(&mut self.before);
        before.0.clear();
        before.0.extend_from_slice(self.bytes(0, SPAN));
        before.1.clear();
        let (first, _) = self.heap.control();
        let word = |(index, role): (usize, &Role)| match role {
            Role::Table => 0,
            // SAFETY: a word of the control that is always initialised.
            _ => unsafe { first.add(index).read() },
        };
        before.1.extend(self.roles.iter().enumerate().map(word));
        self.before = before;
    }

    /// A misuse in offsets; it speaks of this pointer, and its pool and offset are right.
    fn read(&self, ptr: NonNull<u8>, misuse: Misuse) -> Result<Told, String> {
        let wrong = || Err(format!("{misuse:?} of {}", name(self.offset(ptr.as_ptr()))));
        let placed = |told: NonNull<u8>, pool: usize, offset: usize| {
            let start = self.register.pools.get(pool).map(|pool| pool.0);
            told == ptr && start.map(|start| start + offset) == Some(self.offset(ptr.as_ptr()))
        };
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

    fn arena(&self) -> &Arena {
        self.arena.as_ref().expect("there until the run ends")
    }

    fn bytes(&self, at: usize, count: usize) -> &[u8] {
        // SAFETY: inside the arena, initialised, and nobody writes meanwhile.
        unsafe { std::slice::from_raw_parts(self.arena().at(at), count) }
    }

    fn offset(&self, ptr: *mut u8) -> usize {
        self.arena().offset(ptr)
    }

    /// Starts a line of the story.
    fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            let line = format!("{:3} {}", self.tally.steps, what());
            let last = std::mem::replace(&mut self.line, line);
            if !last.is_empty() {
                story(last);
            }
        }
    }

    /// Goes on with it.
    fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.story.is_some() {
            self.line += &what();
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
