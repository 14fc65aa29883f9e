//! The two functions that a program may define to watch its heap: `tlsf_check_hook` sees the memory of
//! every block that is checked, and `block_absorb_post_hook` fills what was the header of a block that was
//! merged into another.
//!
//! The header registers them when it makes a heap. They are one pair for the whole program, as in
//! espressif's fork, where they are weak symbols.

use core::ffi::c_void;
use core::mem::transmute;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use engine::WORD;

/// Called for the memory of each block that is checked. Returns whether it holds what it should.
pub type mm_esp_check_hook =
    Option<unsafe extern "C" fn(start: *mut c_void, size: usize, is_free: bool) -> bool>;

/// Called for memory that held a header and now belongs to a larger block.
pub type mm_esp_absorb_hook =
    Option<unsafe extern "C" fn(start: *mut c_void, size: usize, is_free: bool)>;

/// A `mm_esp_check_hook`; null for none.
static CHECK: AtomicPtr<()> = AtomicPtr::new(null_mut());
/// A `mm_esp_absorb_hook`; null for none.
static ABSORB: AtomicPtr<()> = AtomicPtr::new(null_mut());

pub(super) fn set(check: mm_esp_check_hook, absorb: mm_esp_absorb_hook) {
    CHECK.store(check.map_or(null_mut(), |hook| hook as *mut ()), Ordering::Release);
    ABSORB.store(absorb.map_or(null_mut(), |hook| hook as *mut ()), Ordering::Release);
}

/// Whether the hook finds the memory of a block as it should be; true without a hook. Of a free block it
/// sees what is neither a link nor the word that the block behind owns.
///
/// # Safety
/// A block of a heap, with its payload's address and size.
pub(super) unsafe fn accepts(payload: *mut u8, size: usize, is_free: bool) -> bool {
    // SAFETY: `set` stored it; null is None.
    let hook: mm_esp_check_hook = unsafe { transmute(CHECK.load(Ordering::Acquire)) };
    let Some(hook) = hook else { return true };
    let (skip, hidden) = if is_free { (2 * WORD, 3 * WORD) } else { (0, 0) };
    // SAFETY: the block has at least three words; the hook is the program's.
    unsafe { hook(payload.add(skip).cast(), size - hidden, is_free) }
}

/// The hook that fills merged headers.
pub(super) fn absorb() -> mm_esp_absorb_hook {
    // SAFETY: `set` stored it; null is None.
    unsafe { transmute(ABSORB.load(Ordering::Acquire)) }
}

/// The words around a header at which a block began: the last of the block before, the header, and two of
/// the payload.
#[derive(Clone, Copy)]
pub(super) struct OldHeader(usize);

impl OldHeader {
    /// Of the block with a payload at that address.
    pub(super) const fn of(payload: usize) -> Self {
        Self(payload - 2 * WORD)
    }

    /// Calls the hook for the part of these words that lies in `from..to`.
    ///
    /// # Safety
    /// The words of `memory` at `from..to` are the program's, or unused ones of a free block.
    pub(super) unsafe fn fill(self, memory: *mut u8, from: usize, to: usize) {
        let Some(hook) = absorb() else { return };
        let (start, end) = (self.0.max(from), (self.0 + 4 * WORD).min(to));
        if start < end {
            // SAFETY: the caller's contract.
            unsafe { hook(memory.with_addr(start).cast(), end - start, true) };
        }
    }
}
