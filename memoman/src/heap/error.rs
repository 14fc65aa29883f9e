//! Why a request is refused: the question behind a `None`, asked of a heap that stays as it is.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use crate::geometry::Geometry;
use crate::heap::Tlsf;

/// Why no block is handed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// A request of 0 bytes.
    ZeroSize,
    /// The alignment is not a power of two.
    Alignment {
        /// What was asked for.
        align: usize,
    },
    /// No heap with these parameters can serve it: its search would start above the last list.
    TooLarge {
        /// The largest request, aligned to ALIGN, that one could.
        most: usize,
    },
    /// The heap has no pool.
    NoPool,
    /// All free blocks together have fewer bytes.
    Exhausted {
        /// Bytes of the block that it would be.
        needs: usize,
        /// Bytes of all free blocks.
        free: usize,
    },
    /// All free blocks together have enough bytes, but no one of them has.
    Fragmented {
        /// Bytes of the block that it would be.
        needs: usize,
        /// Bytes of all free blocks.
        free: usize,
        /// Bytes of the largest.
        largest: usize,
    },
    /// A free block has enough bytes, but is not found: the search starts at the list whose blocks
    /// *all* suffice, wherever they lie.
    PassedOver {
        /// Bytes from which on a block is found, [`Tlsf::search_size`].
        search: usize,
        /// Bytes of the largest free block.
        largest: usize,
    },
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ZeroSize => f.write_str("a request of 0 bytes"),
            Self::Alignment { align } => write!(f, "alignment {align} is not a power of two"),
            Self::TooLarge { most } => {
                write!(f, "too large for this geometry: {most} bytes are the most")
            }
            Self::NoPool => f.write_str("the heap has no pool"),
            Self::Exhausted { needs, free } => {
                write!(f, "out of memory: it needs {needs} bytes, {free} are free")
            }
            Self::Fragmented { needs, free, largest } => write!(
                f,
                "fragmented: it needs {needs} bytes in one block; {free} are free, the largest \
                 block has {largest}"
            ),
            Self::PassedOver { search, largest } => write!(
                f,
                "passed over: the largest block has {largest} bytes, but the search starts at \
                 blocks of {search}"
            ),
        }
    }
}

impl core::error::Error for RequestError {}

/// Asking why.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize>
    Tlsf<ALIGN, FL, SL, POOLS>
{
    /// [`Tlsf::allocate`], with the reason if there is no block.
    ///
    /// # Errors
    /// [`RequestError`]. O(1) with a block, O(free blocks) to find the reason.
    ///
    /// ```
    /// # use core::alloc::Layout;
    /// use memoman::{RequestError, Tlsf};
    /// # let memory = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap: Tlsf = Tlsf::new();
    /// heap.add_static_pool(memory)?;
    /// let too_much = Layout::array::<u8>(5000)?;
    /// let error = heap.try_allocate(too_much).unwrap_err();
    /// assert!(matches!(error, RequestError::Exhausted { needs: 5000, .. }), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_allocate(&mut self, layout: Layout) -> Result<NonNull<u8>, RequestError> {
        match self.allocate(layout) {
            Some(block) => Ok(block),
            None => Err(self.reason(layout.align(), layout.size())),
        }
    }

    /// Whether a request would be granted now, [`Tlsf::malloc`] being one aligned to 1; and if
    /// not, why not. Changes nothing.
    ///
    /// # Errors
    /// [`RequestError`]. O(1) if it would be granted, else O(free blocks).
    pub fn explain(&self, align: usize, size: usize) -> Result<(), RequestError> {
        let need = Geometry::<ALIGN, FL, SL>::need(align, size);
        let key = need.map(Geometry::<ALIGN, FL, SL>::key);
        let class = key.map(Geometry::<ALIGN, FL, SL>::search_class_of_key);
        match class.and_then(|class| self.lists.first_from(class)) {
            Some(_) => Ok(()),
            None => Err(self.reason(align, size)),
        }
    }

    #[cold]
    fn reason(&self, align: usize, size: usize) -> RequestError {
        if size == 0 {
            return RequestError::ZeroSize;
        }
        if !align.is_power_of_two() {
            return RequestError::Alignment { align };
        }
        let fit = Geometry::<ALIGN, FL, SL>::fit(size);
        let Some((fit, search)) = fit.zip(Self::search_size(align, size)) else {
            return RequestError::TooLarge { most: Geometry::<ALIGN, FL, SL>::SEARCH_MAX };
        };
        if self.pools().next().is_none() {
            return RequestError::NoPool;
        }
        let (needs, mut free, mut largest) = (fit.bytes(), 0_usize, 0);
        for (_, block) in self.free_blocks() {
            // A damaged list may lead to one block many times.
            free = free.saturating_add(block.size);
            largest = largest.max(block.size);
        }
        if free < needs {
            RequestError::Exhausted { needs, free }
        } else if largest < needs {
            RequestError::Fragmented { needs, free, largest }
        } else {
            RequestError::PassedOver { search, largest }
        }
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Geometry<ALIGN, FL, SL> {
    /// The largest size that a search can be for: where the last class starts.
    const SEARCH_MAX: usize = Self::least_key(FL - 1, SL - 1) - Self::key(0);
}
