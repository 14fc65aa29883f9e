//! Feature `guard`: a heap that checks every call before it is made, and the report of a misuse.
//!
//! [`CheckedCall`] has the operations of the unchecked heap, so that `mm` is the same for both. For
//! `mm`, a misuse is refused like any other call.

use core::alloc::Layout;
use core::ffi::{CStr, c_char};
use core::fmt::{self, Write};
use core::mem::transmute;
use core::ops::Deref;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering};

use engine::{
    CONTE_FL, Census, GuardError, Guarded, Misuse, Pool, PoolError, Reaction, Violation, WORD,
};

use crate::types::{CHeap, MM_POOLS_MAX, mm_misuse, mm_t};

type Guard = Guarded<WORD, CONTE_FL, 32, MM_POOLS_MAX>;

/// [`CHeap`] behind the engine's pointer checks.
pub(crate) struct CheckedHeap(Guard);

impl CheckedHeap {
    pub(crate) const fn new() -> Self {
        Self(Guarded::new(Reaction::Error))
    }

    pub(crate) const fn control_size() -> usize {
        size_of::<Self>().next_multiple_of(CHeap::ALIGN)
    }

    /// As the unchecked heap's, with room for the larger control structure.
    pub(crate) unsafe fn init_in_place<'a>(
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<&'a mut Self, PoolError> {
        let control = Self::control_size();
        if !mem.cast::<Self>().is_aligned() {
            return Err(PoolError::Misaligned { needs: align_of::<Self>() });
        }
        let least = control + CHeap::POOL_BYTES_MIN;
        if bytes < least {
            return Err(PoolError::TooSmall { least });
        }
        let most = CHeap::POOL_BYTES_MAX.saturating_add(control);
        let most = most.min(usize::MAX - mem.addr().get());
        if bytes > most {
            return Err(PoolError::TooLarge { most });
        }
        // SAFETY: aligned and long enough, as just checked; exclusive by the caller's contract.
        unsafe {
            let heap = mem.cast::<Self>().as_ptr();
            heap.write(Self::new());
            // An empty heap is sound and accepts a pool of valid address and size.
            let _accepted = (*heap).0.add_pool(mem.byte_add(control), bytes - control);
            Ok(&mut *heap)
        }
    }

    pub(crate) fn validate(&self) -> Result<Census, Violation> {
        self.0.validate()
    }
}

/// Calls that only read are the unchecked heap's.
impl Deref for CheckedHeap {
    type Target = CHeap;

    fn deref(&self) -> &CHeap {
        self.0.heap()
    }
}

/// One call that changes a heap.
///
/// Each operation consumes it, and borrows the heap only until the result is known: the handler of
/// misuse may use the heap again.
pub(crate) struct CheckedCall {
    heap: NonNull<CheckedHeap>,
    function: &'static str,
}

impl CheckedCall {
    /// # Safety
    /// `mm` is null or a heap, and no other call of that heap runs until this one has returned.
    pub(crate) unsafe fn of(mm: mm_t, function: &'static str) -> Option<Self> {
        NonNull::new(mm.cast()).map(|heap| Self { heap, function })
    }

    fn run<R>(
        mut self,
        operation: impl FnOnce(&mut Guard) -> Result<R, GuardError>,
    ) -> Result<R, GuardError> {
        // SAFETY: by the contract of `of`, a heap and its only call.
        let result = operation(unsafe { &mut self.heap.as_mut().0 });
        if let Err(GuardError::Misuse(misuse)) = &result {
            report(self.function, misuse);
        }
        result
    }

    pub(crate) unsafe fn reset(mut self) {
        // SAFETY: by the contract of `of`, a heap and its only call; the caller gives up its blocks.
        unsafe { self.heap.as_mut().0.reset() };
    }

    pub(crate) unsafe fn add_pool(self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        // SAFETY: the caller's contract.
        self.run(|heap| unsafe { heap.add_pool(mem, bytes) }).map_err(pool_error)
    }

    pub(crate) fn remove_pool(self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        self.run(|heap| heap.remove_pool(pool)).map_err(pool_error)
    }

    pub(crate) fn malloc(self, size: usize) -> Option<NonNull<u8>> {
        self.run(|heap| heap.malloc(size)).ok()
    }

    pub(crate) fn allocate(self, layout: Layout) -> Option<NonNull<u8>> {
        self.run(|heap| heap.allocate(layout)).ok()
    }

    pub(crate) unsafe fn reallocate(self, ptr: NonNull<u8>, new: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's contract.
        self.run(|heap| unsafe { heap.reallocate(ptr, new) }).ok()
    }

    pub(crate) unsafe fn deallocate(self, ptr: NonNull<u8>) {
        // SAFETY: the caller's contract. `run` has reported a misuse.
        let _reported = self.run(|heap| unsafe { heap.deallocate(ptr) });
    }
}

/// The reason for which a pool was refused; a misuse has none.
fn pool_error(error: GuardError) -> PoolError {
    match error {
        GuardError::Pool(refused) => refused,
        _ => PoolError::Unknown,
    }
}

/// The handler of misuse, a `mm_misuse`; null for none.
static HANDLER: AtomicPtr<()> = AtomicPtr::new(null_mut());

pub(crate) fn set_handler(handler: mm_misuse) {
    HANDLER.store(handler.map_or(null_mut(), |handler| handler as *mut ()), Ordering::Release);
}

/// Calls the handler; without one, prints the misuse and aborts. The words of a misuse are `Display`
/// of `memoman::Misuse`, in `memoman/src/guard/error.rs`.
fn report(function: &str, misuse: &Misuse) {
    let mut line = ReportLine { text: [0; 256], length: 0 };
    // Text beyond the buffer is dropped.
    let _truncated = write!(line, "memoman: {function}: {misuse}");
    let text = CStr::from_bytes_until_nul(&line.text).unwrap_or(c"memoman: misuse");
    // SAFETY: `set_handler` stored it; null is None.
    match unsafe { transmute::<*mut (), mm_misuse>(HANDLER.load(Ordering::Acquire)) } {
        // SAFETY: by the contract of mm_on_misuse.
        Some(handler) => unsafe { handler(text.as_ptr()) },
        None => {
            print(text);
            print(c"\nmemoman: aborting, as mm_on_misuse has set no handler\n");
            abort();
        }
    }
}

unsafe extern "C" {
    safe fn abort() -> !;
}

/// Writes text to standard error, on Unix.
fn print(text: &CStr) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn write(file: core::ffi::c_int, text: *const c_char, bytes: usize) -> isize;
        }
        // SAFETY: `text` has that many bytes. The program aborts next, so errors are ignored.
        unsafe { write(2, text.as_ptr(), text.count_bytes()) };
    }
    #[cfg(not(unix))]
    let _ = text;
}

/// A text with a NUL at its end, truncated to the buffer.
struct ReportLine {
    text: [u8; 256],
    length: usize,
}

impl Write for ReportLine {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let space = self.text.len() - 1 - self.length;
        let taken = more.len().min(space);
        self.text[self.length..][..taken].copy_from_slice(&more.as_bytes()[..taken]);
        self.length += taken;
        if taken == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}
