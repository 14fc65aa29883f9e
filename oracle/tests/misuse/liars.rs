//! Check the checker: guarded heaps that lie in one way, each of which must be a finding.

use std::ptr::NonNull;

use memoman::{Law, Misuse, Place, PoolError, Reaction, Violation};
use oracle::geometry::Geometry;
use oracle::guard::{Done, Lab, Policy, Verb, generate, run, shape};

/// The lies, each as small as it can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lie {
    /// None: whatever is found then is the wrapping's fault.
    Honest,
    /// Every usable size is told a byte longer, by `check` and by the verb.
    Longer,
    /// Where it should validate now and then, it never does (but for calls that would go ahead on a
    /// damaged heap: nobody knows what those do).
    Late,
    /// Damage in a chain is told as a law that no chain can break.
    Occupancy,
    /// A refused call leaves a pool's entry in the table a byte longer.
    Table,
    /// `reset` frees nothing.
    NoReset,
    /// `shrink_pool` says that it did.
    NoShrink,
    /// `extend_pool` takes all there is but the last granule.
    Greedy,
    /// `reallocate` of no block forgets the alignment.
    Unaligned,
    /// The walk over a damaged heap goes on behind the pool.
    Astray,
    /// The lists of a damaged heap lead into the control.
    Inward,
}

struct Liar {
    heap: Box<dyn Policy>,
    lie: Lie,
    refused: bool,
    /// It should validate now and then.
    late: bool,
}

impl Liar {
    /// A call that goes ahead unless the heap is found damaged.
    fn ahead<T>(&mut self, call: impl FnOnce(&mut dyn Policy) -> T) -> T {
        let late = self.lie == Lie::Late && self.late && self.heap.validate().is_err();
        if late {
            self.heap.set_every(Some(0));
        }
        let answer = call(&mut *self.heap);
        if late {
            self.heap.set_every(None);
        }
        answer
    }

    fn tells<T>(&self, answer: Result<T, Misuse>) -> Result<T, Misuse> {
        answer.map_err(|misuse| match misuse {
            Misuse::Damaged(Violation { place: Place::Block { .. }, .. })
                if self.lie == Lie::Occupancy =>
            {
                Misuse::Damaged(Violation::new(Law::Occupancy, Place::Heap))
            }
            other => other,
        })
    }
}

impl Policy for Liar {
    fn geometry(&self) -> Geometry {
        self.heap.geometry()
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        self.ahead(|heap| heap.memalign(align, size))
    }

    fn realloc_none(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        let align = if self.lie == Lie::Unaligned { 0 } else { align };
        self.ahead(|heap| heap.realloc_none(align, size))
    }

    fn call(&mut self, verb: Verb, ptr: NonNull<u8>) -> Result<Done, Misuse> {
        let answer = match self.heap.check(ptr) {
            Ok(_) => self.ahead(|heap| heap.call(verb, ptr)),
            Err(_) => self.heap.call(verb, ptr),
        };
        self.refused |= answer.is_err();
        answer.map(|done| match done {
            Done::Usable(usable) if self.lie == Lie::Longer => Done::Usable(usable + 1),
            done => done,
        })
    }

    fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        let told = self.heap.check(ptr).map(|usable| usable + usize::from(self.lie == Lie::Longer));
        self.tells(told)
    }

    fn validate(&self) -> Result<(usize, usize), Violation> {
        self.heap.validate()
    }

    fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Result<(), PoolError>, Misuse> {
        self.heap.add_pool(mem, bytes)
    }

    fn remove_pool(&mut self, number: usize) -> Result<Result<(), PoolError>, Misuse> {
        self.ahead(|heap| heap.remove_pool(number))
    }

    fn extend_pool(&mut self, number: usize, more: usize) -> Result<Result<(), PoolError>, Misuse> {
        let align = self.heap.geometry().align;
        let less = if self.lie == Lie::Greedy { align } else { 0 };
        self.ahead(|heap| heap.extend_pool(number, more.saturating_sub(less)))
    }

    fn shrink_pool(&mut self, number: usize, less: usize) -> Result<Result<(), PoolError>, Misuse> {
        match self.lie {
            Lie::NoShrink if self.heap.validate().is_ok() => Ok(Ok(())),
            _ => self.ahead(|heap| heap.shrink_pool(number, less)),
        }
    }

    fn reset(&mut self) {
        if self.lie != Lie::NoReset {
            self.heap.reset();
        }
    }

    fn pools(&self) -> Vec<(NonNull<u8>, usize)> {
        let mut pools = self.heap.pools();
        if self.lie == Lie::Table && self.refused {
            pools[0].1 += 1;
        }
        pools
    }

    fn set_every(&mut self, log2: Option<u32>) {
        self.late = log2.is_some_and(|log2| log2 > 0);
        self.heap.set_every(if self.lie == Lie::Late && self.late { None } else { log2 });
    }

    fn free_blocks(&self) -> Vec<(usize, NonNull<u8>)> {
        let mut blocks = self.heap.free_blocks();
        if self.lie == Lie::Inward && self.heap.validate().is_err() {
            blocks.push((0, NonNull::from(self).cast()));
        }
        blocks
    }

    fn blocks(&self, number: usize) -> Vec<(NonNull<u8>, usize)> {
        let mut blocks = self.heap.blocks(number);
        if self.lie == Lie::Astray && self.heap.validate().is_err() {
            let (start, bytes) = self.heap.pools()[number];
            blocks.push((start.map_addr(|start| start.saturating_add(bytes + 8)), 24));
        }
        blocks
    }

    fn control(&mut self) -> (*mut usize, usize) {
        self.heap.control()
    }
}

fn lying<const LIE: usize>(number: usize, answer: Reaction) -> Box<dyn Policy> {
    Box::new(Liar { heap: shape(number, answer), lie: LIES[LIE].0, refused: false, late: false })
}

type Maker = fn(usize, Reaction) -> Box<dyn Policy>;

/// Each lie, who tells it, and what the finding says of it: one of these, as it comes.
const LIES: [(Lie, Maker, &str); 11] = [
    (Lie::Honest, lying::<0>, ""),
    (Lie::Longer, lying::<1>, "check tells Kind(Live("),
    (Lie::Late, lying::<2>, "the call validates"),
    (Lie::Occupancy, lying::<3>, "check tells Damaged(Violation { law: Occupancy"),
    (Lie::Table, lying::<4>, "changed the control: Some(Table)"),
    (Lie::NoReset, lying::<5>, "the free lists are not the specification's"),
    (Lie::NoShrink, lying::<6>, "where the specification does it: false|, but there are ["),
    (Lie::Greedy, lying::<7>, "where the specification does it: true|, but there are ["),
    (Lie::Unaligned, lying::<8>, "the block is at "),
    (Lie::Astray, lying::<9>, "a walk of pool "),
    (Lie::Inward, lying::<10>, "a free list leads to elsewhere"),
];

/// What is found first in some random inputs.
fn found(maker: Maker) -> Option<String> {
    let inputs = (0..400).map(|number| generate(7, number));
    inputs.filter_map(|input| Lab::new(&input, maker, None).run().err()).map(|f| f.what).next()
}

#[test]
fn who_lies_is_caught_and_the_lie_is_named() {
    // Which word is which field is learnt once a thread, of each shape: not from a liar.
    for number in 0..8 {
        run(&[number]).expect("no finding");
    }
    for (lie, maker, named) in LIES {
        match found(maker) {
            None => assert_eq!(lie, Lie::Honest, "is not caught"),
            Some(what) => {
                let right = named.split('|').any(|named| what.contains(named));
                assert!(lie != Lie::Honest && right, "{lie:?}: {what}");
            }
        }
    }
}
