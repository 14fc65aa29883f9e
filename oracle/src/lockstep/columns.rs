//! The three columns of a lockstep, and which of them take part in a run.

use crate::call::Call;
use crate::geometry::{Geometry, configuration};
use crate::lockstep::layers::{Against, Layers};
use crate::model::Specification;
use crate::shadow::Live;
use crate::subject::reference::Reference;
use crate::subject::{Allocator as _, Row, Subject};

/// Subject, specification and reference, in one geometry.
pub(crate) struct Columns {
    pub(crate) geometry: Geometry,
    pub(crate) subject: Box<dyn Subject>,
    /// Present even if it takes no part.
    pub(super) all_specification: Box<dyn Specification>,
    /// Present, where the C code has the geometry, even if it takes no part.
    pub(super) all_reference: Option<Reference>,
    /// What takes part in this run; the reference only if the run is against it.
    pub(crate) layers: Layers,
}

impl Columns {
    pub(crate) fn new(
        geometry: usize,
        subject: Box<dyn Subject>,
        specification: Box<dyn Specification>,
    ) -> Self {
        let geometry = configuration(geometry);
        Self {
            geometry,
            subject,
            all_specification: specification,
            all_reference: Reference::new(&geometry),
            layers: Layers::ALL,
        }
    }

    /// Empties all columns. `sound` says that the last run found nothing.
    pub(crate) fn restart(&mut self, against: Against, layers: Layers, sound: bool) {
        self.subject.restart(sound);
        self.all_specification.clear();
        if let Some(reference) = &mut self.all_reference {
            reference.clear();
        }
        self.layers = Layers { lockstep: layers.lockstep && against == Against::Conte, ..layers };
    }

    /// Removes all pools of all columns, as a restart does, and gives the memory of their arenas back.
    pub(crate) fn discard(&mut self) {
        self.subject.restart(true);
        if let Some(arena) = self.subject.arena_mut() {
            arena.discard();
        }
        self.all_specification.clear();
        if let Some(reference) = &mut self.all_reference {
            reference.clear();
            reference.discard();
        }
    }

    /// Resets the subject, which keeps its pools; clears the other columns and adds these pools again.
    pub(crate) fn reset(&mut self, pools: &[(usize, usize)]) {
        self.subject.reset();
        self.all_specification.clear();
        if let Some(reference) = &mut self.all_reference {
            reference.clear();
        }
        for &(mem, bytes) in pools {
            let call = Call::AddPool { mem, bytes };
            let fresh = self.specification_mut().is_none_or(|model| model.call(call).is_done());
            assert!(fresh, "a pool that was present fits again");
            if let Some(reference) = self.reference_mut() {
                reference.call(call);
            }
        }
    }

    /// The specification, if it takes part.
    pub(crate) fn specification(&self) -> Option<&dyn Specification> {
        self.layers.model.then_some(&*self.all_specification)
    }

    /// The specification, if it takes part.
    pub(crate) fn specification_mut(&mut self) -> Option<&mut dyn Specification> {
        if self.layers.model { Some(&mut *self.all_specification) } else { None }
    }

    /// The reference, if it takes part.
    #[inline]
    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.all_reference.as_ref().filter(|_| self.layers.lockstep)
    }

    /// The reference, if it takes part.
    pub(crate) fn reference_mut(&mut self) -> Option<&mut Reference> {
        self.all_reference.as_mut().filter(|_| self.layers.lockstep)
    }

    /// Whether this run makes TLSF 3.1's calls only: the C code has the geometry, and the run is against
    /// it. The result does not depend on the feature `reference`, so that a program makes the same calls
    /// in every build.
    pub(crate) fn follow_conte(&self) -> bool {
        self.geometry.is_contes() && self.layers.lockstep
    }

    /// Payload of the largest free block in these pools, 0 if there is none.
    pub(crate) fn largest_free(&self, pools: &[(usize, usize)]) -> usize {
        if let Some(specification) = self.specification() {
            return specification.largest_free();
        }
        let mut rows: Vec<Row> = Vec::new();
        pools.iter().for_each(|&(mem, _)| self.subject.walk(mem, &mut rows));
        rows.iter().filter(|row| row.free).map(|row| row.size).max().unwrap_or(0)
    }

    /// The largest request that malloc grants now.
    pub(crate) fn largest_fit(&self) -> usize {
        match self.specification() {
            Some(specification) => specification.largest_fit(),
            None => self.subject.max_allocatable(),
        }
    }

    /// The bytes of a pool in the subject's arena.
    pub(crate) fn pool_bytes(&self, mem: usize, bytes: usize) -> &[u8] {
        // SAFETY: Containment: a recorded pool lies in the arena, and only `&mut self` writes there.
        unsafe { std::slice::from_raw_parts(self.subject.arena().at(mem), bytes) }
    }

    /// The first `bytes` of a live payload.
    #[inline]
    pub(crate) fn payload(&self, live: Live, bytes: usize) -> &[u8] {
        // SAFETY: Containment: checked when the payload was handed out; the arena outlives it.
        unsafe { std::slice::from_raw_parts(self.subject.arena().at(live.offset), bytes) }
    }

    /// Fills a live payload with its pattern, where contents take part.
    pub(crate) fn fill(&mut self, live: Live) {
        if !self.layers.content {
            return;
        }
        // SAFETY: Containment: checked when the payload was handed out; live payloads are the
        // harness's alone.
        let payload = unsafe {
            std::slice::from_raw_parts_mut(self.subject.arena().at(live.offset), live.usable)
        };
        live.pattern.fill(payload);
    }

    /// Writes a pool's bytes back.
    pub(super) fn restore_pool(&mut self, mem: usize, content: &[u8]) {
        let place = self.subject.arena().at(mem);
        // SAFETY: Containment: a recorded pool lies in the arena, and `&mut self` is its one user.
        unsafe { place.copy_from_nonoverlapping(content.as_ptr(), content.len()) };
    }
}
