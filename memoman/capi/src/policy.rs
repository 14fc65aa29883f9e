//! Feature `debug`: the heap that checks every call first, in the words of the one that does not,
//! and what is told of a misuse.
//!
//! To `mm`, a refusal for misuse is as any other.

use core::ffi::{CStr, c_char};
use core::fmt::{self, Write};
use core::mem::transmute;
use core::ops::Deref;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering};

use engine::{Answer, CONTE_FL, Census, Guarded, Misuse, Pool, PoolError, Violation, WORD};

use crate::door::Engine;
use crate::mm::{MM_POOLS_MAX, mm_misuse};

/// [`Engine`] behind the pointer policy.
pub(crate) struct Heap(Guarded<WORD, CONTE_FL, 32, MM_POOLS_MAX>);

/// As the verbs of [`Engine`].
impl Heap {
    pub(crate) const fn new() -> Self {
        Self(Guarded::new(Answer::Handler(told)))
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
        let (least, most) = (Engine::POOL_BYTES_MIN, Engine::POOL_BYTES_MAX);
        match bytes.checked_sub(control) {
            Some(pool) if pool > most => Err(PoolError::TooLarge { most: control + most }),
            // SAFETY: the caller's: long enough, as just checked.
            Some(pool) if pool >= least => unsafe {
                let heap = mem.cast::<Self>().as_ptr();
                heap.write(Self::new());
                (*heap).add_pool(mem.byte_add(control), pool)?;
                Ok(&mut *heap)
            },
            _ => Err(PoolError::TooSmall { least: control + least }),
        }
    }

    pub(crate) unsafe fn reset(&mut self) {
        // SAFETY: the caller's.
        unsafe { self.0.reset() };
    }

    pub(crate) unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Pool, PoolError> {
        // SAFETY: the caller's.
        unsafe { self.0.add_pool(mem, bytes) }.unwrap_or(Err(PoolError::Unknown))
    }

    pub(crate) fn remove_pool(&mut self, pool: Pool) -> Result<NonNull<[u8]>, PoolError> {
        self.0.remove_pool(pool).unwrap_or(Err(PoolError::Unknown))
    }

    pub(crate) fn malloc(&mut self, size: usize) -> Option<NonNull<u8>> {
        self.0.malloc(size).ok().flatten()
    }

    pub(crate) fn memalign(&mut self, align: usize, size: usize) -> Option<NonNull<u8>> {
        self.0.memalign(align, size).ok().flatten()
    }

    pub(crate) unsafe fn reallocate(
        &mut self,
        ptr: Option<NonNull<u8>>,
        size: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: the caller's.
        unsafe { self.0.reallocate(ptr, size) }.ok().flatten()
    }

    pub(crate) unsafe fn deallocate(&mut self, ptr: NonNull<u8>) {
        // SAFETY: the caller's. Who is to know of a misuse has been told.
        let _misuse = unsafe { self.0.deallocate(ptr) };
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

/// A `mm_misuse`, or null.
static TOLD: AtomicPtr<()> = AtomicPtr::new(null_mut());

pub(crate) fn tell_of_misuse(told: mm_misuse) {
    TOLD.store(told.map_or(null_mut(), |told| told as *mut ()), Ordering::Release);
}

fn told(misuse: &Misuse) {
    let mut line = Line { text: [0; 256], length: 0 };
    // What does not fit is left out.
    let _cut = write!(line, "memoman: {misuse}");
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
