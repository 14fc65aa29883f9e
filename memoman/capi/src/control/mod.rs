//! What a handle points at, and the operations on it: those of every kind of heap, written once.
//!
//! An operation is an associated function of [`Control`]. It takes the handle as an address (null is
//! refused) and the name of the function that the program called, under which a misuse is reported.
//! `blocks` has the operations on blocks, `pools` those on pools, `inspect` those that only read.
//! What C allows and Rust's types exclude is decided here: null blocks, size 0, and sizes and alignments
//! that are no `Layout`.

mod blocks;
mod inspect;
#[cfg(feature = "espressif")]
mod placed;
mod pools;

use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicU8, Ordering};

use engine::Tlsf;

pub(crate) use crate::flavour::{Beyond, Unlimited};
pub(crate) use inspect::{Walk, block_size};

use crate::flavour::{Flavour, InTable, Refused, settle};
use crate::types::mm_error;

/// What every control begins with.
#[repr(C)]
struct Head {
    /// Which geometry the heap has, where a handle may have one of several; else 0.
    kind: u8,
    /// Index in `mm_error::ALL`. Atomic, because calls that only read may overlap.
    refusal: AtomicU8,
}

/// A heap of the engine, and why it last refused a call.
#[repr(C)]
pub(crate) struct Control<
    const ALIGN: usize,
    const FL: usize,
    const SL: usize,
    const POOLS: usize,
    B = InTable,
> {
    head: Head,
    heap: Flavour<ALIGN, FL, SL, POOLS, B>,
}

/// The kind of a heap that [`Control::mark`] has marked; 0 for any other, and for null.
///
/// # Safety
/// `this` is null or a control.
#[inline]
pub(crate) unsafe fn kind(this: *const c_void) -> u8 {
    // SAFETY: every control begins with a head.
    if this.is_null() { 0 } else { unsafe { (*this.cast::<Head>()).kind } }
}

