//! Why a request is refused: the reason behind a `None`. Reads the heap only.

use core::alloc::Layout;
use core::fmt;
use core::ptr::NonNull;

use crate::geometry::Geometry;
use crate::heap::Tlsf;
use crate::pool::unlisted::UnlistedPools;

/// Why a request is refused. The heap is unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// A request of 0 bytes.
    ZeroSize,
    /// No heap with these parameters grants it: its search would start above the last list.
    TooLarge {
        /// The largest request, aligned to ALIGN, that a heap with these parameters can grant.
        most: usize,
    },
    /// The heap has no pool.
    NoPool,
    /// All free blocks together have fewer bytes.
    Exhausted {
        /// Bytes of the block that the request needs.
        needs: usize,
        /// Bytes of all free blocks.
        free: usize,
    },
    /// All free blocks together have enough bytes, but no single block has.
    Fragmented {
        /// Bytes of the block that the request needs.
        needs: usize,
        /// Bytes of all free blocks.
        free: usize,
        /// Bytes of the largest.
        largest: usize,
    },
    /// A free block has enough bytes, but the search does not find it: the search starts at the first
    /// list in which *every* block is large enough. With SEARCH, the block is none of the first of its list.
    PassedOver {
        /// Bytes of the smallest blocks that the search finds.
        search: usize,
        /// Bytes of the largest free block.
        largest: usize,
    },
}

impl RequestError {
    /// What is wrong, without the numbers that `Display` adds. It needs no code that formats.
    ///
    /// # Examples
    /// ```
    /// let error = memoman::RequestError::Exhausted { needs: 64, free: 24 };
    /// assert_eq!(error.message(), "out of memory");
    /// assert_eq!(error.to_string(), "out of memory: the request needs 64 bytes, 24 are free");
    /// ```
    #[must_use]
    pub const fn message(&self) -> &'static str {
        match self {
            Self::ZeroSize => "a request of 0 bytes: request at least 1",
            Self::TooLarge { .. } => "too large for this geometry",
            Self::NoPool => "the heap has no pool: add one",
            Self::Exhausted { .. } => "out of memory",
            Self::Fragmented { .. } => "fragmented: no free block is large enough",
            Self::PassedOver { .. } => "passed over: the search does not find the largest block",
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        match *self {
            Self::ZeroSize | Self::NoPool => Ok(()),
            Self::TooLarge { most } => write!(f, ": at most {most} bytes, raise the FL parameter"),
            Self::Exhausted { needs, free } => {
                write!(f, ": the request needs {needs} bytes, {free} are free")
            }
            Self::Fragmented { needs, free, largest } => write!(
                f,
                "; the request needs {needs} bytes in one block, {free} are free, the largest block \
                 has {largest}"
            ),
            Self::PassedOver { search, largest } => {
                write!(f, "; it has {largest} bytes, and the search starts at blocks of {search}")
            }
        }
    }
}

impl core::error::Error for RequestError {}

/// The reason of a refusal.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, const SEARCH: usize>
    Tlsf<ALIGN, FL, SL, POOLS, SEARCH>
{
    /// [`Tlsf::allocate`], with the reason of a refusal.
    ///
    /// # Errors
    /// The reason of the refusal, as a [`RequestError`].
    ///
    /// # Complexity
    /// O(1) if it returns a block, O(free blocks) if it returns a reason.
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// use memoman::{Heap, RequestError};
    /// # let memory = Box::leak(Box::new_uninit_slice(4096 + 64));
    /// let mut heap = Heap::new();
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

    /// Returns whether [`Tlsf::allocate`] would grant a layout now, and if not, the reason. Changes
    /// nothing.
    ///
    /// # Errors
    /// The [`RequestError`] that [`Tlsf::try_allocate`] would return.
    ///
    /// # Complexity
    /// O(FL + SEARCH) if it would be granted, else O(free blocks).
    ///
    /// # Examples
    /// ```
    /// # use core::alloc::Layout;
    /// use memoman::{Heap, RequestError};
    /// let heap = Heap::new();
    /// assert_eq!(heap.explain(Layout::new::<u64>()), Err(RequestError::NoPool));
    /// ```
    pub fn explain(&self, layout: Layout) -> Result<(), RequestError> {
        let (align, size) = (layout.align(), layout.size());
        let need = Geometry::<ALIGN, FL, SL>::need(align, size);
        let key = need.map(Geometry::<ALIGN, FL, SL>::key);
        let class = key.map(Geometry::<ALIGN, FL, SL>::search_class_of_key);
        let near = need.and_then(Geometry::<ALIGN, FL, SL>::fit).and_then(|fit| self.near(fit));
        if near.is_some() || class.and_then(|class| self.lists.first_from(class)).is_some() {
            return Ok(());
        }
        Err(self.reason(align, size))
    }

    /// `align` is a power of two.
    #[cold]
    fn reason(&self, align: usize, size: usize) -> RequestError {
        // SAFETY: without unlisted pools, only the table's are read.
        unsafe { self.reason_with(UnlistedPools::NONE, align, size) }
    }

    /// `align` is a power of two.
    ///
    /// # Safety
    /// As [`Tlsf::listed_blocks`].
    #[cold]
    pub(crate) unsafe fn reason_with(
        &self,
        unlisted: UnlistedPools,
        align: usize,
        size: usize,
    ) -> RequestError {
        if size == 0 {
            return RequestError::ZeroSize;
        }
        let need = Geometry::<ALIGN, FL, SL>::need(align, size);
        let search = need.and_then(Geometry::<ALIGN, FL, SL>::search_size);
        // Of a need in the last class, a bounded search finds blocks.
        let (search, most) = match SEARCH {
            0 => (search, Geometry::<ALIGN, FL, SL>::SEARCH_MAX),
            _ => (search.or(need), Self::BLOCK_SIZE_MAX),
        };
        let Some((fit, search)) = Geometry::<ALIGN, FL, SL>::fit(size).zip(search) else {
            return RequestError::TooLarge { most };
        };
        if self.pools().next().is_none() && unlisted.count() == 0 {
            return RequestError::NoPool;
        }
        let (needs, mut free, mut largest) = (fit.bytes(), 0_usize, 0);
        // SAFETY: the caller's.
        for (_, block) in unsafe { self.listed_blocks(unlisted) } {
            // The sizes of a damaged heap may be any.
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
