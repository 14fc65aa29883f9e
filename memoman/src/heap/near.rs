//! The bounded search (const parameter SEARCH): before the search of TLSF 3.1, a request looks at the first
//! SEARCH blocks of the list that it falls into itself.

use core::ptr::NonNull;

use crate::chain::span::Span;
use crate::geometry::Fit;
use crate::heap::Tlsf;
use crate::index::listed::Listed;

impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// A block that holds `fit`, of the first SEARCH of the list that `fit` falls into; it stays there.
    #[inline]
    pub(super) fn near(&self, fit: Fit) -> Option<Listed<FL, SL>> {
        if SEARCH == 0 { None } else { self.lists.near(fit, SEARCH) }
    }

    /// Gives the caller `fit` bytes of a listed block, behind `lead` bytes that stay a free block; the rest
    /// behind is free, too, if it can be a block.
    ///
    /// # Safety
    /// `lead` is 0 or a legal block with its header, and the block has at least `lead` and `fit` bytes.
    pub(super) unsafe fn carve(
        &mut self,
        found: Listed<FL, SL>,
        lead: usize,
        fit: Fit,
    ) -> NonNull<u8> {
        // SAFETY: Membership: listed until replaced or removed; the rest is in no list.
        unsafe {
            let mut span = Span::of_free(found.block());
            if lead > 0 {
                let lead = span.cut_front(lead);
                self.replace(found, lead.seal_free());
            } else {
                self.remove(found);
            }
            let (payload, rest) = self.cut_and_seal(span, fit);
            if let Some(rest) = rest {
                self.insert(rest);
            }
            payload
        }
    }
}
