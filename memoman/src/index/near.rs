//! The bounded search: the first blocks of the list that a request itself would be in. Reads only.
//!
//! The blocks of that list may be larger than the request or smaller, so TLSF 3.1 passes them over.

use crate::chain::block::FreeBlock;
use crate::cost::touch;
use crate::geometry::Fit;
use crate::index::FreeLists;
use crate::index::class::SizeClass;
use crate::index::listed::Listed;

impl<const ALIGN: usize, const FL: usize, const SL: usize> FreeLists<ALIGN, FL, SL> {
    /// Finds the first block that holds `fit` among the first `most` of the list that a block of just that
    /// size would be in.
    #[inline]
    pub(crate) fn near(&self, fit: Fit, most: usize) -> Option<Listed<FL, SL>> {
        // SAFETY: Class: a fitted size is a legal one.
        let class = unsafe { SizeClass::floor::<ALIGN>(fit.bytes()) };
        self.look_at(class, most, |size| size >= fit.bytes())
    }

    /// The size of the largest of the first `most` blocks of a list; 0 if there is none.
    pub(crate) fn largest_near(&self, class: SizeClass<FL, SL>, most: usize) -> usize {
        let mut largest = 0;
        self.look_at(class, most, |size| {
            largest = largest.max(size);
            false
        });
        largest
    }

    /// Shows the sizes of the first `most` blocks of a list, up to the one that is taken.
    #[inline]
    fn look_at(
        &self,
        class: SizeClass<FL, SL>,
        most: usize,
        mut takes: impl FnMut(usize) -> bool,
    ) -> Option<Listed<FL, SL>> {
        touch();
        let mut link = self.heads.as_flattened()[class.index()];
        for _ in 0..most {
            let place = link?;
            // SAFETY: Links: a head, and what a listed block leads to, is listed. Membership: it is free.
            unsafe {
                let size = place.header().size();
                if takes(size) {
                    return Some(Listed { block: FreeBlock::new(place, size), class });
                }
                link = place.next_slot().read();
            }
        }
        None
    }
}
