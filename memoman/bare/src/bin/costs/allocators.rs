//! The allocators as four operations each, and the functions that make a counted call.
//!
//! memoman's operations are called as Rust functions, and those of TLSF 3.1 as C functions, through pointers.
//! The count runs from an operation's first instruction to its return: what the same caller takes to call a
//! function of one instruction is subtracted.

use core::alloc::Layout;
use core::ffi::c_void;
use core::hint::black_box;
use core::mem::transmute;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use memoman::Tlsf;

use crate::{clock, copy};

/// A control structure or a payload.
pub(crate) type Pointer = *mut c_void;

/// An allocator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allocator {
    Memoman,
    Conte,
}

/// Both allocators.
pub(crate) const ALLOCATORS: [Allocator; 2] = [Allocator::Memoman, Allocator::Conte];

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MeasuredCall {
    Malloc { size: usize },
    Memalign { align: usize, size: usize },
    Realloc { payload: Pointer, size: usize },
    Free { payload: Pointer },
}

/// The instructions of the last measured call.
static LAST: AtomicU32 = AtomicU32::new(0);

/// The instructions of the last call that was measured, without a copy.
pub(crate) fn instructions() -> u32 {
    LAST.load(Relaxed)
}

impl Allocator {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memoman => "memoman",
            Self::Conte => "conte",
        }
    }

    /// # Safety
    /// As TLSF's: `control` is large enough for either control structure.
    pub(crate) unsafe fn create(self, control: Pointer) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Memoman => control.cast::<Tlsf>().write(Tlsf::new()),
                Self::Conte => assert!(!conte::create(control).is_null()),
            }
        }
    }

    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn add_pool(self, control: Pointer, memory: Pointer, bytes: usize) {
        // SAFETY: the caller's.
        unsafe {
            match self {
                Self::Memoman => {
                    let start = NonNull::new(memory.cast()).expect("a pool that is not null");
                    (*control.cast::<Tlsf>()).add_pool(start, bytes).expect("a pool");
                }
                Self::Conte => assert!(!conte::add_pool(control, memory, bytes).is_null()),
            }
        }
    }

    /// A call that is not counted: its result, null if it has none.
    ///
    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn call(self, control: Pointer, call: MeasuredCall) -> Pointer {
        // SAFETY: the caller's.
        unsafe { self.timed(Timed::Operation, control, call).1 }
    }

    /// The same, counted.
    ///
    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn measure(self, control: Pointer, call: MeasuredCall) -> Pointer {
        // SAFETY: the empty function does nothing.
        let (nothing, _) = unsafe { self.timed(Timed::Nothing, control, call) };
        let beside_copy = beside_copy();
        copy::reset();
        // SAFETY: the caller's.
        let (took, result) = unsafe { self.timed(Timed::Operation, control, call) };
        let (copies, copying) = copy::copied();
        LAST.store(took - (nothing - 1) - copying - copies * beside_copy, Relaxed);
        result
    }

    /// The time between two reads of the clock around the call, and its result.
    unsafe fn timed(self, timed: Timed, control: Pointer, call: MeasuredCall) -> (u32, Pointer) {
        // SAFETY: the caller's. `Layout`s are valid: a check would not be counted.
        unsafe {
            match (self, call) {
                (Self::Memoman, MeasuredCall::Malloc { size }) => {
                    rust_malloc(timed, &mut *control.cast(), size)
                }
                (Self::Memoman, MeasuredCall::Memalign { align, size }) => {
                    let layout = Layout::from_size_align_unchecked(size, align);
                    rust_memalign(timed, &mut *control.cast(), layout)
                }
                (Self::Memoman, MeasuredCall::Realloc { payload, size }) => {
                    let layout = Layout::from_size_align_unchecked(size, 1);
                    rust_realloc(timed, &mut *control.cast(), block(payload), layout)
                }
                (Self::Memoman, MeasuredCall::Free { payload }) => {
                    rust_free(timed, &mut *control.cast(), block(payload))
                }
                (Self::Conte, MeasuredCall::Malloc { size }) => c_malloc(timed, control, size),
                (Self::Conte, MeasuredCall::Memalign { align, size }) => {
                    c_memalign(timed, control, align, size)
                }
                (Self::Conte, MeasuredCall::Realloc { payload, size }) => {
                    c_realloc(timed, control, payload, size)
                }
                (Self::Conte, MeasuredCall::Free { payload }) => c_free(timed, control, payload),
            }
        }
    }
}

fn block(payload: Pointer) -> NonNull<u8> {
    NonNull::new(payload.cast()).expect("a live block")
}

