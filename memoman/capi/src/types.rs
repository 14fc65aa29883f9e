//! The types of `memoman.h`. Values only: no function of this library lies below this file. Comments
//! on public items are the header's.

use core::ffi::{CStr, c_char, c_int, c_void};

/// A heap. Only this library reads and writes it.
#[allow(missing_debug_implementations)]
pub struct mm_heap(());

/// A pool of a heap. Only this library reads and writes it.
#[allow(missing_debug_implementations)]
pub struct mm_pool(());

/// A heap: the address of its control structure.
pub type mm_t = *mut mm_heap;

/// A pool of a heap: the address of its memory, as passed to mm_add_pool.
pub type mm_pool_t = *mut mm_pool;

/// Why a call was refused.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum mm_error {
    /// Not refused.
    MM_OK = 0,
    /// The heap is NULL.
    MM_NO_HEAP = 1,
    /// An argument is NULL that must not be.
    MM_NULL = 2,
    /// A request of 0 bytes.
    MM_ZERO_SIZE = 3,
    /// More than a block or a pool of this configuration can have.
    MM_TOO_LARGE = 4,
    /// An alignment that is not a power of two.
    MM_BAD_ALIGN = 5,
    /// No free block was found that is certainly large enough.
    MM_OUT_OF_MEMORY = 6,
    /// Memory that is not aligned to mm_align_size().
    MM_MISALIGNED = 7,
    /// Less memory than the control structure or the smallest pool needs.
    MM_TOO_SMALL = 8,
    /// Memory that overlaps a pool of the heap, or its control structure.
    MM_OVERLAPS = 9,
    /// The heap has MM_POOLS_MAX pools.
    MM_POOLS_FULL = 10,
    /// The pool has an allocated block.
    MM_IN_USE = 11,
    /// Not a pool of this heap, or no longer.
    MM_UNKNOWN_POOL = 12,
    /// The pointer is not an allocated block of this heap (found with feature `guard`).
    MM_MISUSE = 13,
    /// The heap is damaged (found by checks, walks, and with feature `guard` by every call).
    MM_DAMAGED = 14,
}

impl mm_error {
    pub(crate) const ALL: [Self; 15] = [
        Self::MM_OK,
        Self::MM_NO_HEAP,
        Self::MM_NULL,
        Self::MM_ZERO_SIZE,
        Self::MM_TOO_LARGE,
        Self::MM_BAD_ALIGN,
        Self::MM_OUT_OF_MEMORY,
        Self::MM_MISALIGNED,
        Self::MM_TOO_SMALL,
        Self::MM_OVERLAPS,
        Self::MM_POOLS_FULL,
        Self::MM_IN_USE,
        Self::MM_UNKNOWN_POOL,
        Self::MM_MISUSE,
        Self::MM_DAMAGED,
    ];

    /// The reason in words.
    pub(crate) const fn text(self) -> &'static CStr {
        match self {
            Self::MM_OK => c"not refused",
            Self::MM_NO_HEAP => c"the heap is NULL",
            Self::MM_NULL => c"an argument is NULL",
            Self::MM_ZERO_SIZE => c"a request of 0 bytes",
            Self::MM_TOO_LARGE => c"more than this library's configuration allows",
            Self::MM_BAD_ALIGN => c"the alignment is not a power of two",
            Self::MM_OUT_OF_MEMORY => c"no free block is certainly large enough",
            Self::MM_MISALIGNED => c"the memory is not aligned to mm_align_size()",
            Self::MM_TOO_SMALL => c"the memory is too small",
            Self::MM_OVERLAPS => c"the memory overlaps a pool or the control structure",
            Self::MM_POOLS_FULL => c"the table of pools is full",
            Self::MM_IN_USE => c"the pool has an allocated block",
            Self::MM_UNKNOWN_POOL => c"not a pool of this heap",
            Self::MM_MISUSE => c"the pointer is not an allocated block of this heap",
            Self::MM_DAMAGED => c"the heap is damaged",
        }
    }
}

/// Called for each block of a walk, in address order, with the block's payload, its usable bytes,
/// whether it is allocated (1) or free (0), and the `user` argument of the walk.
///
/// The walker must return, and must not change the heap. Of this header it may call mm_block_size
/// and the functions that only read: mm_get_pool, mm_get_pool_for_ptr, mm_validate*, mm_check* and
/// other walks.
pub type mm_walker =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void)>;

/// Called when a library built with feature `guard` detects a misuse. `what` is one line of text,
/// valid until the handler returns: the function that was called, and what is wrong with the call.
///
/// The call is then refused: it changes nothing, and returns what it returns when memory is short.
///
/// The handler returns or ends the program. It may call any function of this header, also for the
/// same heap: mm_check and the walks show the state of the heap. It runs inside the call, so under
/// the lock that the caller holds. A misuse by the handler calls the handler again, so a handler
/// that calls mm_malloc on a damaged heap does not end.
pub type mm_misuse = Option<unsafe extern "C" fn(what: *const c_char)>;
