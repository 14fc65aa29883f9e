//! The two allocators as four operations of one signature each, and the functions that callgrind
//! measures.
//!
//! The same caller calls both through pointers, out of line. The count runs from an operation's first
//! instruction to its return. Differences of the interfaces are included: TLSF 3.1's `free` tests for
//! null, memoman's takes a `NonNull`.

use core::alloc::Layout;
use core::ffi::c_void;
use core::hint::black_box;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use memoman::{CONTE_FL, Tlsf, WORD};
use reference_conte::bare;

/// A control structure or a payload.
pub(crate) type Pointer = *mut c_void;

type Malloc = unsafe extern "C" fn(Pointer, usize) -> Pointer;
type Memalign = unsafe extern "C" fn(Pointer, usize, usize) -> Pointer;
type Realloc = unsafe extern "C" fn(Pointer, Pointer, usize) -> Pointer;
/// `free` of LVGL's TLSF returns a size without a meaning; memoman's returns nothing.
type Free = unsafe extern "C" fn(Pointer, Pointer) -> MaybeUninit<usize>;

/// An allocator.
#[derive(Clone, Copy)]
pub(crate) struct Allocator {
    name: &'static str,
    /// Makes a control structure, which is not moved.
    create: unsafe fn(Pointer),
    add_pool: unsafe fn(Pointer, Pointer, usize),
    malloc: Malloc,
    memalign: Memalign,
    realloc: Realloc,
    free: Free,
}

/// Both allocators. The second is the reference.
pub(crate) static ALLOCATORS: [Allocator; 2] = [
    memoman::<0>("memoman"),
    Allocator {
        name: "conte",
        create: conte_create,
        add_pool: conte_add_pool,
        malloc: bare::malloc,
        memalign: bare::memalign,
        realloc: bare::realloc,
        free: conte_free(),
    },
];

/// memoman with bounded searches of that many blocks.
pub(crate) static SEARCHING: [(usize, Allocator); 3] = [
    (1, memoman::<1>("memoman-search-1")),
    (8, memoman::<8>("memoman-search-8")),
    (64, memoman::<64>("memoman-search-64")),
];

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MeasuredCall {
    Malloc { size: usize },
    Memalign { align: usize, size: usize },
    Realloc { payload: Pointer, size: usize },
    Free { payload: Pointer },
}

impl Allocator {
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// # Safety
    /// As TLSF's: `control` is large enough for either control structure.
    pub(crate) unsafe fn create(&self, control: Pointer) {
        // SAFETY: the caller's.
        unsafe { (self.create)(control) }
    }

    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn add_pool(&self, control: Pointer, memory: Pointer, bytes: usize) {
        // SAFETY: the caller's.
        unsafe { (self.add_pool)(control, memory, bytes) }
    }

    /// A call that is not counted: its result, null if it has none.
    ///
    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn call(&self, control: Pointer, call: MeasuredCall) -> Pointer {
        // SAFETY: the caller's.
        unsafe {
            match call {
                MeasuredCall::Malloc { size } => (self.malloc)(control, size),
                MeasuredCall::Memalign { align, size } => (self.memalign)(control, align, size),
                MeasuredCall::Realloc { payload, size } => (self.realloc)(control, payload, size),
                MeasuredCall::Free { payload } => {
                    (self.free)(control, payload);
                    core::ptr::null_mut()
                }
            }
        }
    }

    /// The same, counted.
    ///
    /// # Safety
    /// As TLSF's.
    pub(crate) unsafe fn measure(&self, control: Pointer, call: MeasuredCall) -> Pointer {
        // SAFETY: the caller's.
        unsafe {
            match call {
                MeasuredCall::Malloc { size } => measured_malloc(self.malloc, control, size),
                MeasuredCall::Memalign { align, size } => {
                    measured_memalign(self.memalign, control, align, size)
                }
                MeasuredCall::Realloc { payload, size } => {
                    measured_realloc(self.realloc, control, payload, size)
                }
                MeasuredCall::Free { payload } => {
                    measured_free(self.free, control, payload);
                    core::ptr::null_mut()
                }
            }
        }
    }
}

// The watched: callgrind collects while one of them runs, and `scripts/wcet` takes off what they
// cost themselves. The script knows their names. (A `black_box` keeps the call from becoming a jump,
// because callgrind does not see a return from a jump.)

