//! The calls and queries of the lockstep.

use memoman::{RequestError, Violation};

use super::fault::Fault;
use super::tlsf::{Control, FaultyTlsf, NONE};
use crate::arena::Arena;
use crate::call::{Call, Reply};
use crate::counters::{Census, Counters, is_counted};
use crate::geometry::WORD;
use crate::model::sizes;
use crate::subject::{Allocator, Listed, Row, Saved, Subject};

impl FaultyTlsf {
    fn malloc(&mut self, size: usize) -> Option<usize> {
        let payload = self.allocate(1, size);
        self.count_request(size, payload);
        payload
    }

    fn memalign(&mut self, align: usize, size: usize) -> Option<usize> {
        let payload = self.allocate(align, size);
        if is_counted(align, size) {
            self.count_request(size, payload);
        }
        if self.has(Fault::WideAlignFailureNotCounted) && align > 4096 && payload.is_none() {
            let failures = &mut self.control.counters.failures;
            *failures = failures.saturating_sub(usize::from(size > 0));
        }
        payload
    }

    fn realloc(&mut self, payload: Option<usize>, align: usize, size: usize) -> Option<usize> {
        let Some(p) = payload else { return self.memalign(align, size) };
        if size == 0 {
            self.control.freed_by_realloc += 1;
            self.merge_and_release(p - WORD);
            return None;
        }
        let payload = self.reallocate(p, align, size);
        if is_counted(align, size) {
            self.count_request(size, payload);
        }
        payload
    }

    fn grow_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size);
        let grown =
            size <= self.size(p - WORD) || fit.is_some_and(|fit| self.resize(p - WORD, fit));
        self.update_peak();
        grown
    }

    fn shrink_in_place(&mut self, p: usize, size: usize) -> bool {
        let fit = self.fit(size).filter(|_| size <= self.size(p - WORD));
        fit.is_some_and(|fit| self.resize(p - WORD, fit))
    }

    fn free(&mut self, payload: usize) {
        self.merge_and_release(payload - WORD);
        self.control.calls += 1;
    }
}

impl Allocator for FaultyTlsf {
    fn call(&mut self, call: Call) -> Reply {
        match call {
            Call::Malloc { size } => Reply::block(self.malloc(size)),
            Call::Memalign { align, size } => Reply::block(self.memalign(align, size)),
            Call::Realloc { payload, align, size } => match self.realloc(payload, align, size) {
                None if payload.is_some() && size == 0 => Reply::Done,
                moved => Reply::block(moved),
            },
            Call::Grow { payload, size } => {
                Reply::block(self.grow_in_place(payload, size).then_some(payload))
            }
            Call::Shrink { payload, size } => {
                Reply::block(self.shrink_in_place(payload, size).then_some(payload))
            }
            Call::Free { payload } => {
                self.free(payload);
                Reply::Done
            }
            Call::AddPool { mem, bytes } => Reply::done(self.add(mem, bytes)),
            Call::RemovePool { mem } => Reply::done(self.remove_pool_at(mem)),
            Call::ExtendPool { mem, more } => Reply::done(self.extend(mem, more)),
            Call::ShrinkPool { mem, less } => Reply::done(self.shrink(mem, less)),
        }
    }

    fn clear(&mut self) {
        self.control = Control::new(&self.g);
        self.moving = 0;
    }

    fn usable_size(&self, payload: usize) -> usize {
        self.size(payload - WORD)
    }

    fn walk(&self, mem: usize, out: &mut Vec<Row>) {
        self.each(mem, &mut |row| out.push(row));
    }

    fn lists(&self, out: &mut Vec<Listed>) {
        for (_, classes) in self.rows().filter(|(_, classes)| self.is_occupied(classes)) {
            for class in classes {
                self.list(class, &mut |block| out.push(Listed { class, offset: block + WORD }));
            }
        }
    }
}

impl Subject for FaultyTlsf {
    fn arena(&self) -> &Arena {
        &self.arena
    }

    fn linked(&self, link: usize) -> usize {
        // A list's links are offsets plus 1, a back link is an offset.
        link & !1
    }

    fn reset(&mut self) {
        self.format_all();
    }

    fn max_allocatable(&self) -> usize {
        let top = self.rows().rfind(|(_, classes)| self.is_occupied(classes));
        let heads = &self.control.heads;
        let class = top.and_then(|(_, mut classes)| classes.rfind(|&class| heads[class] != NONE));
        let Some(class) = class else { return 0 };
        if self.has(Fault::MaxIsTheLargestBlock) {
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
        if self.has(Fault::ReallocToZeroNotCounted) {
            counters.census.used_blocks += self.control.freed_by_realloc;
        }
        Some(counters)
    }

    fn validate(&self) -> Result<Census, Violation> {
        self.check_laws()
    }

    fn save(&self) -> Saved {
        Box::new(self.control.clone())
    }

    fn restore(&mut self, saved: &Saved) {
        let saved: &Control = saved.downcast_ref().expect("this subject saved it");
        self.control.clone_from(saved);
    }
}
