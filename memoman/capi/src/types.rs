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

/// Why a call was refused: mm_last_error, mm_create_error, mm_error_text.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum mm_error {
    /// No call was refused.
    MM_OK = 0,
    /// The heap is NULL.
    MM_NO_HEAP = 1,
    /// An argument is NULL that must not be.
    MM_NULL = 2,
    /// A request of 0 bytes.
    MM_ZERO_SIZE = 3,
    /// More bytes than a heap of this configuration can have in one block or pool, more than the
    /// address space has, or more than the block or pool has that is to shrink.
    MM_TOO_LARGE = 4,
    /// An alignment that is not a power of two.
    MM_BAD_ALIGN = 5,
    /// No free block was found that is certainly large enough.
    MM_OUT_OF_MEMORY = 6,
    /// Memory that is not at a multiple of mm_align_size().
    MM_MISALIGNED = 7,
    /// Fewer bytes than the control structure, a pool or a block needs.
    MM_TOO_SMALL = 8,
    /// Memory that overlaps a pool of the heap, or its control structure.
    MM_OVERLAPS = 9,
    /// The heap has MM_POOLS_MAX pools.
    MM_POOLS_FULL = 10,
    /// An allocated block is in the way: in the pool to remove, at the end of the pool to shrink.
    MM_IN_USE = 11,
    /// The address is of no pool of this heap, or of one that was removed.
    MM_UNKNOWN_POOL = 12,
    /// The pointer is no allocated block of this heap. Only a library with feature `guard` finds this.
    MM_MISUSE = 13,
    /// The heap is damaged. Checks, walks and mm_stats find this, and with feature `guard` every call
    /// that changes the heap.
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

/// What a heap holds: mm_stats.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct mm_stats {
    /// Pools.
    pub pools: usize,
    /// Allocated blocks.
    pub used_blocks: usize,
    /// Their usable bytes.
    pub used_bytes: usize,
    /// Free blocks.
    pub free_blocks: usize,
    /// Their bytes.
    pub free_bytes: usize,
    /// The bytes of the largest free block. mm_max_allocatable is what a request can get.
    pub largest_free: usize,
    /// 1 if the library has feature `stats` and counted what follows; else 0, and they are 0.
    pub counted: c_int,
    /// The most `used_bytes` since the heap was made or reset.
    pub peak_used_bytes: usize,
    /// The largest request since then, granted or not.
    pub largest_request: usize,
    /// Requests refused since then, except those of 0 bytes.
    pub failures: usize,
}

/// A block to plan for: mm_pool_bytes_for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mm_request {
    /// Bytes, as passed to mm_malloc or mm_memalign. A request of 0 bytes needs nothing.
    pub size: usize,
    /// The alignment, as passed to mm_memalign; 0 for mm_malloc.
    pub align: usize,
}

/// Called for each block of a walk, in address order, with the block's payload, its usable bytes,
/// whether it is allocated (1) or free (0), and the `user` argument of the walk.
///
/// Returns 0 to go on, another number to end the walk. It must return, and must not change the heap. It
/// may call the functions of this header whose threads are "shared" or "any".
pub type mm_walker = Option<
    unsafe extern "C" fn(ptr: *mut c_void, size: usize, used: c_int, user: *mut c_void) -> c_int,
>;

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
