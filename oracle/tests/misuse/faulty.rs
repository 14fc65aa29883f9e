//! Checks the checker: guarded heaps with one fault each. Every fault must be found, and named.

use std::ptr::NonNull;

use memoman::{Law, Misuse, Place, PoolError, Reaction, Violation};
use oracle::geometry::Geometry;
use oracle::guard::{GuardedHeap, PointerCall, PointerReply, Session, generate, run, shape};

/// The faults, each as small as possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// No fault: a finding would be the wrapper's fault.
    Correct,
    /// Every usable size is one byte too large, from `check` and from `usable_size`.
    Longer,
    /// If it should validate before every N-th call, it never does, except before calls that would be
    /// made on a damaged heap: their result is unspecified.
    NeverDue,
    /// Damage in a chain is reported as a law that no chain can break.
    Occupancy,
    /// A refused call makes a pool's entry in the table one byte longer.
    Table,
    /// `reset` frees nothing.
    NoReset,
    /// `shrink_pool` reports success and does nothing.
    NoShrink,
    /// `extend_pool` adds one granule too few.
    ShortExtend,
    /// `reallocate` of no block ignores the alignment.
    Unaligned,
    /// The walk over a damaged heap continues behind the pool.
    WalkOutside,
    /// The lists of a damaged heap lead into the control.
    ListInControl,
}

struct FaultyGuard {
    heap: Box<dyn GuardedHeap>,
    fault: Fault,
    refused: bool,
    /// It should validate before some calls only.
    late: bool,
}

impl FaultyGuard {
    /// Makes a call, unless the heap is damaged.
    fn ahead<T>(&mut self, call: impl FnOnce(&mut dyn GuardedHeap) -> T) -> T {
        let late = self.fault == Fault::NeverDue && self.late && self.heap.validate().is_err();
        if late {
            self.heap.set_check_every(1);
        }
        let result = call(&mut *self.heap);
        if late {
            self.heap.set_check_every(0);
        }
        result
    }

    fn report<T>(&self, result: Result<T, Misuse>) -> Result<T, Misuse> {
        result.map_err(|misuse| match misuse {
            Misuse::Damaged(Violation { place: Place::Block { .. }, .. })
                if self.fault == Fault::Occupancy =>
            {
                Misuse::Damaged(Violation::new(Law::Occupancy, Place::Heap))
            }
            other => other,
        })
    }
}

// SAFETY: `control` and the payloads are those of a guarded heap.
unsafe impl GuardedHeap for FaultyGuard {
    fn geometry(&self) -> Geometry {
        self.heap.geometry()
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        self.ahead(|heap| heap.memalign(align, size))
    }

    fn realloc_none(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        let align = if self.fault == Fault::Unaligned { 0 } else { align };
        self.ahead(|heap| heap.realloc_none(align, size))
    }

    fn call(&mut self, call: PointerCall, ptr: NonNull<u8>) -> Result<PointerReply, Misuse> {
        let result = match self.heap.check(ptr) {
            Ok(_) => self.ahead(|heap| heap.call(call, ptr)),
            Err(_) => self.heap.call(call, ptr),
        };
        self.refused |= result.is_err();
        result.map(|done| match done {
            PointerReply::Usable(usable) if self.fault == Fault::Longer => {
                PointerReply::Usable(usable + 1)
            }
            done => done,
        })
    }

    fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        let result =
            self.heap.check(ptr).map(|usable| usable + usize::from(self.fault == Fault::Longer));
        self.report(result)
    }

    fn validate(&self) -> Result<(usize, usize), Violation> {
        self.heap.validate()
    }

    unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Result<(), PoolError>, Misuse> {
        // SAFETY: the caller's contract.
        unsafe { self.heap.add_pool(mem, bytes) }
    }

    fn remove_pool(&mut self, number: usize) -> Result<Result<(), PoolError>, Misuse> {
        self.ahead(|heap| heap.remove_pool(number))
    }

    unsafe fn extend_pool(
        &mut self,
        number: usize,
        more: usize,
    ) -> Result<Result<(), PoolError>, Misuse> {
        let align = self.heap.geometry().align;
        let less = if self.fault == Fault::ShortExtend { align } else { 0 };
        // SAFETY: the caller's contract; no more bytes than those.
        self.ahead(|heap| unsafe { heap.extend_pool(number, more.saturating_sub(less)) })
    }

    fn shrink_pool(&mut self, number: usize, less: usize) -> Result<Result<(), PoolError>, Misuse> {
        match self.fault {
            Fault::NoShrink if self.heap.validate().is_ok() => Ok(Ok(())),
            _ => self.ahead(|heap| heap.shrink_pool(number, less)),
        }
    }

    fn reset(&mut self) {
        if self.fault != Fault::NoReset {
            self.heap.reset();
        }
    }

    fn pools(&self) -> Vec<(NonNull<u8>, usize)> {
        let mut pools = self.heap.pools();
        if self.fault == Fault::Table && self.refused {
            pools[0].1 += 1;
        }
        pools
    }

    fn set_check_every(&mut self, calls: usize) {
        self.late = calls > 1;
        self.heap.set_check_every(if self.fault == Fault::NeverDue && self.late {
            0
        } else {
            calls
        });
    }

    fn free_blocks(&self) -> Vec<(usize, NonNull<u8>)> {
        let mut blocks = self.heap.free_blocks();
        if self.fault == Fault::ListInControl && self.heap.validate().is_err() {
            blocks.push((0, NonNull::from(self).cast()));
        }
        blocks
    }

    fn blocks(&self, number: usize) -> Vec<(NonNull<u8>, usize)> {
        let mut blocks = self.heap.blocks(number);
        if self.fault == Fault::WalkOutside && self.heap.validate().is_err() {
            let (start, bytes) = self.heap.pools()[number];
            blocks.push((start.map_addr(|start| start.saturating_add(bytes + 8)), 24));
        }
        blocks
    }

    fn control(&mut self) -> (*mut usize, usize) {
        self.heap.control()
    }
}

fn faulty<const FAULT: usize>(number: usize, result: Reaction) -> Box<dyn GuardedHeap> {
    Box::new(FaultyGuard {
        heap: shape(number, result),
        fault: FAULTS[FAULT].0,
        refused: false,
        late: false,
    })
}

type Maker = fn(usize, Reaction) -> Box<dyn GuardedHeap>;

/// Each fault, its maker, and the texts of which the finding contains one.
const FAULTS: [(Fault, Maker, &str); 11] = [
    (Fault::Correct, faulty::<0>, ""),
    (Fault::Longer, faulty::<1>, "check reports Kind(Live("),
    (Fault::NeverDue, faulty::<2>, "the call validates"),
    (Fault::Occupancy, faulty::<3>, "check reports Damaged(Violation { law: Occupancy"),
    (Fault::Table, faulty::<4>, "changed the control: Some(Table)"),
    (Fault::NoReset, faulty::<5>, "the free lists are not the specification's"),
    (Fault::NoShrink, faulty::<6>, "the specification succeeds: false|, expected ["),
    (Fault::ShortExtend, faulty::<7>, "the specification succeeds: true|, expected ["),
    (Fault::Unaligned, faulty::<8>, "the block is at "),
    (Fault::WalkOutside, faulty::<9>, "a walk of pool "),
    (Fault::ListInControl, faulty::<10>, "a free list leads to elsewhere"),
];

/// Returns the first finding in some random inputs.
fn found(maker: Maker) -> Option<String> {
    let inputs = (0..400).map(|number| generate(7, number));
    inputs.filter_map(|input| Session::new(&input, maker, None).run().err()).map(|f| f.what).next()
}

#[test]
fn every_faulty_guard_is_caught_and_its_fault_is_named() {
    // The layout of the control is found once a thread for each shape: not with a faulty guard.
    for number in 0..8 {
        run(&[number]).expect("no finding");
    }
    for (fault, maker, named) in FAULTS {
        match found(maker) {
            None => assert_eq!(fault, Fault::Correct, "is not caught"),
            Some(what) => {
                let right = named.split('|').any(|named| what.contains(named));
                assert!(fault != Fault::Correct && right, "{fault:?}: {what}");
            }
        }
    }
}
