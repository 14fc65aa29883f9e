//! The calls, and the table of those for which the C code is not defined.

/// A call of the C code, with the arguments that decide whether the code is defined for it.
///
/// Offsets are payloads or pools, in bytes from the arena's base. With A = `align()` and
/// max = `block_size_max()`, the code is not defined for these:
///
/// | id | call | what the C code does |
/// |---|---|---|
/// | B1 | `Malloc`, size > usize::MAX − A + 1 | rounding wraps; a minimal block |
/// | B2 | `Realloc` of a block, size > max − A | upstream frees the live tail; LVGL's copy refuses |
/// | B3 | `Realloc` of a block, size > usize::MAX − A + 1 | shrinks to the minimum and reports success |
/// | B4 | `Memalign`, size as in B1, or fit + align + 4 words rounded up to align wraps | a block too small or misaligned |
/// | B5 | `Memalign`, align 0 or not a power of two | a wrong alignment |
/// | B6 | `AddPool`, payload exactly max | a list index out of bounds |
/// | B8 | `AddPool` of memory outside the arena | writes outside |
/// | B10 | `AddPool` that overlaps a present pool | links that form cycles |
/// | B11 | `RemovePool` of a pool that is absent or not one free block | an arbitrary write |
/// | B12 | `Free` or `Realloc` of what is not a live payload | corruption |
///
/// The C code refuses pools that are misaligned, too small or too large before it uses their memory.
/// So it is defined for them, also outside the arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConteCall {
    /// `malloc(size)`.
    Malloc {
        /// The requested bytes.
        size: usize,
    },
    /// `memalign(align, size)`.
    Memalign {
        /// The requested alignment.
        align: usize,
        /// The requested bytes.
        size: usize,
    },
    /// `realloc(current, size)`.
    Realloc {
        /// The block's payload; `None` is the null pointer.
        current: Option<usize>,
        /// The requested bytes.
        size: usize,
    },
    /// `free(offset)`.
    Free {
        /// The block's payload.
        offset: usize,
    },
    /// `add_pool(offset, bytes)`.
    AddPool {
        /// The offset of the pool's memory.
        offset: usize,
        /// Its length.
        bytes: usize,
    },
    /// `remove_pool(offset)`.
    RemovePool {
        /// The offset of the pool's memory.
        offset: usize,
    },
}
