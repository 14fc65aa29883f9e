//! What the lockstep asks of it.

use memoman::{RequestError, Violation};

use super::{Control, Fault, NONE, Toy};
use crate::arena::Arena;
use crate::counters::Counters;
use crate::geometry::WORD;
use crate::model::{Census, sizes};
use crate::subject::{Listed, Row, Saved, Subject};

impl Subject for Toy {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn restart(&mut self, _sound: bool) {
        self.control = Control::new(&self.g);
    }

    fn reset(&mut self) {
        self.start_anew();
    }

    fn add_pool(&mut self, mem: usize, bytes: usize) -> bool {
        self.add(mem, bytes)
    }

    fn remove_pool(&mut self, mem: usize) -> bool {
        self.take_out(mem)
    }

    fn extend_pool(&mut self, mem: usize, more: usize) -> bool {
        self.extend(mem, more)
    }

    fn shrink_pool(&mut self, mem: usize, less: usize) -> bool {
        self.shrink(mem, less)
    }

    fn malloc(&mut self, size: usize) -> Option<usize> {
        self.memalign(1, size)
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        let payload = self.allocate(align, size);
        self.answered(size, payload);
        if self.has(Fault::WideAlignFailsUncounted) && align > 4096 && payload.is_none() {
            let failures = &mut self.control.counters.failures;
            *failures = failures.saturating_sub(usize::from(size > 0));
        }
        payload
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let Some(p) = payload else { return self.memalign(align, size) };
        if size == 0 {
            self.control.leaked += 1;
            self.merge_and_release(p - WORD);
            return None;
        }
        let payload = self.reallocate(p, align, size);
        self.answered(size, payload);
        payload
    }

    fn grow_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size);
        let grown =
            size <= self.size(p - WORD) || fit.is_some_and(|fit| self.resize(p - WORD, fit));
        self.peak();
        grown
    }

    fn shrink_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size).filter(|_| size <= self.size(p - WORD));
        fit.is_some_and(|fit| self.resize(p - WORD, fit))
    }

    fn free(&mut self, payload: usize) {
        self.merge_and_release(payload - WORD);
        self.control.verbs += 1;
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.size(payload - WORD)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.each(mem, &mut |row| out.push(row));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        for class in 0..self.control.heads.len() {
            self.list(class, &mut |block| out.push(Listed { class, offset: block + WORD }));
        }
    }

    fn max_allocatable(&self) -> usize {
        let top = self.control.heads.iter().rposition(|&head| head != NONE);
        let Some(class) = top else { return 0 };
        if self.has(Fault::PromisesTheLargestBlock) {
            let mut largest = 0;
            self.list(class, &mut |block| largest = largest.max(self.size(block)));
            return largest;
        }
        let size = sizes::least_key(&self.g, class).saturating_sub(self.g.key(0));
        if size < self.g.min_size() { 0 } else { size }
    }

    fn explain(&self, _align: usize, _size: usize) -> Option<Result<(), RequestError>> {
        None
    }

    fn counters(&self) -> Option<Counters> {
        let mut counters = self.control.counters;
        counters.census = self.counted();
        if self.has(Fault::ReallocToNothingNotCounted) {
            counters.census.used_blocks += self.control.leaked;
        }
        Some(counters)
    }

    fn validate(&self) -> Result<Census, Violation> {
        self.audit()
    }

    fn save(&self) -> Saved {
        Box::new(self.control.clone())
    }

    fn restore(&mut self, saved: &Saved) {
        let kept: &Control = saved.downcast_ref().expect("this subject saved it");
        self.control.clone_from(kept);
    }
}
