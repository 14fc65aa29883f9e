//! The C functions of each build, as one table of pointers per symbol prefix.
//!
//! `shim/conte.c` is the other side. This is the one place that names its symbols.

use core::ffi::{c_int, c_void};

use crate::{Listed, Row, SecondLevel};

/// A control structure, a pool or a payload, as C sees it.
pub(crate) type Pointer = *mut c_void;

macro_rules! symbols {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {
        /// The functions of one build of the C code.
        pub(crate) struct Symbols {
            $($(#[$meta])* pub(crate) $name: unsafe extern "C" fn($($type),*) $(-> $answer)?,)*
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
    // TLSF's own face.
    fn create(memory: Pointer) -> Pointer;
    fn add_pool(tlsf: Pointer, memory: Pointer, bytes: usize) -> Pointer;
    fn remove_pool(tlsf: Pointer, pool: Pointer);
    fn malloc(tlsf: Pointer, size: usize) -> Pointer;
    fn memalign(tlsf: Pointer, align: usize, size: usize) -> Pointer;
    fn realloc(tlsf: Pointer, payload: Pointer, size: usize) -> Pointer;
    fn free(tlsf: Pointer, payload: Pointer) -> usize;
    fn block_size(payload: Pointer) -> usize;
    /// Zero if sound. Fires assertions first.
    fn check(tlsf: Pointer) -> c_int;
    /// Zero if sound. Fires assertions first.
    fn check_pool(pool: Pointer) -> c_int;
    fn size() -> usize;
    fn align_size() -> usize;
    fn block_size_min() -> usize;
    fn block_size_max() -> usize;
    fn pool_overhead() -> usize;
    fn alloc_overhead() -> usize;
    // The shim's window on what is static.
    fn first_level_count() -> usize;
    fn rows(pool: Pointer, arena: *const u8, rows: *mut Row, room: usize) -> usize;
    fn listed(tlsf: Pointer, arena: *const u8, rows: *mut Listed, room: usize) -> usize;
    fn occupancy_agrees(tlsf: Pointer) -> c_int;
    fn pool_is_empty(pool: Pointer) -> c_int;
    fn floor(size: usize, fl: *mut c_int, sl: *mut c_int);
    fn ceil(size: usize, fl: *mut c_int, sl: *mut c_int);
}

static SL4: Symbols = build!("conte_sl4_");
static SL8: Symbols = build!("conte_sl8_");
static SL16: Symbols = build!("conte_sl16_");
static SL32: Symbols = build!("conte_sl32_");

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
