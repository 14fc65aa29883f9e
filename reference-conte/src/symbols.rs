//! The C functions of each build, as one table of pointers per symbol prefix.
//!
//! `shim/conte.c` defines them. Only this file and `bare.rs` name its symbols.

use core::ffi::{c_int, c_void};

use crate::rows::{Listed, Row};
use crate::second_level::SecondLevel;

/// The address of a control structure, a pool or a payload.
pub type CPointer = *mut c_void;

macro_rules! symbols {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {
        /// The functions of one build of the C code, with TLSF's own names.
        ///
        /// They check nothing: the caller keeps TLSF's contract, or knows what the call does to memory.
        pub struct Symbols {
            $($(#[$meta])* pub $name: unsafe extern "C" fn($($type),*) $(-> $answer)?,)*
        }

        macro_rules! build {
            ($prefix:literal) => {{
                unsafe extern "C" {
                    $(
                        #[link_name = concat!($prefix, stringify!($name))]
                        fn $name($($arg: $type),*) $(-> $answer)?;
                    )*
                }
                Symbols { $($name),* }
            }};
        }
    };
}

symbols! {
    // TLSF's own functions.
    /// Makes a control structure at `memory`, or returns null.
    fn create(memory: CPointer) -> CPointer;
    /// The same, with a pool of the rest of `bytes`.
    fn create_with_pool(memory: CPointer, bytes: usize) -> CPointer;
    /// Returns the pool, or null.
    fn add_pool(tlsf: CPointer, memory: CPointer, bytes: usize) -> CPointer;
    /// Unlinks the pool's first block.
    fn remove_pool(tlsf: CPointer, pool: CPointer);
    /// Returns a payload, or null.
    fn malloc(tlsf: CPointer, size: usize) -> CPointer;
    /// Returns a payload, or null.
    fn memalign(tlsf: CPointer, align: usize, size: usize) -> CPointer;
    /// Returns a payload, or null.
    fn realloc(tlsf: CPointer, payload: CPointer, size: usize) -> CPointer;
    /// The result has no meaning.
    fn free(tlsf: CPointer, payload: CPointer) -> usize;
    /// The bytes of a payload.
    fn block_size(payload: CPointer) -> usize;
    /// Returns zero if sound. A failure is asserted first.
    fn check(tlsf: CPointer) -> c_int;
    /// Returns zero if sound. A failure is asserted first.
    fn check_pool(pool: CPointer) -> c_int;
    /// Bytes of the control structure.
    fn size() -> usize;
    /// Bytes of a word.
    fn align_size() -> usize;
    /// The least payload.
    fn block_size_min() -> usize;
    /// 2^FL_INDEX_MAX.
    fn block_size_max() -> usize;
    /// The bytes of a pool that are not payload.
    fn pool_overhead() -> usize;
    /// The bytes of a block that are not payload.
    fn alloc_overhead() -> usize;
    // The shim's functions, which read what is static.
    /// FL_INDEX_COUNT.
    fn first_level_count() -> usize;
    /// Writes at most `room` of the pool's blocks. Returns how many there are.
    fn rows(pool: CPointer, arena: *const u8, rows: *mut Row, room: usize) -> usize;
    /// Returns nonzero if the pool's blocks are exactly these.
    fn rows_are(pool: CPointer, arena: *const u8, rows: *const Row, count: usize) -> c_int;
    /// Writes at most `room` of the free blocks. Returns how many there are.
    fn listed(tlsf: CPointer, arena: *const u8, rows: *mut Listed, room: usize) -> usize;
    /// Returns nonzero if both levels of bits agree with the list heads.
    fn occupancy_agrees(tlsf: CPointer) -> c_int;
    /// Returns nonzero if the pool is one free block.
    fn pool_is_empty(pool: CPointer) -> c_int;
    /// The row and list of a free block.
    fn floor(size: usize, fl: *mut c_int, sl: *mut c_int);
    /// The row and list at which a search begins.
    fn ceil(size: usize, fl: *mut c_int, sl: *mut c_int);
    /// The block size for a request, 0 if there is none.
    fn fit(size: usize) -> usize;
}

static SL4: Symbols = build!("conte_sl4_");
static SL8: Symbols = build!("conte_sl8_");
static SL16: Symbols = build!("conte_sl16_");
static SL32: Symbols = build!("conte_sl32_");

/// TLSF 3.1 as upstream releases it: 32 lists a row, FL_INDEX_MAX 32 (30 on 32-bit).
pub static UPSTREAM: Symbols = build!("conte_upstream_");
/// The same with FL_INDEX_MAX 16: block sizes end at 64 KiB.
pub static SMALL: Symbols = build!("conte_small_");
/// The same with FL_INDEX_MAX 38 (30 on 32-bit), which its mapping does not support.
pub static WIDE: Symbols = build!("conte_wide_");

impl SecondLevel {
    /// The functions of the build with this geometry.
    pub(crate) fn symbols(self) -> &'static Symbols {
        match self {
            Self::Sl4 => &SL4,
            Self::Sl8 => &SL8,
            Self::Sl16 => &SL16,
            Self::Sl32 => &SL32,
        }
    }
}
