//! Every link of a heap, set to every address, while the payloads are not initialised: `validate` reports a
//! law, and reads no uninitialised byte, which scripts/miri checks.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use memoman::{Law, Place, Tlsf, Violation, WORD as W};

/// Ten blocks of five words, each behind its header, and the sentinel.
const WORDS: usize = 10 * 6 + 1;

struct Fixture {
    heap: Tlsf<W, 8, 4, 1>,
    mem: NonNull<MaybeUninit<usize>>,
}

/// The words where payloads begin: of blocks that are free, and of live ones.
const FREE: [usize; 5] = [7, 19, 31, 43, 55];
const LIVE: [usize; 5] = [1, 13, 25, 37, 49];

impl Fixture {
    fn new() -> Self {
        let memory: &'static mut [MaybeUninit<usize>] = Box::leak(Box::new_uninit_slice(WORDS));
        let mem = NonNull::from(memory).cast::<MaybeUninit<usize>>();
        let mut heap = Tlsf::new();
        // SAFETY: leaked memory, used by nothing else; each block is freed once.
        unsafe {
            heap.add_pool(mem.cast(), WORDS * W).unwrap();
            let blocks: Vec<_> = std::iter::from_fn(|| heap.malloc(5 * W)).collect();
            blocks.iter().skip(1).step_by(2).for_each(|&block| heap.deallocate(block));
        }
        assert_eq!(heap.validate().unwrap().free_blocks, FREE.len());
        Self { heap, mem }
    }

    fn addr(&self, word: usize) -> usize {
        self.mem.addr().get() + word * W
    }

    /// Validates while a word is overwritten; it is restored with its provenance.
    fn damaged(&self, word: usize, value: usize) -> Result<(), Violation> {
        assert!(word < WORDS);
        // SAFETY: in the pool, which the heap does not use at this time.
        let old = unsafe { self.mem.add(word).replace(MaybeUninit::new(value)) };
        let verdict = self.heap.validate().map(|_| ());
        // SAFETY: as above.
        unsafe { self.mem.add(word).write(old) };
        verdict
    }
}

#[test]
fn no_link_leads_validate_into_a_payload() {
    let fixture = Fixture::new();
    let inside = (0..=WORDS).map(|word| fixture.addr(word));
    let places: Vec<_> = inside.chain([1, W, fixture.addr(7) + 1, usize::MAX]).collect();
    // Miri is slow: two blocks, one whose list goes on and one whose list ends.
    let blocks = if cfg!(miri) { &FREE[..2] } else { &FREE[..] };
    for &block in blocks {
        for (link, laws) in [
            (0, &[Law::Links, Law::Membership][..]), // next
            (1, &[Law::Links]),                      // prev
            (4, &[Law::BackLink]),                   // prev_phys
        ] {
            // SAFETY: a word of the pool, which the heap has written.
            let old = unsafe { fixture.mem.add(block + link).read().assume_init() };
            for &value in places.iter().chain(&[0]).filter(|&&value| value != old) {
                let law = fixture.damaged(block + link, value).unwrap_err().law;
                assert!(laws.contains(&law), "{law:?}: {value:#x} in word {link} of {block}");
            }
        }
    }
    fixture.heap.validate().unwrap();
}

#[test]
fn a_next_link_that_leads_to_no_free_block_is_located() {
    let fixture = Fixture::new();
    let at = |word: usize| Place::Block { pool: 0, offset: (word - 1) * W };
    let found = |violation: Violation| (violation.law, violation.place);
    for block in FREE {
        for live in LIVE.into_iter().step_by(if cfg!(miri) { 2 } else { 1 }) {
            let to_live = fixture.damaged(block, fixture.addr(live - 1)).unwrap_err();
            assert_eq!(found(to_live), (Law::Membership, at(live)));
            let into_live = fixture.damaged(block, fixture.addr(live)).unwrap_err();
            assert_eq!(found(into_live), (Law::Links, at(block)));
        }
    }
}

/// Each header with each size that leads to a later header, and each state of its flags, while no live
/// payload is initialised. A single wrong header never has `validate` read a payload's words as links.
#[test]
fn no_header_leads_validate_into_a_payload() {
    let fixture = Fixture::new();
    for live in LIVE {
        let payload = MaybeUninit::<[MaybeUninit<usize>; 5]>::uninit();
        // SAFETY: the payload of a live block, which nothing else uses.
        unsafe {
            fixture.mem.add(live).cast::<MaybeUninit<[MaybeUninit<usize>; 5]>>().write(payload);
        }
    }
    let headers = || (0..WORDS - 1).step_by(6);
    let mut sound = 0;
    for header in headers() {
        for last in headers().filter(|&last| last >= header) {
            for flags in 0..4 {
                sound +=
                    usize::from(fixture.damaged(header, ((last - header + 5) * W) | flags).is_ok());
            }
        }
    }
    // What the header was; and sizes that swallow used blocks up to a header that agrees.
    assert!(sound >= headers().count(), "{sound}");
    fixture.heap.validate().unwrap();
}
