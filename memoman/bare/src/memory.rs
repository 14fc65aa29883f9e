//! Static memory at a multiple of 4096, so that results which depend on addresses are the same everywhere.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Memory with unspecified content.
#[repr(C, align(4096))]
pub struct Memory<const BYTES: usize>(UnsafeCell<[MaybeUninit<u8>; BYTES]>);

// SAFETY: it gives a pointer only; what is done with it is its user's.
unsafe impl<const BYTES: usize> Sync for Memory<BYTES> {}

impl<const BYTES: usize> Default for Memory<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BYTES: usize> Memory<BYTES> {
    /// For a static.
    pub const fn new() -> Self {
        Self(UnsafeCell::new([MaybeUninit::uninit(); BYTES]))
    }

    /// The start of the memory, which is valid for `BYTES` bytes and has no other owner.
    pub const fn start(&'static self) -> NonNull<u8> {
        NonNull::new(self.0.get().cast()).expect("a static has an address")
    }
}
