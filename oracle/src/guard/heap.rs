//! The guarded heap under test: a trait for every shape, and its control as words.

use std::alloc::Layout;
use std::ptr::NonNull;

use memoman::{GuardError, Guarded, Misuse, Pool, PoolError, Reaction, Violation};

use crate::geometry::{Geometry, WORD};

/// A call on a pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointerCall {
    /// `deallocate`
    Free,
    /// `deallocate_sized`
    FreeSized(Layout),
    /// C's `realloc`, to (align, size)
    Realloc(usize, usize),
    /// `try_grow_in_place`
    Grow(usize),
    /// `shrink_in_place`
    Shrink(usize),
    /// `usable_size`
    Usable,
}

/// The reply of a [`PointerCall`] that was not refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointerReply {
    /// The block is free.
    Freed,
    /// The result of `reallocate`; `None` if it was refused, or if the size was 0.
    Block(Option<NonNull<u8>>),
    /// Whether the block was resized.
    Resized(bool),
    /// The usable bytes of the block.
    Usable(usize),
}

/// A heap that checks the pointers it receives.
///
/// The harness passes it any pointer and size.
///
/// # Safety
/// The words of [`control`](Self::control) may be read and written between the calls, and the payloads that
/// calls return lie in the heap's pools.
pub unsafe trait GuardedHeap {
    /// Returns the configuration, for the specification.
    fn geometry(&self) -> Geometry;
    /// C's `memalign`; `malloc` if `align` is 0.
    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse>;
    /// C's `realloc` of no block.
    fn realloc_none(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse>;
    /// A call on a pointer.
    fn call(&mut self, call: PointerCall, ptr: NonNull<u8>) -> Result<PointerReply, Misuse>;
    /// `check`.
    fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse>;
    /// `validate`; returns the numbers of used and free blocks.
    fn validate(&self) -> Result<(usize, usize), Violation>;
    /// `add_pool`.
    ///
    /// # Safety
    /// The bytes may be read and written as long as the heap has them; nothing else uses them.
    unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Result<(), PoolError>, Misuse>;
    /// `remove_pool` of the pool with this number.
    fn remove_pool(&mut self, number: usize) -> Result<Result<(), PoolError>, Misuse>;
    /// `extend_pool` of the pool with this number.
    ///
    /// # Safety
    /// As [`add_pool`](Self::add_pool), of the `more` bytes behind the pool.
    unsafe fn extend_pool(
        &mut self,
        number: usize,
        more: usize,
    ) -> Result<Result<(), PoolError>, Misuse>;
    /// `shrink_pool` of the pool with this number.
    fn shrink_pool(&mut self, number: usize, less: usize) -> Result<Result<(), PoolError>, Misuse>;
    /// `reset`.
    fn reset(&mut self);
    /// The table of pools, as `Tlsf::pools` returns it: start and bytes.
    fn pools(&self) -> Vec<(NonNull<u8>, usize)>;
    /// `set_check_every`.
    fn set_check_every(&mut self, calls: usize);
    /// The free blocks in the order of the free lists: class and payload.
    fn free_blocks(&self) -> Vec<(usize, NonNull<u8>)>;
    /// The blocks of the pool with this number: payload and bytes.
    fn blocks(&self, number: usize) -> Vec<(NonNull<u8>, usize)>;
    /// The words of the heap inside the guard: a pointer to the first, and their number.
    fn control(&mut self) -> (*mut usize, usize);
}

/// The result of a request: a refusal is no misuse.
fn request<T>(result: Result<T, GuardError>) -> Result<Option<T>, Misuse> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(GuardError::Request(_)) => Ok(None),
        Err(error) => Err(misuse(error)),
    }
}

/// The result of a call on a pool.
fn pool<T>(result: Result<T, GuardError>) -> Result<Result<(), PoolError>, Misuse> {
    match result {
        Ok(_) => Ok(Ok(())),
        Err(GuardError::Pool(refused)) => Ok(Err(refused)),
        Err(error) => Err(misuse(error)),
    }
}

/// The misuse in the error of a call that is refused for no other reason.
fn misuse(error: GuardError) -> Misuse {
    match error {
        GuardError::Misuse(misuse) => misuse,
        other => panic!("refused, but not for misuse: {other}"),
    }
}

/// Held by pointer, because the harness writes to it through [`GuardedHeap::control`] between calls.
struct Engine<const ALIGN: usize, const FL: usize, const SL: usize>(
    NonNull<Guarded<ALIGN, FL, SL, 2>>,
);

impl<const ALIGN: usize, const FL: usize, const SL: usize> Engine<ALIGN, FL, SL> {
    fn boxed(answer: Reaction) -> Box<dyn GuardedHeap> {
        // No padding in the bitmap, so that every word of it can be read.
        const { assert!(FL % 2 == 0) };
        let mut heap = Box::new(Guarded::new(Reaction::Error).check_every(0));
        heap.set_reaction(answer);
        heap.set_check_every(1);
        Box::new(Self(NonNull::from(Box::leak(heap))))
    }

    fn heap(&self) -> &Guarded<ALIGN, FL, SL, 2> {
        // SAFETY: ours, from a box.
        unsafe { self.0.as_ref() }
    }

    fn pool(&self, number: usize) -> Pool {
        self.heap().heap().pools().nth(number).expect("a pool of that number")
    }

    fn heap_mut(&mut self) -> &mut Guarded<ALIGN, FL, SL, 2> {
        // SAFETY: ours, from a box.
        unsafe { self.0.as_mut() }
    }
}

