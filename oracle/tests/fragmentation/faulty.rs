//! Allocators that break the contract, and wrong censuses: the study reports each.

use oracle::fragmentation::heap::{HeapCensus, HeapUnderStudy};
use oracle::fragmentation::peers::Peer;
use oracle::fragmentation::programs::{RecordedProgram, Staircase, StudyPlan};
use oracle::fragmentation::run::run;
use oracle::fragmentation::sizes::Sizes;
use oracle::fragmentation::study::Study;

use crate::peer;

const HEAP: usize = 1 << 18;

fn plan() -> StudyPlan {
    StudyPlan { heap_bytes: HEAP, fills: vec![50], samples: 2 }
}

#[derive(Clone, Copy, Debug)]
enum Mistake {
    /// malloc returns the block of the call before.
    Overlap,
    /// malloc returns an offset half a word too high.
    Misaligned,
    /// malloc returns the end of the heap.
    Outside,
    /// The census has a word too few of taken bytes.
    Taken,
    /// The census counts a taken word as free.
    TakenAsFree,
    /// The census omits a used block.
    Blocks,
    /// The largest request is larger than the largest free block.
    Allocatable,
}

struct FaultyHeap {
    heap: Box<dyn HeapUnderStudy>,
    mistake: Mistake,
    mallocs: usize,
    last: usize,
}

impl HeapUnderStudy for FaultyHeap {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        let offset = self.heap.malloc(size)?;
        let last = std::mem::replace(&mut self.last, offset);
        self.mallocs += 1;
        Some(match self.mistake {
            Mistake::Overlap if self.mallocs == 100 => last,
            Mistake::Misaligned if self.mallocs == 100 => offset + size_of::<usize>() / 2,
            Mistake::Outside if self.mallocs == 100 => HEAP,
            _ => offset,
        })
    }

    unsafe fn free(&mut self, offset: usize, size: usize) {
        // SAFETY: the caller's; the run ends at a wrong offset, before it is freed.
        unsafe { self.heap.free(offset, size) }
    }

    unsafe fn realloc(&mut self, offset: usize, size: usize, new: usize) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.heap.realloc(offset, size, new) }
    }

    fn census(&mut self) -> HeapCensus {
        let word = size_of::<usize>();
        let mut census = self.heap.census();
        match self.mistake {
            Mistake::Taken => census.taken -= word,
            Mistake::TakenAsFree => {
                census.taken -= word;
                census.free += word;
                census.free_taken += word;
            }
            Mistake::Blocks => census.used_blocks -= 1,
            Mistake::Allocatable => census.max_allocatable = census.largest_free + 1,
            Mistake::Overlap | Mistake::Misaligned | Mistake::Outside => {}
        }
        census
    }
}

fn faulty(mistake: Mistake, heap: Box<dyn HeapUnderStudy>) -> FaultyHeap {
    FaultyHeap { heap, mistake, mallocs: 0, last: 0 }
}

#[test]
fn each_mistake_is_reported_with_what_is_wrong() {
    for (mistake, why) in [
        (Mistake::Overlap, "overlap a live block"),
        (Mistake::Misaligned, "not aligned to a word"),
        (Mistake::Outside, "outside the heap"),
        (Mistake::Taken, "the heap has 262144"),
        (Mistake::Blocks, " are live"),
        (Mistake::Allocatable, "bytes allocatable, but only"),
    ] {
        let mut heap = faulty(mistake, (peer("memoman").heap)(HEAP));
        let mut program = Staircase::new(&plan(), Sizes::Exponential, 1);
        let message = run(&mut heap, HEAP, &mut program, true).expect_err("a wrong result");
        assert!(message.contains(why), "{mistake:?}: {message}");
    }
}

fn study<'a>(peers: &'a [Peer], trace: &'a RecordedProgram) -> Study<'a> {
    Study { plan: plan(), sizes: &Sizes::ALL, seeds: 1, trace: ("recorded", trace), peers }
}

#[test]
fn a_wrong_census_that_adds_up_differs_from_its_equivalent() {
    let miscounting = |bytes| -> Box<dyn HeapUnderStudy> {
        Box::new(faulty(Mistake::TakenAsFree, (peer("conte").heap)(bytes)))
    };
    let peers = [peer("memoman"), Peer { heap: miscounting, ..peer("conte") }];
    let trace = RecordedProgram::sqlite3();
    let broken = study(&peers, &trace).run(2, &mut |_, _| true).expect_err("a wrong result");
    assert_eq!(broken.run, "conte");
    assert!(broken.what.contains("differs from memoman"), "{broken}");
}

#[test]
fn another_geometry_differs_from_its_equivalent_and_the_same_one_does_not() {
    let trace = RecordedProgram::sqlite3();
    let other = [peer("memoman"), Peer { heap: peer("conte-sl16").heap, ..peer("conte") }];
    study(&other, &trace).run(2, &mut |_, _| true).expect_err("another placement");
    let own = [peer("memoman"), peer("conte")];
    let ran = study(&own, &trace).run(2, &mut |_, _| true).expect("the same placement");
    assert!(ran.is_some());
    let stopped = study(&own, &trace).run(2, &mut |done, _| done < 3).expect("nothing is broken");
    assert_eq!(stopped, None);
}
