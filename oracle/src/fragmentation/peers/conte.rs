//! TLSF 3.1 in C. It has no call for the largest request, so its lists are read.

use reference_conte::{Conte, SecondLevel};

use crate::fragmentation::heap::{HeapCensus, HeapUnderStudy};
use crate::fragmentation::region::POOL_ALIGN;
use crate::geometry::WORD;

pub(super) fn new(sl: SecondLevel, bytes: usize) -> Box<dyn HeapUnderStudy> {
    let mut c = Conte::new(sl, bytes, POOL_ALIGN);
    assert!(c.add_pool(0, bytes), "a pool of a valid size");
    Box::new(ConteHeap { c, sl: sl.count() })
}

struct ConteHeap {
    c: Conte,
    sl: usize,
}

impl HeapUnderStudy for ConteHeap {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.c.malloc(size)
    }

    unsafe fn free(&mut self, offset: usize, _: usize) {
        self.c.free(offset);
    }

    unsafe fn realloc(&mut self, offset: usize, _: usize, new: usize) -> Option<usize> {
        self.c.realloc(Some(offset), new)
    }

    fn census(&mut self) -> HeapCensus {
        // The first header is at the pool's start; the sentinel follows the last block.
        let mut census = HeapCensus { overhead: WORD, ..HeapCensus::default() };
        let mut rows = Vec::new();
        self.c.walk(0, &mut rows);
        for row in rows {
            if row.free {
                census.free += row.size;
                census.free_taken += WORD + row.size;
                census.largest_free = census.largest_free.max(row.size);
            } else {
                census.used_blocks += 1;
                census.taken += WORD + row.size;
            }
        }
        let mut listed = Vec::new();
        self.c.free_lists(&mut listed);
        let highest = listed.last().map(|block| block.class);
        HeapCensus { max_allocatable: highest.map_or(0, |class| self.least_size(class)), ..census }
    }
}

impl ConteHeap {
    /// The least size of a class: the largest request whose search starts there.
    fn least_size(&self, class: usize) -> usize {
        let (row, list) = (class / self.sl, class % self.sl);
        if row == 0 { list * WORD } else { ((self.sl + list) * WORD) << (row - 1) }
    }
}