/// What a caller calls.
#[derive(Clone, Copy)]
enum Timed {
    Operation,
    /// A function of one instruction.
    Nothing,
}

// `bx lr`, which is a function of every signature here.
core::arch::global_asm!(".thumb_func", ".globl nothing", "nothing:", "bx lr");

unsafe extern "C" {
    fn nothing();
}

macro_rules! timed {
    ($($name:ident = $operation:expr, $signature:ty, ($($argument:ident: $type:ty),*), $result:expr;)*) => { $(
        /// # Safety
        /// As the operation's.
        #[inline(never)]
        unsafe fn $name(timed: Timed, $($argument: $type),*) -> (u32, Pointer) {
            let function: $signature = match timed {
                Timed::Operation => $operation,
                // SAFETY: it reads no argument, and its result is not used.
                Timed::Nothing => unsafe { transmute::<unsafe extern "C" fn(), $signature>(nothing) },
            };
            let function = black_box(function);
            let start = clock::now();
            // SAFETY: the caller's.
            let result = black_box(unsafe { function($($argument),*) });
            let took = clock::now() - start;
            (took, $result(result))
        }
    )* };
}

fn pointer(payload: Option<NonNull<u8>>) -> Pointer {
    payload.map_or(null_mut(), |payload| payload.as_ptr().cast())
}

fn same(payload: Pointer) -> Pointer {
    payload
}

fn none<T>(_: T) -> Pointer {
    null_mut()
}

timed! {
    rust_malloc = Tlsf::malloc, unsafe fn(&mut Tlsf, usize) -> Option<NonNull<u8>>,
        (heap: &mut Tlsf, size: usize), pointer;
    rust_memalign = Tlsf::allocate, unsafe fn(&mut Tlsf, Layout) -> Option<NonNull<u8>>,
        (heap: &mut Tlsf, layout: Layout), pointer;
    rust_realloc = Tlsf::reallocate, unsafe fn(&mut Tlsf, NonNull<u8>, Layout) -> Option<NonNull<u8>>,
        (heap: &mut Tlsf, payload: NonNull<u8>, layout: Layout), pointer;
    rust_free = Tlsf::deallocate, unsafe fn(&mut Tlsf, NonNull<u8>),
        (heap: &mut Tlsf, payload: NonNull<u8>), none;
    c_malloc = conte::malloc, unsafe extern "C" fn(Pointer, usize) -> Pointer,
        (tlsf: Pointer, size: usize), same;
    c_memalign = conte::memalign, unsafe extern "C" fn(Pointer, usize, usize) -> Pointer,
        (tlsf: Pointer, align: usize, size: usize), same;
    c_realloc = conte::realloc, unsafe extern "C" fn(Pointer, Pointer, usize) -> Pointer,
        (tlsf: Pointer, payload: Pointer, size: usize), same;
    c_free = conte::free, unsafe extern "C" fn(Pointer, Pointer) -> usize,
        (tlsf: Pointer, payload: Pointer), none;
    c_memcpy = copy::memcpy, unsafe extern "C" fn(Pointer, *const c_void, usize) -> Pointer,
        (to: Pointer, from: *const c_void, bytes: usize), same;
}

/// The instructions of a copy outside its own count.
fn beside_copy() -> u32 {
    copy::reset();
    // SAFETY: no bytes are copied.
    unsafe {
        let (nothing, _) = c_memcpy(Timed::Nothing, null_mut(), null_mut(), 0);
        let (took, _) = c_memcpy(Timed::Operation, null_mut(), null_mut(), 0);
        took - (nothing - 1) - copy::copied().1
    }
}

/// The C code, from an object file with the prefix `conte_bare_`.
mod conte {
    use super::Pointer;

    unsafe extern "C" {
        #[link_name = "conte_bare_create"]
        pub(super) fn create(memory: Pointer) -> Pointer;
        #[link_name = "conte_bare_add_pool"]
        pub(super) fn add_pool(tlsf: Pointer, memory: Pointer, bytes: usize) -> Pointer;
        #[link_name = "conte_bare_malloc"]
        pub(super) fn malloc(tlsf: Pointer, size: usize) -> Pointer;
        #[link_name = "conte_bare_memalign"]
        pub(super) fn memalign(tlsf: Pointer, align: usize, size: usize) -> Pointer;
        #[link_name = "conte_bare_realloc"]
        pub(super) fn realloc(tlsf: Pointer, payload: Pointer, size: usize) -> Pointer;
        #[link_name = "conte_bare_free"]
        pub(super) fn free(tlsf: Pointer, payload: Pointer) -> usize;
    }
}
