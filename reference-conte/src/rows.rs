//! The blocks of a heap as the shim reports them. `shim/conte.c` has the same structures.

/// One block in the address order of a pool.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The payload, in bytes from the arena's base.
    pub offset: usize,
    /// The bytes of payload.
    pub size: usize,
    /// Whether the block is free.
    pub free: bool,
}

/// One free block in the free lists.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed {
    /// The list: first level × second-level count + second level.
    pub class: usize,
    /// The payload, in bytes from the arena's base.
    pub offset: usize,
}

/// A type of the caller with the layout of [`Row`]: the C code writes into it.
///
/// # Safety
///
/// It is `#[repr(C)]` and has fields of the types of `Row`'s, in their order, which may have any value.
pub unsafe trait LikeRow: Copy {}

/// A type of the caller with the layout of [`Listed`]: the C code writes into it.
///
/// # Safety
///
/// It is `#[repr(C)]` and has fields of the types of `Listed`'s, in their order, which may have any value.
pub unsafe trait LikeListed: Copy {}

// SAFETY: the type itself.
unsafe impl LikeRow for Row {}
// SAFETY: the type itself.
unsafe impl LikeListed for Listed {}
