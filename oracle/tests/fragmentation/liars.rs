//! Allocators that break the contract, and censuses that are wrong: each is noticed.

use oracle::fragmentation::heap::{Census, Heap};
use oracle::fragmentation::peers::Peer;
use oracle::fragmentation::programs::{Plan, Staircase, Trace};
use oracle::fragmentation::run::run;
use oracle::fragmentation::sizes::Sizes;
use oracle::fragmentation::study::Study;

use crate::peer;

const HEAP: usize = 1 << 18;

fn plan() -> Plan {
    Plan { heap_bytes: HEAP, fills: vec![50], samples: 2 }
}

#[derive(Clone, Copy, Debug)]
enum Lie {
    /// The block before, again.
    Overlap,
    /// Half a word on.
    Misaligned,
    /// Behind the end.
    Outside,
    /// Of the taken bytes a word less.
    Taken,
    /// That word is told to be free.
    TakenAsFree,
    /// One block is not told of.
    Blocks,
    /// More can be had than is free in one place.
    Allocatable,
}

struct Liar {
    heap: Box<dyn Heap>,
    lie: Lie,
    mallocs: usize,
    last: usize,
}

impl Heap for Liar {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        let offset = self.heap.malloc(size)?;
        let last = std::mem::replace(&mut self.last, offset);
        self.mallocs += 1;
        Some(match self.lie {
            Lie::Overlap if self.mallocs == 100 => last,
            Lie::Misaligned if self.mallocs == 100 => offset + size_of::<usize>() / 2,
            Lie::Outside if self.mallocs == 100 => HEAP,
            _ => offset,
        })
    }

    unsafe fn free(&mut self, offset: usize, size: usize) {
        // SAFETY: the caller's; a lie ends the run before what it names is freed.
        unsafe { self.heap.free(offset, size) }
    }

    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.heap.realloc(offset, size, new) }
    }

    fn census(&mut self) -> Census {
        let word = size_of::<usize>();
        let mut census = self.heap.census();
        match self.lie {
            Lie::Taken => census.taken -= word,
            Lie::TakenAsFree => {
                census.taken -= word;
                census.free += word;
                census.free_taken += word;
            }
            Lie::Blocks => census.used_blocks -= 1,
            Lie::Allocatable => census.max_allocatable = census.largest_free + 1,
            Lie::Overlap | Lie::Misaligned | Lie::Outside => {}
        }
        census
    }
}

fn liar(lie: Lie, heap: Box<dyn Heap>) -> Liar {
    Liar { heap, lie, mallocs: 0, last: 0 }
}

#[test]
fn each_lie_is_told_by_what_is_wrong() {
    for (lie, why) in [
        (Lie::Overlap, "overlap a live block"),
        (Lie::Misaligned, "not aligned to a word"),
        (Lie::Outside, "outside the heap"),
        (Lie::Taken, "bytes accounted for, of 262144"),
        (Lie::Blocks, "of them handed out"),
        (Lie::Allocatable, "bytes allocatable, only"),
    ] {
        let mut heap = liar(lie, (peer("memoman").heap)(HEAP));
        let mut program = Staircase::new(&plan(), Sizes::Exponential, 1);
        let told = run(&mut heap, HEAP, &mut program, true).expect_err("a lie");
        assert!(told.contains(why), "{lie:?}: {told}");
    }
}

fn study<'a>(peers: &'a [Peer], trace: &'a Trace) -> Study<'a> {
    Study { plan: plan(), seeds: 1, trace: ("recorded", trace), peers }
}

#[test]
fn a_lie_that_adds_up_differs_from_its_twin() {
    let liar =
        |bytes| -> Box<dyn Heap> { Box::new(liar(Lie::TakenAsFree, (peer("conte").heap)(bytes))) };
    let peers = [peer("memoman"), Peer { heap: liar, ..peer("conte") }];
    let trace = Trace::sqlite3();
    let broken = study(&peers, &trace).run(2, &mut |_, _| true).expect_err("a lie");
    assert_eq!(broken.run, "conte");
    assert!(broken.what.contains("differs from memoman"), "{broken}");
}

#[test]
fn another_geometry_differs_from_its_twin_and_the_own_one_does_not() {
    let trace = Trace::sqlite3();
    let other = [peer("memoman"), Peer { heap: peer("conte-sl16").heap, ..peer("conte") }];
    study(&other, &trace).run(2, &mut |_, _| true).expect_err("another placement");
    let own = [peer("memoman"), peer("conte")];
    let ran = study(&own, &trace).run(2, &mut |_, _| true).expect("the same placement");
    assert!(ran.is_some());
    let stopped = study(&own, &trace).run(2, &mut |done, _| done < 3).expect("nothing is broken");
    assert_eq!(stopped, None);
}
