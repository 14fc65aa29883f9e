//! Feature `guard`: the heap that checks every call first, in the words of the one that does not,
//! and what is told of a misuse.
//!
//! To `mm`, a refusal for misuse is as any other.

use core::ffi::{CStr, c_char, c_void};
use core::fmt::{self, Write};
use core::mem::transmute;
use core::ops::Deref;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering};

use engine::{CONTE_FL, Census, Guarded, Misuse, Pool, PoolError, Reaction, Violation, WORD};

use crate::handle::Engine;
use crate::mm::{MM_POOLS_MAX, mm_misuse};

type Policy = Guarded<WORD, CONTE_FL, 32, MM_POOLS_MAX>;

/// [`Engine`] behind the pointer policy: what a handle points at.
pub(crate) struct Heap(Policy);

impl Heap {
    pub(crate) const fn new() -> Self {
        Self(Guarded::new(Reaction::Error))
    }

    pub(crate) const fn control_size() -> usize {
        size_of::<Self>().next_multiple_of(Engine::ALIGN)
    }

    pub(crate) unsafe fn init_in_place<'a>(
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<&'a mut Self, PoolError> {
        let control = Self::control_size();
        if !mem.cast::<Self>().is_aligned() {
            return Err(PoolError::Misaligned { needs: align_of::<Self>() });
        }
        let least = control + Engine::POOL_BYTES_MIN;
        if bytes < least {
            return Err(PoolError::TooSmall { least });
        }
        let most = Engine::POOL_BYTES_MAX.saturating_add(control);
        let most = most.min(usize::MAX - mem.addr().get());
        if bytes > most {
            return Err(PoolError::TooLarge { most });
        }
        // SAFETY: aligned and long enough, as just checked; exclusively ours by contract. An empty
        // heap is not damaged, and takes a pool whose numbers are right.
        unsafe {
            let heap = mem.cast::<Self>().as_ptr();
            heap.write(Self::new());
            let _empty_and_sound = (*heap).0.add_pool(mem.byte_add(control), bytes - control);
            Ok(&mut *heap)
        }
    }

    pub(crate) fn validate(&self) -> Result<Census, Violation> {
        self.0.validate()
    }
}

/// What only looks is the engine's.
impl Deref for Heap {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        self.0.heap()
    }
}

/// One call that changes a heap.
///
/// Its verbs are those of [`Engine`]. Each borrows the heap until it has its answer: who is told of
/// a misuse may use the heap again.
pub(crate) struct Call {
    heap: NonNull<Heap>,
    name: &'static str,
}

impl Call {
    /// # Safety
    /// `heap` is null or a heap, and no other call of it runs until this one has been answered.
    pub(crate) unsafe fn of(heap: *mut c_void, name: &'static str) -> Option<Self> {
        NonNull::new(heap.cast()).map(|heap| Self { heap, name })
    }

    fn answer<R>(mut self, verb: impl FnOnce(&mut Policy) -> Result<R, Misuse>) -> Option<R> {
        // SAFETY: a heap, and its only call.
        let answer = verb(unsafe { &mut self.heap.as_mut().0 });
        answer.map_err(|misuse| tell(self.name, &misuse)).ok()
    }

    pub(crate) unsafe fn reset(mut self) {
        // SAFETY: a heap, and its only call; the blocks are the caller's concern.
        unsafe { self.heap.as_mut().0.reset() };
    }

    pub(crate) unsafe fn add_pool(self, mem: NonNull<u8>, bytes: usize) -> Result<Pool, PoolError> {
        // The engine knows of its own part of the control only.
        let own = self.heap.addr().get();
        let start = mem.addr().get();
        if start < own + size_of::<Heap>() && own < start.saturating_add(bytes) {
            return Err(PoolError::OverlapsControl);
        }
        // SAFETY: the caller's.
        self.answer(|heap| unsafe { heap.add_pool(mem, bytes) }).unwrap_or(Err(PoolError::Unknown))
    }

    pub(crate) fn remove_pool(self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        self.answer(|heap| heap.remove_pool(pool)).unwrap_or(Err(PoolError::Unknown))
    }

    pub(crate) fn malloc(self, size: usize) -> Option<NonNull<u8>> {
        self.answer(|heap| heap.malloc(size)).flatten()
    }

    pub(crate) fn memalign(self, align: usize, size: usize) -> Option<NonNull<u8>> {
        self.answer(|heap| heap.memalign(align, size)).flatten()
    }

    pub(crate) unsafe fn reallocate(
        self,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's.
        self.answer(|heap| unsafe { heap.reallocate(ptr, size) }).flatten()
    }

    pub(crate) unsafe fn deallocate(self, ptr: NonNull<u8>) {
        // SAFETY: the caller's. Who is to know of a misuse has been told.
        let _told = self.answer(|heap| unsafe { heap.deallocate(ptr) });
    }
}

/// A `mm_misuse`, or null.
static TOLD: AtomicPtr<()> = AtomicPtr::new(null_mut());

pub(crate) fn tell_of_misuse(told: mm_misuse) {
    TOLD.store(told.map_or(null_mut(), |told| told as *mut ()), Ordering::Release);
}

fn tell(call: &str, misuse: &Misuse) {
    let mut line = Line { text: [0; 256], length: 0 };
    // What does not fit is left out.
    let _cut = write!(line, "memoman: {call}: {misuse}");
    let text = CStr::from_bytes_until_nul(&line.text).unwrap_or(c"memoman: misuse");
    // SAFETY: what tell_of_misuse stored; null is None.
    match unsafe { transmute::<*mut (), mm_misuse>(TOLD.load(Ordering::Acquire)) } {
        // SAFETY: the caller of mm_on_misuse vouched for it.
        Some(told) => unsafe { told(text.as_ptr()) },
        None => {
            print(text);
            crate::abort();
        }
    }
}

/// Writes a line to standard error.
fn print(text: &CStr) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn write(file: core::ffi::c_int, text: *const c_char, bytes: usize) -> isize;
        }
        for text in [text, c"\n"] {
            // SAFETY: that many bytes are there; a write that fails is not to be helped.
            unsafe { write(2, text.as_ptr(), text.count_bytes()) };
        }
    }
    #[cfg(not(unix))]
    let _ = text;
}

/// Text with a NUL behind it, cut where the room ends.
struct Line {
    text: [u8; 256],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = self.text.len() - 1 - self.length;
        let taken = more.len().min(room);
        self.text[self.length..][..taken].copy_from_slice(&more.as_bytes()[..taken]);
        self.length += taken;
        if taken == more.len() { Ok(()) } else { Err(fmt::Error) }
    }
}