/// Making and ending a heap, and the frame of every call.
impl<const ALIGN: usize, const FL: usize, const SL: usize, const POOLS: usize, B: Beyond>
    Control<ALIGN, FL, SL, POOLS, B>
{
    const fn new() -> Self {
        let head = Head { kind: 0, refusal: AtomicU8::new(mm_error::MM_OK as u8) };
        Self { head, heap: Flavour::new() }
    }

    /// Marks a heap as one of a kind: see [`kind`].
    ///
    /// # Safety
    /// `this` is null or a heap.
    unsafe fn mark(this: *mut Self, kind: u8) -> *mut Self {
        if !this.is_null() {
            // SAFETY: a heap, by the caller's contract.
            unsafe { (*this).head.kind = kind };
        }
        this
    }

    /// Bytes of the control structure.
    pub(crate) const fn control_size() -> usize {
        size_of::<Self>().next_multiple_of(ALIGN)
    }

    /// Bytes of the largest block.
    pub(crate) const fn block_size_max() -> usize {
        Tlsf::<ALIGN, FL, SL, POOLS>::BLOCK_SIZE_MAX
    }

    /// Lists for each power of two of sizes.
    pub(crate) const fn second_levels() -> usize {
        SL
    }

    /// Why no control can be placed at `mem`.
    pub(crate) fn misplaced(mem: *mut c_void) -> Option<mm_error> {
        // ALIGN is at least the word's alignment, and the control contains words only.
        const { assert!(align_of::<Self>() <= ALIGN) };
        if mem.is_null() {
            Some(mm_error::MM_NULL)
        } else if mem.addr() & (ALIGN - 1) != 0 {
            Some(mm_error::MM_MISALIGNED)
        } else {
            None
        }
    }

    /// Makes a heap without pools at `mem`; null for a misplaced one.
    ///
    /// # Safety
    /// `mem` is misplaced, or has `control_size` bytes that are the caller's.
    pub(crate) unsafe fn create(mem: *mut c_void) -> *mut Self {
        if Self::misplaced(mem).is_some() {
            return null_mut();
        }
        let control = mem.cast::<Self>();
        // SAFETY: aligned; long enough and exclusive by the caller's contract.
        unsafe { control.write(Self::new()) };
        control
    }

    /// [`Self::create`] for a heap of a kind.
    ///
    /// # Safety
    /// As [`Self::create`].
    pub(crate) unsafe fn create_kind<T>(mem: *mut c_void, kind: u8) -> *mut T {
        // SAFETY: the caller's contract.
        unsafe { Self::mark(Self::create(mem), kind) }.cast()
    }

    /// [`Self::create_with_pool`] for a heap of a kind.
    ///
    /// # Safety
    /// As [`Self::create_with_pool`].
    pub(crate) unsafe fn create_kind_with_pool<T>(
        mem: *mut c_void,
        bytes: usize,
        kind: u8,
    ) -> *mut T {
        // SAFETY: the caller's contract.
        unsafe { Self::mark(Self::create_with_pool(mem, bytes), kind) }.cast()
    }

    /// Why [`Self::create_with_pool`] refuses this memory. Nothing is written.
    pub(crate) fn unsuitable(mem: *mut c_void, bytes: usize) -> Option<mm_error> {
        let misplaced = Self::misplaced(mem);
        if misplaced.is_some() {
            return misplaced;
        }
        let control = Self::control_size();
        if bytes < control + Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MIN {
            return Some(mm_error::MM_TOO_SMALL);
        }
        // Up to the end of the address space, where the start of the pool would wrap.
        let most = Tlsf::<ALIGN, FL, SL, POOLS>::POOL_BYTES_MAX.saturating_add(control);
        if bytes > most.min(usize::MAX - mem.addr()) {
            return Some(mm_error::MM_TOO_LARGE);
        }
        None
    }

    /// Makes a heap at `mem` with a pool of what is behind the control; null for unsuitable memory.
    ///
    /// # Safety
    /// `mem` is unsuitable, or has `bytes` bytes that are the heap's until it ends.
    pub(crate) unsafe fn create_with_pool(mem: *mut c_void, bytes: usize) -> *mut Self {
        if Self::unsuitable(mem, bytes).is_some() {
            return null_mut();
        }
        // SAFETY: suitable; the caller's contract. An empty heap accepts a pool of valid address and
        // size.
        unsafe {
            let control = Self::create(mem);
            let size = Self::control_size();
            let pool = NonNull::new_unchecked(mem.byte_add(size).cast());
            let _accepted = (*control).heap.add_pool(pool, bytes - size);
            control
        }
    }

    /// Leaves an empty heap, of the same kind, in place of a heap.
    ///
    /// # Safety
    /// `this` is null or a heap, and no other call of that heap runs.
    pub(crate) unsafe fn destroy(this: *mut Self) {
        if !this.is_null() {
            // SAFETY: a heap, by the caller's contract.
            unsafe {
                let kind = (*this).head.kind;
                this.write(Self::new());
                Self::mark(this, kind);
            }
        }
    }

    /// Frees all blocks.
    ///
    /// # Safety
    /// `this` is null or a heap, no other call of that heap runs, and no block of it is used afterwards.
    pub(crate) unsafe fn reset(this: *mut Self) {
        if !this.is_null() {
            // SAFETY: the caller's contract.
            unsafe { (*this).heap.reset() };
        }
    }

    /// Sets the interval of whole checks, with feature `guard`. Returns whether there is a heap.
    ///
    /// # Safety
    /// `this` is null or a heap, and no other call of that heap runs.
    pub(crate) unsafe fn check_interval(this: *mut Self, calls: usize) -> bool {
        if !this.is_null() {
            // SAFETY: the caller's contract.
            unsafe { (*this).heap.check_every(calls) };
        }
        !this.is_null()
    }

    /// Runs an operation that may change the heap. The heap is borrowed until the result is known, not
    /// while a misuse is reported: the handler may use the heap.
    ///
    /// # Safety
    /// `this` is null or a heap, and no other call of that heap runs.
    #[inline]
    unsafe fn run<R>(
        this: *mut Self,
        function: &'static str,
        operation: impl FnOnce(&mut Flavour<ALIGN, FL, SL, POOLS, B>) -> Result<R, Refused>,
    ) -> Result<R, mm_error> {
        if this.is_null() {
            return Err(mm_error::MM_NO_HEAP);
        }
        // SAFETY: by the caller's contract, a heap and its only call.
        operation(unsafe { &mut (*this).heap }).map_err(|refused| {
            let error = settle(function, refused);
            // SAFETY: as above.
            unsafe { Self::refuse(this, error) }
        })
    }

    /// Keeps the reason of a refused call, and returns it.
    ///
    /// # Safety
    /// `this` is a heap.
    #[cold]
    unsafe fn refuse(this: *const Self, error: mm_error) -> mm_error {
        // SAFETY: the caller's contract.
        unsafe { &(*this).head.refusal }.store(error as u8, Ordering::Relaxed);
        error
    }

    /// Why the last refused call of this heap was refused; `MM_OK` if none was.
    ///
    /// # Safety
    /// `this` is null or a heap.
    pub(crate) unsafe fn last_error(this: *const Self) -> mm_error {
        if this.is_null() {
            return mm_error::MM_NO_HEAP;
        }
        // SAFETY: the caller's contract.
        let index = unsafe { &(*this).head.refusal }.load(Ordering::Relaxed);
        // A damaged control may have any value.
        mm_error::ALL.get(usize::from(index)).copied().unwrap_or(mm_error::MM_DAMAGED)
    }
}
