//! Saving the state of an instance, and restoring it.

use crate::unguarded::Unguarded;

/// The state of an instance when it was saved.
#[derive(Clone, Debug)]
pub struct SavedConte {
    /// The addresses of the instance's control and arena.
    places: (usize, usize),
    control: Vec<u8>,
    pools: Vec<SavedPool>,
}

#[derive(Clone, Debug)]
struct SavedPool {
    offset: usize,
    content: Vec<u8>,
    live: Vec<u64>,
}

impl Unguarded {
    pub(crate) fn save(&self) -> SavedConte {
        let pool = |(offset, bytes): (usize, usize)| SavedPool {
            offset,
            // SAFETY: a pool that is present lies in the arena, which is initialised.
            content: unsafe { std::slice::from_raw_parts(self.pointer(offset).cast(), bytes) }
                .to_vec(),
            live: self.domain.live_words(offset, bytes).to_vec(),
        };
        let (base, bytes) = (self.control.base(), self.control.bytes());
        // SAFETY: the control is ours and initialised.
        let control = unsafe { std::slice::from_raw_parts(base, bytes) }.to_vec();
        let pools = self.domain.pools().map(pool).collect();
        SavedConte { places: self.places(), control, pools }
    }

    pub(crate) fn restore(&mut self, saved: &SavedConte) {
        let own = saved.places == self.places() && saved.control.len() == self.control.bytes();
        let fits = |pool: &SavedPool| pool.offset + pool.content.len() <= self.arena.bytes();
        assert!(own && saved.pools.iter().all(fits), "saved by another instance");
        // SAFETY: the lengths are equal. The control and the arena have not moved, so saved links are
        // valid.
        unsafe {
            self.control
                .base()
                .copy_from_nonoverlapping(saved.control.as_ptr(), saved.control.len());
        }
        for SavedPool { offset, content, .. } in &saved.pools {
            // SAFETY: the pool lies in the arena, as just checked.
            unsafe {
                let bytes = self.arena.base().add(*offset);
                bytes.copy_from_nonoverlapping(content.as_ptr(), content.len());
            }
        }
        let pools = saved.pools.iter();
        self.domain.restore(pools.map(|pool| (pool.offset, pool.content.len(), &pool.live[..])));
    }

    fn places(&self) -> (usize, usize) {
        (self.control.base().addr(), self.arena.base().addr())
    }
}
