//! The pages of pools that anything was written to, in runs with large pools: only these are compared after a
//! refusal, because the others would take memory when they are read.
//!
//! What is written follows from the places of blocks: a header and two links at the start of each, a link in
//! front of the next one, and what the caller fills in. The system's own record of used pages would not be the
//! same in each run.

use std::collections::BTreeSet;

use crate::shadow::Live;

const PAGE: usize = 4096;

/// Bytes around a boundary between blocks in which an allocator keeps its words.
const AHEAD: usize = 16;
const BEHIND: usize = 48;

/// The written pages of a run, if its pools are large.
#[derive(Default)]
pub(crate) struct WrittenPages {
    pages: BTreeSet<usize>,
    is_kept: bool,
}

impl WrittenPages {
    /// Forgets all; from now on, pages are recorded, or are not.
    pub(crate) fn restart(&mut self, is_kept: bool) {
        self.pages.clear();
        self.is_kept = is_kept;
    }

    /// Whether pages are recorded.
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    fn add(&mut self, start: usize, end: usize) {
        if self.is_kept && start < end {
            self.pages.extend(start / PAGE..=(end - 1) / PAGE);
        }
    }

    /// A pool was added, or has another length.
    pub(crate) fn add_pool(&mut self, mem: usize, bytes: usize, align: usize) {
        self.add(mem, mem + align + BEHIND);
        self.add((mem + bytes).saturating_sub(align + BEHIND), mem + bytes);
    }

    /// A block was handed out, or resized, or moved with `copied` bytes; and filled.
    pub(crate) fn add_block(&mut self, live: Live, copied: usize) {
        if !self.is_kept {
            return;
        }
        let (start, end) = (live.offset, live.offset + live.usable);
        self.add(start.saturating_sub(AHEAD), start + BEHIND);
        self.add(end.saturating_sub(AHEAD), end + BEHIND);
        self.add(start, start + copied);
        live.pattern.ranges().for_each(|(from, to)| self.add(start + from, start + to));
    }

    /// The ranges of a pool to compare, as (start, bytes).
    pub(crate) fn ranges(&self, mem: usize, bytes: usize, ranges: &mut Vec<(usize, usize)>) {
        if !self.is_kept {
            return ranges.push((mem, bytes));
        }
        let end = mem + bytes;
        let mut until = usize::MAX;
        for &page in self.pages.range(mem / PAGE..end.div_ceil(PAGE)) {
            let (from, to) = ((page * PAGE).max(mem), ((page + 1) * PAGE).min(end));
            match ranges.last_mut() {
                Some(last) if until == from => last.1 += to - from,
                _ => ranges.push((from, to - from)),
            }
            until = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(pages: &WrittenPages, mem: usize, bytes: usize) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        pages.ranges(mem, bytes, &mut ranges);
        ranges
    }

    #[test]
    fn written_pages_are_those_around_what_was_written_inside_of_the_pool() {
        let mut pages = WrittenPages::default();
        assert_eq!(ranges(&pages, 100, 1 << 30), [(100, 1 << 30)]);
        pages.restart(true);
        pages.add(8192, 8193);
        pages.add(12287, 12289);
        pages.add(1 << 29, (1 << 29) + 1);
        assert_eq!(ranges(&pages, 100, 1 << 30), [(8192, 2 * 4096), (1 << 29, 4096)]);
        assert_eq!(ranges(&pages, 9000, 100), [(9000, 100)]);
        assert_eq!(ranges(&pages, 0, 8192), []);
    }
}
