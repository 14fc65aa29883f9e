//! The C functions of each build, as one table of pointers per symbol prefix.
//!
//! `shim/conte.c` defines them. No other file names its symbols.

use core::ffi::{c_int, c_void};

use crate::{Listed, Row, SecondLevel};

/// A control structure, a pool or a payload, as C sees it.
pub type Pointer = *mut c_void;

macro_rules! symbols {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        /// The functions of one build of the C code, with TLSF's own names.
        ///
        /// No function checks its arguments: the caller keeps TLSF's contract, or knows what this
        /// call does to memory.
        pub struct Symbols {
            $($(#[$meta])* pub $name: unsafe extern "C" fn($($type),*) $(-> $result)?,)*
        }

        macro_rules! build {
            ($prefix:literal) => {{
                unsafe extern "C" {
                    $(
                        #[link_name = concat!($prefix, stringify!($name))]
                        fn $name($($arg: $type),*) $(-> $result)?;
                    )*
                }
                Symbols { $($name),* }
            }};
        }
    };
}

symbols! {
    // TLSF's own interface.
    /// A control structure at `memory`, or null.
    fn create(memory: Pointer) -> Pointer;
    /// The same, and a pool of what is left of `bytes`.
    fn create_with_pool(memory: Pointer, bytes: usize) -> Pointer;
    /// The pool, or null.
    fn add_pool(tlsf: Pointer, memory: Pointer, bytes: usize) -> Pointer;
    /// Unlinks the pool's first block.
    fn remove_pool(tlsf: Pointer, pool: Pointer);
    /// A payload, or null.
    fn malloc(tlsf: Pointer, size: usize) -> Pointer;
    /// A payload, or null.
    fn memalign(tlsf: Pointer, align: usize, size: usize) -> Pointer;
    /// A payload, or null.
    fn realloc(tlsf: Pointer, payload: Pointer, size: usize) -> Pointer;
    /// What it returns means nothing.
    fn free(tlsf: Pointer, payload: Pointer) -> usize;
    /// Bytes of a payload.
    fn block_size(payload: Pointer) -> usize;
    /// Zero if sound. Fires assertions first.
    fn check(tlsf: Pointer) -> c_int;
    /// Zero if sound. Fires assertions first.
    fn check_pool(pool: Pointer) -> c_int;
    /// Bytes of the control structure.
    fn size() -> usize;
    /// Bytes of a word.
    fn align_size() -> usize;
    /// The least payload.
    fn block_size_min() -> usize;
    /// 2^FL_INDEX_MAX.
    fn block_size_max() -> usize;
    /// Bytes of a pool that are no payload.
    fn pool_overhead() -> usize;
    /// Bytes of a block that are no payload.
    fn alloc_overhead() -> usize;
    // The shim's window on what is static.
    /// FL_INDEX_COUNT.
    fn first_level_count() -> usize;
    /// The pool's blocks, `room` of them at most; how many there are.
    fn rows(pool: Pointer, arena: *const u8, rows: *mut Row, room: usize) -> usize;
    /// The free blocks, `room` of them at most; how many there are.
    fn listed(tlsf: Pointer, arena: *const u8, rows: *mut Listed, room: usize) -> usize;
    /// Not zero if both bitmap levels agree with the heads.
    fn occupancy_agrees(tlsf: Pointer) -> c_int;
    /// Not zero if the pool is one free block.
    fn pool_is_empty(pool: Pointer) -> c_int;
    /// Row and list in which a free block is put.
    fn floor(size: usize, fl: *mut c_int, sl: *mut c_int);
    /// Row and list at which a search begins.
    fn ceil(size: usize, fl: *mut c_int, sl: *mut c_int);
}

static SL4: Symbols = build!("conte_sl4_");
static SL8: Symbols = build!("conte_sl8_");
static SL16: Symbols = build!("conte_sl16_");
static SL32: Symbols = build!("conte_sl32_");

/// TLSF 3.1 as upstream releases it: 32 lists a row, FL_INDEX_MAX 32 (30 on 32-bit).
pub static UPSTREAM: Symbols = build!("conte_upstream_");
/// The same with FL_INDEX_MAX 16: block sizes end at 64 KiB.
pub static SMALL: Symbols = build!("conte_small_");
/// The same with FL_INDEX_MAX 38 (30 on 32-bit), which is more than its mapping can do.
pub static WIDE: Symbols = build!("conte_wide_");

impl SecondLevel {
    /// The build with this many lists.
    pub(crate) fn symbols(self) -> &'static Symbols {
        match self {
            Self::Sl4 => &SL4,
            Self::Sl8 => &SL8,
            Self::Sl16 => &SL16,
            Self::Sl32 => &SL32,
        }
    }
}
