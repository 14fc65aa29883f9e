//! Wrong calls and wrong wrappers end in a panic, before the engine touches memory that is not its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use oracle::action::Action;
use oracle::arena::ARENA_BYTES;
use oracle::finding::Check;
use oracle::lockstep::Lockstep;
use oracle::mutants::wrappers::damage::OverrunIntoHeader;
use oracle::mutants::wrappers::{WrappedEngine, Wrapper, wrapped};
use oracle::ops::{Program, generate};
use oracle::run::config::MOST_CALLS;
use oracle::{Config, Context, Failure, Layers};

/// No layer of checks that can be turned off.
const CONTRACT: Config = Config {
    search: false,
    most_calls: MOST_CALLS,
    against: oracle::Against::Conte,
    layers: Layers { lockstep: false, model: false, content: false, validate: false },
};

/// The text of the panic of this call.
fn panics<T>(call: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(call)).err().expect("a panic");
    panic.downcast_ref::<String>().expect("a formatted message").clone()
}

#[test]
fn a_pool_that_reaches_out_of_the_arena_is_added_by_no_step() {
    for geometry in 0..oracle::geometry::GEOMETRIES.len() {
        let mem = ARENA_BYTES - 1024;
        let step = |bytes| Lockstep::new(geometry).step(Action::AddPool { mem, bytes });
        let text = panics(|| step(2048).is_ok());
        assert!(text.contains("a pool of 2048 bytes at"), "{text}");
        // A number that no pool has is refused, as always.
        assert!(!step(usize::MAX).expect("no finding").reply.is_done());
    }
    let mut lockstep = Lockstep::new(8);
    let mem = ARENA_BYTES - 4096;
    assert!(
        lockstep.step(Action::AddPool { mem, bytes: 2048 }).expect("no finding").reply.is_done()
    );
    let text = panics(|| lockstep.step(Action::ExtendPool { mem, more: 4096 }).is_ok());
    assert!(text.contains("reaches out of the arena"), "{text}");
}

fn first_failure(maker: fn(usize) -> Lockstep, config: &Config) -> Box<Failure> {
    let mut context = Context::with(maker);
    let programs = (0..1000).map(|index| Program::decode(&generate(1, index)));
    let mut failures =
        programs.filter_map(|program| context.observe(&program, config, &mut |_| {}).err());
    failures.next().expect("one of a thousand programs fails")
}

#[test]
fn an_engine_that_a_wrapper_damaged_makes_no_further_call() {
    let failure = first_failure(wrapped::<OverrunIntoHeader>, &CONTRACT);
    assert_eq!(failure.check(), Check::Crash, "{failure}");
    let text = failure.finding.to_string();
    assert!(text.contains("no check has reported the damage to the heap"), "{text}");
    // It is the next call that stops, not the end of the program.
    assert!(failure.index < failure.program.ops.len(), "{failure}");
}

/// The usable size reaches into the next block.
#[derive(Clone, Default)]
struct SizeTooLarge;

impl Wrapper for SizeTooLarge {
    fn usable_size(&self, _returned: usize, size: usize) -> usize {
        size + 64
    }
}

/// malloc returns a place in the free block behind the new one, if there is one.
#[derive(Clone, Default)]
struct FreeBlockReturned;

impl Wrapper for FreeBlockReturned {
    fn malloc(&mut self, inner: &WrappedEngine, _size: usize, payload: usize) -> Option<usize> {
        Some(inner.next(payload).filter(|row| row.free).map_or(payload, |row| row.offset))
    }
}

#[test]
fn a_wrapper_that_returns_memory_of_no_block_is_stopped_before_it_is_written() {
    for (maker, expected) in [
        (wrapped::<SizeTooLarge> as fn(usize) -> Lockstep, "bytes reach out of the block"),
        (wrapped::<FreeBlockReturned>, "no block is at "),
    ] {
        let failure = first_failure(maker, &CONTRACT);
        let text = failure.finding.to_string();
        assert!(failure.check() == Check::Crash && text.contains(expected), "{text}");
    }
}