impl<const ALIGN: usize, const FL: usize, const SL: usize> Drop for Engine<ALIGN, FL, SL> {
    fn drop(&mut self) {
        // SAFETY: leaked by `boxed`, dropped once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

// SAFETY: `control` covers the words of the heap inside the guard, which is held by pointer; the guard returns
// payloads of its pools.
unsafe impl<const ALIGN: usize, const FL: usize, const SL: usize> GuardedHeap
    for Engine<ALIGN, FL, SL>
{
    fn geometry(&self) -> Geometry {
        let max_log2 = (SL * ALIGN).ilog2() + FL as u32 - 1;
        Geometry { name: "guarded", word: WORD, align: ALIGN, sl: SL, max_log2, search: 0 }
    }

    fn memalign(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        let heap = self.heap_mut();
        request(match (align, Layout::from_size_align(size, align)) {
            (0, _) => heap.malloc(size),
            (_, Ok(layout)) => heap.allocate(layout),
            // No layout: refused, but checked like every call.
            _ => heap.malloc(0),
        })
    }

    fn realloc_none(&mut self, align: usize, size: usize) -> Result<Option<NonNull<u8>>, Misuse> {
        self.memalign(align, size)
    }

    fn call(&mut self, call: PointerCall, ptr: NonNull<u8>) -> Result<PointerReply, Misuse> {
        let heap = self.heap_mut();
        // SAFETY: every live block is the harness's, and it forgets those that die.
        let reply = unsafe {
            match call {
                PointerCall::Free => heap.deallocate(ptr).map(|()| PointerReply::Freed),
                PointerCall::FreeSized(layout) => {
                    heap.deallocate_sized(ptr, layout).map(|()| PointerReply::Freed)
                }
                PointerCall::Realloc(_, 0) => {
                    heap.deallocate(ptr).map(|()| PointerReply::Block(None))
                }
                PointerCall::Realloc(align, size) => match Layout::from_size_align(size, align) {
                    Ok(new) => return request(heap.reallocate(ptr, new)).map(PointerReply::Block),
                    // No layout: refused, but the pointer is checked.
                    Err(_) => heap.usable_size(ptr).map(|_| PointerReply::Block(None)),
                },
                PointerCall::Grow(size) => {
                    heap.try_grow_in_place(ptr, size).map(PointerReply::Resized)
                }
                PointerCall::Shrink(size) => {
                    heap.shrink_in_place(ptr, size).map(PointerReply::Resized)
                }
                PointerCall::Usable => heap.usable_size(ptr).map(PointerReply::Usable),
            }
        };
        reply.map_err(misuse)
    }

    fn check(&self, ptr: NonNull<u8>) -> Result<usize, Misuse> {
        self.heap().check(ptr)
    }

    fn validate(&self) -> Result<(usize, usize), Violation> {
        self.heap().validate().map(|census| (census.used_blocks, census.free_blocks))
    }

    unsafe fn add_pool(
        &mut self,
        mem: NonNull<u8>,
        bytes: usize,
    ) -> Result<Result<(), PoolError>, Misuse> {
        // SAFETY: the caller's contract.
        pool(unsafe { self.heap_mut().add_pool(mem, bytes) })
    }

    fn remove_pool(&mut self, number: usize) -> Result<Result<(), PoolError>, Misuse> {
        let own = self.pool(number);
        pool(self.heap_mut().remove_pool(own))
    }

    unsafe fn extend_pool(
        &mut self,
        number: usize,
        more: usize,
    ) -> Result<Result<(), PoolError>, Misuse> {
        let own = self.pool(number);
        // SAFETY: the caller's contract.
        pool(unsafe { self.heap_mut().extend_pool(own, more) })
    }

    fn shrink_pool(&mut self, number: usize, less: usize) -> Result<Result<(), PoolError>, Misuse> {
        let own = self.pool(number);
        pool(self.heap_mut().shrink_pool(own, less))
    }

    fn reset(&mut self) {
        // SAFETY: the harness forgets all payloads with this call.
        unsafe { self.heap_mut().reset() }
    }

    fn pools(&self) -> Vec<(NonNull<u8>, usize)> {
        self.heap().heap().pools().map(|pool| (pool.start(), pool.bytes())).collect()
    }

    fn set_check_every(&mut self, calls: usize) {
        self.heap_mut().set_check_every(calls);
    }

    fn free_blocks(&self) -> Vec<(usize, NonNull<u8>)> {
        self.heap().heap().free_blocks().map(|(class, block)| (class, block.payload)).collect()
    }

    fn blocks(&self, number: usize) -> Vec<(NonNull<u8>, usize)> {
        let blocks = self.heap().heap().blocks(self.pool(number));
        blocks.map(|block| (block.payload, block.size)).collect()
    }

    fn control(&mut self) -> (*mut usize, usize) {
        let heap = self.heap().heap();
        let inside = std::ptr::from_ref(heap).addr() - self.0.addr().get();
        let first = self.0.as_ptr().wrapping_byte_add(inside).cast();
        (first, size_of_val(heap) / WORD)
    }
}

/// The number of shapes.
pub const SHAPES: usize = 4;

/// Returns a heap of this shape, without pools.
pub fn shape(number: usize, answer: Reaction) -> Box<dyn GuardedHeap> {
    match number % SHAPES {
        0 => Engine::<WORD, 10, 4>::boxed(answer),
        1 => Engine::<WORD, 24, 32>::boxed(answer),
        2 => Engine::<16, 12, 8>::boxed(answer),
        _ => Engine::<64, 8, 16>::boxed(answer),
    }
}