/// # Safety
/// As TLSF's.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn measured_malloc(operation: Malloc, control: Pointer, size: usize) -> Pointer {
    // SAFETY: the caller's.
    black_box(unsafe { operation(control, size) })
}

/// # Safety
/// As TLSF's.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn measured_memalign(
    operation: Memalign,
    control: Pointer,
    align: usize,
    size: usize,
) -> Pointer {
    // SAFETY: the caller's.
    black_box(unsafe { operation(control, align, size) })
}

/// # Safety
/// As TLSF's.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn measured_realloc(
    operation: Realloc,
    control: Pointer,
    payload: Pointer,
    size: usize,
) -> Pointer {
    // SAFETY: the caller's.
    black_box(unsafe { operation(control, payload, size) })
}

/// # Safety
/// As TLSF's.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn measured_free(operation: Free, control: Pointer, payload: Pointer) {
    // SAFETY: the caller's.
    black_box(unsafe { operation(control, payload) });
}

// memoman's operations, out of line as C's are.

type Heap<const SEARCH: usize> = Tlsf<WORD, CONTE_FL, 32, 4, SEARCH>;

const fn memoman<const SEARCH: usize>(name: &'static str) -> Allocator {
    Allocator {
        name,
        create: memoman_create::<SEARCH>,
        add_pool: memoman_add_pool::<SEARCH>,
        malloc: memoman_malloc::<SEARCH>,
        memalign: memoman_memalign::<SEARCH>,
        realloc: memoman_realloc::<SEARCH>,
        free: memoman_free::<SEARCH>,
    }
}

unsafe fn memoman_create<const SEARCH: usize>(control: Pointer) {
    // SAFETY: the caller's: enough memory for it.
    unsafe { control.cast::<Heap<SEARCH>>().write(Tlsf::new()) }
}

unsafe fn memoman_add_pool<const SEARCH: usize>(control: Pointer, memory: Pointer, bytes: usize) {
    let memory = NonNull::new(memory.cast()).expect("a pool that is not null");
    // SAFETY: the caller's.
    unsafe { (*control.cast::<Heap<SEARCH>>()).add_pool(memory, bytes) }.expect("a pool");
}

fn pointer(payload: Option<NonNull<u8>>) -> Pointer {
    payload.map_or(core::ptr::null_mut(), |payload| payload.as_ptr().cast())
}

unsafe extern "C" fn memoman_malloc<const SEARCH: usize>(control: Pointer, size: usize) -> Pointer {
    // SAFETY: the caller's.
    pointer(unsafe { (*control.cast::<Heap<SEARCH>>()).malloc(size) })
}

unsafe extern "C" fn memoman_memalign<const SEARCH: usize>(
    control: Pointer,
    align: usize,
    size: usize,
) -> Pointer {
    // SAFETY: the caller passes a valid alignment and size. A check would be counted as memoman's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    // SAFETY: the caller's.
    pointer(unsafe { (*control.cast::<Heap<SEARCH>>()).allocate(layout) })
}

unsafe extern "C" fn memoman_realloc<const SEARCH: usize>(
    control: Pointer,
    payload: Pointer,
    size: usize,
) -> Pointer {
    // SAFETY: the caller passes a valid size. A check would be counted as memoman's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, 1) };
    // SAFETY: the caller's: a live block, not null, and a size that is not 0.
    pointer(unsafe {
        (*control.cast::<Heap<SEARCH>>()).reallocate(NonNull::new_unchecked(payload.cast()), layout)
    })
}

unsafe extern "C" fn memoman_free<const SEARCH: usize>(
    control: Pointer,
    payload: Pointer,
) -> MaybeUninit<usize> {
    // SAFETY: the caller's: a live block, not null.
    unsafe { (*control.cast::<Heap<SEARCH>>()).deallocate(NonNull::new_unchecked(payload.cast())) };
    MaybeUninit::uninit()
}

unsafe fn conte_create(control: Pointer) {
    // SAFETY: the caller's: enough memory for it.
    assert!(!unsafe { bare::create(control) }.is_null());
}

unsafe fn conte_add_pool(control: Pointer, memory: Pointer, bytes: usize) {
    // SAFETY: the caller's.
    assert!(!unsafe { bare::add_pool(control, memory, bytes) }.is_null());
}

const fn conte_free() -> Free {
    let free: unsafe extern "C" fn(Pointer, Pointer) -> usize = bare::free;
    // SAFETY: `MaybeUninit<usize>` has the ABI of `usize`.
    unsafe { core::mem::transmute(free) }
}
